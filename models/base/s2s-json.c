/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-json.h"

#include "base/s2s-error.h"

#include <string.h>

#define MAX_DEPTH 16  /* a bundle needs 3 */
#define MAX_DIGITS 18 /* of a whole number; all such fit 64 bits */

/* json-glib is lenient: it takes comments and assignments, and keeps the last of two members of one
 * name, and reads 010 as 8. It also recurses as deep as the text says, and asserts that a surrogate
 * has its partner. So the text is looked through first for all that must not reach it. */
typedef struct {
  const char *text;
  const char *p;
  const char *end;
} Scan;

static gboolean
fail (const Scan *self, const char *what, GError **error)
{
  g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not JSON at byte %" G_GSIZE_FORMAT ": %s",
               (gsize)(self->p - self->text), what);
  return FALSE;
}

/* Four digits after \u, or -1 */
static gint
scan_code_unit (Scan *self)
{
  gint unit = 0;

  if (self->end - self->p < 6 || self->p[0] != '\\' || self->p[1] != 'u')
    return -1;
  for (guint i = 2; i < 6; i++) {
    gint digit = g_ascii_xdigit_value (self->p[i]);

    if (digit < 0)
      return -1;
    unit = unit << 4 | digit;
  }
  self->p += 6;
  return unit;
}

static gboolean
scan_escape (Scan *self, GError **error)
{
  if (self->end - self->p < 2)
    return fail (self, "a string without end", error);
  if (strchr ("\"\\/bfnrt", self->p[1]) != NULL && self->p[1] != '\0') {
    self->p += 2;
    return TRUE;
  }

  gint unit = scan_code_unit (self);
  if (unit <= 0)
    return fail (self, unit < 0 ? "an unknown escape" : "NUL in a string", error);
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return fail (self, "half of a surrogate pair", error);
  if (unit >= 0xd800 && unit <= 0xdbff) {
    gint low = scan_code_unit (self);

    if (low < 0xdc00 || low > 0xdfff)
      return fail (self, "half of a surrogate pair", error);
  }
  return TRUE;
}

/* From the opening quote to behind the closing one */
static gboolean
scan_string (Scan *self, GError **error)
{
  self->p++;
  while (self->p < self->end && *self->p != '"') {
    if ((guchar)*self->p < 0x20)
      return fail (self, "a control character in a string", error);
    if (*self->p != '\\')
      self->p++;
    else if (!scan_escape (self, error))
      return FALSE;
  }
  if (self->p == self->end)
    return fail (self, "a string without end", error);
  self->p++;
  return TRUE;
}

static gsize
scan_digits (Scan *self)
{
  const char *start = self->p;

  while (self->p < self->end && g_ascii_isdigit (*self->p))
    self->p++;
  return (gsize)(self->p - start);
}

static gboolean
skip_one_of (Scan *self, const char *characters)
{
  if (self->p == self->end || *self->p == '\0' || strchr (characters, *self->p) == NULL)
    return FALSE;
  self->p++;
  return TRUE;
}

/* RFC 8259, section 6 */
static gboolean
scan_number (Scan *self, GError **error)
{
  gboolean whole = TRUE;

  skip_one_of (self, "-");
  gboolean zero = self->p < self->end && *self->p == '0';
  gsize n_digits = scan_digits (self);
  if (n_digits == 0 || (zero && n_digits > 1))
    return fail (self, "a broken number", error);
  if (skip_one_of (self, ".")) {
    whole = FALSE;
    if (scan_digits (self) == 0)
      return fail (self, "a broken number", error);
  }
  if (skip_one_of (self, "eE")) {
    whole = FALSE;
    skip_one_of (self, "+-");
    if (scan_digits (self) == 0)
      return fail (self, "a broken number", error);
  }
  if (whole && n_digits > MAX_DIGITS)
    return fail (self, "a whole number of more than 18 digits", error);
  if (self->p < self->end && strchr (" \t\r\n,]}", *self->p) == NULL)
    return fail (self, "a broken number", error);
  return TRUE;
}

