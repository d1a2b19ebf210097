/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "model/s2s-model-private.h"
#include "translator/s2s-search.h"

#include "s2s-test-error.h"
#include "s2s-test-shortlist.h"
#include "s2s-test-translator.h"

#include <string.h>

/* Sources of bytes: the token of the byte b is 4 + b, so what a bundle makes of a text in a
 * language with that token is what the same network without languages makes of b and the text. */
#define FRENCH "F"
#define SPANISH "S"
#define TOKENS "{\"fr\": 74, \"es\": 87}"

/* changes: of both bundles; their languages are set here */
static void
setup (S2sTestPair *self, gconstpointer changes)
{
  S2sTestBundle plain = {.seed = 1}, full;

  if (changes != NULL)
    plain = *(const S2sTestBundle *)changes;
  plain.target_language = "es";
  full = plain;
  full.language_tokens = TOKENS;
  s2s_test_pair_setup (self, &plain, &full);
}

static S2sTranslator *
new_translator (const S2sTestPair *self, S2sModel *model, const char *language)
{
  S2sTranslatorOptions options = self->options;

  options.target_language = language;
  return s2s_test_translator_new (model, &options);
}

/* The token stands before the text and has none of it. */
static void
assert_same (const S2sTranslation *got, const S2sTranslation *expected)
{
  const S2sHypothesis *a = got->hypotheses, *b = expected->hypotheses;

  s2s_test_assert_same (got, expected);
  g_assert_cmpuint (a->source_spans[0].start, ==, 0);
  g_assert_cmpuint (a->source_spans[0].end, ==, 0);
  for (guint i = 1; i < a->n_source_tokens; i++) {
    g_assert_cmpuint (a->source_spans[i].start, ==, b->source_spans[i].start - 1);
    g_assert_cmpuint (a->source_spans[i].end, ==, b->source_spans[i].end - 1);
  }
}

static const char *const texts[] = {"good morning", "the boat is late", "ok",
                                    "hold the door for the lady with the brown dog"};

/* Each language says what its token makes the network say; NULL is the default. */
static void
test_choice (S2sTestPair *self, gconstpointer changes)
{
  static const struct {
    const char *wanted;
    const char *language;
    const char *before;
  } rows[] = {
      {NULL, "es", SPANISH},   {"es", "es", SPANISH}, {"fr", "fr", FRENCH},
      {"fr-CA", "fr", FRENCH}, {"FR", "fr", FRENCH},
  };
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (S2sTranslator) translator = new_translator (self, self->full, rows[i].wanted);

    g_assert_cmpstr (s2s_translator_get_target_language (translator), ==, rows[i].language);
    for (gsize k = 0; k < G_N_ELEMENTS (texts); k++) {
      g_autofree char *before = g_strconcat (rows[i].before, texts[k], NULL);
      g_autoptr (S2sTranslation) got = s2s_test_translate_text (translator, texts[k], -1);
      g_autoptr (S2sTranslation) expected = s2s_test_translate_text (reference, before, -1);

      assert_same (got, expected);
    }
  }

  g_autoptr (S2sTranslator) french = new_translator (self, self->full, "fr");
  g_autoptr (S2sTranslation) in_french = s2s_test_translate_text (french, texts[0], -1);
  g_autoptr (S2sTranslation) in_spanish =
      s2s_test_translate_text (reference, SPANISH "good morning", -1);
  g_assert_cmpstr (in_french->hypotheses->text, !=, in_spanish->hypotheses->text);
}

/* A bundle of one language has no token, and takes its own language alone. */
static void
test_unknown (S2sTestPair *self, gconstpointer changes)
{
  g_autoptr (S2sTranslator) translator = new_translator (self, self->plain, "es-MX");
  S2sTranslatorOptions options = self->options;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (s2s_translator_get_target_language (translator), ==, "es");
  options.target_language = "de";
  g_assert_null (s2s_translator_new (self->full, &options, &error));
  s2s_test_assert_error (error, S2S_ERROR_OPTIONS,
                         "the target language is “de”, expected one of the bundle's: es, fr");
  g_clear_error (&error);
  options.target_language = "fr";
  g_assert_null (s2s_translator_new (self->plain, &options, &error));
  s2s_test_assert_error (error, S2S_ERROR_OPTIONS,
                         "the target language is “fr”, expected one of the bundle's: es");
}

/* What the reference makes of the part of a text that the source tokens from *at on stand for, up
 * to EOS. Moves *at behind it. */
