/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-invariants.h"

static const S2sHparams small = {.architecture = "nematus",
                                 .source_vocabulary_size = VOCABULARY,
                                 .target_vocabulary_size = VOCABULARY,
                                 .encoder_layers = 2,
                                 .decoder_layers = 2,
                                 .nematus = {.encoder_cell = "gru",
                                             .decoder_cell = "gru",
                                             .embedding_size = 6,
                                             .hidden_size = 10,
                                             .attention_size = 7,
                                             .encoder_cell_depth = 1,
                                             .decoder_cell_base_depth = 2,
                                             .decoder_cell_high_depth = 1,
                                             .layer_norm_epsilon = 1e-5}};

static gboolean
has_upper (const S2sHparams *hparams)
{
  return hparams->nematus.encoder_direction == S2S_STACKS_FIRST_BIDIRECTIONAL &&
         hparams->encoder_layers > 1;
}

/* Runs of a cell over a source */
static guint
count_runs (const S2sHparams *hparams)
{
  return has_upper (hparams) ? 1 + hparams->encoder_layers : 2 * hparams->encoder_layers;
}

/* Every kind of encoder, cell and norm; depths and ties */
static void
test_invariants (void)
{
  static const char *const cells[] = {"gru", "lstm"};
  S2sHparams hparams = small;

  for (guint i = 0; i < 24; i++) {
    guint n_memory;

    hparams.encoder_layers = 1 + i / 3 % 3;
    hparams.decoder_layers = 1 + i % 2;
    hparams.nematus.encoder_direction = i % 3;
    hparams.nematus.layer_norm = i / 2 % 3;
    hparams.nematus.encoder_cell = cells[hparams.nematus.layer_norm < 2 && i % 4 == 1];
    hparams.nematus.decoder_cell = cells[hparams.nematus.layer_norm < 2 && i % 4 > 1];
    hparams.nematus.encoder_cell_depth = 1 + i % 5 % 3;
    hparams.nematus.decoder_cell_base_depth = 2 + i / 4 % 3;
    hparams.nematus.decoder_cell_high_depth = 1 + i % 2;
    hparams.nematus.residual = i % 5 > 1;
    hparams.tied_embeddings = i / 5 % 3;
    n_memory = has_upper (&hparams) ? 10 : 20;
    check_network (&hparams, n_memory, 12 * count_runs (&hparams));
    check_int8 (&hparams, n_memory);
  }
}

/* A network counts what it keeps: its weights, and no more than a hundredth of that for room around
 * them. Here no panel has empty columns. */
static void
test_n_bytes (void)
{
  S2sHparams hparams = small;
  gsize h = 32, e = 32, c = 64, a = 48, g = 3 * h;
  gsize n_read = 2 * g; /* biases */
  gsize n_norms = 2 * 2 * g;
  gsize n_encoder = 2 * (g * (e + h) + n_read + n_norms + g * h + n_read + 2 * g);
  gsize n_decoder =
      g * (e + h) + n_read + n_norms + g * (c + h) + n_read + n_norms + g * h + n_read + 2 * g;
  gsize n_attention = a * (c + h) + 2 * a + 4 * a;
  gsize n_start = h * c + 3 * h, n_output = e * (e + h + c) + 9 * e;
  gsize n = 3 * 160 * e + 160 + n_encoder + n_decoder + n_attention + n_start + n_output;
  Network network;

  hparams.source_vocabulary_size = hparams.target_vocabulary_size = 160;
  hparams.encoder_layers = hparams.decoder_layers = 1;
  hparams.nematus.embedding_size = hparams.nematus.hidden_size = 32;
  hparams.nematus.attention_size = 48;
  hparams.nematus.encoder_cell_depth = 2;
  hparams.nematus.decoder_cell_base_depth = 3;
  hparams.nematus.layer_norm = S2S_CELL_NORM_JOINT;
  setup (&network, &hparams);
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), >=, n * sizeof (float));
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), <=, n * sizeof (float) * 101 / 100);
  teardown (&network);
}

/* Whichever tensor is missing, load says so and gives back what it had claimed until then. */
static void
test_missing (void)
{
  S2sHparams hparams = small;
  guint n_cell = 4 + 4, n_transition = 3 + 2, n_projection = 2 + 2;

  hparams.nematus.encoder_direction = S2S_STACKS_FIRST_BIDIRECTIONAL;
  hparams.nematus.layer_norm = S2S_CELL_NORM_APART;
  hparams.nematus.encoder_cell_depth = 2;
  hparams.nematus.decoder_cell_base_depth = 3;
  hparams.nematus.decoder_cell_high_depth = 2;
  g_assert_cmpuint (check_all_missing (&hparams), ==,
                    3 * (n_cell + n_transition) + 3 * n_cell + 2 * n_transition + 4 * n_projection +
                        4 + 4 + 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/architectures/nematus/invariants", test_invariants);
  g_test_add_func ("/architectures/nematus/n-bytes", test_n_bytes);
  g_test_add_func ("/architectures/nematus/missing", test_missing);
  return g_test_run ();
}
