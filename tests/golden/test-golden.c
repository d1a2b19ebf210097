/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-golden.h"

#include "architectures/s2s-arch-nematus.h"
#include "architectures/s2s-arch-rnn.h"
#include "translator/s2s-search.h"

/* Largest difference from what PyTorch computed in double precision; docs/numerics.md says why. */
#define TOLERANCE 2e-5
#define TOLERANCE_LOGITS 1e-4
#define MAX_NMSE_INT8 6e-3

static gboolean
is_int8 (const S2sGolden *golden)
{
  return g_str_has_suffix (json_object_get_string_member (golden->json, "name"), "-int8");
}

static gboolean
is_rnn (const S2sGolden *golden)
{
  return g_str_equal (golden->arch->name, "rnn");
}

/* The states of the layers of the decoder, of `rnn` and `nematus` */
typedef struct {
  guint n_units; /* 0: the decoder has none */
  float *const *h;
  float *const *c; /* NULL without cell state */
} States;

static States
get_states (const S2sGolden *golden, gconstpointer state)
{
  const S2sHparams *hparams = &golden->config->hparams;
  const S2sRnnNetState *rnn = state;
  const S2sNematusNetState *nematus = state;

  if (is_rnn (golden))
    return (States){hparams->rnn.hidden_size, rnn->decoder.h,
                    rnn->net->encoder.has_cell_state ? rnn->decoder.c : NULL};
  if (g_str_equal (golden->arch->name, "nematus"))
    return (States){hparams->nematus.hidden_size, nematus->decoder.h,
                    nematus->net->decoder.first.type->has_cell_state ? nematus->decoder.c : NULL};
  return (States){0, NULL, NULL};
}

/* Products of int8 weights round what goes into them: an error like noise, here and there amplified
 * by a gate, so it is measured over all of the values. */
static void
assert_near_int8 (const char *what, gsize n, const float *got, const float *expected)
{
  double error = 0, power = 0;

  for (gsize i = 0; i < n; i++) {
    error += (got[i] - expected[i]) * (got[i] - expected[i]);
    power += expected[i] * expected[i];
  }
  if (!(error <= MAX_NMSE_INT8 * power))
    g_error ("%s: normalised mean square error is %g", what, error / power);
}

static void
assert_near (const S2sGolden *golden, const char *what, gsize n, const float *got,
             const float *expected, double tolerance)
{
  if (is_int8 (golden)) {
    assert_near_int8 (what, n, got, expected);
    return;
  }
  for (gsize i = 0; i < n; i++)
    if (!(ABS (got[i] - expected[i]) <= tolerance))
      g_error ("%s[%zu]: got %g, expected %g", what, i, got[i], expected[i]);
}

static void
check_memory (S2sGolden *golden, gconstpointer state)
{
  guint n_units = s2s_golden_get_n_units (golden);
  g_autofree float *expected =
      s2s_golden_get_expected (golden, "memory", 2, golden->n_positions, n_units);
  const float *row = expected;

  for (guint i = 0; i < golden->n_sentences; i++) {
    guint n = 0;
    const float *memory = golden->arch->get_memory (state, i, &n);

    g_assert_cmpuint (n, ==, golden->lengths[i]);
    assert_near (golden, "memory", (gsize)n * n_units, memory, row, TOLERANCE);
    row += (gsize)n * n_units;
  }
}

/* layers [n_layers][rows][H] */
static void
check_states (const S2sGolden *golden, const char *what, guint n_layers, gsize n,
              float *const *layers, const float *expected)
{
  for (guint l = 0; l < n_layers; l++)
    assert_near (golden, what, n, layers[l], expected + l * n, TOLERANCE);
}

/* The last states of the layers, of `rnn` */
static void
check_encoder (S2sGolden *golden, const S2sRnnNetState *state)
{
  const S2sHparams *hparams = &golden->config->hparams;
  guint n_layers = hparams->encoder_layers, n_units = hparams->rnn.hidden_size;
  gsize n = golden->n_sentences * n_units;
  g_autofree float *last_h =
      s2s_golden_get_expected (golden, "last_h", 3, n_layers, golden->n_sentences, n_units);

  check_states (golden, "last h", n_layers, n, state->encoder.last_h, last_h);
  if (state->net->encoder.has_cell_state) {
    g_autofree float *last_c =
        s2s_golden_get_expected (golden, "last_c", 3, n_layers, golden->n_sentences, n_units);

    check_states (golden, "last c", n_layers, n, state->encoder.last_c, last_c);
  }
}

