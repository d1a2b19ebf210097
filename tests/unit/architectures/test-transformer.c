/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-invariants.h"

static const S2sHparams small = {.architecture = "transformer",
                                 .source_vocabulary_size = VOCABULARY,
                                 .target_vocabulary_size = VOCABULARY,
                                 .encoder_layers = 2,
                                 .decoder_layers = 2,
                                 .transformer = {.model_size = 12,
                                                 .feed_forward_size = 20,
                                                 .heads = 3,
                                                 .max_positions = 12,
                                                 .layer_norm_epsilon = 1e-5}};

/* Every norm, activation and kind of positions */
static void
test_invariants (gconstpointer autoregression)
{
  S2sHparams hparams = small;

  hparams.transformer.decoder_autoregression = GPOINTER_TO_UINT (autoregression);
  for (guint i = 0; i < 18; i++) {
    hparams.transformer.norm = i % 2;
    hparams.transformer.activation = i % 3;
    hparams.transformer.positions = i / 6;
    hparams.transformer.scale_embeddings = i % 4 == 1;
    hparams.transformer.heads = (const guint[]){3, 1, 12, 4, 2}[i % 5];
    hparams.tied_embeddings = i % 5 % 3;
    hparams.encoder_layers = 1 + i % 3;
    hparams.decoder_layers = 1 + i % 4;
    check_network (&hparams, 12, hparams.encoder_layers);
    check_int8 (&hparams, 12);
  }
}

/* As many sentences as fit run together; the control is asked before each layer of each block. */
static void
test_blocks (void)
{
  S2sArchLimits limits = {MAX_SENTENCES, MAX_ROWS, 300, 4, 0, 0};
  S2sHparams hparams = small;
  Network network;
  gint32 long_ids[1000];
  float kept[4 * VOCABULARY], alone[VOCABULARY];
  static const guint many[] = {100, 156, 45, 300};
  Control counting = {0};

  for (gint32 i = 0; i < (gint32)G_N_ELEMENTS (long_ids); i++)
    long_ids[i] = 4 + i * 7 % 20;
  setup (&network, &hparams);
  network.arch->state_free (network.state);
  network.state = network.arch->reserve (network.net, &limits);
  g_assert_true (
      network.arch->encode (network.state, 4, slots, long_ids, many, control, &counting));
  g_assert_cmpuint (counting.n_calls, ==, 2 * 3); /* 100 + 156, 45, 300 */
  step (&network, (const gint32[]){2, 2, 2, 2}, kept);
  for (guint i = 0, at = 0; i < 4; at += many[i++]) {
    encode (&network, 1, long_ids + at, &many[i]);
    step (&network, (const gint32[]){2}, alone);
    assert_near (VOCABULARY, alone, kept + i * VOCABULARY);
  }
  teardown (&network);
}

/* The weights are what is in memory, and no more than a hundredth for room around them. */
static void
test_n_bytes (void)
{
  S2sHparams hparams = small;
  gsize d = 32, f = 64, n_linear = d * d + d, n_norm = 2 * d, n_inner = 2 * d * f + d + f;
  gsize n_encoder = 4 * n_linear + 2 * n_norm + n_inner;
  gsize n_decoder = 8 * n_linear + 3 * n_norm + n_inner;
  gsize n = 3 * 160 * d + 160 + 2 * 12 * d + n_encoder + n_decoder + 2 * n_norm;
  Network network;

  hparams.source_vocabulary_size = hparams.target_vocabulary_size = 160;
  hparams.encoder_layers = hparams.decoder_layers = 1;
  hparams.transformer.positions = S2S_POSITIONS_LEARNED;
  hparams.transformer.norm = S2S_NORM_PRE;
  hparams.transformer.model_size = 32;
  hparams.transformer.feed_forward_size = 64;
  hparams.transformer.heads = 4;
  setup (&network, &hparams);
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), >=, n * sizeof (float));
  g_assert_cmpuint (network.arch->get_n_bytes (network.net), <=, n * sizeof (float) * 102 / 100);
  teardown (&network);
}

static void
test_missing (void)
{
  S2sHparams hparams = small;

  hparams.encoder_layers = 1;
  hparams.transformer.positions = S2S_POSITIONS_LEARNED;
  hparams.transformer.norm = S2S_NORM_PRE;
  /* 16 a layer of the encoder, 26 of the decoder, two last norms, positions, embeddings, generator
   */
  g_assert_cmpuint (check_all_missing (&hparams), ==, 16 + 2 * 26 + 4 + 2 + 2 + 2);
  hparams.transformer.decoder_autoregression = S2S_AUTOREGRESSION_SSRU;
  g_assert_cmpuint (check_all_missing (&hparams), ==, 16 + 2 * (26 - 5) + 4 + 2 + 2 + 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/architectures/transformer/invariants/attention",
                        GUINT_TO_POINTER (S2S_AUTOREGRESSION_ATTENTION), test_invariants);
  g_test_add_data_func ("/architectures/transformer/invariants/ssru",
                        GUINT_TO_POINTER (S2S_AUTOREGRESSION_SSRU), test_invariants);
  g_test_add_func ("/architectures/transformer/blocks", test_blocks);
  g_test_add_func ("/architectures/transformer/n-bytes", test_n_bytes);
  g_test_add_func ("/architectures/transformer/missing", test_missing);
  return g_test_run ();
}