static S2sTranslation *
translate_part (S2sTranslator *reference, const S2sHypothesis *hypothesis, const char *text,
                guint *at)
{
  guint first = *at, last;

  g_assert_cmpstr (hypothesis->source_tokens[first], ==, "<0x46>");
  while (!g_str_equal (hypothesis->source_tokens[++*at], "</s>"))
    continue;
  last = (*at)++ - 1;
  g_assert_cmpuint (last - first, <=, 10);
  gsize start = hypothesis->source_spans[first + 1].start;
  g_assert_cmpuint (hypothesis->source_spans[first].start, ==, start);
  g_assert_cmpuint (hypothesis->source_spans[first].end, ==, start);
  g_autofree char *part = g_strndup (text + start, hypothesis->source_spans[last].end - start);
  g_autofree char *source = g_strconcat (FRENCH, part, NULL);

  return s2s_test_translate_text (reference, source, -1);
}

/* Every sentence, and every part of a long one, has the token; it takes the room of a token. A
 * source may have 12, so with the language and EOS 10 are left to the text. */
static void
test_parts (S2sTestPair *self, gconstpointer changes)
{
  static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789. Six! abcdefghij";
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full, "fr");
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain, NULL);
  g_autoptr (S2sTranslation) translation = s2s_test_translate_text (translator, text, -1);
  const S2sHypothesis *hypothesis = translation->hypotheses;
  g_autoptr (GString) expected = g_string_new (NULL);
  guint n_parts = 0, n_letters = 0;

  for (guint at = 0; at < hypothesis->n_source_tokens; n_parts++) {
    g_autoptr (S2sTranslation) part = translate_part (reference, hypothesis, text, &at);

    if (expected->len > 0 && part->hypotheses->text[0] != '\0')
      g_string_append_c (expected, ' ');
    g_string_append (expected, part->hypotheses->text);
  }
  g_assert_cmpuint (n_parts, >=, 6);
  g_assert_cmpstr (hypothesis->text, ==, expected->str);
  for (guint i = 0; i < hypothesis->n_source_tokens; i++)
    n_letters += hypothesis->source_spans[i].end > hypothesis->source_spans[i].start;
  g_assert_cmpuint (n_letters, ==, strlen ("abcdefghijklmnopqrstuvwxyz0123456789.Six!abcdefghij"));
}

static S2sTranslation *
translate_term (S2sTranslator *translator, const char *text, const S2sTerm *term)
{
  return s2s_test_translate (translator,
                             &(S2sInput){.text = text, .length = -1, .terms = term, .n_terms = 1});
}

/* The token stays before a sentence in which a stand-in takes the place of a term. */
static void
test_terms (S2sTestPair *self, gconstpointer changes)
{
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full, "fr");
  g_autoptr (S2sTranslator) reference = new_translator (self, self->plain, NULL);
  g_autoptr (S2sTranslation) got =
      translate_term (translator, "we saw Northgate", &(S2sTerm){7, 16, "北门"});
  g_autoptr (S2sTranslation) expected =
      translate_term (reference, "Fwe saw Northgate", &(S2sTerm){8, 17, "北门"});
  const S2sHypothesis *hypothesis = got->hypotheses;

  assert_same (got, expected);
  g_assert_nonnull (strstr (hypothesis->text, "北门"));
  g_assert_cmpuint (hypothesis->n_source_tokens, ==, strlen ("Fwe saw Bo") + 1);
  g_assert_cmpstr (hypothesis->source_tokens[8], ==, "<0x42>");
  g_assert_cmpuint (hypothesis->source_spans[9].start, ==, 7);
  g_assert_cmpuint (hypothesis->source_spans[9].end, ==, 16);
}

static void
reload (S2sModel **model, const char *path)
{
  s2s_model_unref (*model);
  *model = s2s_test_load (path);
}

/* Whether a translation has only words of the numbers, in ascending order */
static gboolean
says_only (const S2sTranslation *translation, const guint *numbers, guint n)
{
  const S2sHypothesis *hypothesis = translation->hypotheses;

  for (guint i = 0; i < hypothesis->n_tokens; i++) {
    gboolean found = FALSE;

    for (guint k = 0; k < n && !found; k++) {
      g_autofree char *word = g_strdup_printf ("w%u", numbers[k]);

      found = g_str_equal (hypothesis->tokens[i], word);
    }
    if (!found)
      return FALSE;
  }
  return hypothesis->n_tokens > 1;
}

/* The list of a token may be empty, as that of French is, or say which words a language has, as
 * that of Spanish does; the lists of the text count beside it. */
