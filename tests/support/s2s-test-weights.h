/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-hparams.h"
#include "weights/s2s-weights.h"

#include <glib.h>

/* Random weights in memory, the same for the same seed, with their values at hand for a reference
 * that computes them again in another way. */
typedef struct _S2sTestWeights S2sTestWeights;

S2sTestWeights *s2s_test_weights_new (guint seed);
void s2s_test_weights_free (S2sTestWeights *self);

/* Adds `name` with values from −scale to scale; n_dims guint dimensions follow. */
void s2s_test_weights_add (S2sTestWeights *self, const char *name, double scale, guint n_dims, ...);

/* Adds every tensor that docs/model-format.md asks of the architecture. */
void s2s_test_weights_add_network (S2sTestWeights *self, const S2sHparams *hparams, double scale);

/* The values of a tensor; borrowed. */
const float *s2s_test_weights_get (S2sTestWeights *self, const char *name);

/* All tensors as a safetensors file of F32, F16 or BF16, or with matrices of I8 beside their scales
 * and the rest of F32. (transfer full) */
GBytes *s2s_test_weights_to_bytes (S2sTestWeights *self, const char *dtype);

/* The same of F32, read */
S2sWeights *s2s_test_weights_load (S2sTestWeights *self);

/* n values from −1 to 1; free with g_free(). */
float *s2s_test_floats_new (GRand *rand, gsize n);

/* Σ (got − expected)² / Σ expected² */
double s2s_test_nmse (gsize n, const float *got, const double *expected);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sTestWeights, s2s_test_weights_free)
