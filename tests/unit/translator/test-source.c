/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-unit.h"

#include "s2s-test-error.h"

#include <string.h>

/* What stands around a text in a source. Tokens of letters, a is 0; then "." and blank. */
#define POINT 26
#define BLANK 27
#define LANGUAGE 28
#define EOS 29
#define SHORT 30
#define MIDDLE 31
#define LONG 32
#define SEPARATOR 33
#define N_IDS 34

static const S2sLengthToken lengths[] = {{0.5, SHORT}, {0.75, MIDDLE}, {1, LONG}};

typedef struct {
  S2sTokenizer *tokenizer;
  GPtrArray *units;
  S2sTurns turns;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  const S2sSpecialTokens special = {-1, -1, -1, EOS};
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (GError) error = NULL;

  for (gint id = 0; id < N_IDS; id++) {
    if (id < POINT || id >= LANGUAGE)
      g_string_append_printf (json, "\"%s%c\": %d", id < POINT ? "" : "_",
                              'a' + (id < POINT ? id : id - LANGUAGE), id);
    else
      g_string_append_printf (json, "\"%c\": %d", id == POINT ? '.' : ' ', id);
    g_string_append_c (json, id + 1 < N_IDS ? ',' : '}');
  }
  g_autoptr (GBytes) bytes = g_bytes_new (json->str, json->len);
  self->tokenizer = s2s_tokenizer_new_plain (bytes, TRUE, &special, &error);
  g_assert_no_error (error);
  self->units = g_ptr_array_new_with_free_func ((GDestroyNotify)s2s_unit_free);
  s2s_turns_init (&self->turns);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_ptr_array_unref (self->units);
  s2s_turns_clear (&self->turns);
  s2s_tokenizer_free (self->tokenizer);
}

static S2sSourceForm
make_form (Fixture *self, guint max_length)
{
  return (S2sSourceForm){.tokenizer = self->tokenizer,
                         .max_length = max_length,
                         .language = S2S_NO_TOKEN,
                         .eos = S2S_NO_TOKEN,
                         .separator = SEPARATOR,
                         .max_turns = 3,
                         .turns = &self->turns};
}

static void
read_turns (Fixture *self, const S2sSourceForm *form, const char *const *texts)
{
  g_autoptr (GError) error = NULL;

  s2s_turns_clear (&self->turns);
  s2s_turns_init (&self->turns);
  g_assert_true (
      s2s_turns_read (&self->turns, form, texts, g_strv_length ((char **)texts), &error));
  g_assert_no_error (error);
}

static const S2sUnit *
cut (Fixture *self, const S2sSourceForm *form, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_ptr_array_set_size (self->units, 0);
  g_assert_true (s2s_unit_cut (form, 0, text, strlen (text), self->units, &error));
  g_assert_no_error (error);
  return self->units->len > 0 ? g_ptr_array_index (self->units, 0) : NULL;
}

/* Letters for what is said, and others for what stands around */
static void
assert_ids (const S2sUnit *unit, const char *expected)
{
  static const char names[] = "abcdefghijklmnopqrstuvwxyz. <>123|";
  g_autoptr (GString) got = g_string_new (NULL);

  for (guint i = 0; i < unit->n_ids; i++)
    g_string_append_c (got, names[unit->ids[i]]);
  g_assert_cmpstr (got->str, ==, expected);
}

/* [language] [length] [turns, each with its separator] text [EOS] */
static void
test_order (Fixture *self, gconstpointer data)
{
  static const char *const turns[] = {"x", "yz", NULL};

  for (guint i = 0; i < 16; i++) {
    S2sSourceForm form = make_form (self, 64);
    gboolean has_language = (i & 1) != 0, has_length = (i & 2) != 0;
    gboolean has_turns = (i & 4) != 0, has_eos = (i & 8) != 0;
    g_autofree char *expected =
        g_strconcat (has_language ? "<" : "", has_length ? "2" : "", has_turns ? "x|yz|" : "",
                     "fab", has_eos ? ">" : "", NULL);

    form.language = has_language ? LANGUAGE : S2S_NO_TOKEN;
    form.eos = has_eos ? EOS : S2S_NO_TOKEN;
    form.lengths = lengths;
    form.n_lengths = has_length ? G_N_ELEMENTS (lengths) : 0;
    form.length = 1;
    read_turns (self, &form, has_turns ? turns : turns + 2);

    const S2sUnit *unit = cut (self, &form, " fab");
    guint n_before = (guint)has_language + has_length + (has_turns ? 5 : 0);
    assert_ids (unit, expected);
    g_assert_cmpuint (unit->n_context, ==, has_turns ? 5 : 0);
    g_assert_cmpuint (s2s_unit_count_own (unit), ==, unit->n_ids - (has_turns ? 5 : 0));
    g_assert_cmpuint (unit->first_text, ==, n_before);
    g_assert_cmpuint (unit->n_text, ==, 3);
    for (guint k = 0; k < unit->n_ids; k++) {
      gsize start = 1 + (k < n_before ? 0 : k - n_before);

      g_assert_cmpuint (unit->spans[k].start, ==, start);
      g_assert_cmpuint (unit->spans[k].end, ==, start + (k >= n_before && start < 4 ? 1 : 0));
    }
  }
}

