/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-shortlist.h"

#include "s2s-test-error.h"
#include "s2s-test-shortlist.h"

#include <string.h>

/* Four source tokens and 140 target tokens, of which the vocabulary has ten: more than two words of
 * marks, and lists that share tokens. */
#define N_SOURCE 4
#define N_TARGET 140
#define GUARD -77

static const gint32 common[] = {2, 64};
static const gint32 starts[] = {0, 3, 3, 5, 9};
static const gint32 tokens[] = {0, 63, 139, /* none */ 64, 65, 1, 63, 127, 128};
static const S2sTestShortlist good = {common, 2, starts, 5, tokens, 9};

static S2sTokenizer *
new_plain (void)
{
  static const char text[] =
      "{\"a\": 0, \"b\": 1, \"c\": 2, \"d\": 3, \"e\": 4, \"f\": 5, \"g\": 6, "
      "\"h\": 7, \"i\": 8, \"j\": 9}";
  const S2sSpecialTokens special = {-1, 0, 1, 2};
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GError) error = NULL;
  S2sTokenizer *tokenizer = s2s_tokenizer_new_plain (bytes, FALSE, &special, &error);

  g_assert_no_error (error);
  return tokenizer;
}

static S2sShortlist *
new_good (void)
{
  g_autoptr (GBytes) bytes = s2s_test_shortlist_to_bytes (&good);
  g_autoptr (S2sTokenizer) tokenizer = new_plain ();
  g_autoptr (GError) error = NULL;
  S2sShortlist *self = s2s_shortlist_new_from_bytes (bytes, N_SOURCE, N_TARGET, tokenizer, &error);

  g_assert_no_error (error);
  return self;
}

typedef struct {
  const char *source; /* digits */
  gint32 extra[3];
  guint n_extra;
  gint32 ids[10];
  guint n;
} Row;

static void
assert_collects (const S2sShortlist *self, S2sShortlistScratch *scratch, const Row *row)
{
  guint n_source = (guint)strlen (row->source);
  guint max = s2s_shortlist_get_max (self, n_source, row->n_extra);
  gint32 source[8], ids[N_TARGET + 1];

  for (guint i = 0; i < n_source; i++)
    source[i] = row->source[i] - '0';
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    ids[i] = GUARD;
  guint n = s2s_shortlist_collect (self, scratch, source, n_source, row->extra, row->n_extra, ids);
  g_assert_cmpuint (n, <=, max);
  g_assert_cmpmem (ids, n * sizeof *ids, row->ids, row->n * sizeof *ids);
  g_assert_cmpint (ids[n], ==, GUARD);
}

/* Lists of several sources after another: nothing of the one before is left. */
static void
test_collect (void)
{
  static const Row rows[] = {
      {"0", {0}, 0, {0, 2, 63, 64, 139}, 5},
      {"1", {0}, 0, {2, 64}, 2},
      {"2", {0}, 0, {2, 64, 65}, 3},
      {"", {0}, 0, {2, 64}, 2},
      {"", {139, 3, 139}, 3, {2, 3, 64, 139}, 4},
      {"3113", {3}, 1, {1, 2, 3, 63, 64, 127, 128}, 7},
      {"023", {3, 2}, 2, {0, 1, 2, 3, 63, 64, 65, 127, 128, 139}, 10},
      {"1", {0}, 0, {2, 64}, 2},
  };
  g_autoptr (S2sShortlist) self = new_good ();
  S2sShortlistScratch scratch;

  s2s_shortlist_scratch_init (&scratch, self);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_collects (self, &scratch, &rows[i]);
  s2s_shortlist_scratch_clear (&scratch);
}