/* What a forced step has to give: [T] of each. */
typedef struct {
  guint n_steps;
  float *logits;    /* [T][rows][Vt] */
  float *h;         /* [T][Ld][rows][H] or NULL */
  float *c;         /* [T][Ld][rows][H] or NULL */
  float *attention; /* [T][positions] or NULL */
} Expected;

static void
read_expected (S2sGolden *golden, gconstpointer state, Expected *expected)
{
  const S2sHparams *hparams = &golden->config->hparams;
  States states = get_states (golden, state);
  guint n_rows = golden->n_sentences, n_layers = hparams->decoder_layers;

  g_free (s2s_golden_get_ids (golden, "previous", 0, &expected->n_steps));
  expected->logits = s2s_golden_get_expected (golden, "logits", 3, expected->n_steps, n_rows,
                                              hparams->target_vocabulary_size);
  if (states.n_units > 0)
    expected->h = s2s_golden_get_expected (golden, "h", 4, expected->n_steps, n_layers, n_rows,
                                           states.n_units);
  if (states.c != NULL)
    expected->c = s2s_golden_get_expected (golden, "c", 4, expected->n_steps, n_layers, n_rows,
                                           states.n_units);
  if (golden->arch->has_attention (golden->net))
    expected->attention =
        s2s_golden_get_expected (golden, "attention", 2, expected->n_steps, golden->n_positions);
}

static void
clear_expected (Expected *expected)
{
  g_free (expected->logits);
  g_free (expected->h);
  g_free (expected->c);
  g_free (expected->attention);
}

static void
check_attention (S2sGolden *golden, gconstpointer state, const float *expected)
{
  for (guint i = 0; i < golden->n_sentences; i++) {
    guint n = 0;
    const float *weights = golden->arch->get_attention (state, i, &n);

    if (expected == NULL) {
      g_assert_null (weights);
      continue;
    }
    g_assert_cmpuint (n, ==, golden->lengths[i]);
    assert_near (golden, "attention", n, weights, expected, TOLERANCE);
    expected += n;
  }
}

/* h and c of step t */
static void
check_step_states (const S2sGolden *golden, gconstpointer state, const Expected *expected, guint t)
{
  States states = get_states (golden, state);
  guint n_layers = golden->config->hparams.decoder_layers;
  gsize n = (gsize)golden->n_sentences * states.n_units;

  if (expected->h != NULL)
    check_states (golden, "h", n_layers, n, states.h, expected->h + t * n_layers * n);
  if (expected->c != NULL)
    check_states (golden, "c", n_layers, n, states.c, expected->c + t * n_layers * n);
}

static void
check_steps (S2sGolden *golden, gpointer state, const Expected *expected)
{
  const S2sHparams *hparams = &golden->config->hparams;
  guint n_rows = golden->n_sentences, n_steps;
  gsize n_logits = (gsize)n_rows * hparams->target_vocabulary_size;
  g_autofree float *logits = g_new (float, n_logits);
  g_autofree gint32 *previous = g_new (gint32, n_rows);

  for (guint t = 0; t < expected->n_steps; t++) {
    for (guint i = 0; i < n_rows; i++) {
      g_autofree gint32 *forced = s2s_golden_get_ids (golden, "previous", i, &n_steps);

      previous[i] = forced[t];
    }
    golden->arch->step (state, previous, logits, hparams->target_vocabulary_size);

    assert_near (golden, "logits", n_logits, logits, expected->logits + t * n_logits,
                 TOLERANCE_LOGITS);
    check_step_states (golden, state, expected, t);
    check_attention (golden, state,
                     expected->attention ? expected->attention + t * golden->n_positions : NULL);
  }
}

