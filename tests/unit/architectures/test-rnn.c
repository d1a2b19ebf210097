/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-invariants.h"

/* Runs of a cell over a source */
static guint
count_runs (const S2sHparams *hparams)
{
  if (hparams->rnn.encoder_direction == S2S_DIRECTION_BIDIRECTIONAL)
    return 2 * hparams->encoder_layers;
  return hparams->encoder_layers +
         (hparams->rnn.encoder_direction == S2S_DIRECTION_FIRST_BIDIRECTIONAL);
}

/* Of general attention the keys are products in f32 even with int8, which the C row may round
 * otherwise with another number of rows. */
static void
test_invariants (gconstpointer cell)
{
  S2sHparams hparams = {.architecture = "rnn",
                        .rnn.cell = cell,
                        .source_vocabulary_size = VOCABULARY,
                        .target_vocabulary_size = VOCABULARY,
                        .rnn.embedding_size = 6,
                        .rnn.hidden_size = 10,
                        .encoder_layers = 2,
                        .decoder_layers = 2,
                        .rnn.attention_size = 7};
  gboolean is_plain = s2s_kernels_get (NULL)->required == 0;

  for (guint i = 0; i < 24; i++) {
    hparams.rnn.encoder_direction = i % 3;
    hparams.rnn.attention = i % 4;
    hparams.rnn.input_feeding = i >= 12;
    hparams.rnn.residual = i % 5 == 0;
    hparams.rnn.reverse_source = i % 7 == 0;
    hparams.rnn.bridge = i % 2;
    hparams.rnn.bridge_from = i % 6 >= 4;
    hparams.rnn.output_activation = i % 9 == 1 || i % 9 == 5;
    hparams.rnn.output_size = i % 8 == 0 ? 0 : 6;
    hparams.tied_embeddings = i % 8 == 0 ? S2S_TIED_NONE : i % 3;
    check_network (&hparams, hparams.rnn.hidden_size, 12 * count_runs (&hparams));
    if (hparams.rnn.attention != S2S_ATTENTION_GENERAL || !is_plain)
      check_int8 (&hparams, hparams.rnn.hidden_size);
  }
}

/* A network counts what it keeps: its weights, and no more than a hundredth of that for room around
 * them. Here no panel has empty columns. */
static void
test_n_bytes (void)
{
  S2sHparams hparams = {.architecture = "rnn",
                        .rnn.cell = "lstm",
                        .source_vocabulary_size = 160,
                        .target_vocabulary_size = 160,
                        .rnn.embedding_size = 32,
                        .rnn.hidden_size = 32,
                        .encoder_layers = 1,
                        .decoder_layers = 1,
                        .rnn.output_size = 32,
                        .rnn.attention = S2S_ATTENTION_GENERAL};
  gsize n_cell = 4 * 32 * (32 + 32 + 1), n_output = 32 * 64 + 32, n_generator = 160 * 33;
  gsize n = 2 * 160 * 32 + 2 * n_cell + 32 * 32 + n_output + n_generator;
  Network network;

  setup (&network, &hparams);
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), >=, n * sizeof (float));
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), <=, n * sizeof (float) * 101 / 100);
  teardown (&network);
}

/* Whichever tensor is missing, load says so and gives back what it had claimed until then. */
static void
test_missing (gconstpointer cell)
{
  S2sHparams hparams = {.architecture = "rnn",
                        .rnn.cell = cell,
                        .source_vocabulary_size = 5,
                        .target_vocabulary_size = 5,
                        .rnn.embedding_size = 4,
                        .rnn.hidden_size = 6,
                        .encoder_layers = 2,
                        .decoder_layers = 2,
                        .rnn.encoder_direction = S2S_DIRECTION_FIRST_BIDIRECTIONAL,
                        .rnn.bridge = S2S_BRIDGE_DENSE,
                        .rnn.attention = S2S_ATTENTION_ADDITIVE,
                        .rnn.attention_size = 3,
                        .rnn.output_size = 4};

  g_assert_cmpuint (check_all_missing (&hparams), ==, g_str_equal (cell, "lstm") ? 38 : 34);
}

static void
test_unknown (void)
{
  g_assert_null (s2s_arch_get ("transducer"));
  g_assert_cmpstr (s2s_arch_get ("rnn")->name, ==, "rnn");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/architectures/rnn/invariants/lstm", "lstm", test_invariants);
  g_test_add_data_func ("/architectures/rnn/invariants/gru", "gru", test_invariants);
  g_test_add_data_func ("/architectures/rnn/invariants/gru-reset-before", "gru-reset-before",
                        test_invariants);
  g_test_add_data_func ("/architectures/rnn/missing/lstm", "lstm", test_missing);
  g_test_add_data_func ("/architectures/rnn/missing/gru", "gru", test_missing);
  g_test_add_func ("/architectures/rnn/n-bytes", test_n_bytes);
  g_test_add_func ("/architectures/unknown", test_unknown);
  return g_test_run ();
}