static void
test_shortlist (S2sTestPair *self, gconstpointer changes)
{
  enum { N_SOURCE = 260 };
  static const gint32 common[] = {3, 5};
  static const guint of_french[] = {3, 5, 7, 9}, of_spanish[] = {3, 5, 7, 9, 11, 12, 13};
  gint32 starts[N_SOURCE + 1], tokens[2 * N_SOURCE];
  S2sTestShortlist list = {common, 2, starts, N_SOURCE + 1, tokens, 0};

  for (gint32 i = 0; i <= N_SOURCE; i++) {
    starts[i] = (gint32)list.n_tokens;
    for (gint32 token = 11; i == 87 && token <= 13; token++)
      tokens[list.n_tokens++] = token;
    if (i < 'a' + 4 || i > 'z' + 4)
      continue;
    tokens[list.n_tokens++] = 7;
    tokens[list.n_tokens++] = 9;
  }
  s2s_test_shortlist_add (&list, self->path[0]);
  s2s_test_shortlist_add (&list, self->path[1]);
  reload (&self->plain, self->path[0]);
  reload (&self->full, self->path[1]);
  self->options.use_shortlist = TRUE;
  test_choice (self, changes);

  g_autoptr (S2sTranslator) french = new_translator (self, self->full, "fr");
  g_autoptr (S2sTranslator) spanish = new_translator (self, self->full, "es");
  g_autoptr (S2sTranslation) in_french = s2s_test_translate_text (french, "goodmorning", -1);
  g_autoptr (S2sTranslation) in_spanish = s2s_test_translate_text (spanish, "goodmorning", -1);
  g_assert_true (says_only (in_french, of_french, G_N_ELEMENTS (of_french)));
  g_assert_true (says_only (in_spanish, of_spanish, G_N_ELEMENTS (of_spanish)));
  g_assert_false (says_only (in_spanish, of_french, G_N_ELEMENTS (of_french)));
}

/* ---- One batch ---- */

typedef struct {
  const S2sTestPair *fixture;
  const char *language;
  S2sTranslation *expected[G_N_ELEMENTS (texts)];
  GThread *decodes_in; /* what asked for control */
} Channel;

static S2sControl
note_thread (gpointer user_data)
{
  ((Channel *)user_data)->decodes_in = g_thread_self ();
  return S2S_CONTROL_CONTINUE;
}

static gpointer
run_channel (gpointer user_data)
{
  Channel *self = user_data;
  g_autoptr (S2sTranslator) translator =
      new_translator (self->fixture, self->fixture->full, self->language);

  s2s_translator_set_control (translator, note_thread, self);
  for (guint turn = 0; turn < 8; turn++)
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
      g_autoptr (S2sTranslation) got = s2s_test_translate_text (translator, texts[i], -1);

      s2s_test_assert_same (got, self->expected[i]);
    }
  return NULL;
}

/* Languages share a service, since they differ in nothing but what is read; each gets the bits that
 * it gets alone. */
static void
test_shared (S2sTestPair *self, gconstpointer changes)
{
  static const char *const languages[] = {"fr", "es", "fr", NULL};
  Channel channels[G_N_ELEMENTS (languages)];
  GThread *threads[G_N_ELEMENTS (languages)];

  if (s2s_test_skip_bits ())
    return;
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_autoptr (S2sTranslator) alone = new_translator (self, self->full, languages[i]);

    channels[i] = (Channel){.fixture = self, .language = languages[i]};
    for (gsize k = 0; k < G_N_ELEMENTS (texts); k++)
      channels[i].expected[k] = s2s_test_translate_text (alone, texts[k], -1);
  }
  self->options.shared = TRUE;
  g_autoptr (S2sTranslator) keeps_the_service = new_translator (self, self->full, "es");
  g_assert_nonnull (keeps_the_service);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    threads[i] = g_thread_new ("channel", run_channel, &channels[i]);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_assert_true (channels[i].decodes_in == channels[0].decodes_in);
    for (gsize k = 0; k < G_N_ELEMENTS (texts); k++)
      s2s_translation_free (channels[i].expected[k]);
  }
}

