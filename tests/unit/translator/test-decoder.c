/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-decoder.h"

#include "s2s-toy.h"

#define MAX_SOURCE 16

typedef struct {
  ToyNet net;
  ToyCounts counts;
  S2sTranslatorOptions options;
  GPtrArray *units;
  S2sDecoder decoder;
} Fixture;

static void
setup (Fixture *self, gconstpointer user_data)
{
  self->net = (ToyNet){1, 8, 0, -5, &self->counts}; /* says A without end */
  self->options = (S2sTranslatorOptions){
      .beam_size = 2,
      .n_best = 1,
      .batch_size = 3,
      .length_normalization = S2S_LENGTH_NORMALIZATION_AVERAGE,
      .length_penalty = 1,
      .max_length_factor = 2,
      .max_length_constant = 3,
  };
  self->units = g_ptr_array_new_with_free_func ((GDestroyNotify)s2s_unit_free);
}

static void
teardown (Fixture *self, gconstpointer user_data)
{
  s2s_decoder_clear (&self->decoder);
  g_ptr_array_unref (self->units);
}

/* The last of n_ids is EOS, the others are `id`, `id` + 1 … */
static S2sUnit *
add_unit (Fixture *self, gint32 id, guint n_ids)
{
  S2sUnit *unit = g_new0 (S2sUnit, 1);

  unit->n_ids = n_ids;
  unit->n_text = n_ids - 1;
  unit->ids = g_new (gint32, n_ids);
  for (guint i = 0; i < n_ids; i++)
    unit->ids[i] = i + 1 == n_ids ? TOY_EOS : id + (gint32)i;
  g_ptr_array_add (self->units, unit);
  return unit;
}

static void
make_decoder_of (Fixture *self, const S2sArch *arch)
{
  static const S2sTargetVocabulary vocabulary = {
      .special = {TOY_PAD, TOY_UNK, TOY_BOS, TOY_EOS},
      .n_tokens = 8,
  };
  S2sSearchModel model = {arch, &self->net, self->net.n_logits, TRUE, MAX_SOURCE, vocabulary, NULL};
  g_autoptr (GError) error = NULL;

  s2s_decoder_clear (&self->decoder);
  s2s_decoder_init (&self->decoder, &model, &self->options, &error);
  g_assert_no_error (error);
}

static void
make_decoder (Fixture *self)
{
  make_decoder_of (self, &toy_arch);
}

static void
assert_no_trigram_twice (const S2sSearchResult *result)
{
  for (guint i = 0; i + 3 <= result->n_tokens; i++)
    for (guint j = i + 1; j + 3 <= result->n_tokens; j++)
      g_assert_true (memcmp (result->tokens + i, result->tokens + j, 3 * sizeof (gint32)) != 0);
}

/* AAAAAAAAAAAAA is decoded once more, and no longer loops. */
static void
test_loop_is_broken (Fixture *self, gconstpointer user_data)
{
  const S2sUnit *unit = add_unit (self, 40, 5);

  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->n_results, ==, 1);
  g_assert_cmpuint (unit->results[0].n_tokens, >, 8);
  g_assert_cmpuint (unit->results[0].flags & S2S_FLAG_REPETITIVE, ==, 0);
  assert_no_trigram_twice (&unit->results[0]);
}

/* Only one token may be said, so the second try, where it may not stand four times, ends early. */
static void
test_second_try_is_taken (Fixture *self, gconstpointer user_data)
{
  static const gint32 banned[] = {5, 6, 7};
  const S2sUnit *unit = add_unit (self, 40, 5);

  self->options.banned_tokens = banned;
  self->options.n_banned_tokens = G_N_ELEMENTS (banned);
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->results[0].n_tokens, ==, 4);
  g_assert_cmpint (unit->results[0].tokens[2], ==, TOY_A);
  g_assert_cmpint (unit->results[0].tokens[3], ==, TOY_EOS);
  g_assert_cmpuint (unit->results[0].flags, ==, S2S_FLAG_NONE);
}

/* A limit of the caller is no fault of the output. */
static void
test_own_limit (Fixture *self, gconstpointer user_data)
{
  const S2sUnit *unit = add_unit (self, 40, 5);

  self->options.max_length = 5;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->results[0].n_tokens, ==, 5);
  g_assert_cmpuint (unit->results[0].flags, ==, S2S_FLAG_TRUNCATED);
}

