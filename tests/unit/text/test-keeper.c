/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-keeper.h"

#include "text/s2s-words.h"

#include <string.h>

static const char *const negations[] = {"no", "not", "n't", "never", "nothing", NULL};
static const char *const numerals[] = {"two", "three", "twenty-one", NULL};
static const char *const openers[] = {"well", "the",  "i",    "that", "no",   "he",  "we",   "it",
                                      "they", "from", "here", "give", "note", "and", "then", NULL};

static S2sKeeper *
make_keeper (gboolean numbers, gboolean names)
{
  S2sKeeper *keeper = s2s_keeper_new (numbers, names);

  s2s_keeper_add_set (keeper, negations);
  s2s_keeper_set_words (keeper, numerals);
  s2s_keeper_set_openers (keeper, openers);
  return keeper;
}

static gboolean
keeps (const S2sKeeper *keeper, const char *source, const char *output)
{
  g_autoptr (S2sKept) kept = s2s_keeper_note (keeper, source, strlen (source));

  return s2s_kept_is_in (kept, output, strlen (output));
}

typedef struct {
  const char *source;
  const char *output;
  gboolean kept;
} Row;

static const Row rows[] = {
    /* nothing to keep */
    {"", "", TRUE},
    {"", "Anything goes.", TRUE},
    {"Well, that is fine.", "", TRUE},
    {"The kettle is on.", "Kettle's on.", TRUE},
    /* negations: as many as there were */
    {"I do not want any soup.", "I want no soup.", TRUE},
    {"I do not want any soup.", "I want soup.", FALSE},
    {"I want some soup.", "I don't want soup.", FALSE},
    {"I do not want any soup.", "", FALSE},
    {"We can't go.", "We can not go.", TRUE},
    {"We can't go.", "We can go.", FALSE},
    {"We can’t go.", "We can't go.", TRUE},
    {"We canʼt go.", "WE CAN NOT GO.", TRUE},
    {"We do'nt go.", "We go.", TRUE},
    {"It is not that he never came.", "He never came.", FALSE},
    {"It is not that he never came.", "It's not that he never came.", TRUE},
    {"It is not that he never came.", "He came.", FALSE},
    {"Note the knot.", "Knot.", TRUE},
    /* what is said again at once counts once, on both sides */
    {"I don't, I don't know.", "I don't know.", TRUE},
    {"I don't, I don't know.", "I don't, I don't know.", TRUE},
    {"I don't, I don't know.", "I know.", FALSE},
    {"No, no, no, no!", "No.", TRUE},
    {"No, no, no, no!", "No, no!", TRUE},
    {"No, no, no, no!", "Yes.", FALSE},
    {"It was not -- it WAS not -- it was not there.", "It was not there.", TRUE},
    {"I I don't I don't want that.", "I don't want that.", TRUE},
    {"Not the lamp, not the lamp, the lamp.", "Not the lamp.", TRUE},
    {"They are not big and they are not small.", "They are not small.", FALSE},
    {"a b c d not a b c d not.", "a b c d not.", FALSE},
    {"a b c not a b c not.", "a b c not.", TRUE},
    /* numerals */
    {"They were two dogs and three cats.", "Two dogs, three cats.", TRUE},
    {"They were two dogs and three cats.", "Two dogs, cats.", FALSE},
    {"They were two dogs and three cats.", "Three dogs, three cats.", FALSE},
    {"I saw two dogs, and I saw two cats.", "I saw two dogs and cats.", FALSE},
    {"I saw two dogs.", "TWO dogs, two!", TRUE},
    {"I saw dogs.", "I saw two dogs.", TRUE},
    {"He is twenty-one.", "He's twenty-one.", TRUE},
    {"He is twenty-one.", "He's twenty.", FALSE},
    /* numbers: at least as often, and no others */
    {"That costs 1,000.50 today.", "That costs 1,000.50.", TRUE},
    {"That costs 1,000.50 today.", "That costs 1,000 50.", FALSE},
    {"That costs 1,000.50.", "1,000.50, that costs.", TRUE},
    {"He left at 7:30.", "Left at 7:30!", TRUE},
    {"He left at 7:30.", "Left at 7.", FALSE},
    {"The 3rd door, (no. 12).", "The 3RD door, no 12", TRUE},
    {"The 3rd door.", "The 4th door.", FALSE},
    {"The 3rd door.", "The 3 door.", FALSE},
    {"From 5 to 5.", "5 to 5.", TRUE},
    {"From 5 to 5.", "From 5.", FALSE},
    {"From 5.", "From 5 to 5.", TRUE},
    {"It is 5, 5 o'clock.", "It is 5 o'clock.", TRUE},
    {"It is open 24/7.", "Open 24 hours.", FALSE},
    {"It is -5% now…", "-5%", TRUE},
    {"In the 1990s.", "In the 1990s", TRUE},
    {"He said yes.", "He said 2yes.", FALSE},
    {"Rooms 4 and 5.", "Rooms 4, 5 and 6.", FALSE},
    /* names */
    {"Then Anna met Boris.", "Anna met Boris.", TRUE},
    {"Then Anna met Boris.", "Anna met him.", FALSE},
    {"Then anna met Boris.", "Boris.", TRUE},
    {"He met Anna. Then Anna left.", "He met Anna, who left.", TRUE},
    {"That is Anna's hat.", "The hat of Anna.", TRUE},
    {"That is the hat of Anna.", "ANNA’S HAT", TRUE},
    {"That is the Smiths' boat.", "The Smiths boat.", TRUE},
    {"Well, I think so.", "Think so.", TRUE},
    {"And so I'm here, and I'll stay. He said I’d go.", "Here. Stay. He said go.", TRUE},
    {"The car is here.", "Car here.", TRUE},
    {"Boats are here.", "Here.", FALSE},
    {"Here is that car. The bus? That's late.", "Here: car, bus late.", TRUE},
    {"Give me The car.", "Give me a car.", FALSE},
    {"he said: “The car is red.”", "he says it's red.", TRUE},
    {"he says - The car.\nThe bus.", "he says bus.", FALSE},
    {"the bus.\nThe car.", "bus, car.", TRUE},
    {"The Zürich train.", "ZÜRICH train.", TRUE},
    {"The Zu\xcc\x88rich train.", "Zürich train.", TRUE},
    {"The iPhone rang.", "The phone rang.", FALSE},
    {"The Jean-Luc show.", "Jean Luc show.", FALSE},
    {"ANNA MET BORIS AT THE STATION.", "They met at the station.", TRUE},
    {"ANNA DID NOT MEET BORIS.", "They did meet.", FALSE},
    {"ANNA: come here.", "Come here.", FALSE},
};

