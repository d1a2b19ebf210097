/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sglossary.h"

#include "gsts2schar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MAX_BYTES 1000000
#define MAX_ENTRIES 10000
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

G_DEFINE_QUARK (gst - s2s - glossary - error - quark, gst_s2s_glossary_error)

typedef struct {
  char *source;
  char *target; /* NULL to copy */
  gboolean has_upper;
  guint line;
} Entry;

struct _GstS2sGlossary {
  gatomicrefcount ref_count;
  GPtrArray *entries;  /* Entry, owned */
  GHashTable *by_text; /* source to its Entry */
  GHashTable *by_char; /* first character of a source, lower case, to a GPtrArray of Entry */
};

static void
entry_free (Entry *entry)
{
  g_free (entry->source);
  g_free (entry->target);
  g_free (entry);
}

static GstS2sGlossary *
glossary_new (void)
{
  GstS2sGlossary *self = g_new0 (GstS2sGlossary, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->entries = g_ptr_array_new_with_free_func ((GDestroyNotify)entry_free);
  self->by_text = g_hash_table_new (g_str_hash, g_str_equal);
  self->by_char = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  return self;
}

/**
 * gst_s2s_glossary_ref:
 * @self: a glossary
 *
 * Returns: (transfer full): @self
 */
GstS2sGlossary *
gst_s2s_glossary_ref (GstS2sGlossary *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * gst_s2s_glossary_unref:
 * @self: (nullable): a glossary
 */
void
gst_s2s_glossary_unref (GstS2sGlossary *self)
{
  if (!self || !g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_hash_table_unref (self->by_char);
  g_hash_table_unref (self->by_text);
  g_ptr_array_unref (self->entries);
  g_free (self);
}

/* At most one byte more than a glossary may have, so that a device or a mistake fills no memory. */
static char *
read_file (const char *path, gsize *ret_length, GError **error)
{
  FILE *file = fopen (path, "rb");
  g_autofree char *content = g_malloc (MAX_BYTES + 2);
  gboolean failed;

  if (file) {
    *ret_length = fread (content, 1, MAX_BYTES + 1, file);
    failed = ferror (file) != 0;
  }
  if (!file || failed) {
    int code = errno;

    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code),
                 "%s: cannot be read, expected a glossary: %s", path, g_strerror (code));
    if (file)
      fclose (file);
    return NULL;
  }
  fclose (file);
  content[*ret_length] = '\0';
  return g_steal_pointer (&content);
}

static gboolean
has_upper (const char *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (g_unichar_isupper (g_utf8_get_char (text)))
      return TRUE;
  }
  return FALSE;
}

static gpointer
make_key (const char *text)
{
  return GUINT_TO_POINTER (g_unichar_tolower (g_utf8_get_char (text)));
}

static void
add_entry (GstS2sGlossary *self, Entry *entry)
{
  GPtrArray *bucket = g_hash_table_lookup (self->by_char, make_key (entry->source));

  if (!bucket) {
    bucket = g_ptr_array_new ();
    g_hash_table_insert (self->by_char, make_key (entry->source), bucket);
  }
  g_ptr_array_add (bucket, entry);
  g_hash_table_insert (self->by_text, entry->source, entry);
  g_ptr_array_add (self->entries, entry);
}

static gboolean fail (GError **error, const char *path, guint line, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

static gboolean
fail (GError **error, const char *path, guint line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, GST_S2S_GLOSSARY_ERROR, GST_S2S_GLOSSARY_ERROR_FORMAT, "%s:%u: %s", path,
               line, message);
  return FALSE;
}

