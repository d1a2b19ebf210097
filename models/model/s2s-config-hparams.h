/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "model/s2s-config-reader.h"

#include <glib.h>

G_BEGIN_DECLS

#define S2S_CONFIG_MAX_VOCABULARY 1000000

gboolean s2s_config_read_hparams (JsonObject *object, S2sHparams *hparams, GError **error);
guint s2s_config_get_max_positions (const S2sHparams *hparams);

G_END_DECLS
