/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sjoiner.h"

#include <string.h>

#define MSECOND G_GUINT64_CONSTANT (1000000)
#define MAX_PARTS 12

typedef struct {
  const char *text;
  guint64 start; /* ms */
  guint64 duration;
} Part;

/* Sentences are written as text@start-end, with "|" between. Those before "//" came at once, those
 * after it when the joiner was drained. */
typedef struct {
  const char *name;
  Part parts[MAX_PARTS];
  const char *expected;
} JoinerRow;

static const JoinerRow rows[] = {
    {"one-part", {{"We are late.", 0, 900}}, "We are late.@0-900 //"},
    {"words", {{"We", 0, 200}, {"are", 200, 300}, {"late.", 600, 300}}, "We are late.@0-900 //"},
    {"not-ended", {{"We are", 0, 500}}, "// We are@0-500"},
    {"two-cues",
     {{"The ship left the", 0, 1000}, {"harbour at noon.", 1100, 900}},
     "The ship left the harbour at noon.@0-2000 //"},
    {"two-in-one", {{"Stop. Go.", 0, 900}}, "Stop.@0-500 | Go.@600-900 //"},
    {"end-inside",
     {{"Come in. Sit", 0, 1200}, {"down.", 1200, 300}},
     "Come in.@0-800 | Sit down.@900-1500 //"},
    {"title", {{"Mr. Lane met Mrs. Poe.", 0, 900}}, "Mr. Lane met Mrs. Poe.@0-900 //"},
    {"title-at-end", {{"I saw Dr.", 0, 500}, {"Lane.", 500, 500}}, "I saw Dr. Lane.@0-1000 //"},
    {"acronym", {{"The U.S. economy grew.", 0, 900}}, "The U.S. economy grew.@0-900 //"},
    {"acronym-name", {{"The U.S. Army came.", 0, 900}}, "The U.S. Army came.@0-900 //"},
    {"acronym-ends",
     {{"He left the U.S.", 0, 500}, {"They stayed.", 500, 500}},
     "He left the U.S.@0-500 | They stayed.@500-1000 //"},
    {"acronym-waits", {{"He left the U.S.", 0, 500}}, "// He left the U.S.@0-500"},
    {"initial", {{"J. Doe wrote it.", 0, 900}}, "J. Doe wrote it.@0-900 //"},
    {"pronoun", {{"So do I. Good.", 0, 1400}}, "So do I.@0-800 | Good.@900-1400 //"},
    {"abbreviation", {{"Tea, e.g. Green tea.", 0, 900}}, "Tea, e.g. Green tea.@0-900 //"},
    {"etc", {{"Cups etc. are here.", 0, 900}}, "Cups etc. are here.@0-900 //"},
    {"etc-ends", {{"Cups etc. Go on.", 0, 1600}}, "Cups etc.@0-900 | Go on.@1000-1600 //"},
    {"decimal", {{"It fell by 3.5 metres.", 0, 900}}, "It fell by 3.5 metres.@0-900 //"},
    {"domain", {{"See example.org now.", 0, 900}}, "See example.org now.@0-900 //"},
    {"list-number", {{"1. Boil water.", 0, 900}}, "1. Boil water.@0-900 //"},
    {"number-ends", {{"I have 3. You none.", 0, 1900}}, "I have 3.@0-900 | You none.@1000-1900 //"},
    {"ellipsis-goes-on",
     {{"Well...", 0, 500}, {"maybe not.", 500, 500}},
     "Well... maybe not.@0-1000 //"},
    {"ellipsis-ends",
     {{"Well…", 0, 500}, {"Maybe not.", 500, 500}},
     "Well…@0-500 | Maybe not.@500-1000 //"},
    {"quote", {{"\"Who?\" he asked.", 0, 900}}, "\"Who?\" he asked.@0-900 //"},
    {"quote-ends",
     {{"“Go home.” She left.", 0, 2000}},
     "“Go home.”@0-1000 | She left.@1100-2000 //"},
    {"bracket-ends", {{"(Not now.) Later.", 0, 1700}}, "(Not now.)@0-1000 | Later.@1100-1700 //"},
    {"question-exclamation", {{"What?! No!", 0, 1000}}, "What?!@0-600 | No!@700-1000 //"},
    {"mark-alone", {{"Hello", 0, 400}, {".", 400, 100}}, "Hello.@0-500 //"},
    {"comma-alone",
     {{"Yes", 0, 100}, {",", 100, 100}, {"it", 200, 100}, {"'s", 300, 100}, {"you.", 400, 100}},
     "Yes, it's you.@0-500 //"},
    {"chinese", {{"今天", 0, 300}, {"下雨。", 300, 300}}, "今天下雨。@0-600 //"},
    {"chinese-two", {{"下雨了。走吧！", 0, 700}}, "下雨了。@0-400 | 走吧！@400-700 //"},
    {"chinese-said", {{"“走吧！”他说。", 0, 800}}, "“走吧！”他说。@0-800 //"},
    {"chinese-quote-ends", {{"“走。”他来了。", 0, 800}}, "“走。”@0-400 | 他来了。@400-800 //"},
    {"chinese-latin", {{"我用", 0, 100}, {"Linux。", 100, 100}}, "我用 Linux。@0-200 //"},
    {"chinese-comma-latin", {{"你好，", 0, 100}, {"Ann。", 100, 100}}, "你好，Ann。@0-200 //"},
    {"japanese", {{"雨が", 0, 100}, {"降る。", 100, 100}}, "雨が降る。@0-200 //"},
    {"korean", {{"비가", 0, 100}, {"온다.", 100, 100}}, "비가 온다.@0-200 //"},
    {"thai", {{"ฝน", 0, 100}, {"ตก", 100, 100}}, "// ฝนตก@0-200"},
    {"hindi", {{"वह आया। वह गया।", 0, 1500}}, "वह आया।@0-700 | वह गया।@800-1500 //"},
    {"line-break", {{"We went\nhome.", 0, 900}}, "We went home.@0-900 //"},
    {"line-break-chinese", {{"我们\r\n回家。", 0, 900}}, "我们回家。@0-900 //"},
    {"dialogue", {{"- Tea?\n- Yes", 0, 1100}}, "- Tea?@0-600 // - Yes@600-1100"},
    {"speaker",
     {{"so I went", 0, 500}, {">> Stop", 500, 500}},
     "so I went@0-500 // >> Stop@500-1000"},
    {"name",
     {{"so I went", 0, 500}, {"ANN: Stop.", 500, 500}},
     "so I went@0-500 | ANN: Stop.@500-1000 //"},
    {"dash-goes-on",
     {{"He was", 0, 500}, {"— I think — late.", 500, 500}},
     "He was — I think — late.@0-1000 //"},
    {"minus", {{"It is", 0, 500}, {"-5 degrees.", 500, 500}}, "It is -5 degrees.@0-1000 //"},
    {"sound",
     {{"and then", 0, 500}, {"[MUSIC]", 500, 500}, {"we sang", 1000, 500}},
     "and then@0-500 | [MUSIC]@500-1000 // we sang@1000-1500"},
    {"sound-line", {{"[MUSIC]\nwe sang", 0, 1400}}, "[MUSIC]@0-700 // we sang@700-1400"},
    {"song", {{"♪ la la ♪", 0, 500}, {"we sang", 500, 500}}, "♪ la la ♪@0-500 // we sang@500-1000"},
    {"position",
     {{"{\\an8}We went", 0, 500}, {"{\\an8}home.", 500, 500}},
     "{\\an8}We went home.@0-1000 //"},
    {"pause-plain",
     {{"we went home", 0, 900}, {"it was cold", 1400, 600}},
     "we went home@0-900 // it was cold@1400-2000"},
    {"no-pause-plain",
     {{"we went home", 0, 900}, {"it was cold", 1399, 601}},
     "// we went home it was cold@0-2000"},
    {"pause-capital",
     {{"We went to", 0, 900}, {"the sea.", 1900, 600}},
     "We went to the sea.@0-2500 //"},
    {"pause-marked",
     {{"Fine. we went to", 0, 1600}, {"the sea.", 2600, 600}},
     "Fine.@0-500 | we went to the sea.@600-3200 //"},
    {"long-pause",
     {{"We went to", 0, 900}, {"the sea.", 2900, 600}},
     "We went to@0-900 | the sea.@2900-3500 //"},
    {"overlap",
     {{"One here.", 0, 2000}, {"Two there.", 1000, 2000}},
     "One here.@0-2000 | Two there.@2000-3000 //"},
    {"blanks", {{" \n ", 0, 900}, {"  Yes.  ", 900, 100}}, "Yes.@900-1000 //"},
    {"empty", {{"", 0, 900}}, "//"},
};

