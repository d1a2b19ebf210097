/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-translation.h"

#include "s2s-test-spans.h"
#include "s2s-test-translator.h"

#include <string.h>

#define EOS "</s>"

static const char text[] = "  Hé waits. Ｗhy?\n 猫😀 sleeps “here”. ";

static S2sTranslation *
translate (const char *dir, const char *input, gssize length)
{
  g_autoptr (S2sModel) model = s2s_test_load (dir);
  S2sTranslatorOptions options;

  s2s_translator_options_init (&options, model);
  options.n_best = 2;
  options.max_length = 40;
  g_autoptr (S2sTranslator) translator = s2s_test_translator_new (model, &options);
  return s2s_test_translate_text (translator, input, length);
}

/* Both sides of each hypothesis; EOS is empty. */
static void
assert_spans (const S2sTranslation *translation, const char *input, gsize length)
{
  for (guint rank = 0; rank < translation->n_hypotheses; rank++) {
    const S2sHypothesis *hypothesis = &translation->hypotheses[rank];

    s2s_test_assert_spans (input, length, hypothesis->source_spans, hypothesis->n_source_tokens);
    s2s_test_assert_spans (hypothesis->text, strlen (hypothesis->text), hypothesis->spans,
                           hypothesis->n_tokens);
    for (guint i = 0; i < hypothesis->n_source_tokens; i++)
      if (g_str_equal (hypothesis->source_tokens[i], EOS))
        g_assert_cmpuint (hypothesis->source_spans[i].start, ==, hypothesis->source_spans[i].end);
    for (guint i = 0; i < hypothesis->n_tokens; i++)
      if (g_str_equal (hypothesis->tokens[i], EOS))
        g_assert_cmpuint (hypothesis->spans[i].start, ==, hypothesis->spans[i].end);
  }
}

/* Each token of a vocabulary of bytes is the next byte of the input that is not between sentences,
 * and has all of the character that it ends. */
static void
test_source (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autoptr (S2sTranslation) translation = translate (dir, text, -1);
  const S2sHypothesis *best = translation->hypotheses;
  const gsize ends[] = {strlen ("  Hé waits."), strlen ("  Hé waits. Ｗhy?"), strlen (text) - 1};
  guint n_eos = 0;

  s2s_test_bundle_remove (dir);
  assert_spans (translation, text, strlen (text));
  for (guint i = 0; i < best->n_source_tokens; i++) {
    const S2sSpan *span = &best->source_spans[i];
    g_autofree char *part = g_strndup (text + span->start, span->end - span->start);

    if (g_str_equal (best->source_tokens[i], EOS)) {
      g_assert_cmpuint (n_eos, <, G_N_ELEMENTS (ends));
      g_assert_cmpuint (span->start, ==, ends[n_eos]);
      n_eos++;
    } else if (*part != '\0') {
      g_autofree char *last = g_strdup_printf ("<0x%02X>", (guchar)text[span->end - 1]);

      g_assert_cmpint (g_utf8_strlen (part, -1), ==, 1);
      g_assert_cmpstr (best->source_tokens[i], ==, last);
    }
  }
  g_assert_cmpuint (n_eos, ==, 3);
}

/* Tokens of bytes make the text: each is what its span ends with. */
static void
test_target (void)
{
  static const char *const languages[] = {"zh", "en"};
  guint n_compared = 0;

  for (guint seed = 0; seed < 8; seed++) {
    char *dir = s2s_test_bundle_new (
        &(S2sTestBundle){.seed = seed, .target_language = languages[seed % 2]});
    g_autoptr (S2sTranslation) translation = translate (dir, text, -1);

    s2s_test_bundle_remove (dir);
    assert_spans (translation, text, strlen (text));
    for (guint rank = 0; rank < translation->n_hypotheses; rank++) {
      const S2sHypothesis *hypothesis = &translation->hypotheses[rank];

      for (guint i = 0; i < hypothesis->n_tokens; i++) {
        const S2sSpan *span = &hypothesis->spans[i];

        if (span->start == span->end)
          continue;
        g_autofree char *last =
            g_strdup_printf ("<0x%02X>", (guchar)hypothesis->text[span->end - 1]);
        g_assert_cmpstr (hypothesis->tokens[i], ==, last);
        n_compared++;
      }
    }
  }
  g_assert_cmpuint (n_compared, >, 100);
}

