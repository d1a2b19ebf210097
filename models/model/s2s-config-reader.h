/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * S2sConfigReader:
 * @object: what is read; borrowed
 * @scope: (nullable): its key, %NULL for the whole file
 * @error: the first error
 * @read: set of the keys that were asked for; borrowed
 *
 * Reads the members of an object one by one. After the first error every read returns what was
 * asked for as default (or zero), so that errors need a look only once, in
 * s2s_config_reader_finish().
 */
typedef struct {
  JsonObject *object;
  const char *scope;
  GError *error;
  GHashTable *read;
} S2sConfigReader;

/* As fallback: the key must be there */
#define S2S_CONFIG_REQUIRED G_MININT64

void s2s_config_reader_init (S2sConfigReader *self, JsonObject *object, const char *scope);
gboolean s2s_config_reader_finish (S2sConfigReader *self, GError **error);
void s2s_config_reader_fail (S2sConfigReader *self, gint code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

gboolean s2s_config_reader_has (S2sConfigReader *self, const char *key);
gint64 s2s_config_reader_integer (S2sConfigReader *self, const char *key, gint64 min, gint64 max,
                                  gint64 fallback);
double s2s_config_reader_number (S2sConfigReader *self, const char *key, double min, double max,
                                 double fallback);
gboolean s2s_config_reader_boolean (S2sConfigReader *self, const char *key);
const char *s2s_config_reader_string (S2sConfigReader *self, const char *key);
guint s2s_config_reader_choice (S2sConfigReader *self, const char *key, const char *const *choices,
                                const char *fallback);
JsonObject *s2s_config_reader_object (S2sConfigReader *self, const char *key, gboolean required);
GPtrArray *s2s_config_reader_objects (S2sConfigReader *self, const char *key, guint max);
const char **s2s_config_reader_strings (S2sConfigReader *self, const char *key);

G_END_DECLS