/* Sentences are joined as the language that comes out has it, not the default one. */
static void
test_separators (S2sTestPair *self, gconstpointer changes)
{
  S2sTestBundle bundle = {.seed = 3, .language_tokens = "{\"fr\": 74, \"zh\": 87}"};
  static const char *const rows[][2] = {{"zh", ""}, {"fr", " "}};
  S2sTestModel joins;

  s2s_test_model_setup (&joins, &bundle);
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (S2sTranslator) translator = new_translator (self, joins.model, rows[i][0]);
    g_autoptr (S2sTranslation) one = s2s_test_translate_text (translator, "Good morning.", -1);
    g_autoptr (S2sTranslation) two = s2s_test_translate_text (translator, "Are you well?", -1);
    g_autoptr (S2sTranslation) both =
        s2s_test_translate_text (translator, "Good morning. Are you well?", -1);
    g_autofree char *text =
        g_strconcat (one->hypotheses->text, rows[i][1], two->hypotheses->text, NULL);

    g_assert_cmpstr (both->hypotheses->text, ==, text);
  }
  s2s_test_model_teardown (&joins, NULL);
}

/* A sentence in which a stand-in would leave no room for what is around the text keeps its own
 * words. */
static void
test_no_room_for_stand_in (S2sTestPair *self, gconstpointer changes)
{
  static const S2sTerm term = {3, 5, "北门"};
  static const char *const rows[] = {"we Al", "we Al.."};
  g_autoptr (S2sTranslator) translator = new_translator (self, self->full, "fr");

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (S2sTranslation) translation = translate_term (translator, rows[i], &term);
    const S2sHypothesis *hypothesis = translation->hypotheses;

    g_assert_cmpuint (hypothesis->n_source_tokens, <=, 12);
    g_assert_cmpstr (hypothesis->source_tokens[4], ==, i == 0 ? "<0x52>" : "<0x41>");
    g_assert_nonnull (strstr (hypothesis->text, "北门"));
  }
}

/* Two languages have a model in common. */
static void
test_one_model (S2sTestPair *self, gconstpointer changes)
{
  g_autoptr (S2sModel) again = s2s_model_new_from_dir (self->path[1], NULL);
  g_autofree char *described = s2s_model_describe (again);

  g_assert_true (again == self->full);
  g_assert_nonnull (strstr (described, "languages: en to es\n"
                                       "target languages: es (token 87, <0x53>), "
                                       "fr (token 74, <0x46>)\n"));
  g_autofree char *of_one = s2s_model_describe (self->plain);
  g_assert_null (strstr (of_one, "target languages"));
}

/* ---- Sources without EOS ---- */

/* The search itself on the bytes of a text, and on nothing else */
static void
assert_reads_only (S2sModel *model, const S2sTranslatorOptions *options, const char *text,
                   const S2sHypothesis *hypothesis)
{
  const S2sHparams *hparams = s2s_model_get_hparams (model);
  S2sSearchModel search_model = {
      .arch = s2s_model_get_arch (model),
      .net = s2s_model_get_net (model),
      .n_logits = hparams->target_vocabulary_size,
      .has_attention = TRUE,
      .max_source = 128,
      .vocabulary = {.special = {0, 1, 2, 3}, .n_tokens = hparams->target_vocabulary_size},
  };
  g_autofree gint32 *ids = g_new (gint32, strlen (text));
  S2sSearchInput input = {.ids = ids,
                          .n_ids = (guint)strlen (text),
                          .no_repeat_ngram_size = options->no_repeat_ngram_size};
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sSearch) search = s2s_search_new (&search_model, options, &error);
  S2sSearchResult result;

  g_assert_no_error (error);
  for (guint i = 0; i < input.n_ids; i++)
    ids[i] = 4 + (guchar)text[i];
  g_assert_true (s2s_search_run (search, &input, 1));
  s2s_search_get_result (search, 0, 0, TRUE, &result);
  g_assert_cmpuint (hypothesis->n_source_tokens, ==, input.n_ids);
  g_assert_cmpuint (hypothesis->n_tokens, ==, result.n_tokens);
  g_assert_cmpmem (hypothesis->log_probs, hypothesis->n_tokens * sizeof (float), result.log_probs,
                   result.n_tokens * sizeof (float));
  g_assert_cmpmem (hypothesis->attention,
                   (gsize)hypothesis->n_tokens * input.n_ids * sizeof (float), result.attention,
                   (gsize)result.n_tokens * input.n_ids * sizeof (float));
  s2s_search_result_clear (&result);
}