static void
test_rows (void)
{
  g_autoptr (S2sKeeper) keeper = make_keeper (TRUE, TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s -> %s", rows[i].source, rows[i].output);
    g_assert_cmpint (keeps (keeper, rows[i].source, rows[i].output), ==, rows[i].kept);
  }
}

/* A text always keeps what it has itself, however it stutters. */
static void
test_itself (void)
{
  g_autoptr (S2sKeeper) keeper = make_keeper (TRUE, TRUE);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_assert_true (keeps (keeper, rows[i].source, rows[i].source));
    g_assert_true (keeps (keeper, rows[i].output, rows[i].output));
  }
}

/* Each is looked at when it is asked for alone. */
static void
test_switches (void)
{
  static const char *const source = "Then Anna had 5 pears.";

  for (guint i = 0; i < 4; i++) {
    gboolean numbers = i % 2 == 1, names = i / 2 == 1;
    g_autoptr (S2sKeeper) keeper = make_keeper (numbers, names);

    g_assert_cmpint (keeps (keeper, source, "Anna had pears."), ==, !numbers);
    g_assert_cmpint (keeps (keeper, source, "She had 5 pears."), ==, !names);
    g_assert_false (keeps (keeper, source, "Anna had no 5 pears."));
  }
  g_autoptr (S2sKeeper) bare = s2s_keeper_new (FALSE, FALSE);
  g_assert_true (keeps (bare, "Anna had not 5.", ""));
}