static void
append_sentences (GString *log, GstS2sJoiner *joiner)
{
  GstS2sSentence *sentence;
  const char *separator = "";

  while ((sentence = gst_s2s_joiner_pop (joiner))) {
    g_string_append_printf (log, "%s%s@%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT " ", separator,
                            sentence->text, sentence->start / MSECOND, sentence->end / MSECOND);
    gst_s2s_sentence_free (sentence);
    separator = "| ";
  }
}

static void
add (GstS2sJoiner *joiner, const Part *part)
{
  gst_s2s_joiner_add (joiner, part->text, part->start * MSECOND, part->duration * MSECOND);
}

static void
check_parts (GstS2sJoiner *joiner, const Part *parts, const char *expected)
{
  g_autoptr (GString) log = g_string_new (NULL);

  for (guint i = 0; i < MAX_PARTS && parts[i].text; i++)
    add (joiner, &parts[i]);
  append_sentences (log, joiner);
  g_string_append (log, "// ");
  gst_s2s_joiner_drain (joiner);
  append_sentences (log, joiner);
  g_strchomp (log->str);
  g_assert_cmpstr (log->str, ==, expected);
}

static void
test_row (gconstpointer data)
{
  const JoinerRow *row = data;
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();

  check_parts (joiner, row->parts, row->expected);
}