/* The longest list has four tokens. */
static void
test_sizes (void)
{
  g_autoptr (S2sShortlist) self = new_good ();

  g_assert_cmpuint (s2s_shortlist_get_n_common (self), ==, 2);
  g_assert_cmpfloat (s2s_shortlist_get_mean (self), ==, 9.0 / 4);
  g_assert_cmpuint (s2s_shortlist_get_max (self, 0, 0), ==, 2);
  g_assert_cmpuint (s2s_shortlist_get_max (self, 10, 3), ==, 45);
  g_assert_cmpuint (s2s_shortlist_get_max (self, 35, 0), ==, N_TARGET);
  g_assert_cmpuint (s2s_shortlist_get_max (self, G_MAXUINT, G_MAXUINT), ==, N_TARGET);
}

/* 4 to 259 are bytes. One of them, wherever from, brings the others. */
static void
test_bytes (void)
{
  static const gint32 some_common[] = {3, 270}, some_starts[] = {0, 2, 3},
                      some_tokens[] = {265, 290, 130};
  const S2sTestShortlist list = {some_common, 2, some_starts, 3, some_tokens, 3};
  static const gint32 source[] = {0, 1}, byte = 200;
  g_autoptr (GBytes) file = s2s_test_shortlist_to_bytes (&list);
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  g_autoptr (S2sShortlist) self = s2s_shortlist_new_from_bytes (file, 2, 300, tokenizer, NULL);
  S2sShortlistScratch scratch;
  gint32 ids[300];

  s2s_shortlist_scratch_init (&scratch, self);
  g_assert_cmpuint (s2s_shortlist_collect (self, &scratch, source, 1, NULL, 0, ids), ==, 4);
  g_assert_cmpint (ids[0], ==, 3);
  g_assert_cmpint (ids[1], ==, 265);

  g_assert_cmpuint (s2s_shortlist_get_max (self, 1, 0), ==, 2 + 2 + 256);
  g_assert_cmpuint (s2s_shortlist_collect (self, &scratch, source + 1, 1, NULL, 0, ids), ==, 258);
  for (gint32 i = 0; i < 257; i++)
    g_assert_cmpint (ids[i], ==, 3 + i);
  g_assert_cmpint (ids[257], ==, 270);

  g_assert_cmpuint (s2s_shortlist_collect (self, &scratch, source, 1, &byte, 1, ids), ==, 260);
  g_assert_cmpuint (s2s_shortlist_collect (self, &scratch, source, 1, NULL, 0, ids), ==, 4);
  s2s_shortlist_scratch_clear (&scratch);
}

static void
assert_broken (GBytes *bytes, const char *message)
{
  g_autoptr (S2sTokenizer) tokenizer = new_plain ();
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_shortlist_new_from_bytes (bytes, N_SOURCE, N_TARGET, tokenizer, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, message);
}

