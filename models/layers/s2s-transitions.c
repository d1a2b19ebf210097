/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-transitions.h"

gboolean
s2s_transitions_load (S2sTransitions *self, S2sLoader *loader, const S2sCellType *type,
                      S2sCellNorm norm, double epsilon, const char *scope, guint n, guint n_units,
                      GError **error)
{
  self->n = n;
  self->cells = g_new0 (S2sCell, n);
  for (guint i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("%s.transitions.%u", scope, i);

    if (!s2s_cell_load_normed (&self->cells[i], loader, type, norm, epsilon, name, 0, n_units,
                               error))
      return FALSE;
  }
  return TRUE;
}

void
s2s_transitions_clear (S2sTransitions *self)
{
  for (guint i = 0; i < self->n; i++)
    s2s_cell_clear (&self->cells[i]);
  self->n = 0;
  g_clear_pointer (&self->cells, g_free);
}

void
s2s_transitions_advance (const S2sTransitions *self, S2sCompute *compute, S2sCellScratch *scratch,
                         guint n_rows, float *a, float *h, float *c)
{
  for (guint i = 0; i < self->n; i++)
    s2s_cell_step (&self->cells[i], compute, scratch, n_rows, NULL, 0, a, h, c);
}