/* ---- Parts ---- */

static void
test_parts (void)
{
  static const Part parts[] = {{"Come in. Sit", 0, 1200}, {"down.", 1300, 300}};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GstS2sSentence) first = NULL;
  g_autoptr (GstS2sSentence) second = NULL;
  GstS2sPart *part;

  add (joiner, &parts[0]);
  add (joiner, &parts[1]);
  first = gst_s2s_joiner_pop (joiner);
  second = gst_s2s_joiner_pop (joiner);
  g_assert_cmpuint (first->parts->len, ==, 1);
  g_assert_cmpuint (second->parts->len, ==, 2);
  part = g_ptr_array_index (second->parts, 0);
  g_assert_cmpstr (part->text, ==, "Sit");
  g_assert_cmpuint (part->start, ==, 900 * MSECOND);
  g_assert_cmpuint (part->duration, ==, 300 * MSECOND);
  g_assert_cmpuint (part->id, ==, 1);
  part = g_ptr_array_index (second->parts, 1);
  g_assert_cmpstr (part->text, ==, "down.");
  g_assert_cmpuint (part->start, ==, 1300 * MSECOND);
  g_assert_cmpuint (part->duration, ==, 300 * MSECOND);
  g_assert_cmpuint (part->id, ==, 2);
}

static void
test_peek (void)
{
  static const Part parts[] = {{"Come in. Sit", 0, 1200}, {"still", 1300, 300}};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  guint64 start;
  guint64 id;

  g_assert_false (gst_s2s_joiner_peek (joiner, &start, &id));
  add (joiner, &parts[0]);
  gst_s2s_sentence_free (gst_s2s_joiner_pop (joiner));
  add (joiner, &parts[1]);
  g_assert_true (gst_s2s_joiner_peek (joiner, &start, &id));
  g_assert_cmpuint (start, ==, 900 * MSECOND);
  g_assert_cmpuint (id, ==, 1);
  gst_s2s_joiner_reset (joiner, 0);
  g_assert_false (gst_s2s_joiner_peek (joiner, &start, &id));
}

