/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2shistory.h"

/* The last texts, with "|" between them. */
static char *
get_last (const GstS2sHistory *history, guint most)
{
  GString *text = g_string_new (NULL);
  guint n;
  const char *const *texts = gst_s2s_history_get_last (history, most, &n);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? "|" : "", texts[i]);
  return g_string_free (text, FALSE);
}

static void
check_last (const GstS2sHistory *history, guint most, const char *expected)
{
  g_autofree char *last = get_last (history, most);

  g_assert_cmpstr (last, ==, expected);
}

static void
say (GstS2sHistory *history, const char *text, const char *answer)
{
  g_autoptr (GstS2sCue) cue = gst_s2s_cue_new (text, FALSE);

  for (guint i = 0; i < cue->lines->len; i++)
    gst_s2s_history_add_line (history, g_ptr_array_index (cue->lines, i), answer);
}

static void
test_empty (void)
{
  g_auto (GstS2sHistory) history = {0};
  g_auto (GstS2sHistory) copy = {0};

  check_last (&history, 3, "");
  gst_s2s_history_copy (&copy, &history);
  check_last (&copy, 3, "");
  gst_s2s_history_clear (&history);
  check_last (&history, 3, "");
}

static void
test_last (void)
{
  g_auto (GstS2sHistory) history = {0};

  say (&history, "Tea?", "Yes.");
  say (&history, "♪ la la ♪", "No.");
  say (&history, "ANNA: With milk.", "");
  say (&history, "- Hot?\n- Cold.", NULL);
  check_last (&history, 9, "Tea?|Yes.|With milk.|Hot?|Cold.");
  check_last (&history, 4, "Yes.|With milk.|Hot?|Cold.");
  check_last (&history, 1, "Cold.");
  check_last (&history, 0, "");
}

static void
test_answers (void)
{
  const GstS2sCueTranslation answers[] = {{"Yes.", NULL}, {NULL, NULL}, {"Fine.", NULL}};
  g_autoptr (GstS2sCue) cue = gst_s2s_cue_new ("- Tea?\n- [MUSIC]\n- So?", FALSE);
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof answers[0]);
  g_auto (GstS2sHistory) history = {0};

  g_array_append_vals (array, answers, G_N_ELEMENTS (answers));
  gst_s2s_history_add_cue (&history, cue, array);
  check_last (&history, 9, "Tea?|Yes.|So?|Fine.");
  gst_s2s_history_clear (&history);
  gst_s2s_history_add_cue (&history, cue, NULL);
  check_last (&history, 9, "Tea?|So?");
}

/* It holds no more than anybody may ask for, however long a stream is. */
static void
test_bound (void)
{
  g_auto (GstS2sHistory) history = {0};
  g_autofree char *all = NULL;

  for (guint i = 0; i < 40; i++) {
    g_autofree char *text = g_strdup_printf ("no %u", i);

    say (&history, text, NULL);
  }
  check_last (&history, 2, "no 38|no 39");
  all = get_last (&history, G_MAXUINT);
  g_assert_cmpstr (all, ==,
                   "no 24|no 25|no 26|no 27|no 28|no 29|no 30|no 31|"
                   "no 32|no 33|no 34|no 35|no 36|no 37|no 38|no 39");
}

static void
test_copy (void)
{
  g_auto (GstS2sHistory) history = {0};
  g_auto (GstS2sHistory) copy = {0};

  say (&history, "Tea?", "Yes.");
  gst_s2s_history_copy (&copy, &history);
  say (&copy, "Hot?", NULL);
  check_last (&history, 9, "Tea?|Yes.");
  gst_s2s_history_clear (&history);
  check_last (&copy, 9, "Tea?|Yes.|Hot?");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/history/empty", test_empty);
  g_test_add_func ("/history/last", test_last);
  g_test_add_func ("/history/answers", test_answers);
  g_test_add_func ("/history/bound", test_bound);
  g_test_add_func ("/history/copy", test_copy);
  return g_test_run ();
}