static gboolean
scan_object (Scan *self, GError **error)
{
  guint depth = 0;
  gboolean begun = FALSE;

  while (self->p < self->end) {
    char c = *self->p;

    if (strchr (" \t\r\n", c) != NULL && c != '\0') {
      self->p++;
      continue;
    }
    if (begun ? depth == 0 : c != '{')
      return fail (self, begun ? "text after the object" : "expected an object", error);
    begun = TRUE;
    if (c == '"') {
      if (!scan_string (self, error))
        return FALSE;
      continue;
    }
    if (c == '-' || g_ascii_isdigit (c)) {
      if (!scan_number (self, error))
        return FALSE;
      continue;
    }
    if (c == '\0' || strchr ("{}[]:,aeflnrstu", c) == NULL)
      return fail (self, "an unexpected character", error);
    if (c == '{' || c == '[')
      depth++;
    if (c == '}' || c == ']')
      depth--;
    if (depth > MAX_DEPTH)
      return fail (self, "nested too deep", error);
    self->p++;
  }
  return begun && depth == 0 ? TRUE : fail (self, "it ends inside the object", error);
}

/* The names seen so far in each object that is open, innermost last */
typedef struct {
  GPtrArray *names;
  char *duplicate;
} Members;

static void
on_object_start (JsonParser *parser, gpointer user_data)
{
  Members *self = user_data;

  g_ptr_array_add (self->names, g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL));
}

static void
on_object_member (JsonParser *parser, JsonObject *object, const char *name, gpointer user_data)
{
  Members *self = user_data;
  GHashTable *names = g_ptr_array_index (self->names, self->names->len - 1);

  if (!g_hash_table_add (names, g_strdup (name)) && self->duplicate == NULL)
    self->duplicate = g_strdup (name);
}

static void
on_object_end (JsonParser *parser, JsonObject *object, gpointer user_data)
{
  Members *self = user_data;

  g_ptr_array_set_size (self->names, self->names->len - 1);
}

/**
 * s2s_json_read_object:
 * @text: JSON in UTF-8
 * @length: bytes of @text
 * @error: return location
 *
 * Reads untrusted JSON, strictly: one object, nested at most 16 deep, no member twice, no NUL in a
 * string, no whole number of more than 18 digits.
 *
 * Returns: (transfer full) (nullable): the node of the object, or %NULL with %S2S_ERROR_FORMAT
 */
JsonNode *
s2s_json_read_object (const char *text, gsize length, GError **error)
{
  const char *begin = length > 0 ? text : ""; /* empty bytes may be NULL */
  Scan scan = {begin, begin, begin + length};
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *duplicate = NULL;
  g_autoptr (GError) parse_error = NULL;

  if (!g_utf8_validate_len (begin, length, &scan.p)) {
    fail (&scan, "not valid UTF-8", error);
    return NULL;
  }
  scan.p = begin;
  if (!scan_object (&scan, error))
    return NULL;

  names = g_ptr_array_new_with_free_func ((GDestroyNotify)g_hash_table_unref);
  Members members = {names, NULL};
  parser = json_parser_new ();
  g_signal_connect (parser, "object-start", G_CALLBACK (on_object_start), &members);
  g_signal_connect (parser, "object-member", G_CALLBACK (on_object_member), &members);
  g_signal_connect (parser, "object-end", G_CALLBACK (on_object_end), &members);
  gboolean parsed = json_parser_load_from_data (parser, begin, (gssize)length, &parse_error);
  duplicate = members.duplicate;

  if (!parsed) {
    g_autofree char *message = g_utf8_make_valid (parse_error->message, -1);

    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "not JSON: %s", message);
    return NULL;
  }
  if (duplicate != NULL) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "“%s” is there twice", duplicate);
    return NULL;
  }
  return json_parser_steal_root (parser);
}