/* What is shown yet when a stream starts anew is not talked over. */
static void
test_reset (void)
{
  static const Part dropped = {"we went home", 0, 900};
  static const Part parts[MAX_PARTS] = {{"One.", 0, 900}};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();

  add (joiner, &dropped);
  gst_s2s_joiner_reset (joiner, 200 * MSECOND);
  check_parts (joiner, parts, "One.@200-900 //");
}

static void
test_silence (void)
{
  static const Part part = {"we went home", 0, 900};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GstS2sSentence) sentence = NULL;

  add (joiner, &part);
  gst_s2s_joiner_pause (joiner, 1399 * MSECOND);
  g_assert_null (gst_s2s_joiner_pop (joiner));
  gst_s2s_joiner_pause (joiner, 1400 * MSECOND);
  sentence = gst_s2s_joiner_pop (joiner);
  g_assert_cmpstr (sentence->text, ==, "we went home");
}

/* Nothing waits for a next start that does not come. */
static void
test_silence_extends (void)
{
  const GstS2sJoinerOptions options = {.window = 3000 * MSECOND, .extend_duration = TRUE};
  static const Part part = {"We went home.", 0, 900};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GstS2sSentence) sentence = NULL;

  gst_s2s_joiner_set_options (joiner, &options);
  add (joiner, &part);
  gst_s2s_joiner_pause (joiner, 2999 * MSECOND);
  g_assert_null (gst_s2s_joiner_pop (joiner));
  gst_s2s_joiner_pause (joiner, 3000 * MSECOND);
  sentence = gst_s2s_joiner_pop (joiner);
  g_assert_cmpstr (sentence->text, ==, "We went home.");
}

/* ---- Breaks ---- */

static const JoinerRow cut_rows[] = {
    {"all", {{"we", 0, 100}, {"went", 100, 100}}, "we went@0-200 //"},
    {"comma",
     {{"we went,", 0, 100}, {"you", 100, 100}, {"stayed", 200, 100}},
     "we went,@0-100 // you stayed@100-300"},
    {"pause",
     {{"we went", 0, 100}, {"you", 400, 100}, {"stayed", 500, 100}},
     "we went@0-100 // you stayed@400-600"},
    {"conjunction",
     {{"we went", 0, 100}, {"but", 100, 100}, {"you stayed", 200, 100}},
     "we went@0-100 // but you stayed@100-300"},
    {"later-comma",
     {{"we,", 0, 100}, {"you,", 100, 100}, {"they", 200, 100}},
     "we, you,@0-200 // they@200-300"},
    {"comma-before-pause",
     {{"we", 0, 100}, {"went,", 100, 100}, {"you", 200, 100}, {"stayed", 700, 100}},
     "we went,@0-200 // you stayed@200-800"},
};

static void
test_cut (gconstpointer data)
{
  const JoinerRow *row = data;
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GString) log = g_string_new (NULL);

  for (guint i = 0; i < MAX_PARTS && row->parts[i].text; i++)
    add (joiner, &row->parts[i]);
  gst_s2s_joiner_cut (joiner);
  append_sentences (log, joiner);
  g_string_append (log, "// ");
  gst_s2s_joiner_drain (joiner);
  append_sentences (log, joiner);
  g_strchomp (log->str);
  g_assert_cmpstr (log->str, ==, row->expected);
}

