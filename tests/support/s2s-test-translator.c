/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-translator.h"

#include "kernels/s2s-kernels.h"

#define MAX_LENGTH 24

S2sModel *
s2s_test_load (const char *path)
{
  g_autoptr (GError) error = NULL;
  S2sModel *model = s2s_model_new_from_dir (path, &error);

  g_assert_no_error (error);
  return model;
}

void
s2s_test_model_setup (S2sTestModel *self, gconstpointer bundle)
{
  static const S2sTestBundle fallback = {.seed = 1};

  self->path = s2s_test_bundle_new (bundle != NULL ? bundle : &fallback);
  self->model = s2s_test_load (self->path);
  s2s_translator_options_init (&self->options, self->model);
  self->options.max_length = MAX_LENGTH;
}

void
s2s_test_model_teardown (S2sTestModel *self, gconstpointer bundle)
{
  s2s_model_unref (self->model);
  s2s_test_bundle_remove (self->path);
}

void
s2s_test_pair_setup (S2sTestPair *self, const S2sTestBundle *plain, const S2sTestBundle *full)
{
  self->path[0] = s2s_test_bundle_new (plain);
  self->path[1] = s2s_test_bundle_new (full);
  self->plain = s2s_test_load (self->path[0]);
  self->full = s2s_test_load (self->path[1]);
  s2s_translator_options_init (&self->options, self->plain);
  self->options.max_length = MAX_LENGTH;
}

void
s2s_test_pair_teardown (S2sTestPair *self, gconstpointer data)
{
  s2s_model_unref (self->plain);
  s2s_model_unref (self->full);
  s2s_test_bundle_remove (self->path[0]);
  s2s_test_bundle_remove (self->path[1]);
}

S2sTranslator *
s2s_test_translator_new (S2sModel *model, const S2sTranslatorOptions *options)
{
  g_autoptr (GError) error = NULL;
  S2sTranslator *translator = s2s_translator_new (model, options, &error);

  g_assert_no_error (error);
  return translator;
}

static void
assert_utf8 (const S2sTranslation *translation)
{
  g_assert_cmpuint (translation->n_hypotheses, >=, 1);
  for (guint i = 0; i < translation->n_hypotheses; i++)
    g_assert_true (g_utf8_validate (translation->hypotheses[i].text, -1, NULL));
}

S2sTranslation *
s2s_test_translate (S2sTranslator *translator, const S2sInput *input)
{
  g_autoptr (GError) error = NULL;
  S2sTranslation *translation = NULL;

  g_assert_true (s2s_translator_translate_batch (translator, input, 1, &translation, &error));
  g_assert_no_error (error);
  assert_utf8 (translation);
  return translation;
}

S2sTranslation *
s2s_test_translate_text (S2sTranslator *translator, const char *text, gssize length)
{
  g_autoptr (GError) error = NULL;
  S2sTranslation *translation = s2s_translator_translate (translator, text, length, &error);

  g_assert_no_error (error);
  assert_utf8 (translation);
  return translation;
}

gboolean
s2s_test_skip_bits (void)
{
  if (s2s_kernels_get (NULL)->required != 0)
    return FALSE;
  g_test_skip ("the bits of plain C depend on the number of rows");
  return TRUE;
}

void
s2s_test_assert_same_hypothesis (const S2sHypothesis *got, const S2sHypothesis *expected)
{
  g_assert_cmpstr (got->text, ==, expected->text);
  g_assert_cmpuint (got->flags, ==, expected->flags);
  g_assert_cmpmem (&got->score, sizeof got->score, &expected->score, sizeof expected->score);
  g_assert_cmpstrv (got->tokens, expected->tokens);
  g_assert_cmpstrv (got->source_tokens, expected->source_tokens);
  g_assert_cmpmem (got->log_probs, got->n_tokens * sizeof (float), expected->log_probs,
                   expected->n_tokens * sizeof (float));
  g_assert_cmpmem (got->spans, got->n_tokens * sizeof (S2sSpan), expected->spans,
                   expected->n_tokens * sizeof (S2sSpan));
  g_assert_true ((got->attention != NULL) == (expected->attention != NULL));
  if (got->attention != NULL)
    g_assert_cmpmem (got->attention, (gsize)got->n_tokens * got->n_source_tokens * sizeof (float),
                     expected->attention,
                     (gsize)expected->n_tokens * expected->n_source_tokens * sizeof (float));
}

void
s2s_test_assert_same (const S2sTranslation *got, const S2sTranslation *expected)
{
  g_assert_cmpuint (got->n_hypotheses, ==, expected->n_hypotheses);
  for (guint i = 0; i < got->n_hypotheses; i++)
    s2s_test_assert_same_hypothesis (&got->hypotheses[i], &expected->hypotheses[i]);
}