/* What says one thing eight times for a text that does is no loop. The token of a language before
 * the text is none of it. */
static void
test_source_loops (Fixture *self, gconstpointer user_data)
{
  S2sUnit *unit = add_unit (self, 40, 10);

  for (guint i = 1; i < 9; i++)
    unit->ids[i] = 41;
  unit->first_text = 1;
  unit->n_text = 8;
  self->options.max_length = 8;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->results[0].n_tokens, ==, 8);
  for (guint i = 0; i < 8; i++)
    g_assert_cmpint (unit->results[0].tokens[i], ==, TOY_A);
  g_assert_cmpuint (unit->results[0].flags, ==, S2S_FLAG_TRUNCATED);
}

/* Nothing for eleven tokens; nor can another try do better. */
static void
test_too_short (Fixture *self, gconstpointer user_data)
{
  const S2sUnit *unit = add_unit (self, 40, 12);

  self->net.eos_bias = 9;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->results[0].n_tokens, ==, 1);
  g_assert_cmpuint (unit->results[0].flags, ==, S2S_FLAG_LENGTH);
}

/* One token is too little for eleven of the text, and enough for ten, whatever is around them. */
static void
test_short_of_text (Fixture *self, gconstpointer user_data)
{
  S2sUnit *ten = add_unit (self, 40, 12);
  const S2sUnit *eleven = add_unit (self, 40, 12);

  ten->first_text = 1;
  ten->n_text = 10;
  self->options.max_length = 1;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (ten->results[0].flags, ==, S2S_FLAG_TRUNCATED);
  g_assert_cmpuint (eleven->results[0].flags, ==, S2S_FLAG_TRUNCATED | S2S_FLAG_LENGTH);
}

/* The caller blocks as much already: another try would be the same. */
static void
test_already_blocked (Fixture *self, gconstpointer user_data)
{
  add_unit (self, 40, 5);
  self->net.eos_bias = -INFINITY;
  self->options.no_repeat_ngram_size = 2;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (self->counts.n_encodes, ==, 1);

  self->options.no_repeat_ngram_size = 5;
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (self->counts.n_encodes, ==, 1 + 2);
}

static S2sControl
ask_narrow (gpointer user_data)
{
  return S2S_CONTROL_NARROW;
}

/* Who is in a hurry gets no second try. */
static void
test_narrowed (Fixture *self, gconstpointer user_data)
{
  const S2sUnit *unit = add_unit (self, 40, 5);

  make_decoder (self);
  s2s_decoder_set_control (&self->decoder, ask_narrow, NULL);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (unit->results[0].flags, ==,
                    S2S_FLAG_TRUNCATED | S2S_FLAG_LENGTH | S2S_FLAG_REPETITIVE | S2S_FLAG_NARROWED);
}

static S2sControl
count_and_stop (gpointer user_data)
{
  guint *n_left = user_data;

  return (*n_left)-- == 0 ? S2S_CONTROL_STOP : S2S_CONTROL_CONTINUE;
}

static void
test_stop (Fixture *self, gconstpointer user_data)
{
  guint n_left = 20; /* in the second try */

  add_unit (self, 40, 5);
  make_decoder (self);
  s2s_decoder_set_control (&self->decoder, count_and_stop, &n_left);
  g_assert_false (s2s_decoder_run (&self->decoder, self->units));
}

/* Seven sentences in batches of three, each with its own result. */
static void
test_batches (Fixture *self, gconstpointer user_data)
{
  g_autoptr (GPtrArray) alone = g_ptr_array_new ();

  self->net.scale = 6;
  self->net.eos_bias = 1;
  for (guint i = 0; i < 7; i++)
    add_unit (self, (gint32)(50 + 10 * i), 3 + i * 5 % 7);
  make_decoder (self);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  for (guint i = 0; i < self->units->len; i++) {
    S2sUnit *unit = g_ptr_array_index (self->units, i);
    S2sSearchResult batch = unit->results[0];

    g_clear_pointer (&unit->results, g_free); /* batch owns what was in it */
    unit->n_results = 0;
    g_ptr_array_set_size (alone, 0);
    g_ptr_array_add (alone, unit);
    g_assert_true (s2s_decoder_run (&self->decoder, alone));
    g_assert_cmpmem (batch.tokens, batch.n_tokens * sizeof (gint32), unit->results[0].tokens,
                     unit->results[0].n_tokens * sizeof (gint32));
    s2s_search_result_clear (&batch);
  }
}

