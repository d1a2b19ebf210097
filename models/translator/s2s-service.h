/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "translator/s2s-search.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sService:
 *
 * Decodes for many translators of a model: one thread steps the sentences of all of them in one
 * batch, which each joins and leaves at any step (continuous batching; Yu et al. 2022, Orca). What
 * comes out is, to the bit, what a search of one's own gives. It begins with the first who claims
 * it and ends with the last.
 */
typedef struct _S2sService S2sService;

/**
 * S2sServiceCall:
 * @inputs: (array length=n_inputs): the sentences, any number; one caller gets a part of the slots
 * only, so that another does not wait for the end of a long call
 * @n_inputs: how many
 * @control: (nullable): asked before every step, on the thread of the service
 * @control_data: for @control
 * @take: called for each sentence as it ends, on the thread of the caller: its results are to be
 * read in it
 * @take_data: for @take
 *
 * Sentences of one caller.
 */
typedef struct {
  const S2sSearchInput *inputs;
  guint n_inputs;
  S2sControlFunc control;
  gpointer control_data;
  void (*take) (const S2sSearch *search, guint slot, guint index, gpointer user_data);
  gpointer take_data;
} S2sServiceCall;

/* The service of that network with options that decode alike (batch_size does not matter), a new
 * one when there is none. What model borrows from must live until it is released. Fails like
 * s2s_search_new(), and where no thread can be made. */
S2sService *s2s_service_claim (const S2sSearchModel *model, const S2sTranslatorOptions *options,
                               GError **error);
void s2s_service_release (S2sService *self);

/* For what is asked of a search beside decoding: its limit, and what is allowed. */
const S2sSearch *s2s_service_get_search (const S2sService *self);

/* Blocks until all sentences have ended. FALSE when control said STOP; then those that have not
 * ended are given up. */
gboolean s2s_service_run (S2sService *self, const S2sServiceCall *call);

G_END_DECLS
