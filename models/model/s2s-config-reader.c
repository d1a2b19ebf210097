/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config-reader.h"

#include "base/s2s-error.h"

#include <stdarg.h>

/**
 * s2s_config_reader_init:
 * @self: (out caller-allocates): a reader; end it with s2s_config_reader_finish()
 * @object: what to read; outlives the reader
 * @scope: (nullable): the key of @object, for messages
 */
void
s2s_config_reader_init (S2sConfigReader *self, JsonObject *object, const char *scope)
{
  *self = (S2sConfigReader){.object = object, .scope = scope};
  self->read = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * s2s_config_reader_finish:
 * @self: a reader; it ends here
 * @error: return location
 *
 * Returns: %FALSE with the first error of the reads, or when @object has a key that nobody asked
 * for
 */
gboolean
s2s_config_reader_finish (S2sConfigReader *self, GError **error)
{
  JsonObjectIter iter;
  const char *key;

  json_object_iter_init_ordered (&iter, self->object);
  while (self->error == NULL && json_object_iter_next_ordered (&iter, &key, NULL))
    if (!g_hash_table_contains (self->read, key))
      s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "unknown key “%s”", key);
  g_clear_pointer (&self->read, g_hash_table_unref);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

/**
 * s2s_config_reader_fail:
 * @self: a reader
 * @code: of #S2sError
 * @format: what is wrong
 * @...: arguments of @format
 *
 * Notes an error unless there is one already.
 */
void
s2s_config_reader_fail (S2sConfigReader *self, gint code, const char *format, ...)
{
  va_list args;

  if (self->error != NULL)
    return;
  va_start (args, format);
  self->error = g_error_new_valist (S2S_ERROR, code, format, args);
  va_end (args);
  if (self->scope != NULL)
    g_prefix_error (&self->error, "%s: ", self->scope);
}

/* NULL when the key is not there, which is an error of a required one */
static JsonNode *
lookup (S2sConfigReader *self, const char *key, gboolean required)
{
  JsonNode *node = json_object_get_member (self->object, key);

  g_hash_table_add (self->read, (gpointer)key);
  if (node == NULL && required)
    s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is missing", key);
  return node;
}

/* NULL too when it is of another type */
static JsonNode *
lookup_value (S2sConfigReader *self, const char *key, gboolean required, GType type,
              const char *expected)
{
  JsonNode *node = lookup (self, key, required);

  if (node == NULL || json_node_get_value_type (node) == type)
    return node;
  s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is not %s", key, expected);
  return NULL;
}

/**
 * s2s_config_reader_has:
 * @self: a reader
 * @key: a key, a static string as in all reads
 *
 * Returns: whether the key is there
 */
gboolean
s2s_config_reader_has (S2sConfigReader *self, const char *key)
{
  return json_object_has_member (self->object, key);
}

/**
 * s2s_config_reader_integer:
 * @self: a reader
 * @key: a key
 * @min: smallest allowed
 * @max: largest allowed
 * @fallback: the default, or %S2S_CONFIG_REQUIRED
 *
 * Returns: the value
 */
gint64
s2s_config_reader_integer (S2sConfigReader *self, const char *key, gint64 min, gint64 max,
                           gint64 fallback)
{
  gboolean required = fallback == S2S_CONFIG_REQUIRED;
  JsonNode *node = lookup_value (self, key, required, G_TYPE_INT64, "a whole number");

  if (node == NULL)
    return required ? 0 : fallback;

  gint64 value = json_node_get_int (node);
  if (value >= min && value <= max)
    return value;
  s2s_config_reader_fail (self, S2S_ERROR_FORMAT,
                          "“%s” is %" G_GINT64_FORMAT ", expected %" G_GINT64_FORMAT
                          " to %" G_GINT64_FORMAT,
                          key, value, min, max);
  return 0;
}

/**
 * s2s_config_reader_number:
 * @self: a reader
 * @key: a key
 * @min: smallest allowed
 * @max: largest allowed
 * @fallback: the default
 *
 * Returns: the value, of a number with or without a fraction
 */
double
s2s_config_reader_number (S2sConfigReader *self, const char *key, double min, double max,
                          double fallback)
{
  JsonNode *node = lookup (self, key, FALSE);

  if (node == NULL)
    return fallback;
  if (json_node_get_value_type (node) != G_TYPE_INT64 &&
      json_node_get_value_type (node) != G_TYPE_DOUBLE) {
    s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is not a number", key);
    return fallback;
  }

  double value = json_node_get_double (node);
  if (value >= min && value <= max)
    return value;
  s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is %g, expected %g to %g", key, value, min,
                          max);
  return fallback;
}

