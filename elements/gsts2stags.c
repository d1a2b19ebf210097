/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2stags.h"

#include <string.h>

/* Of these, ISO 639-1 has only the language that they belong to, and muxers know no other code. */
static const char *const macrolanguages[][2] = {
    {"arb", "ar"}, {"cmn", "zh"}, {"swh", "sw"}, {"yue", "zh"}, {"zsm", "ms"},
};

/**
 * gst_s2s_tags_get_language_code:
 * @tag: BCP 47
 *
 * Returns: (transfer full): the primary language of @tag, as `zh` of `zh-CN`: ISO 639-1 where that
 *   has a code
 */
char *
gst_s2s_tags_get_language_code (const char *tag)
{
  g_autofree char *primary = g_ascii_strdown (tag, strcspn (tag, "-_"));

  for (gsize i = 0; i < G_N_ELEMENTS (macrolanguages); i++) {
    if (!strcmp (primary, macrolanguages[i][0]))
      return g_strdup (macrolanguages[i][1]);
  }
  return g_steal_pointer (&primary);
}

/**
 * gst_s2s_tags_copy_true:
 * @tags: of what comes in
 *
 * Returns: (transfer full): @tags, less what is true only of its language and of the audio that it
 *   may be of
 */
GstTagList *
gst_s2s_tags_copy_true (const GstTagList *tags)
{
  static const char *const untrue[] = {
      GST_TAG_LANGUAGE_CODE,   GST_TAG_LANGUAGE_NAME,   GST_TAG_AUDIO_CODEC,     GST_TAG_BITRATE,
      GST_TAG_NOMINAL_BITRATE, GST_TAG_MINIMUM_BITRATE, GST_TAG_MAXIMUM_BITRATE,
  };
  GstTagList *copy = gst_tag_list_copy (tags);

  for (gsize i = 0; i < G_N_ELEMENTS (untrue); i++)
    gst_tag_list_remove_tag (copy, untrue[i]);
  return copy;
}
