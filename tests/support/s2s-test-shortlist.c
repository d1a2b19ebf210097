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

void
s2s_test_shortlist_add (const S2sTestShortlist *self, const char *dir)
{
  static const char key[] = "\"shortlist\": {\"file\": \"" FILE_NAME "\"}, \"source_tokenizer\"";
  g_autofree char *config = g_build_filename (dir, "config.json", NULL);
  g_autofree char *path = g_build_filename (dir, FILE_NAME, NULL);
  g_autoptr (GBytes) bytes = s2s_test_shortlist_to_bytes (self);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  g_file_set_contents (path, data, (gssize)size, &error);
  g_assert_no_error (error);
  g_file_get_contents (config, &text, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GString) changed = g_string_new (text);
  g_assert_cmpuint (g_string_replace (changed, "\"source_tokenizer\"", key, 1), ==, 1);
  g_file_set_contents (config, changed->str, (gssize)changed->len, &error);
  g_assert_no_error (error);
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