/* Adds words without a pause, and gives how many letters the first sentence has. */
static gsize
count_letters (const char *first, const char *word)
{
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GstS2sSentence) sentence = NULL;

  gst_s2s_joiner_add (joiner, first, 0, MSECOND);
  for (guint i = 1; i < 400 && !sentence; i++) {
    gst_s2s_joiner_add (joiner, word, i * MSECOND, MSECOND);
    sentence = gst_s2s_joiner_pop (joiner);
  }
  return g_utf8_strlen (sentence->text, -1);
}

static void
test_length (void)
{
  g_assert_cmpuint (count_letters ("rain", "rain"), >=, 80);
  g_assert_cmpuint (count_letters ("rain", "rain"), <=, 105);
  g_assert_cmpuint (count_letters ("Rain", "rain"), >=, 250);
  g_assert_cmpuint (count_letters ("Rain", "rain"), <=, 305);
  g_assert_cmpuint (count_letters ("雨", "雨"), >=, 20);
  g_assert_cmpuint (count_letters ("雨", "雨"), <=, 36);
}

/* Text that had marks once may have them no more. */
static void
test_marks_end (void)
{
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  gsize lengths[3];
  GstS2sSentence *sentence;
  guint n = 0;

  gst_s2s_joiner_add (joiner, "Fine.", 0, MSECOND);
  gst_s2s_sentence_free (gst_s2s_joiner_pop (joiner));
  for (guint i = 1; n < G_N_ELEMENTS (lengths); i++) {
    gst_s2s_joiner_add (joiner, "rain", i * MSECOND, MSECOND);
    sentence = gst_s2s_joiner_pop (joiner);
    if (!sentence)
      continue;
    lengths[n++] = strlen (sentence->text);
    gst_s2s_sentence_free (sentence);
  }
  g_assert_cmpuint (lengths[0], >=, 250);
  g_assert_cmpuint (lengths[2], >=, 80);
  g_assert_cmpuint (lengths[2], <=, 105);
}

/* One part that is longer than any sentence is taken apart between words. */
static void
test_long_part (void)
{
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GString) text = g_string_new ("Rain");
  guint64 last_end = 0;
  GstS2sSentence *sentence;
  guint n = 0;

  for (guint i = 0; i < 199; i++)
    g_string_append (text, " rain");
  gst_s2s_joiner_add (joiner, text->str, 0, 1000 * MSECOND);
  gst_s2s_joiner_drain (joiner);
  for (; (sentence = gst_s2s_joiner_pop (joiner)); n++) {
    g_assert_cmpuint (strlen (sentence->text), <=, 305);
    g_assert_cmpuint (strlen (sentence->text) % 5, ==, 4);
    g_assert_cmpuint (sentence->start, >=, last_end);
    last_end = sentence->end;
    gst_s2s_sentence_free (sentence);
  }
  g_assert_cmpuint (n, >=, 4);
  g_assert_cmpuint (last_end, ==, 1000 * MSECOND);
}

/* ---- Options ---- */

typedef struct {
  const char *name;
  GstS2sJoinerOptions options;
  Part parts[MAX_PARTS];
  const char *expected;
} OptionsRow;

