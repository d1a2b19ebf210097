/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonNode *s2s_json_read_object (const char *text, gsize length, GError **error);

G_END_DECLS
