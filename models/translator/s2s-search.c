/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-search.h"

#include "translator/s2s-beam.h"
#include "translator/s2s-shortlists.h"

#include <math.h>
#include <string.h>

/* The most that working memory may grow to, so that options that fit no machine are an error and
 * not the end of the process */
#define MAX_BYTES (G_GUINT64_CONSTANT (2) << 30)

struct _S2sSearch {
  S2sSearchModel model;
  S2sTranslatorOptions options; /* what it borrows is not kept */
  gpointer state;
  S2sConstraints constraints;
  S2sLengthScale scale;
  S2sTrellis trellis;
  S2sBeamContext context;
  S2sShortlists shortlists;
  gint32 *must; /* [max_steps + 1] room for the tokens that must be in one */
  S2sControlFunc control;
  gpointer user_data;
  gboolean narrowed;

  S2sBeam *beams;  /* [batch_size] by slot */
  guint *n_source; /* [batch_size] by slot */
  guint n_free;
  guint *free_slots; /* [batch_size] the next one last */
  guint n_running;
  guint *running; /* [batch_size] slots in the order of their rows */
  gint32 *ids;    /* [batch_size · max_source] room for what is encoded at once */
  guint *lengths; /* [batch_size] */
  guint *slots;   /* [batch_size] of a run */
  guint n_rows;
  gboolean is_sparse; /* a beam has lost rows since the last step */
  guint *parents;     /* [max_rows] */
  gint32 *previous;   /* [max_rows] */
};

void
s2s_search_result_clear (S2sSearchResult *self)
{
  g_clear_pointer (&self->tokens, g_free);
  g_clear_pointer (&self->terms, g_free);
  g_clear_pointer (&self->log_probs, g_free);
  g_clear_pointer (&self->attention, g_free);
}

guint
s2s_search_get_limit (const S2sSearch *self, guint n_ids)
{
  const S2sTranslatorOptions *options = &self->options;
  guint limit =
      s2s_length_get_limit (options->max_length_factor, options->max_length_constant, n_ids);

  return options->max_length > 0 ? MIN (limit, options->max_length) : limit;
}

gboolean
s2s_search_is_allowed (const S2sSearch *self, gint32 id)
{
  return id >= 0 && (guint)id < self->constraints.n_tokens && !self->constraints.banned[id];
}

static guint64
count_bytes (const S2sSearchModel *model, const S2sArchLimits *limits, guint64 n_steps)
{
  guint64 n_rows = limits->max_rows;
  guint64 n_attention = model->has_attention ? model->max_source : 0;

  return n_rows * n_steps * (sizeof (S2sNode) + n_attention * sizeof (float)) +
         n_rows * model->n_logits * sizeof (float) +
         model->arch->get_state_size (model->net, limits);
}

/* As many sentences at once as the options say or, where all of them could need more than is
 * allowed, as are sure not to: what comes out is the same. */
static gboolean
choose_batch (S2sSearch *self, S2sArchLimits *limits, guint max_steps, GError **error)
{
  guint beam_size = self->options.beam_size, *batch_size = &self->options.batch_size;
  guint64 n_bytes = 0;

  for (; *batch_size > 0; (*batch_size)--) {
    limits->max_sentences = *batch_size;
    limits->max_rows = *batch_size * beam_size;
    n_bytes = count_bytes (&self->model, limits, max_steps);
    if (n_bytes <= MAX_BYTES)
      return TRUE;
  }
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS,
               "%u hypotheses of up to %u tokens need %" G_GUINT64_FORMAT
               " MiB, expected at most %" G_GUINT64_FORMAT
               ": lower the beam size or the longest output",
               beam_size, max_steps, n_bytes >> 20, MAX_BYTES >> 20);
  return FALSE;
}