static const OptionsRow options_rows[] = {
    {"min-duration", {.min_duration = 1000 * MSECOND}, {{"No.", 0, 300}}, "No.@0-1000 //"},
    {"min-duration-no-room",
     {.min_duration = 1000 * MSECOND},
     {{"No. and so", 0, 400}, {"on.", 400, 100}},
     "No.@0-160 | and so on.@160-1160 //"},
    {"min-duration-longer", {.min_duration = 1000 * MSECOND}, {{"No.", 0, 3000}}, "No.@0-3000 //"},
    {"min-duration-shifts",
     {.min_duration = 1000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 500, 2000}},
     "No.@0-1000 | Yes.@1000-2500 //"},
    {"overlap-all",
     {.min_duration = 1000 * MSECOND},
     {{"One.", 0, 3000}, {"Two. so", 0, 3000}},
     "One.@0-3000 | Two.@3000-3500 // so@3500-4000"},
    {"min-duration-moved",
     {.min_duration = 1000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 500, 400}},
     "No.@0-1000 | Yes.@1000-1400 //"},
    {"min-duration-moved-half-second",
     {.min_duration = 1000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 350, 700}},
     "No.@0-1000 | Yes.@1000-1500 //"},
    {"min-duration-moved-own-end",
     {.min_duration = 2000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 1200, 1400}},
     "No.@0-2000 | Yes.@2000-2600 //"},
    {"min-duration-not-moved",
     {.min_duration = 1000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 1000, 400}},
     "No.@0-1000 | Yes.@1000-2000 //"},
    {"extend",
     {.extend_duration = TRUE},
     {{"No.", 0, 300}, {"Yes.", 900, 300}},
     "No.@0-900 // Yes.@900-1200"},
    {"extend-gap",
     {.extend_duration = TRUE, .extended_gap = 100 * MSECOND},
     {{"No.", 0, 300}, {"so", 900, 300}},
     "No.@0-800 // so@900-1200"},
    {"extend-small-gap",
     {.extend_duration = TRUE, .extended_gap = 700 * MSECOND},
     {{"No.", 0, 300}, {"so", 900, 300}},
     "No.@0-300 // so@900-1200"},
    {"window",
     {.window = 1000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 300, 300}, {"So.", 600, 400}, {"Go.", 1000, 300}},
     "No. Yes. So.@0-1000 // Go.@1000-1300"},
    {"window-chinese",
     {.window = 1000 * MSECOND},
     {{"走吧。", 0, 500}, {"好。", 500, 500}},
     "走吧。好。@0-1000 //"},
    {"window-extend",
     {.window = 1000 * MSECOND, .extend_duration = TRUE},
     {{"No.", 0, 600}, {"Yes.", 600, 600}, {"so", 1500, 300}},
     "No. Yes.@0-1500 // so@1500-1800"},
    {"window-silence",
     {.window = 3000 * MSECOND},
     {{"No.", 0, 300}, {"Yes.", 5000, 300}},
     "No.@0-300 // Yes.@5000-5300"},
    {"sentences",
     {.window_sentences = 2},
     {{"No.", 0, 300}, {"Yes.", 300, 300}, {"So.", 600, 300}},
     "No. Yes.@0-600 // So.@600-900"},
    {"sentences-at-once",
     {.window_sentences = 2},
     {{"No. We. So. Go. Ha.", 0, 1900}},
     "No. We.@0-700 | So. Go.@800-1500 // Ha.@1600-1900"},
    {"sentences-silence",
     {.window_sentences = 3},
     {{"No.", 0, 300}, {"Yes.", 5000, 300}, {"we went", 9000, 600}, {"home", 12000, 300}},
     "No. Yes. we went@0-9600 // home@12000-12300"},
    {"sentences-window",
     {.window = 1000 * MSECOND, .window_sentences = 3},
     {{"No.", 0, 100},
      {"Yes.", 100, 100},
      {"So.", 200, 100},
      {"Go.", 300, 700},
      {"On.", 1000, 300}},
     "No. Yes. So.@0-300 | Go. On.@300-1300 //"},
    {"sentences-window-silence",
     {.window = 1000 * MSECOND, .window_sentences = 3},
     {{"No.", 0, 300}, {"Yes.", 2300, 300}},
     "No.@0-300 // Yes.@2300-2600"},
    {"sentences-extend",
     {.window_sentences = 2, .extend_duration = TRUE},
     {{"No.", 0, 600}, {"Yes.", 600, 600}, {"so", 1500, 300}},
     "No. Yes.@0-1500 // so@1500-1800"},
};

static void
test_options (gconstpointer data)
{
  const OptionsRow *row = data;
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GString) log = g_string_new (NULL);

  gst_s2s_joiner_set_options (joiner, &row->options);
  for (guint i = 0; i < MAX_PARTS && row->parts[i].text; i++) {
    add (joiner, &row->parts[i]);
    if (i == 0 && row->options.min_duration > 0) {
      append_sentences (log, joiner);
      g_string_append (log, row->parts[1].text ? "| " : "");
    }
  }
  append_sentences (log, joiner);
  g_string_append (log, "// ");
  gst_s2s_joiner_drain (joiner);
  append_sentences (log, joiner);
  g_strchomp (log->str);
  g_assert_cmpstr (log->str, ==, row->expected);
}

