/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-unit.h"

#include "s2s-test-error.h"

#include <string.h>

/* Tokens of letters and blanks; a language has 26 or 27, EOS is 28. */
#define LANGUAGE 27
#define EOS 28

typedef struct {
  S2sTokenizer *tokenizer;
  GPtrArray *units;
} Fixture;

static void
setup (Fixture *self, gconstpointer data)
{
  const S2sSpecialTokens special = {-1, -1, -1, EOS};
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (GError) error = NULL;

  for (char letter = 'a'; letter <= 'z'; letter++)
    g_string_append_printf (json, "\"%c\": %d, ", letter, letter - 'a');
  g_string_append (json, "\".\": 26, \"<fr>\": 27, \"</s>\": 28}");
  g_autoptr (GBytes) bytes = g_bytes_new (json->str, json->len);
  self->tokenizer = s2s_tokenizer_new_plain (bytes, TRUE, &special, &error);
  g_assert_no_error (error);
  self->units = g_ptr_array_new_with_free_func ((GDestroyNotify)s2s_unit_free);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  g_ptr_array_unref (self->units);
  s2s_tokenizer_free (self->tokenizer);
}

static gboolean
cut (Fixture *self, guint max_length, gint32 language, gint32 eos, const char *text, GError **error)
{
  S2sSourceForm form = {
      .tokenizer = self->tokenizer, .max_length = max_length, .language = language, .eos = eos};

  g_ptr_array_set_size (self->units, 0);
  return s2s_unit_cut (&form, 3, text, strlen (text), self->units, error);
}

/* "fab" are the ids 5, 0, 1 and what is around them: [27] 5 0 1 [28] */
static void
test_around (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 4; i++) {
    gboolean has_language = i % 2 == 1, has_eos = i / 2 == 1;
    gint32 expected[5] = {LANGUAGE, 5, 0, 1, EOS};
    g_autoptr (GError) error = NULL;

    g_assert_true (
        cut (self, 128, has_language ? LANGUAGE : -1, has_eos ? EOS : -1, "fab", &error));
    g_assert_no_error (error);
    g_assert_cmpuint (self->units->len, ==, 1);
    const S2sUnit *unit = g_ptr_array_index (self->units, 0);
    gsize n = 3 + (gsize)has_language + (gsize)has_eos;
    g_assert_cmpmem (unit->ids, unit->n_ids * sizeof (gint32), expected + (has_language ? 0 : 1),
                     n * sizeof (gint32));
    g_assert_cmpuint (unit->input, ==, 3);
    g_assert_cmpuint (unit->first_text, ==, has_language);
    g_assert_cmpuint (unit->n_text, ==, 3);
    for (guint k = 0; k < unit->n_ids; k++) {
      gsize place = k < unit->first_text ? 0 : k - unit->first_text;

      g_assert_cmpuint (unit->spans[k].start, ==, place);
      g_assert_cmpuint (unit->spans[k].end, ==,
                        k < unit->first_text || place == 3 ? place : place + 1);
    }
  }
}

/* A second sentence: what is around it stands at its own ends. */
static void
test_places (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cut (self, 128, LANGUAGE, EOS, "ab. cd.", &error));
  g_assert_cmpuint (self->units->len, ==, 2);
  const S2sUnit *unit = g_ptr_array_index (self->units, 1);
  g_assert_cmpint (unit->ids[0], ==, LANGUAGE);
  g_assert_cmpuint (unit->spans[0].start, ==, unit->stretch.start);
  g_assert_cmpuint (unit->spans[0].end, ==, unit->stretch.start);
  g_assert_cmpuint (unit->spans[1].end, ==, 5);
  g_assert_cmpuint (unit->spans[unit->n_ids - 1].start, ==, unit->stretch.end);
}

/* What is around the text takes its room: each part is as long as allowed, and each has it all. */
static void
test_room (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 4; i++) {
    gint32 language = i % 2 == 1 ? LANGUAGE : -1, eos = i / 2 == 1 ? EOS : -1;
    S2sSourceForm form = {
        .tokenizer = self->tokenizer, .max_length = 5, .language = language, .eos = eos};
    guint room = 5 - i % 2 - i / 2;
    g_autoptr (GError) error = NULL;

    g_assert_cmpuint (s2s_source_form_get_room (&form), ==, room);
    g_assert_true (cut (self, 5, language, eos, &"abcde"[5 - room], &error));
    g_assert_cmpuint (self->units->len, ==, 1);
    g_assert_true (cut (self, 5, language, eos, &"xabcde"[5 - room], &error));
    g_assert_cmpuint (self->units->len, ==, 2);
    for (guint k = 0; k < 2; k++) {
      const S2sUnit *unit = g_ptr_array_index (self->units, k);

      g_assert_cmpuint (unit->n_ids, <=, 5);
      g_assert_true (language < 0 || unit->ids[0] == language);
      g_assert_true (eos < 0 || unit->ids[unit->n_ids - 1] == eos);
      g_assert_cmpuint (unit->n_text, ==, unit->n_ids - i % 2 - i / 2);
    }
  }
}

/* Blank text, and text of which the vocabulary leaves nothing (U+2581 is SentencePiece's own
 * blank), give no unit: nothing but a language and EOS is no source. */
static void
test_nothing (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "text", "data", "folded.spm", NULL);
  const S2sSpecialTokens special = {-1, 0, -1, -1};
  g_autoptr (GError) error = NULL;
  gsize length;
  char *model;

  g_assert_true (g_file_get_contents (path, &model, &length, NULL));
  g_autoptr (GBytes) bytes = g_bytes_new_take (model, length);
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_sentencepiece (bytes, &special, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 4; i++) {
    gint32 language = i % 2 == 1 ? LANGUAGE : -1, eos = i / 2 == 1 ? EOS : -1;
    const S2sSourceForm form = {
        .tokenizer = tokenizer, .max_length = 5, .language = language, .eos = eos};

    g_assert_true (cut (self, 5, language, eos, "", NULL));
    g_assert_cmpuint (self->units->len, ==, 0);
    g_assert_true (cut (self, 5, language, eos, " \n\t ", NULL));
    g_assert_cmpuint (self->units->len, ==, 0);
    g_assert_true (s2s_unit_cut (&form, 0, "▁", strlen ("▁"), self->units, NULL));
    g_assert_cmpuint (self->units->len, ==, 0);
    g_assert_true (s2s_unit_cut (&form, 0, "a", 1, self->units, NULL));
    g_assert_cmpuint (self->units->len, >, 0);
  }
}

/* A character that does not fit in one piece */
static void
test_no_room (Fixture *self, gconstpointer data)
{
  g_autoptr (S2sTokenizer) bytes = s2s_tokenizer_new_bytes ();
  const S2sSourceForm form = {.tokenizer = bytes, .max_length = 4, .language = 5, .eos = 3};
  g_autoptr (GError) error = NULL;

  g_assert_false (s2s_unit_cut (&form, 0, "好", 3, self->units, &error));
  s2s_test_assert_error (error, S2S_ERROR_INPUT,
                         "“好” has more tokens than the text of a source may have, 2");
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
  add ("/unit/around", test_around);
  add ("/unit/places", test_places);
  add ("/unit/room", test_room);
  add ("/unit/nothing", test_nothing);
  add ("/unit/no-room", test_no_room);
  return g_test_run ();
}