/* Two sentences that are said with blanks around them and half a character at the end */
static void
test_trimmed (void)
{
  gint32 tokens[] = {4 + ' ', 4 + 'a', 4 + ' ', 4 + 'b', 4 + '\n', 4 + 0xc3};
  float log_probs[G_N_ELEMENTS (tokens)] = {0};
  gint32 ids[] = {4 + 'x', 3};
  S2sSpan source_spans[] = {{0, 1}, {1, 1}};
  S2sSearchResult result = {
      .n_tokens = G_N_ELEMENTS (tokens), .tokens = tokens, .log_probs = log_probs};
  S2sUnit unit = {.n_ids = G_N_ELEMENTS (ids),
                  .ids = ids,
                  .spans = source_spans,
                  .n_results = 1,
                  .results = &result};
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_bytes ();
  S2sJoiner joiner = {.source = tokenizer, .target = tokenizer, .separator = " "};
  g_autoptr (S2sTranslation) translation =
      s2s_joiner_join (&joiner, (S2sUnit *[]){&unit, &unit}, 2);
  const S2sSpan expected[] = {{0, 0}, {0, 1}, {1, 2}, {2, 3}, {3, 3}, {3, 3},
                              {4, 4}, {4, 5}, {5, 6}, {6, 7}, {7, 7}, {7, 7}};

  g_assert_cmpstr (translation->hypotheses[0].text, ==, "a b a b");
  g_assert_cmpmem (translation->hypotheses[0].spans,
                   translation->hypotheses[0].n_tokens * sizeof (S2sSpan), expected,
                   sizeof expected);
}

/* A sentence that is too long for the model is cut, which no span shows but for EOS. */
static void
test_long (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autoptr (GString) input = g_string_new (NULL);

  for (guint i = 0; i < 100; i++)
    g_string_append (input, i % 3 == 0 ? "bürde, " : "猫狗 ");
  g_autoptr (S2sTranslation) translation = translate (dir, input->str, (gssize)input->len);
  const S2sHypothesis *best = translation->hypotheses;

  s2s_test_bundle_remove (dir);
  assert_spans (translation, input->str, input->len);
  g_assert_cmpuint (best->n_source_tokens, >, input->len);
  g_assert_cmpuint (best->source_spans[best->n_source_tokens - 1].end, ==, input->len - 1);
}

static void
test_blank (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autoptr (S2sTranslation) translation = translate (dir, " \n", -1);

  s2s_test_bundle_remove (dir);
  g_assert_cmpuint (translation->hypotheses[0].n_tokens, ==, 0);
  g_assert_cmpuint (translation->hypotheses[0].n_source_tokens, ==, 0);
  g_assert_cmpstr (translation->hypotheses[0].text, ==, "");
}

/* The model that ships: of pieces that are plain words, the words */
static void
test_shipped (void)
{
  static const char input[] = "WHERE is the key? A ﬁne house, 😀 near the Ｓea.";
  g_autofree char *dir =
      g_test_build_filename (G_TEST_DIST, "..", "..", "models", "pretrained", "en-zh", NULL);
  g_autoptr (S2sTranslation) translation = translate (dir, input, -1);
  const S2sHypothesis *best = translation->hypotheses;
  guint n_words = 0;

  assert_spans (translation, input, strlen (input));
  for (guint i = 0; i < best->n_source_tokens; i++) {
    const char *token = best->source_tokens[i];
    const S2sSpan *span = &best->source_spans[i];
    g_autofree char *part = g_strndup (input + span->start, span->end - span->start);
    g_autofree char *lower = g_utf8_strdown (part, -1);

    if (g_str_has_prefix (token, "▁") && g_str_is_ascii (part) &&
        g_ascii_isalpha (token[strlen ("▁")])) {
      g_assert_cmpstr (g_strstrip (lower), ==, token + strlen ("▁"));
      n_words++;
    }
  }
  g_assert_cmpuint (n_words, >=, 4);

  for (guint i = 0; i < best->n_tokens; i++) {
    const S2sSpan *span = &best->spans[i];

    if (span->start < span->end)
      g_assert_nonnull (g_strstr_len (
          best->text + span->start, (gssize)(span->end - span->start),
          best->tokens[i] + (g_str_has_prefix (best->tokens[i], "▁") ? strlen ("▁") : 0)));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spans/source", test_source);
  g_test_add_func ("/spans/target", test_target);
  g_test_add_func ("/spans/trimmed", test_trimmed);
  g_test_add_func ("/spans/long", test_long);
  g_test_add_func ("/spans/blank", test_blank);
  g_test_add_func ("/spans/shipped", test_shipped);
  return g_test_run ();
}