static void
reserve (S2sSearch *self, const S2sArchLimits *limits, guint max_steps)
{
  const S2sSearchModel *model = &self->model;
  guint n_sentences = limits->max_sentences, max_rows = limits->max_rows;

  self->state = model->arch->reserve (model->net, limits);
  s2s_length_scale_init (&self->scale, self->options.length_normalization,
                         self->options.length_penalty, max_steps);
  s2s_trellis_init (&self->trellis, n_sentences, max_steps, self->options.beam_size,
                    model->max_source, model->has_attention);
  self->beams = g_new0 (S2sBeam, n_sentences);
  self->n_source = g_new (guint, n_sentences);
  self->free_slots = g_new (guint, n_sentences);
  self->running = g_new (guint, n_sentences);
  self->ids = g_new (gint32, (gsize)n_sentences * model->max_source);
  self->lengths = g_new (guint, n_sentences);
  self->slots = g_new (guint, n_sentences);
  self->parents = g_new (guint, max_rows);
  self->previous = g_new (gint32, max_rows);
  self->context = (S2sBeamContext){
      .kernels = s2s_kernels_get (NULL),
      .constraints = &self->constraints,
      .scale = &self->scale,
      .trellis = &self->trellis,
      .eos = model->vocabulary.special.eos,
      .history = g_new (gint32, max_steps),
      .logits = g_new (float, (gsize)max_rows * model->n_logits),
      .logits_stride = model->n_logits,
      .spread = g_new (float, model->n_logits),
  };
  for (guint i = 0; i < model->n_logits; i++)
    self->context.spread[i] = -INFINITY;
}

/* All slots are free, the first ones first. */
static void
reset (S2sSearch *self)
{
  guint n = self->options.batch_size;

  for (guint slot = 0; slot < n; slot++)
    self->free_slots[n - 1 - slot] = slot;
  self->n_free = n;
  self->n_running = 0;
  self->n_rows = 0;
  self->is_sparse = FALSE;
  self->model.arch->reset (self->state);
}

S2sSearch *
s2s_search_new (const S2sSearchModel *model, const S2sTranslatorOptions *options, GError **error)
{
  g_autoptr (S2sSearch) self = g_new0 (S2sSearch, 1);
  S2sArchLimits limits = {.max_source = model->max_source};

  self->model = *model;
  self->options = *options;
  self->options.banned_tokens = NULL;
  self->options.target_language = NULL;
  guint max_steps = s2s_search_get_limit (self, model->max_source) + S2S_MAX_TERM_TOKENS;
  self->must = g_new (gint32, (gsize)max_steps + 1);
  s2s_shortlists_init (&self->shortlists, options->use_shortlist ? model->shortlist : NULL,
                       model->vocabulary.n_tokens, options->batch_size, model->max_source,
                       max_steps + 1);
  limits.max_target = max_steps;
  limits.max_shortlist = self->shortlists.max;
  limits.n_always = self->shortlists.n_always;
  if (!choose_batch (self, &limits, max_steps, error))
    return NULL;
  s2s_constraints_init (&self->constraints, &model->vocabulary, options->banned_tokens,
                        options->n_banned_tokens);
  reserve (self, &limits, max_steps);
  reset (self);
  return g_steal_pointer (&self);
}

void
s2s_search_free (S2sSearch *self)
{
  if (self == NULL)
    return;
  if (self->state != NULL)
    self->model.arch->state_free (self->state);
  s2s_constraints_clear (&self->constraints);
  s2s_length_scale_clear (&self->scale);
  s2s_trellis_clear (&self->trellis);
  g_free (self->context.history);
  g_free (self->context.logits);
  g_free (self->context.spread);
  s2s_shortlists_clear (&self->shortlists);
  g_free (self->must);
  g_free (self->beams);
  g_free (self->n_source);
  g_free (self->free_slots);
  g_free (self->running);
  g_free (self->ids);
  g_free (self->lengths);
  g_free (self->slots);
  g_free (self->parents);
  g_free (self->previous);
  g_free (self);
}

void
s2s_search_set_control (S2sSearch *self, S2sControlFunc func, gpointer user_data)
{
  self->control = func;
  self->user_data = user_data;
}

/* What the architecture asks too: NARROW, once said, holds for the run. */
static S2sControl
poll_control (gpointer user_data)
{
  S2sSearch *self = user_data;
  S2sControl control = S2S_CONTROL_CONTINUE;

  if (self->control != NULL)
    control = self->control (self->user_data);
  if (control == S2S_CONTROL_NARROW)
    self->narrowed = TRUE;
  return control;
}