/* All sentences of a text have it before them. */
static void
test_sentences (Fixture *self, gconstpointer data)
{
  static const char *const turns[] = {"x.", NULL};
  S2sSourceForm form = make_form (self, 64);

  read_turns (self, &form, turns);
  assert_ids (cut (self, &form, "ab. cd."), "x.|ab.");
  g_assert_cmpuint (self->units->len, ==, 2);
  const S2sUnit *unit = g_ptr_array_index (self->units, 1);
  assert_ids (unit, "x.|cd.");
  for (guint k = 0; k < 3; k++)
    g_assert_true (unit->spans[k].start == 4 && unit->spans[k].end == 4);
}

/* What there is no room for goes, the oldest first and each whole; the text never does. */
static void
test_room (Fixture *self, gconstpointer data)
{
  static const char *const turns[] = {"u", "vw", "xyz", NULL};
  static const struct {
    guint max_length;
    const char *expected;
  } rows[] = {
      {15, "<u|vw|xyz|fab>"}, {14, "<u|vw|xyz|fab>"}, {13, "<vw|xyz|fab>"}, {12, "<vw|xyz|fab>"},
      {11, "<xyz|fab>"},      {9, "<xyz|fab>"},       {8, "<fab>"},         {5, "<fab>"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    S2sSourceForm form = make_form (self, rows[i].max_length);

    form.language = LANGUAGE;
    form.eos = EOS;
    read_turns (self, &form, turns);
    assert_ids (cut (self, &form, "fab"), rows[i].expected);
    g_assert_cmpuint (self->units->len, ==, 1);
  }

  S2sSourceForm form = make_form (self, 5);
  form.language = LANGUAGE;
  read_turns (self, &form, turns + 2);
  assert_ids (cut (self, &form, "abcd"), "<abcd");
  form.lengths = lengths;
  form.n_lengths = G_N_ELEMENTS (lengths);
  assert_ids (cut (self, &form, "abcd"), "<1ab");
  assert_ids (g_ptr_array_index (self->units, 1), "<1cd");
}

/* The last max_turns; those without a token are none, and one that is too long ends them. */
static void
test_turns (Fixture *self, gconstpointer data)
{
  static const char *const many[] = {"a", "b", "c", "d", NULL};
  static const char *const blank[] = {"a", "b", "", "d", NULL};
  static const char *const none[] = {"", "", NULL};
  g_autofree char *line = g_strnfill (64 * 65, 'x');
  const char *const huge[] = {"a", line, "b", NULL};
  S2sSourceForm form = make_form (self, 64);

  read_turns (self, &form, many);
  assert_ids (cut (self, &form, "f"), "b|c|d|f");
  read_turns (self, &form, blank);
  assert_ids (cut (self, &form, "f"), "b|d|f");
  read_turns (self, &form, none);
  assert_ids (cut (self, &form, "f"), "f");
  read_turns (self, &form, huge);
  assert_ids (cut (self, &form, "f"), "b|f");
  line[80] = '\0';
  read_turns (self, &form, huge);
  assert_ids (cut (self, &form, "f"), "b|f");
  form.max_turns = 0;
  read_turns (self, &form, many);
  assert_ids (cut (self, &form, "f"), "f");
}

/* The last one is the first that is looked at; one that does not count is not. */
static void
test_not_utf8 (Fixture *self, gconstpointer data)
{
  static const char *const texts[] = {"\377", "a", "b\377", "c"};
  S2sSourceForm form = make_form (self, 64);
  g_autoptr (GError) error = NULL;

  g_assert_false (s2s_turns_read (&self->turns, &form, texts, G_N_ELEMENTS (texts), &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT,
                         "context 2: the text is not valid UTF-8 at byte 1");
  form.max_turns = 1;
  g_assert_true (s2s_turns_read (&self->turns, &form, texts, G_N_ELEMENTS (texts), NULL));
}

static void
test_choose (Fixture *self, gconstpointer data)
{
  static const struct {
    double ratio;
    guint length;
  } rows[] = {{0.01, 0}, {0.5, 0}, {0.74, 0}, {0.75, 1}, {0.99, 1}, {1, 2}, {G_MAXDOUBLE, 2}};
  S2sSourceForm form = make_form (self, 64);

  g_assert_cmpuint (s2s_source_form_choose_length (&form, 1), ==, 0);
  form.lengths = lengths;
  form.n_lengths = G_N_ELEMENTS (lengths);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (s2s_source_form_choose_length (&form, rows[i].ratio), ==, rows[i].length);
}

/* From one length to the next, up to the greatest */
static void
test_lengthen (Fixture *self, gconstpointer data)
{
  static const char *const turns[] = {"x", NULL};
  S2sSourceForm form = make_form (self, 64);

  for (guint i = 0; i < 2; i++) {
    form.language = i == 0 ? S2S_NO_TOKEN : LANGUAGE;
    form.lengths = lengths;
    form.n_lengths = G_N_ELEMENTS (lengths);
    read_turns (self, &form, &turns[1 - i]);
    S2sUnit *unit = (S2sUnit *)cut (self, &form, "f");

    assert_ids (unit, i == 0 ? "1f" : "<1x|f");
    g_assert_true (s2s_unit_lengthen (unit, &form));
    assert_ids (unit, i == 0 ? "2f" : "<2x|f");
    g_assert_true (s2s_unit_lengthen (unit, &form));
    assert_ids (unit, i == 0 ? "3f" : "<3x|f");
    g_assert_false (s2s_unit_lengthen (unit, &form));
    assert_ids (unit, i == 0 ? "3f" : "<3x|f");
  }
  form.n_lengths = 0;
  g_assert_false (s2s_unit_lengthen ((S2sUnit *)cut (self, &form, "f"), &form));
}

/* Texts by the room that they have, their parts with | between */
static void
test_whole_texts (Fixture *self, gconstpointer data)
{
  static const struct {
    const char *text;
    guint max_length;
    const char *parts;
  } rows[] = {
      {"", 7, ""},
      {"  ", 7, ""},
      {" ab. cd. ", 8, "<ab. cd."},
      {" ab. cd. ", 7, "<ab.|<cd."},
      {"a. b. c. d.", 12, "<a. b. c. d."},
      {"a. b. c. d.", 11, "<a. b. c.|<d."},
      {"a. b. c. d.", 8, "<a. b.|<c. d."},
      {"a. bcdefghi. j. k.", 6, "<a.|<bcde|<fghi.|<j. k."},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    S2sSourceForm form = make_form (self, rows[i].max_length);
    g_auto (GStrv) parts = g_strsplit (rows[i].parts, "|", -1);

    form.whole_texts = TRUE;
    form.language = LANGUAGE;
    cut (self, &form, rows[i].text);
    g_assert_cmpuint (self->units->len, ==, g_strv_length (parts));
    for (guint k = 0; k < self->units->len; k++) {
      const S2sUnit *unit = g_ptr_array_index (self->units, k);

      assert_ids (unit, parts[k]);
      g_assert_cmpuint (unit->stretch.end - unit->stretch.start, ==, strlen (parts[k]) - 1);
      g_assert_cmpmem (rows[i].text + unit->stretch.start, unit->n_text, parts[k] + 1,
                       strlen (parts[k]) - 1);
    }
  }
}

static void
add (const char *path, void (*test) (Fixture *self, gconstpointer data))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/source/order", test_order);
  add ("/source/sentences", test_sentences);
  add ("/source/room", test_room);
  add ("/source/turns", test_turns);
  add ("/source/not-utf8", test_not_utf8);
  add ("/source/choose", test_choose);
  add ("/source/lengthen", test_lengthen);
  add ("/source/whole-texts", test_whole_texts);
  return g_test_run ();
}