/**
 * s2s_config_reader_boolean:
 * @self: a reader
 * @key: a key
 *
 * Returns: the value, by default %FALSE
 */
gboolean
s2s_config_reader_boolean (S2sConfigReader *self, const char *key)
{
  JsonNode *node = lookup_value (self, key, FALSE, G_TYPE_BOOLEAN, "true or false");

  return node != NULL && json_node_get_boolean (node);
}

/**
 * s2s_config_reader_string:
 * @self: a reader
 * @key: a key, required
 *
 * Returns: the value, not empty, borrowed from the object; the empty string after an error
 */
const char *
s2s_config_reader_string (S2sConfigReader *self, const char *key)
{
  JsonNode *node = lookup_value (self, key, TRUE, G_TYPE_STRING, "a string");
  const char *value = node != NULL ? json_node_get_string (node) : "";

  if (*value == '\0')
    s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is empty", key);
  return value;
}

/**
 * s2s_config_reader_choice:
 * @self: a reader
 * @key: a key
 * @choices: (array zero-terminated=1): the words allowed
 * @fallback: (nullable): the default, one of @choices; %NULL when the key is required
 *
 * An unknown word is %S2S_ERROR_UNSUPPORTED: a later version may know it.
 *
 * Returns: the index of the word, 0 after an error
 */
guint
s2s_config_reader_choice (S2sConfigReader *self, const char *key, const char *const *choices,
                          const char *fallback)
{
  JsonNode *node = lookup_value (self, key, fallback == NULL, G_TYPE_STRING, "a string");
  const char *word = node != NULL ? json_node_get_string (node) : fallback;
  g_autofree char *expected = NULL;

  if (word == NULL)
    return 0;
  for (guint i = 0; choices[i] != NULL; i++)
    if (g_str_equal (choices[i], word))
      return i;
  expected = g_strjoinv (", ", (char **)choices);
  s2s_config_reader_fail (self, S2S_ERROR_UNSUPPORTED, "“%s” is “%s”, expected one of: %s", key,
                          word, expected);
  return 0;
}

/**
 * s2s_config_reader_object:
 * @self: a reader
 * @key: a key
 * @required: whether it must be there
 *
 * Returns: (nullable): the value, borrowed; %NULL when it is not there or not an object
 */
JsonObject *
s2s_config_reader_object (S2sConfigReader *self, const char *key, gboolean required)
{
  JsonNode *node = lookup (self, key, required);

  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_node_get_object (node);
  s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is not an object", key);
  return NULL;
}

/* Empty when it is not there, or of another type */
static JsonArray *
read_array (S2sConfigReader *self, const char *key)
{
  JsonNode *node = lookup (self, key, FALSE);

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    return json_array_ref (json_node_get_array (node));
  if (node != NULL)
    s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” is not an array", key);
  return json_array_new ();
}

/**
 * s2s_config_reader_objects:
 * @self: a reader
 * @key: a key, which need not be there
 * @max: the most that there may be
 *
 * Returns: (transfer container) (element-type JsonObject): the items of an array of objects, none
 * after an error
 */
GPtrArray *
s2s_config_reader_objects (S2sConfigReader *self, const char *key, guint max)
{
  g_autoptr (JsonArray) array = read_array (self, key);
  GPtrArray *objects = g_ptr_array_new ();
  guint n = json_array_get_length (array);

  if (n > max)
    s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "“%s” has %u items, expected at most %u", key,
                            n, max);
  for (guint i = 0; i < n && self->error == NULL; i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      g_ptr_array_add (objects, json_node_get_object (node));
    else
      s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "item %u of “%s” is not an object", i, key);
  }
  if (self->error != NULL)
    g_ptr_array_set_size (objects, 0);
  return objects;
}

/**
 * s2s_config_reader_strings:
 * @self: a reader
 * @key: a key, which need not be there
 *
 * Returns: (transfer container) (array zero-terminated=1): the items of an array of strings,
 * borrowed from the object, none after an error; free with g_free()
 */
const char **
s2s_config_reader_strings (S2sConfigReader *self, const char *key)
{
  g_autoptr (JsonArray) array = read_array (self, key);
  guint n = json_array_get_length (array);
  const char **strings = g_new0 (const char *, n + 1);

  for (guint i = 0; i < n && self->error == NULL; i++) {
    JsonNode *node = json_array_get_element (array, i);

    if (json_node_get_value_type (node) == G_TYPE_STRING)
      strings[i] = json_node_get_string (node);
    else
      s2s_config_reader_fail (self, S2S_ERROR_FORMAT, "item %u of “%s” is not a string", i, key);
  }
  if (self->error != NULL)
    strings[0] = NULL;
  return strings;
}