static void
add (const char *path, void (*test) (Fixture *self, gconstpointer user_data))
{
  g_test_add (path, Fixture, NULL, setup, test, teardown);
}

static S2sControl
ask_narrow_once (gpointer user_data)
{
  guint *n_asked = user_data;

  return (*n_asked)++ == 0 ? S2S_CONTROL_NARROW : S2S_CONTROL_CONTINUE;
}

/* It holds for the sentences that wait, and for none of the next call. */
static void
test_narrowed_for_good (Fixture *self, gconstpointer user_data)
{
  const S2sUnit *first = add_unit (self, 40, 5);
  const S2sUnit *second = add_unit (self, 39, 6);
  guint n_asked = 0;

  self->options.batch_size = 1;
  make_decoder (self);
  s2s_decoder_set_control (&self->decoder, ask_narrow_once, &n_asked);
  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (first->results[0].flags & S2S_FLAG_NARROWED, !=, 0);
  g_assert_cmpuint (second->results[0].flags & S2S_FLAG_NARROWED, !=, 0);
  g_assert_cmpuint (self->counts.n_encodes, ==, 2);

  g_assert_true (s2s_decoder_run (&self->decoder, self->units));
  g_assert_cmpuint (second->results[0].flags & S2S_FLAG_NARROWED, ==, 0);
}

/* As many sentences at once as their memory allows */
static void
test_slots (Fixture *self, gconstpointer user_data)
{
  static const guint beam_sizes[] = {1, 2, 5, 12};

  self->options.batch_size = 256;
  for (guint i = 0; i < G_N_ELEMENTS (beam_sizes); i++) {
    self->options.beam_size = beam_sizes[i];
    make_decoder_of (self, &toy_huge_arch);
    g_assert_cmpuint (s2s_search_get_n_free (self->decoder.search), ==,
                      TOY_MAX_HUGE_ROWS / beam_sizes[i]);
  }
}

/* More sentences than there is memory for wait for others, and lose nothing. */
static void
test_fewer_slots (Fixture *self, gconstpointer user_data)
{
  guint n_units = 2 * TOY_MAX_HUGE_ROWS, n_encodes[2];
  const S2sArch *archs[] = {&toy_arch, &toy_huge_arch};
  GArray *tokens[2];

  self->net.scale = 4;
  self->options.batch_size = n_units;
  for (guint i = 0; i < n_units; i++)
    add_unit (self, 30 + (gint32)i, 4 + i % 5);
  for (guint a = 0; a < G_N_ELEMENTS (archs); a++) {
    self->counts = (ToyCounts){0};
    make_decoder_of (self, archs[a]);
    g_assert_true (s2s_decoder_run (&self->decoder, self->units));
    n_encodes[a] = self->counts.n_encodes;
    tokens[a] = g_array_new (FALSE, FALSE, sizeof (gint32));
    for (guint i = 0; i < n_units; i++) {
      const S2sUnit *unit = g_ptr_array_index (self->units, i);

      g_array_append_vals (tokens[a], unit->results[0].tokens, unit->results[0].n_tokens);
    }
  }
  g_assert_cmpuint (n_encodes[1], >=, n_units / (TOY_MAX_HUGE_ROWS / self->options.beam_size));
  g_assert_cmpuint (n_encodes[1], >, n_encodes[0]);
  g_assert_cmpmem (tokens[0]->data, tokens[0]->len * sizeof (gint32), tokens[1]->data,
                   tokens[1]->len * sizeof (gint32));
  g_array_unref (tokens[0]);
  g_array_unref (tokens[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/decoder/loop-is-broken", test_loop_is_broken);
  add ("/decoder/second-try-is-taken", test_second_try_is_taken);
  add ("/decoder/own-limit", test_own_limit);
  add ("/decoder/source-loops", test_source_loops);
  add ("/decoder/too-short", test_too_short);
  add ("/decoder/short-of-text", test_short_of_text);
  add ("/decoder/already-blocked", test_already_blocked);
  add ("/decoder/narrowed", test_narrowed);
  add ("/decoder/narrowed-for-good", test_narrowed_for_good);
  add ("/decoder/stop", test_stop);
  add ("/decoder/batches", test_batches);
  add ("/decoder/slots", test_slots);
  add ("/decoder/fewer-slots", test_fewer_slots);
  return g_test_run ();
}