/* One element of the good list is another. */
static void
test_broken_values (void)
{
  static const struct {
    char tensor;
    guint element;
    gint32 value;
    const char *message;
  } rows[] = {
      {'c', 1, 140, "tensor “common”: element 1 is 140, expected 0 to 139"},
      {'c', 0, -1, "tensor “common”: element 0 is -1, expected 0 to 139"},
      {'c', 1, 2, "tensor “common”: element 1 is 2, expected more than the 2 before it"},
      {'t', 8, 140, "tensor “tokens”: element 8 is 140, expected 0 to 139"},
      {'t', 2, 62, "tensor “tokens”: element 2 is 62, expected more than the 63 before it"},
      {'t', 4, 64, "tensor “tokens”: element 4 is 64, expected more than the 64 before it"},
      {'s', 0, 1, "tensor “starts”: element 0 is 1, expected 0"},
      {'s', 0, -1, "tensor “starts”: element 0 is -1, expected 0 to 2147483647"},
      {'s', 2, 2, "tensor “starts”: element 2 is 2, expected at least the 3 before it"},
      {'s', 4, 8, "tensor “starts”: element 4 is 8, expected 9, the length of “tokens”"},
      {'s', 4, 10, "tensor “starts”: element 4 is 10, expected 9, the length of “tokens”"},
      {'s', 1, G_MAXINT32, "tensor “starts”: element 2 is 3, expected at least the 2147483647"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gint32 values[3][G_N_ELEMENTS (tokens)];

    memcpy (values[0], common, sizeof common);
    memcpy (values[1], starts, sizeof starts);
    memcpy (values[2], tokens, sizeof tokens);
    values[rows[i].tensor == 'c'   ? 0
           : rows[i].tensor == 's' ? 1
                                   : 2][rows[i].element] = rows[i].value;
    g_autoptr (GBytes) bytes =
        s2s_test_shortlist_to_bytes (&(S2sTestShortlist){values[0], 2, values[1], 5, values[2], 9});
    assert_broken (bytes, rows[i].message);
  }
}

/* The good list with a part of its header replaced by one that is as long or, followed by blanks,
 * shorter */
static void
assert_header_broken (const char *part, const char *other, const char *message)
{
  g_autoptr (GBytes) bytes = s2s_test_shortlist_to_bytes (&good);
  gsize size = g_bytes_get_size (bytes);
  g_autofree char *file = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
  char *place = g_strstr_len (file + 8, (gssize)size - 8, part);

  g_assert_nonnull (place);
  g_assert_cmpuint (strlen (other), <=, strlen (part));
  memset (place, ' ', strlen (part));
  memcpy (place, other, strlen (other));
  g_autoptr (GBytes) changed = g_bytes_new (file, size);
  assert_broken (changed, message);
}

static void
test_broken_headers (void)
{
  static const gint32 more[] = {0, 3, 3, 5, 9, 9};

  assert_header_broken ("\"common\"", "\"rare\"", "tensor “common” of I32 is missing");
  assert_header_broken ("\"starts\"", "\"ends\"", "tensor “starts” of I32 is missing");
  assert_header_broken ("\"tokens\"", "\"words\"", "tensor “tokens” of I32 is missing");
  assert_header_broken ("I32", "F32", "tensor “common”: dtype is F32, expected I32");
  assert_header_broken ("[2]", "2", "tensor “common”: shape is not an array");
  assert_header_broken ("[9]", "[]", "tensor “tokens”: shape is not an array");
  assert_header_broken ("{\"dtype\": \"I32\", \"shape\": [9]", "{\"dtype\":\"I32\",\"shape\":[9,1]",
                        "tensor “tokens”: shape is [9, 1], expected [9]");
  g_autoptr (GBytes) longer =
      s2s_test_shortlist_to_bytes (&(S2sTestShortlist){common, 2, more, 6, tokens, 9});
  assert_broken (longer, "tensor “starts”: shape is [6], expected [5]");
}

/* A tensor that the format does not have */
static void
test_extra_tensor (void)
{
  static const char header[] =
      "{\"common\": {\"dtype\": \"I32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
      "\"starts\": {\"dtype\": \"I32\", \"shape\": [5], \"data_offsets\": [4, 24]},"
      "\"tokens\": {\"dtype\": \"I32\", \"shape\": [1], \"data_offsets\": [24, 28]},"
      "\"scores\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [28, 32]}}";
  const guint64 length = GUINT64_TO_LE (strlen (header));
  guint8 file[sizeof length + sizeof header - 1 + 32] = {0};

  memcpy (file, &length, sizeof length);
  memcpy (file + sizeof length, header, sizeof header - 1);
  g_autoptr (GBytes) bytes = g_bytes_new_static (file, sizeof file);
  assert_broken (bytes, "1 tensors that do not belong here, the first is “scores”");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shortlist/collect", test_collect);
  g_test_add_func ("/shortlist/sizes", test_sizes);
  g_test_add_func ("/shortlist/bytes", test_bytes);
  g_test_add_func ("/shortlist/broken/values", test_broken_values);
  g_test_add_func ("/shortlist/broken/headers", test_broken_headers);
  g_test_add_func ("/shortlist/broken/extra-tensor", test_extra_tensor);
  return g_test_run ();
}
