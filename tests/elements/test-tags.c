/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gsts2stags.h"

/* RFC 5646 on the left, ISO 639-1 where it has a code on the right */
static const char *const rows[][2] = {
    {"zh", "zh"},    {"zh-CN", "zh"},    {"zh-Hant-TW", "zh"}, {"ZH_cn", "zh"},
    {"cmn", "zh"},   {"cmn-Hans", "zh"}, {"yue-HK", "zh"},     {"en", "en"},
    {"en-GB", "en"}, {"pt-BR", "pt"},    {"arb", "ar"},        {"zsm", "ms"},
    {"swh", "sw"},   {"haw", "haw"},     {"i-klingon", "i"},   {"", ""},
};

static void
test_language_code (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *code = gst_s2s_tags_get_language_code (rows[i][0]);

    g_assert_cmpstr (code, ==, rows[i][1]);
  }
}

static void
test_copy_true (void)
{
  g_autoptr (GstTagList) tags =
      gst_tag_list_new (GST_TAG_TITLE, "News", GST_TAG_ARTIST, "Anna", GST_TAG_LANGUAGE_CODE, "en",
                        GST_TAG_LANGUAGE_NAME, "English", GST_TAG_AUDIO_CODEC, "Opus",
                        GST_TAG_BITRATE, 64000, GST_TAG_NOMINAL_BITRATE, 64000,
                        GST_TAG_MINIMUM_BITRATE, 32000, GST_TAG_MAXIMUM_BITRATE, 96000, NULL);
  g_autoptr (GstTagList) copy = NULL;
  g_autofree char *title = NULL;
  g_autofree char *artist = NULL;

  gst_tag_list_set_scope (tags, GST_TAG_SCOPE_GLOBAL);
  copy = gst_s2s_tags_copy_true (tags);
  g_assert_cmpint (gst_tag_list_n_tags (copy), ==, 2);
  g_assert_true (gst_tag_list_get_string (copy, GST_TAG_TITLE, &title));
  g_assert_true (gst_tag_list_get_string (copy, GST_TAG_ARTIST, &artist));
  g_assert_cmpint (gst_tag_list_get_scope (copy), ==, GST_TAG_SCOPE_GLOBAL);
  g_assert_cmpint (gst_tag_list_n_tags (tags), ==, 9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  g_test_add_func ("/tags/language-code", test_language_code);
  g_test_add_func ("/tags/copy-true", test_copy_true);
  return g_test_run ();
}
