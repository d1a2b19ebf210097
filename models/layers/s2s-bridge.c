/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-bridge.h"

#include <string.h>

gboolean
s2s_bridge_load (S2sBridgeLayer *self, S2sLoader *loader, S2sBridge kind, gboolean has_cell_state,
                 const char *scope, guint n_units, GError **error)
{
  self->n_units = n_units;
  if (kind == S2S_BRIDGE_COPY)
    return TRUE;

  g_autofree char *scope_h = g_strconcat (scope, ".h", NULL);
  g_autofree char *scope_c = g_strconcat (scope, ".c", NULL);

  if (!s2s_linear_load (&self->h, loader, scope_h, n_units, n_units, error))
    return FALSE;
  return !has_cell_state || s2s_linear_load (&self->c, loader, scope_c, n_units, n_units, error);
}

void
s2s_bridge_clear (S2sBridgeLayer *self)
{
  s2s_linear_clear (&self->h);
  s2s_linear_clear (&self->c);
}

static void
start (const S2sLinear *dense, S2sCompute *compute, guint n, gsize n_units, const float *last,
       float *state)
{
  if (!s2s_linear_is_bound (dense)) {
    memcpy (state, last, n * n_units * sizeof (float));
    return;
  }
  s2s_linear_forward (dense, compute, n, last, n_units, state, n_units);
  compute->kernels->tanh (n * n_units, state, state);
}

void
s2s_bridge_forward (const S2sBridgeLayer *self, S2sCompute *compute, guint n, const float *last_h,
                    const float *last_c, float *h, float *c)
{
  start (&self->h, compute, n, self->n_units, last_h, h);
  if (c != NULL)
    start (&self->c, compute, n, self->n_units, last_c, c);
}