static void
test_forced (gconstpointer data)
{
  static const guint slots[] = {0, 1, 2};
  g_autoptr (S2sGolden) golden = s2s_golden_new (GPOINTER_TO_UINT (data));
  gpointer state = s2s_golden_reserve (golden, 1);
  g_autoptr (GError) error = NULL;
  Expected expected = {0};

  g_assert_true (golden->arch->encode (state, golden->n_sentences, slots, golden->ids,
                                       golden->lengths, NULL, NULL));
  check_memory (golden, state);
  if (is_rnn (golden))
    check_encoder (golden, state);
  read_expected (golden, state, &expected);
  check_steps (golden, state, &expected);

  /* and so the network has asked for all of its own tensors */
  s2s_weights_check_all_used (golden->weights, &error);
  g_assert_no_error (error);

  clear_expected (&expected);
  golden->arch->state_free (state);
}

static S2sSearch *
make_search (const S2sGolden *golden, guint beam_size)
{
  const S2sConfig *config = golden->config;
  S2sSearchModel model = {
      .arch = golden->arch,
      .net = golden->net,
      .n_logits = config->hparams.target_vocabulary_size,
      .has_attention = golden->arch->has_attention (golden->net),
      .max_source = golden->n_positions,
      .vocabulary = {.special = config->target_tokenizer.special,
                     .n_tokens = config->hparams.target_vocabulary_size},
  };
  S2sTranslatorOptions options = {
      .beam_size = beam_size,
      .n_best = 1,
      .batch_size = golden->n_sentences,
      .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
      .length_penalty = 1,
      .max_length_factor = 3,
      .max_length_constant = 10,
  };
  g_autoptr (GError) error = NULL;
  S2sSearch *search = s2s_search_new (&model, &options, &error);

  g_assert_no_error (error);
  return search;
}

static void
check_result (const S2sGolden *golden, const S2sSearch *search, const char *member, guint sentence)
{
  JsonObject *expected = json_object_get_object_member (golden->json, member);
  JsonArray *scores = json_object_get_array_member (expected, "scores");
  JsonArray *tokens =
      json_array_get_array_element (json_object_get_array_member (expected, "tokens"), sentence);
  S2sSearchResult result;

  g_assert_cmpuint (s2s_search_get_n_results (search, sentence), ==, 1);
  s2s_search_get_result (search, sentence, 0, FALSE, &result);
  g_assert_cmpuint (result.flags, ==, S2S_FLAG_NONE);
  g_assert_cmpuint (result.n_tokens, ==, json_array_get_length (tokens));
  for (guint i = 0; i < result.n_tokens; i++)
    g_assert_cmpint (result.tokens[i], ==, json_array_get_int_element (tokens, i));
  g_assert_cmpfloat_with_epsilon (result.score, json_array_get_double_element (scores, sentence),
                                  TOLERANCE);
  s2s_search_result_clear (&result);
}

/* The sentences in one batch, beside PyTorch's search of each alone */
static void
check_search (const S2sGolden *golden, const char *member, guint beam_size)
{
  g_autoptr (S2sSearch) search = make_search (golden, beam_size);
  g_autofree S2sSearchInput *inputs = g_new0 (S2sSearchInput, golden->n_sentences);
  const gint32 *ids = golden->ids;

  for (guint i = 0; i < golden->n_sentences; i++) {
    inputs[i].ids = ids;
    inputs[i].n_ids = golden->lengths[i];
    ids += golden->lengths[i];
  }
  g_assert_true (s2s_search_run (search, inputs, golden->n_sentences));
  for (guint i = 0; i < golden->n_sentences; i++)
    check_result (golden, search, member, i);
}

static void
test_search (gconstpointer data)
{
  g_autoptr (S2sGolden) golden = s2s_golden_new (GPOINTER_TO_UINT (data));
  guint beam_size = (guint)json_object_get_int_member (golden->json, "beam_size");

  check_search (golden, "greedy", 1);
  check_search (golden, "beam", beam_size);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < s2s_golden_get_n_cases (); i++) {
    const char *name = s2s_golden_get_name (i);
    g_autofree char *forced = g_strconcat ("/golden/forced/", name, NULL);
    g_autofree char *search = g_strconcat ("/golden/search/", name, NULL);

    g_test_add_data_func (forced, GUINT_TO_POINTER (i), test_forced);
    if (s2s_golden_has_search (i))
      g_test_add_data_func (search, GUINT_TO_POINTER (i), test_search);
  }
  return g_test_run ();
}
