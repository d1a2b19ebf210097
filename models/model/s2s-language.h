/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-error.h"

#include <glib.h>

G_BEGIN_DECLS

const char *s2s_language_choose (const char *const *tags, const char *wanted, GError **error);

G_END_DECLS