/* Tells the architecture which rows go on. */
static void
regroup (S2sSearch *self, guint n_rows)
{
  gboolean moved = n_rows != self->n_rows;

  for (guint row = 0; row < n_rows && !moved; row++)
    moved = self->parents[row] != row;
  self->n_rows = n_rows;
  if (moved)
    self->model.arch->reorder (self->state, n_rows, self->parents);
}

/* Closes the gaps between the rows of the beams. */
static void
compact (S2sSearch *self)
{
  guint n_rows = 0, n_running = 0;

  if (!self->is_sparse)
    return;
  for (guint i = 0; i < self->n_running; i++) {
    S2sBeam *beam = &self->beams[self->running[i]];
    guint first_row = beam->first_row;

    beam->first_row = n_rows;
    for (guint k = 0; k < beam->n_live; k++) {
      self->parents[n_rows] = first_row + k;
      self->previous[n_rows++] = self->previous[first_row + k];
    }
    if (beam->n_live > 0)
      self->running[n_running++] = beam->slot;
  }
  self->n_running = n_running;
  self->is_sparse = FALSE;
  regroup (self, n_rows);
}

guint
s2s_search_get_n_free (const S2sSearch *self)
{
  return self->n_free;
}

/* What else must be in its shortlist: EOS, and what the output is forced to. */
static guint
list_must (S2sSearch *self, const S2sSearchInput *input)
{
  guint n = 0;

  self->must[n++] = self->model.vocabulary.special.eos;
  for (guint i = 0; i < input->n_prefix; i++)
    self->must[n++] = input->prefix[i];
  for (guint i = 0; i < input->terms.n; i++)
    for (guint j = 0; j < input->terms.list[i].n_tokens; j++)
      self->must[n++] = input->terms.list[i].tokens[j];
  return n;
}

static void
restrict_beam (S2sSearch *self, const S2sSearchInput *input, S2sBeam *beam)
{
  s2s_shortlists_set (&self->shortlists, beam->slot, input->ids, input->n_ids, self->must,
                      list_must (self, input));
  beam->n_shortlist = s2s_shortlists_get (&self->shortlists, beam->slot, &beam->shortlist);
  beam->n_always = self->shortlists.n_always;
  if (beam->n_shortlist > 0)
    self->model.arch->restrict_logits (self->state, beam->slot, beam->shortlist, beam->n_shortlist);
}

static void
start_beam (S2sSearch *self, const S2sSearchInput *input, guint slot)
{
  S2sBeam *beam = &self->beams[slot];

  self->n_source[slot] = input->n_ids;
  self->previous[self->n_rows] = self->model.vocabulary.special.bos;
  beam->slot = slot;
  beam->width = self->options.beam_size;
  beam->n_best = self->options.n_best;
  beam->end = self->options.search_end;
  beam->limit = s2s_search_get_limit (self, input->n_ids - input->n_context);
  beam->no_repeat_ngram_size = input->no_repeat_ngram_size;
  beam->prefix = input->prefix;
  beam->prefix_terms = input->prefix_terms;
  beam->n_prefix = input->n_prefix;
  beam->terms = input->terms;
  restrict_beam (self, input, beam);
  s2s_beam_start (beam, self->n_rows++);
  beam->limit += s2s_terms_count_left (&beam->terms, &beam->live[0].terms);
}

gboolean
s2s_search_add (S2sSearch *self, const S2sSearchInput *inputs, guint n_inputs, guint *ret_slots)
{
  gint32 *ids = self->ids;

  for (guint i = 0; i < n_inputs; i++) {
    memcpy (ids, inputs[i].ids, inputs[i].n_ids * sizeof *ids);
    ids += inputs[i].n_ids;
    self->lengths[i] = inputs[i].n_ids;
    ret_slots[i] = self->free_slots[self->n_free - 1 - i];
  }
  /* or there might be no room for the rows of those that join */
  compact (self);
  if (!self->model.arch->encode (self->state, n_inputs, ret_slots, self->ids, self->lengths,
                                 poll_control, self))
    return FALSE;

  self->n_free -= n_inputs;
  for (guint i = 0; i < n_inputs; i++) {
    start_beam (self, &inputs[i], ret_slots[i]);
    self->running[self->n_running++] = ret_slots[i];
  }
  return TRUE;
}

