/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-bundle.h"
#include "model/s2s-model.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sModelEntry:
 *
 * The place of one bundle in the table of the models that are loaded. It has the reference count of
 * its model, and goes with it.
 */
typedef struct _S2sModelEntry S2sModelEntry;

/* A reference to the model of these files, waiting while another thread loads it. When *ret_model
 * is NULL the caller is to load it, then to call s2s_model_entry_settle(). */
S2sModelEntry *s2s_model_table_claim (const S2sBundleId *id, S2sModel **ret_model);

/* Ends a load. NULL says that it failed and drops the reference; who waits is then to load. */
void s2s_model_entry_settle (S2sModelEntry *self, S2sModel *model);

void s2s_model_entry_ref (S2sModelEntry *self);

/* Whether that was the last reference, and the model is to be freed */
gboolean s2s_model_entry_unref (S2sModelEntry *self);

/* Models that are loaded */
guint s2s_model_table_count (void);

G_END_DECLS