static gboolean
read_line (GstS2sGlossary *self, const char *path, guint number, const char *line, GError **error)
{
  g_auto (GStrv) columns = g_strsplit (line, "\t", -1);
  guint n_columns = g_strv_length (columns);
  const Entry *known;
  Entry *entry;

  if (n_columns > 2)
    return fail (error, path, number, "got %u columns, expected a source and a target", n_columns);
  for (guint i = 0; i < n_columns; i++)
    g_strstrip (columns[i]);
  if (columns[0][0] == '\0')
    return fail (error, path, number, "got an empty source, expected a name or a term");
  known = g_hash_table_lookup (self->by_text, columns[0]);
  if (known)
    return fail (error, path, number, "got '%s' again, expected it once: it is in line %u",
                 columns[0], known->line);
  if (self->entries->len == MAX_ENTRIES)
    return fail (error, path, number, "got more than %u entries, expected at most as many",
                 MAX_ENTRIES);

  entry = g_new0 (Entry, 1);
  entry->source = g_strdup (columns[0]);
  entry->has_upper = has_upper (entry->source);
  entry->line = number;
  if (n_columns == 2 && columns[1][0] != '\0')
    entry->target = g_strdup (columns[1]);
  else if (entry->has_upper)
    entry->target = g_strdup (entry->source);
  add_entry (self, entry);
  return TRUE;
}

static gboolean
is_ignored (const char *line)
{
  return *line == '#' || line[strspn (line, " \t\r")] == '\0';
}

/* Also counts the lines before what is not UTF-8. */
static gboolean
check_content (const char *path, const char *content, gsize length, GError **error)
{
  const char *end = NULL;
  guint line = 1;

  if (length > MAX_BYTES) {
    g_set_error (error, GST_S2S_GLOSSARY_ERROR, GST_S2S_GLOSSARY_ERROR_FORMAT,
                 "%s: got more than %u bytes, expected at most as many", path, MAX_BYTES);
    return FALSE;
  }
  if (g_utf8_validate_len (content, length, &end))
    return TRUE;
  for (const char *at = content; at < end; at++)
    line += *at == '\n';
  return fail (error, path, line, "got the byte 0x%02x, expected UTF-8", (guchar)*end);
}

/**
 * gst_s2s_glossary_new_from_file:
 * @path: a file in UTF-8, of at most a megabyte and 10,000 entries
 *
 * Reads names and terms. Each line holds a source, a tab and a target. Without a target the source
 * is copied: as the glossary spells it if that has an upper-case letter, as the text has it
 * otherwise. Blank lines, and those that start with `#`, say nothing. Errors are of the domains
 * %G_FILE_ERROR and %GST_S2S_GLOSSARY_ERROR, and name the line.
 *
 * Returns: (transfer full): the glossary, or %NULL with @error set
 */
