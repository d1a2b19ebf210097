/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-cues.h"

#include <string.h>

static void
cue_free (gpointer data)
{
  Cue *cue = data;

  g_free (cue->times);
  g_free (cue->text);
  g_free (cue);
}

GPtrArray *
cues_parse (const char *file)
{
  GPtrArray *cues = g_ptr_array_new_with_free_func (cue_free);
  g_autoptr (GRegex) regex = g_regex_new (
      "^([\\d:]+)[,.](\\d+) --> ([\\d:]+)[,.](\\d+)\\n((?:.+\\n?)*)", G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  for (g_regex_match (regex, file, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL)) {
    Cue *cue = g_new (Cue, 1);

    cue->times = g_match_info_expand_references (match, "\\1.\\2 --> \\3.\\4", NULL);
    cue->text = g_strchomp (g_match_info_fetch (match, 5));
    g_ptr_array_add (cues, cue);
  }
  return cues;
}

GPtrArray *
cues_read (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = NULL;

  g_file_get_contents (path, &file, NULL, &error);
  g_assert_no_error (error);
  return cues_parse (file);
}

void
cues_assert_same_times (GPtrArray *a, GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++) {
    const Cue *cue_a = g_ptr_array_index (a, i);
    const Cue *cue_b = g_ptr_array_index (b, i);

    g_assert_cmpstr (cue_a->times, ==, cue_b->times);
    g_assert_cmpstr (cue_a->text, !=, "");
    g_assert_cmpstr (cue_b->text, !=, "");
  }
}

/* Text, entities, and tags around either, each closed: the innermost first. */
static void
assert_webvtt_text (const char *text)
{
  g_assert_true (g_regex_match_simple (
      "^((?:[^&<]|&(?:amp|lt|gt|nbsp|lrm|rlm);|<([biu])>(?1)</\\2>)*)$", text, 0, 0));
  g_assert_null (strstr (text, "-->"));
}

GPtrArray *
cues_parse_webvtt (const char *file)
{
  GPtrArray *cues = cues_parse (file);
  const char *last = "";

  g_assert_true (g_str_has_prefix (file, "WEBVTT\n"));
  for (guint i = 0; i < cues->len; i++) {
    const Cue *cue = g_ptr_array_index (cues, i);
    const char *arrow = strstr (cue->times, " --> ");

    g_assert_cmpstr (cue->times, >=, last);
    g_assert_cmpstr (arrow + strlen (" --> "), >, cue->times);
    last = cue->times;
    assert_webvtt_text (cue->text);
  }
  return cues;
}
