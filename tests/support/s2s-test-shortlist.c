/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-shortlist.h"

#include <string.h>

#define FILE_NAME "shortlist.safetensors"
#define N_SOURCE 260 /* of the test bundle */

static void
append (GByteArray *data, const gint32 *ids, guint n)
{
  for (guint i = 0; i < n; i++) {
    gint32 id = GINT32_TO_LE (ids[i]);

    g_byte_array_append (data, (const guint8 *)&id, sizeof id);
  }
}

GBytes *
s2s_test_shortlist_to_bytes (const S2sTestShortlist *self)
{
  static const char format[] = "\"%s\": {\"dtype\": \"I32\", \"shape\": [%u], "
                               "\"data_offsets\": [%u, %u]}%c";
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GString) header = g_string_new ("{");
  guint first = 4 * self->n_common, second = first + 4 * self->n_starts;

  g_string_append_printf (header, format, "common", self->n_common, 0, first, ',');
  g_string_append_printf (header, format, "starts", self->n_starts, first, second, ',');
  g_string_append_printf (header, format, "tokens", self->n_tokens, second,
                          second + 4 * self->n_tokens, '}');

  guint64 length = GUINT64_TO_LE (header->len);
  g_byte_array_append (file, (const guint8 *)&length, sizeof length);
  g_byte_array_append (file, (const guint8 *)header->str, (guint)header->len);
  append (file, self->common, self->n_common);
  append (file, self->starts, self->n_starts);
  append (file, self->tokens, self->n_tokens);
  return g_byte_array_free_to_bytes (file);
}

S2sShortlist *
s2s_test_shortlist_load (const S2sTestShortlist *self, guint n_source, guint n_target)
{
  static const char text[] = "{\"a\": 0, \"b\": 1, \"c\": 2, \"d\": 3}";
  const S2sSpecialTokens special = {0, 1, 2, 3};
  g_autoptr (GBytes) json = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) bytes = s2s_test_shortlist_to_bytes (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTokenizer) target = s2s_tokenizer_new_plain (json, FALSE, &special, &error);
  S2sShortlist *shortlist =
      s2s_shortlist_new_from_bytes (bytes, n_source, n_target, target, &error);

  g_assert_no_error (error);
  return shortlist;
}

S2sShortlist *
s2s_test_shortlist_new_any (guint n)
{
  static const gint32 common[] = {0, 1, 2, 9};
  g_autofree gint32 *starts = g_new (gint32, n + 1);
  g_autofree gint32 *tokens = g_new (gint32, 2 * n);
  S2sTestShortlist self = {common, G_N_ELEMENTS (common), starts, n + 1, tokens, 2 * n};

  for (guint i = 0; i <= n; i++)
    starts[i] = (gint32)(2 * i);
  for (guint i = 0; i < n; i++) {
    tokens[2 * i] = (gint32)(i * 7 % (n - 1));
    tokens[2 * i + 1] = (gint32)(n - 1);
  }
  return s2s_test_shortlist_load (&self, n, n);
}

/* Puts text before the first `place` of config.json. */
static void
change_config (const char *dir, const char *place, const char *text)
{
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);
  g_autofree char *changed = g_strconcat (text, place, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *old = NULL;

  g_file_get_contents (path, &old, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GString) config = g_string_new (old);
  g_assert_cmpuint (g_string_replace (config, place, changed, 1), ==, 1);
  g_file_set_contents (path, config->str, (gssize)config->len, &error);
  g_assert_no_error (error);
}

void
s2s_test_shortlist_add (const S2sTestShortlist *self, const char *dir)
{
  g_autofree char *path = g_build_filename (dir, FILE_NAME, NULL);
  g_autoptr (GBytes) bytes = s2s_test_shortlist_to_bytes (self);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                       &error);
  g_assert_no_error (error);
  change_config (dir, "\"source_tokenizer\"", "\"shortlist\": {\"file\": \"" FILE_NAME "\"}, ");
}

void
s2s_test_shortlist_use (const char *dir)
{
  change_config (dir, "\"source_tokenizer\"", "\"decoding\": {\"use_shortlist\": true}, ");
}

void
s2s_test_shortlist_add_any (const char *dir)
{
  static const gint32 common[] = {3, 5};
  gint32 starts[N_SOURCE + 1], tokens[2 * N_SOURCE];
  S2sTestShortlist self = {common, 2, starts, N_SOURCE + 1, tokens, 0};

  for (guint i = 0; i < N_SOURCE; i++) {
    starts[i] = (gint32)self.n_tokens;
    if (i < 4)
      continue;
    tokens[self.n_tokens++] = 7;
    tokens[self.n_tokens++] = 9;
  }
  starts[N_SOURCE] = (gint32)self.n_tokens;
  s2s_test_shortlist_add (&self, dir);
}