GstS2sGlossary *
gst_s2s_glossary_new_from_file (const char *path, GError **error)
{
  g_autoptr (GstS2sGlossary) self = NULL;
  g_autofree char *content = NULL;
  gsize length = 0;
  g_auto (GStrv) lines = NULL;

  content = read_file (path, &length, error);
  if (!content || !check_content (path, content, length, error))
    return NULL;
  lines = g_strsplit (
      g_str_has_prefix (content, BYTE_ORDER_MARK) ? content + strlen (BYTE_ORDER_MARK) : content,
      "\n", -1);
  self = glossary_new ();
  for (guint i = 0; lines[i]; i++) {
    if (!is_ignored (lines[i]) && !read_line (self, path, i + 1, lines[i], error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

static gboolean
is_border (const char *text, gsize at)
{
  const char *previous = g_utf8_find_prev_char (text, text + at);
  gunichar before = previous ? g_utf8_get_char (previous) : 0;
  gunichar after = g_utf8_get_char (text + at);

  if (after != 0 && gst_s2s_char_joins (before, after))
    return FALSE;
  if (gst_s2s_char_is_unspaced (before) || gst_s2s_char_is_unspaced (after))
    return TRUE;
  return !g_unichar_isalnum (after) || (!g_unichar_isalnum (before) && !g_unichar_ismark (before));
}

/* Bytes of text that say source, or 0. One blank of the source stands for any number. */
static gsize
match_source (const char *source, const char *text, gboolean fold)
{
  const char *at = text;

  while (*source != '\0') {
    gunichar wanted = g_utf8_get_char (source);
    gunichar got = g_utf8_get_char (at);

    if (wanted == ' ' && g_unichar_isspace (got)) {
      while (g_unichar_isspace (g_utf8_get_char (at)))
        at = g_utf8_next_char (at);
      while (*source == ' ')
        source++;
      continue;
    }
    if (wanted != got && !(fold && g_unichar_tolower (wanted) == g_unichar_tolower (got)))
      return 0;
    source = g_utf8_next_char (source);
    at = g_utf8_next_char (at);
  }
  return at - text;
}

static void
add_match (GArray *found, const char *text, gsize at, gsize length, const Entry *entry)
{
  GstS2sGlossaryMatch match = {at, at + length, entry->target};

  if (length > 0 && is_border (text, at) && is_border (text, match.end))
    g_array_append_val (found, match);
}

/* Those of the same case come first: `Polish` and `polish` may both be terms. */
static void
find_at (const GstS2sGlossary *self, const char *text, gsize at, gboolean is_lower, GArray *found)
{
  const GPtrArray *bucket = g_hash_table_lookup (self->by_char, make_key (text + at));

  for (guint i = 0; bucket && i < bucket->len; i++) {
    const Entry *entry = g_ptr_array_index (bucket, i);

    add_match (found, text, at, match_source (entry->source, text + at, FALSE), entry);
  }
  for (guint i = 0; bucket && i < bucket->len; i++) {
    const Entry *entry = g_ptr_array_index (bucket, i);

    if (is_lower || !entry->has_upper)
      add_match (found, text, at, match_source (entry->source, text + at, TRUE), entry);
  }
}

static int
compare_lengths (gconstpointer a, gconstpointer b)
{
  const GstS2sGlossaryMatch *left = a;
  const GstS2sGlossaryMatch *right = b;
  gsize left_length = left->end - left->start;
  gsize right_length = right->end - right->start;

  if (left_length != right_length)
    return left_length > right_length ? -1 : 1;
  return left->start < right->start ? -1 : left->start > right->start;
}

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const GstS2sGlossaryMatch *left = a;
  const GstS2sGlossaryMatch *right = b;

  return left->start < right->start ? -1 : left->start > right->start;
}

/* Keeps the longest, and of the others those that are beside them. */
static GArray *
drop_overlaps (const GArray *found, gsize length)
{
  GArray *kept = g_array_new (FALSE, FALSE, sizeof (GstS2sGlossaryMatch));
  g_autofree guint8 *taken = g_malloc0 (length + 1);

  for (guint i = 0; i < found->len; i++) {
    const GstS2sGlossaryMatch *match = &g_array_index (found, GstS2sGlossaryMatch, i);

    /* None that is kept is shorter, so that an overlap reaches one of the two ends. */
    if (taken[match->start] || taken[match->end - 1])
      continue;
    memset (taken + match->start, 1, match->end - match->start);
    g_array_append_val (kept, *match);
  }
  g_array_sort (kept, compare_starts);
  return kept;
}

/**
 * gst_s2s_glossary_find:
 * @self: a glossary
 * @text: valid UTF-8
 *
 * Finds the terms of a text: whole words, but Chinese and Japanese ones anywhere. Where terms
 * overlap, the longest counts. The case of a term that has an upper-case letter must agree, so that
 * `Apple` is no fruit; that of any other does not matter. A text without any upper-case letter, as
 * speech recognition gives, agrees with every case: there, `apple` is the company too.
 *
 * Returns: (transfer full) (element-type GstS2sGlossaryMatch): the terms, in order, beside each
 * other; they live as long as @self
 */
GArray *
gst_s2s_glossary_find (const GstS2sGlossary *self, const char *text)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (GstS2sGlossaryMatch));
  gboolean is_lower = !has_upper (text);
  gsize length = strlen (text);

  for (gsize at = 0; at < length; at = g_utf8_next_char (text + at) - text)
    find_at (self, text, at, is_lower, found);
  g_array_sort (found, compare_lengths);
  return drop_overlaps (found, length);
}
