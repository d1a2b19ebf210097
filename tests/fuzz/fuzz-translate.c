/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-fuzz.h"
#include "s2s-test-bundle.h"

#include <math.h>
#include <string.h>

/* The first bytes choose a model and all options, good and bad; then come banned tokens, and then
 * lines: perhaps a prefix, and up to MAX_INPUTS texts. */

#define N_OPTION_BYTES 12
#define MAX_INPUTS 8
#define N_MODELS 5
#define TARGET "北门"
#define KEYS                                                                                       \
  "\"length_tokens\": [{\"ratio\": 0.5, \"token\": 80}, {\"ratio\": 1, \"token\": 81}], "          \
  "\"context\": {\"separator_token\": 128, \"turns\": 2}, \"source_unit\": \"text\", "             \
  "\"keeps\": {\"numbers\": true, \"names\": true, \"openers\": [\"the\"], "                       \
  "\"word_sets\": [{\"name\": \"negations\", \"words\": [\"no\", \"n't\"]}]}"

typedef struct {
  guint n_left;
  S2sControl then;
} Control;

static S2sControl
control (gpointer user_data)
{
  Control *self = user_data;

  if (self->n_left == 0)
    return self->then;
  self->n_left--;
  return S2S_CONTROL_CONTINUE;
}

/* Loaded once: what is fuzzed is what comes after. */
static S2sModel *
get_model (guint which)
{
  static const S2sTestBundle bundles[N_MODELS] = {
      {.hidden_size = 8, .seed = 1},
      {.cell = "gru", .attention = "none", .target_language = "fr", .hidden_size = 8, .seed = 2},
      {.architecture = "transformer", .hidden_size = 8, .seed = 3},
      {.language_tokens = "{\"fr\": 74, \"zh\": 87}",
       .max_source_length = 12,
       .bare_source = TRUE,
       .reverse_source = TRUE,
       .hidden_size = 8,
       .seed = 4},
      {.target_language = "en", .keys = KEYS, .max_source_length = 20, .hidden_size = 8, .seed = 5},
  };
  static S2sModel *models[N_MODELS];

  if (models[which] == NULL) {
    char *path = s2s_test_bundle_new (&bundles[which]);

    models[which] = s2s_model_new_from_dir (path, NULL);
    s2s_test_bundle_remove (path);
  }
  return models[which];
}

static void
check_error (const GError *error)
{
  g_assert (error != NULL && error->domain == S2S_ERROR);
  g_assert (g_utf8_validate (error->message, -1, NULL));
}

static void
check_hypothesis (const S2sInput *input, const S2sHypothesis *hypothesis)
{
  guint n_source = hypothesis->n_source_tokens;

  g_assert (input->n_terms == 0 || strstr (hypothesis->text, TARGET) != NULL);

  g_assert (g_utf8_validate (hypothesis->text, -1, NULL));
  g_assert (g_strv_length (hypothesis->tokens) == hypothesis->n_tokens);
  g_assert (g_strv_length (hypothesis->source_tokens) == n_source);
  for (guint i = 0; i < hypothesis->n_tokens; i++) {
    double sum = 0;

    g_assert (hypothesis->log_probs[i] <= 0);
    for (guint j = 0; hypothesis->attention != NULL && j < n_source; j++)
      sum += hypothesis->attention[(gsize)i * n_source + j];
    g_assert (hypothesis->attention == NULL || fabs (sum - 1) < 1e-4);
  }
}

static void
translate (S2sTranslator *translator, const S2sInput *inputs, guint n_inputs)
{
  S2sTranslation *translations[MAX_INPUTS] = {NULL};
  g_autoptr (GError) error = NULL;

  if (!s2s_translator_translate_batch (translator, inputs, n_inputs, translations, &error)) {
    check_error (error);
    g_assert (translations[0] == NULL);
    return;
  }
  for (guint i = 0; i < n_inputs; i++) {
    g_assert (translations[i]->n_hypotheses >= 1);
    for (guint rank = 0; rank < translations[i]->n_hypotheses; rank++)
      check_hypothesis (&inputs[i], &translations[i]->hypotheses[rank]);
    s2s_translation_free (translations[i]);
  }
}

/* Cuts the bytes into lines; the first is the prefix of all texts when there is one. A term is a
 * whole line, and those before a text are its context. */
static void
translate_lines (S2sTranslator *translator, const char *data, gsize size, gboolean has_prefix,
                 gboolean has_terms)
{
  S2sInput inputs[MAX_INPUTS];
  S2sTerm terms[MAX_INPUTS];
  g_autofree char *prefix = NULL;
  g_auto (GStrv) before = g_new0 (char *, MAX_INPUTS + 1);
  guint n_inputs = 0;

  while (n_inputs < MAX_INPUTS) {
    const char *newline = memchr (data, '\n', size);
    gsize length = newline != NULL ? (gsize)(newline - data) : size;

    if (has_prefix && prefix == NULL)
      prefix = g_strndup (data, length);
    else {
      terms[n_inputs] = (S2sTerm){0, length, TARGET};
      inputs[n_inputs] = (S2sInput){.text = data,
                                    .length = (gssize)length,
                                    .prefix = prefix,
                                    .terms = &terms[n_inputs],
                                    .n_terms = has_terms,
                                    .context = (const char *const *)before,
                                    .n_context = n_inputs,
                                    .length_ratio = 0.3 * n_inputs};
      before[n_inputs++] = g_strndup (data, length);
    }
    if (newline == NULL)
      break;
    data += length + 1;
    size -= length + 1;
  }
  if (n_inputs > 0)
    translate (translator, inputs, n_inputs);
}

/* None, one that the last model has, or one that none has */
static const char *
get_language (guint which)
{
  static const char *const languages[] = {NULL, NULL, "fr-CA", "de"};

  return languages[which];
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  S2sTranslatorOptions options;
  gint32 banned[3];

  if (size < N_OPTION_BYTES)
    return 0;
  S2sModel *model = get_model (data[11] % N_MODELS);
  s2s_translator_options_init (&options, model);
  options.beam_size = data[0] % 9;
  options.n_best = data[1] % 9;
  options.batch_size = data[2] % 9;
  options.length_normalization = data[3] % 5;
  options.search_end = data[3] / 5 % 4;
  options.length_penalty = data[4] / 16.0;
  options.max_length_factor = data[5] / 32.0;
  options.max_length_constant = data[6] % 32;
  options.max_length = data[7] % 64;
  options.no_repeat_ngram_size = data[8] % 5;
  options.banned_tokens = banned;
  options.n_banned_tokens = MIN (data[9] % (G_N_ELEMENTS (banned) + 1), size - N_OPTION_BYTES);
  options.target_language = get_language (data[9] >> 6);
  for (gsize i = 0; i < options.n_banned_tokens; i++)
    banned[i] = (gint32)data[N_OPTION_BYTES + i] * 2 - 100;

  g_autoptr (GError) error = NULL;
  g_autoptr (S2sTranslator) translator = s2s_translator_new (model, &options, &error);
  if (translator == NULL) {
    check_error (error);
    return 0;
  }
  Control asked = {data[10] / 3, (S2sControl)(data[10] % 3)};
  s2s_translator_set_control (translator, control, &asked);
  gsize first = N_OPTION_BYTES + options.n_banned_tokens;
  translate_lines (translator, (const char *)data + first, size - first, (data[8] & 0x80) != 0,
                   (data[8] & 0x40) != 0);
  return 0;
}