/* Each is shown when it comes, so that none knows of the next. */
static void
test_no_drift (void)
{
  const GstS2sJoinerOptions options = {.min_duration = 1000 * MSECOND};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  guint64 most = 0;
  guint64 last_end = 0;

  gst_s2s_joiner_set_options (joiner, &options);
  for (guint i = 0; i < 100; i++) {
    const Part part = {"Yes.", i * 400, 400};
    g_autoptr (GstS2sSentence) sentence = NULL;

    add (joiner, &part);
    sentence = gst_s2s_joiner_pop (joiner);
    g_assert_cmpuint (sentence->start, >=, last_end);
    g_assert_cmpuint (sentence->end, >=, sentence->start + 400 * MSECOND);
    most = MAX (most, sentence->start - i * 400 * MSECOND);
    last_end = sentence->end;
  }
  g_assert_cmpuint (most, ==, 600 * MSECOND);
}

/* What waits for a window or the next start goes out first, and whole. */
static void
test_cut_waiting (gconstpointer data)
{
  static const Part parts[] = {{"No.", 0, 300}, {"Yes.", 300, 300}, {"so", 600, 300}};
  g_autoptr (GstS2sJoiner) joiner = gst_s2s_joiner_new ();
  g_autoptr (GString) log = g_string_new (NULL);

  gst_s2s_joiner_set_options (joiner, data);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    add (joiner, &parts[i]);
  g_assert_null (gst_s2s_joiner_pop (joiner));
  gst_s2s_joiner_cut (joiner);
  append_sentences (log, joiner);
  gst_s2s_joiner_cut (joiner);
  append_sentences (log, joiner);
  g_assert_cmpstr (log->str, ==, "No. Yes.@0-600 so@600-900 ");
}

static void
add_rows (const char *folder, const void *table, gsize n, gsize size, GTestDataFunc test)
{
  for (gsize i = 0; i < n; i++) {
    const void *row = (const char *)table + i * size;
    g_autofree char *path = g_strconcat (folder, *(const char *const *)row, NULL);

    g_test_add_data_func (path, row, test);
  }
}

int
main (int argc, char **argv)
{
  const GstS2sJoinerOptions window = {.window = 5000 * MSECOND, .extend_duration = TRUE};
  const GstS2sJoinerOptions sentences = {.window_sentences = 5};

  g_test_init (&argc, &argv, NULL);
  add_rows ("/joiner/sentences/", rows, G_N_ELEMENTS (rows), sizeof rows[0], test_row);
  add_rows ("/joiner/cut/", cut_rows, G_N_ELEMENTS (cut_rows), sizeof cut_rows[0], test_cut);
  add_rows ("/joiner/options/", options_rows, G_N_ELEMENTS (options_rows), sizeof options_rows[0],
            test_options);
  g_test_add_func ("/joiner/parts", test_parts);
  g_test_add_func ("/joiner/peek", test_peek);
  g_test_add_func ("/joiner/reset", test_reset);
  g_test_add_func ("/joiner/silence", test_silence);
  g_test_add_func ("/joiner/silence-extends", test_silence_extends);
  g_test_add_func ("/joiner/length", test_length);
  g_test_add_func ("/joiner/marks-end", test_marks_end);
  g_test_add_func ("/joiner/long-part", test_long_part);
  g_test_add_func ("/joiner/no-drift", test_no_drift);
  g_test_add_data_func ("/joiner/cut-waiting", &window, test_cut_waiting);
  g_test_add_data_func ("/joiner/cut-waiting-sentences", &sentences, test_cut_waiting);
  return g_test_run ();
}
