/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-config-reader.h"
#include "model/s2s-config.h"

#include <glib.h>

G_BEGIN_DECLS

/* What a source has beside its text, and what has to be kept of it. */

/* The items of length_tokens, of JsonObject. The size of the source vocabulary is known. */
gboolean s2s_config_read_length_tokens (const GPtrArray *items, S2sConfig *config, GError **error);

/* NULL: there is none. */
gboolean s2s_config_read_context (JsonObject *object, S2sConfig *config, GError **error);
gboolean s2s_config_read_keeps (JsonObject *object, S2sConfig *config, GError **error);

G_END_DECLS
