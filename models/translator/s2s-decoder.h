/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "translator/s2s-search.h"
#include "translator/s2s-unit.h"

#include <glib.h>

G_BEGIN_DECLS

/* Fills in the results of all units (of S2sUnit) in batches, the longest sentences together, and
 * decodes those once more that loop or have an absurd length, with repetition blocked. FALSE when
 * the control function said STOP. */
gboolean s2s_decoder_run (S2sSearch *search, const S2sTranslatorOptions *options, GPtrArray *units);

G_END_DECLS
