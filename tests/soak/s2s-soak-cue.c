/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-cue.h"

#include <string.h>

static const char *const words[] = {
    "the",   "train", "stops",  "at",  "noon", "and",  "we",     "walk", "home", "rain",
    "falls", "on",    "a",      "red", "roof", "they", "sing",   "now",  "who",  "sees",
    "my",    "old",   "garden", "one", "two",  "boat", "Sophie", "in",   "Rome", "2024",
};

/* What translators and parsers stumble over, each a whole cue. */
static const char *const oddities[] = {
    "",
    " \n\t ",
    "\342\231\252",
    "[DOOR SLAMS]",
    "10:30",
    "{\\an8}Up here.",
    "- Who is it?\n- Only me.",
    ">> Good morning.",
    "ANNA: Not yet.",
    "Two lines\nof one cue.\n",
    "\351t\351 in Latin-1",
    "cut in the middle \346\261",
    "\346\261\211\345\255\227 and \320\272\320\276\321\202",
    "\330\263\331\204\330\247\331\205",
    "\360\237\232\202 \360\237\221\251\342\200\215\360\237\232\200",
    "3 < 4 & 5 > 2",
    "&amp; &#39; &nosuch; &",
    "<i>All of it.</i>",
    "<i>Some</i> of it.",
    "<b><i>Wrong</b> order.</i>",
    "<i>Never closed.",
    "<span foreground=\"red\">Red.</span>",
    "no no no no no no no no no no no no no no no no no no no no no no no no",
    "Mr. Smith paid 3.50 at example.org. Did he?",
};

static void
append_sentence (GString *text, GRand *rand)
{
  guint n_words = (guint)g_rand_int_range (rand, 1, 9);

  for (guint i = 0; i < n_words; i++) {
    const char *word = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];

    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", word);
  }
  /* Pieces of sentences have no mark. */
  if (g_rand_int_range (rand, 0, 4) > 0)
    g_string_append_c (text, ".!?,"[g_rand_int_range (rand, 0, 4)]);
}

static GString *
make_text (GRand *rand, gboolean markup)
{
  GString *text = g_string_new (NULL);
  guint n_sentences = g_rand_int_range (rand, 0, 60) == 0 ? 8 : 1;

  if (g_rand_int_range (rand, 0, 4) == 0)
    return g_string_append (text, oddities[g_rand_int_range (rand, 0, G_N_ELEMENTS (oddities))]);
  for (guint i = 0; i < n_sentences; i++)
    append_sentence (text, rand);
  if (markup && g_rand_boolean (rand)) {
    g_string_prepend (text, "<i>");
    g_string_append (text, "</i>");
  }
  return text;
}

GstBuffer *
soak_cue_new (GRand *rand, gboolean markup)
{
  g_autoptr (GString) text = make_text (rand, markup);
  gsize size;
  GstBuffer *buffer;

  if (g_rand_int_range (rand, 0, 10) == 0)
    g_string_append_c (text, '\n');
  if (g_rand_int_range (rand, 0, 10) == 0)
    g_string_append_c (text, '\0');
  size = text->len;
  buffer = gst_buffer_new_allocate (NULL, size, NULL);
  gst_buffer_fill (buffer, 0, text->str, size);
  if (g_rand_int_range (rand, 0, 30) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_GAP);
  if (g_rand_int_range (rand, 0, 30) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  return buffer;
}