gboolean
s2s_search_has_ended (const S2sSearch *self, guint slot)
{
  return self->beams[slot].n_live == 0;
}

void
s2s_search_narrow (S2sSearch *self, guint slot)
{
  s2s_beam_narrow (&self->beams[slot]);
  self->is_sparse = TRUE;
}

void
s2s_search_remove (S2sSearch *self, guint slot)
{
  S2sBeam *beam = &self->beams[slot];

  self->is_sparse |= beam->n_live > 0;
  beam->n_live = 0;
  self->free_slots[self->n_free++] = slot;
}

static void
keep_attention (S2sSearch *self, const S2sBeam *beam)
{
  for (guint k = 0; k < beam->n_live; k++) {
    guint n = 0;
    const float *weights = self->model.arch->get_attention (self->state, beam->first_row + k, &n);

    memcpy (s2s_trellis_get_attention (&self->trellis, beam->slot, beam->step, k), weights,
            n * sizeof *weights);
  }
}

void
s2s_search_step (S2sSearch *self)
{
  guint n_rows = 0, n_running = 0;

  compact (self);
  if (self->n_rows == 0)
    return;
  self->model.arch->step (self->state, self->previous, self->context.logits,
                          self->context.logits_stride);
  for (guint i = 0; i < self->n_running; i++) {
    S2sBeam *beam = &self->beams[self->running[i]];

    if (self->model.has_attention)
      keep_attention (self, beam);
    s2s_beam_advance (beam, &self->context, n_rows, self->parents, self->previous);
    n_rows += beam->n_live;
    if (beam->n_live > 0)
      self->running[n_running++] = beam->slot;
  }
  self->n_running = n_running;
  regroup (self, n_rows);
}

gboolean
s2s_search_run (S2sSearch *self, const S2sSearchInput *inputs, guint n_inputs)
{
  reset (self);
  self->narrowed = FALSE;
  if (!s2s_search_add (self, inputs, n_inputs, self->slots))
    return FALSE;
  while (self->n_rows > 0) {
    if (poll_control (self) == S2S_CONTROL_STOP)
      return FALSE;
    for (guint i = 0; i < self->n_running && self->narrowed; i++)
      s2s_search_narrow (self, self->running[i]);
    s2s_search_step (self);
  }
  return TRUE;
}

guint
s2s_search_get_n_results (const S2sSearch *self, guint slot)
{
  const S2sBeam *beam = &self->beams[slot];

  return MIN (beam->n_finished, beam->n_best);
}

void
s2s_search_get_result (const S2sSearch *self, guint slot, guint rank, gboolean with_attention,
                       S2sSearchResult *ret_result)
{
  const S2sBeam *beam = &self->beams[slot];
  const S2sFinished *finished = &beam->finished[rank];
  guint n = finished->n_tokens, n_source = self->n_source[slot];
  S2sSearchResult result = {
      .score = finished->score,
      .flags =
          (finished->truncated ? S2S_FLAG_TRUNCATED : 0) | (beam->narrowed ? S2S_FLAG_NARROWED : 0),
      .n_tokens = n,
      .tokens = g_new (gint32, n),
      .terms = g_new (gint, n),
      .log_probs = g_new (float, n),
  };

  if (with_attention && self->model.has_attention)
    result.attention = g_new (float, (gsize)n *n_source);
  const S2sNode *node = &finished->last;
  for (guint step = n; step-- > 0;) {
    result.tokens[step] = node->token;
    result.terms[step] = node->term;
    result.log_probs[step] = node->log_prob;
    if (result.attention != NULL)
      memcpy (result.attention + (gsize)step * n_source,
              s2s_trellis_get_attention (&self->trellis, slot, step, node->parent),
              n_source * sizeof (float));
    if (step > 0)
      node = s2s_trellis_get_node (&self->trellis, slot, step - 1, node->parent);
  }
  *ret_result = result;
}
