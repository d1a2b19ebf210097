/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "translator/s2s-search.h"
#include "translator/s2s-service.h"
#include "translator/s2s-translation.h"
#include "translator/s2s-unit.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sDecoder:
 *
 * Decodes the sentences of a call, in a search of its own or in that of a service.
 */
typedef struct {
  S2sTranslatorOptions options; /* what it borrows is not kept */
  S2sSearch *own;               /* NULL with a service */
  S2sService *service;          /* NULL without */
  const S2sSearch *search;      /* that which decodes */
  S2sControlFunc control;
  gpointer user_data;
  gboolean narrowed; /* control has said so in this call */
  guint n_best;      /* results of a unit that are given */
  const S2sJoiner *joiner;
  const S2sSourceForm *form;
} S2sDecoder;

/* Fails like s2s_search_new(). What model borrows from must outlive the decoder, which stays where
 * it is. */
gboolean s2s_decoder_init (S2sDecoder *self, const S2sSearchModel *model,
                           const S2sTranslatorOptions *options, GError **error);
void s2s_decoder_clear (S2sDecoder *self);

/* For units whose results have to keep something: joiner reads them, form has greater lengths to
 * try where none does, and of all that the options ask for the n_best first ones are given. Both
 * are borrowed. */
void s2s_decoder_set_guard (S2sDecoder *self, const S2sJoiner *joiner, const S2sSourceForm *form,
                            guint n_best);

/* func may be NULL. */
void s2s_decoder_set_control (S2sDecoder *self, S2sControlFunc func, gpointer user_data);

/* Fills in the results of all units (of S2sUnit) in batches, the longest sentences together, and
 * decodes those once more that loop or have an absurd length, with repetition blocked. Of units
 * that have to keep something, results that do come first; where none does the unit is decoded
 * again with the next greater length, a few times. FALSE when the control function said STOP. */
gboolean s2s_decoder_run (S2sDecoder *self, GPtrArray *units);

G_END_DECLS
