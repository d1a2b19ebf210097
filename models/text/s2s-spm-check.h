/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean s2s_spm_check (const guint8 *data, gsize length, GError **error);

G_END_DECLS