/* The network reads the tokens of the text alone; nothing is read of a text without a token. */
static void
test_bare_source (S2sTestPair *self, gconstpointer changes)
{
  self->options.no_repeat_ngram_size = 3; /* so that nothing is decoded once more */
  g_autoptr (S2sTranslator) translator = new_translator (self, self->plain, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (S2sTranslation) translation = s2s_test_translate_text (translator, texts[i], -1);
    const S2sHypothesis *hypothesis = translation->hypotheses;

    assert_reads_only (self->plain, &self->options, texts[i], hypothesis);
    for (guint k = 0; k < hypothesis->n_source_tokens; k++)
      g_assert_cmpuint (hypothesis->source_spans[k].end, ==, k + 1);
  }
  for (guint i = 0; i < 2; i++) {
    g_autoptr (S2sTranslation) empty =
        s2s_test_translate_text (translator, i == 0 ? "" : " \n ", -1);

    g_assert_cmpstr (empty->hypotheses->text, ==, "");
    g_assert_cmpuint (empty->hypotheses->n_source_tokens, ==, 0);
  }
  g_autofree char *described = s2s_model_describe (self->plain);
  g_assert_nonnull (strstr (described, "rows of the embedding: 260, without EOS\ntarget tok"));
}

/* All is turned, since there is no EOS that stays last: "abc" is read as "cba". Attention is told
 * in the order of the text. */
static void
test_reverse_bare_source (void)
{
  S2sTestBundle forward = {.seed = 5, .bare_source = TRUE, .has_words = TRUE}, turned = forward;
  S2sTestPair self;

  turned.reverse_source = TRUE;
  s2s_test_pair_setup (&self, &forward, &turned);
  g_autoptr (S2sTranslator) reads_forward = s2s_test_translator_new (self.plain, NULL);
  g_autoptr (S2sTranslator) reads_turned = s2s_test_translator_new (self.full, NULL);
  static const char *const pairs[][2] = {{"abcdef", "fedcba"}, {"ab", "ba"}, {"a", "a"}};

  for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autoptr (S2sTranslation) got = s2s_test_translate_text (reads_turned, pairs[i][0], -1);
    g_autoptr (S2sTranslation) expected = s2s_test_translate_text (reads_forward, pairs[i][1], -1);
    const S2sHypothesis *a = got->hypotheses, *b = expected->hypotheses;
    guint n = a->n_source_tokens;

    g_assert_cmpstr (a->text, ==, b->text);
    g_assert_cmpuint (n, ==, strlen (pairs[i][0]));
    for (guint t = 0; t < a->n_tokens; t++)
      for (guint k = 0; k < n; k++)
        g_assert_cmpfloat_with_epsilon (a->attention[t * n + k], b->attention[t * n + n - 1 - k],
                                        1e-5);
  }
  s2s_test_pair_teardown (&self, NULL);
}

static void
add (const char *path, const S2sTestBundle *changes,
     void (*test) (S2sTestPair *self, gconstpointer changes))
{
  g_test_add (path, S2sTestPair, changes, setup, test, s2s_test_pair_teardown);
}

int
main (int argc, char **argv)
{
  static const S2sTestBundle transformer = {.seed = 3, .architecture = "transformer"};
  static const S2sTestBundle short_sources = {.seed = 1, .max_source_length = 12};
  static const S2sTestBundle with_stand_ins = {.seed = 2, .stand_ins = "{\"Bo\": \"qz\"}"};
  static const S2sTestBundle short_stand_ins = {
      .seed = 2, .max_source_length = 12, .stand_ins = "{\"Robert\": \"qz\"}"};
  static const S2sTestBundle words = {.seed = 1, .has_words = TRUE};
  static const S2sTestBundle bare = {.seed = 6, .has_words = TRUE, .bare_source = TRUE};
  static const S2sTestBundle bare_transformer = {
      .seed = 7, .architecture = "transformer", .has_words = TRUE, .bare_source = TRUE};

  g_test_init (&argc, &argv, NULL);
  add ("/languages/choice", NULL, test_choice);
  add ("/languages/choice-transformer", &transformer, test_choice);
  add ("/languages/choice-bare", &bare, test_choice);
  add ("/languages/unknown", NULL, test_unknown);
  add ("/languages/parts", &short_sources, test_parts);
  add ("/languages/terms", &with_stand_ins, test_terms);
  add ("/languages/shortlist", &words, test_shortlist);
  add ("/languages/no-room-for-stand-in", &short_stand_ins, test_no_room_for_stand_in);
  add ("/languages/separators", NULL, test_separators);
  add ("/languages/shared", NULL, test_shared);
  add ("/languages/shared-transformer", &transformer, test_shared);
  add ("/languages/one-model", NULL, test_one_model);
  add ("/languages/bare-source", &bare, test_bare_source);
  add ("/languages/bare-source-transformer", &bare_transformer, test_bare_source);
  g_test_add_func ("/languages/reverse-bare-source", test_reverse_bare_source);
  return g_test_run ();
}
