/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "layers/s2s-positional.h"

#include "s2s-naive.h"

#define VOCABULARY 5
#define D 10
#define N_LEARNED 3
#define MAX_STEPS 400
#define TOLERANCE                                                                                  \
  5e-7 /* a table rounded to single precision, a product and a sum of values to 4                  \
        */

/* P[p][i], by the formulas one number at a time */
static double
get_position (S2sPositionsKind kind, S2sTestWeights *source, guint p, guint i)
{
  guint k = i % (D / 2);
  double exponent = kind == S2S_POSITIONS_SINUSOIDAL_MARIAN ? k / (D / 2 - 1.0) : 2.0 * k / D;
  double angle = p / pow (10000, exponent);

  if (kind == S2S_POSITIONS_LEARNED)
    return s2s_test_weights_get (source, "p.weight")[MIN (p, N_LEARNED - 1) * D + i];
  return i < D / 2 ? sin (angle) : cos (angle);
}

static void
check (S2sPositionsKind kind, gboolean is_scaled)
{
  S2sTransformerHparams hparams = {.model_size = D,
                                   .positions = kind,
                                   .max_positions = N_LEARNED,
                                   .scale_embeddings = is_scaled};
  g_autoptr (S2sTestWeights) source = s2s_test_weights_new (1);
  g_autoptr (GError) error = NULL;
  S2sPositional positional = {0};
  S2sPositionalState state;
  S2sCompute compute;
  float y[D];

  s2s_test_weights_add (source, "e.weight", 1, 2, VOCABULARY, D);
  if (kind == S2S_POSITIONS_LEARNED)
    s2s_test_weights_add (source, "p.weight", 1, 2, N_LEARNED, D);
  g_autoptr (S2sWeights) weights = s2s_test_weights_load (source);
  S2sLoader loader = {.weights = weights};
  g_assert_true (s2s_positional_load (&positional, &loader, "p", &hparams, &error));
  g_assert_true (s2s_embedding_load (&positional.embedding, &loader, "e", VOCABULARY, D, &error));
  s2s_compute_init (&compute, D);
  s2s_positional_state_init (&state, &positional, MAX_STEPS);

  for (guint p = 0; p < MAX_STEPS; p++) {
    gint32 id = (gint32)(p * 7 % VOCABULARY);

    s2s_positional_forward (&positional, &compute, &state, id, p, y);
    for (guint i = 0; i < D; i++) {
      double embedded = s2s_test_weights_get (source, "e.weight")[(guint)id * D + i];
      double expected = embedded * (is_scaled ? sqrt (D) : 1) + get_position (kind, source, p, i);

      g_assert_cmpfloat_with_epsilon (y[i], expected, TOLERANCE);
    }
  }
  s2s_positional_state_clear (&state);
  s2s_positional_clear (&positional);
  s2s_compute_clear (&compute);
}

static void
test_positional (gconstpointer kind)
{
  check (GPOINTER_TO_UINT (kind), FALSE);
  check (GPOINTER_TO_UINT (kind), TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/positional/half-split",
                        GUINT_TO_POINTER (S2S_POSITIONS_SINUSOIDAL_HALF_SPLIT), test_positional);
  g_test_add_data_func ("/positional/marian", GUINT_TO_POINTER (S2S_POSITIONS_SINUSOIDAL_MARIAN),
                        test_positional);
  g_test_add_data_func ("/positional/learned", GUINT_TO_POINTER (S2S_POSITIONS_LEARNED),
                        test_positional);
  return g_test_run ();
}