/* A NUL is no part of a word, and no end of a text. */
static void
test_nul (void)
{
  g_autoptr (S2sKeeper) keeper = make_keeper (TRUE, TRUE);
  g_autoptr (S2sKept) kept = s2s_keeper_note (keeper, "so\0not 5", 8);

  g_assert_false (s2s_kept_is_in (kept, "so", 2));
  g_assert_false (s2s_kept_is_in (kept, "so\0not", 6));
  g_assert_true (s2s_kept_is_in (kept, "5\0not", 5));
}

static void
test_words (void)
{
  static const char *const words[] = {"a",  "don't", "don’t",     "n't",
                                      "'s", "’t",    "forty-two", "7:30"};
  static const char *const others[] = {"", "'", "no one", "mr.", "-", "don't ", "a-", "''s", "7:"};

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    g_assert_true (s2s_keeper_is_word (words[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (s2s_keeper_is_word (others[i]));
}

/* Forms, with ^ before what is first, * behind a capital and # behind a digit. */
static void
test_split (void)
{
  static const char *const texts[][2] = {
      {"Don’t go, Ann-Marie!", "^don't* go ann-marie*"},
      {"One. (Two) three: Four\nFive — six", "^one* ^two* three ^four* ^five* ^six"},
      {"'tis 1,2 3; 4/5 rock 'n' roll- x", "^tis 1,2# 3# 4/5# rock n roll x"},
      {"ÉCOLE e\xcc\x81"
       "cole",
       "^école* école"},
      {"… ! — ", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) words = s2s_words_new (texts[i][0], strlen (texts[i][0]));
    g_autoptr (GString) got = g_string_new (NULL);

    for (guint k = 0; k < words->len; k++) {
      const S2sWord *word = &g_array_index (words, S2sWord, k);

      g_string_append_printf (got, "%s%s%s%s%s", k > 0 ? " " : "", word->is_first ? "^" : "",
                              word->form, word->has_capital ? "*" : "", word->has_digit ? "#" : "");
    }
    g_assert_cmpstr (got->str, ==, texts[i][1]);
  }
}

/* What stands behind a text is none of it. */
static void
test_part (void)
{
  g_autoptr (GArray) words = s2s_words_new ("we can't", strlen ("we can'"));

  g_assert_cmpuint (words->len, ==, 2);
  g_assert_cmpstr (g_array_index (words, S2sWord, 1).form, ==, "can");
}

static void
test_collapse (void)
{
  static const char *const texts[][2] = {
      {"", ""},
      {"a", "a"},
      {"a A a", "a"},
      {"a b a b a b", "a b"},
      {"a b c d a b c d e", "a b c d e"},
      {"a b c d e a b c d e", "a b c d e a b c d e"},
      {"a b c a b b c", "a b c"},
      {"a b b a b b", "a b"},
      {"a b a", "a b a"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (GArray) words = s2s_words_new (texts[i][0], strlen (texts[i][0]));
    g_autoptr (GString) got = g_string_new (NULL);

    s2s_words_collapse (words);
    for (guint k = 0; k < words->len; k++)
      g_string_append_printf (got, "%s%s", k > 0 ? " " : "",
                              g_array_index (words, S2sWord, k).form);
    g_assert_cmpstr (got->str, ==, texts[i][1]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/rows", test_rows);
  g_test_add_func ("/keeper/itself", test_itself);
  g_test_add_func ("/keeper/switches", test_switches);
  g_test_add_func ("/keeper/nul", test_nul);
  g_test_add_func ("/keeper/words", test_words);
  g_test_add_func ("/keeper/split", test_split);
  g_test_add_func ("/keeper/part", test_part);
  g_test_add_func ("/keeper/collapse", test_collapse);
  return g_test_run ();
}
