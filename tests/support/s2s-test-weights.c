/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-weights.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

typedef struct {
  char *name;
  char *shape;
  gsize first; /* float of values */
  gsize n;
} Entry;

struct _S2sTestWeights {
  GRand *rand;
  GHashTable *by_name; /* name → Entry, both borrowed from entries */
  GPtrArray *entries;
  GArray *values; /* of float */
};

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_free (self->name);
  g_free (self->shape);
  g_free (self);
}

S2sTestWeights *
s2s_test_weights_new (guint seed)
{
  S2sTestWeights *self = g_new0 (S2sTestWeights, 1);

  self->rand = g_rand_new_with_seed (seed);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  self->values = g_array_new (FALSE, FALSE, sizeof (float));
  return self;
}

void
s2s_test_weights_free (S2sTestWeights *self)
{
  g_rand_free (self->rand);
  g_hash_table_unref (self->by_name);
  g_ptr_array_unref (self->entries);
  g_array_unref (self->values);
  g_free (self);
}

void
s2s_test_weights_add (S2sTestWeights *self, const char *name, double scale, guint n_dims, ...)
{
  g_autoptr (GString) shape = g_string_new (NULL);
  Entry *entry = g_new0 (Entry, 1);
  va_list dims;

  g_assert_false (g_hash_table_contains (self->by_name, name));
  entry->name = g_strdup (name);
  entry->first = self->values->len;
  entry->n = 1;
  va_start (dims, n_dims);
  for (guint i = 0; i < n_dims; i++) {
    guint dim = va_arg (dims, guint);

    g_string_append_printf (shape, "%s%u", i > 0 ? "," : "", dim);
    entry->n *= dim;
  }
  va_end (dims);
  entry->shape = g_strdup (shape->str);
  g_ptr_array_add (self->entries, entry);
  g_hash_table_insert (self->by_name, entry->name, entry);

  for (gsize i = 0; i < entry->n; i++) {
    float value = (float)g_rand_double_range (self->rand, -scale, scale);

    g_array_append_val (self->values, value);
  }
}

const float *
s2s_test_weights_get (S2sTestWeights *self, const char *name)
{
  const Entry *entry = g_hash_table_lookup (self->by_name, name);

  g_assert_nonnull (entry);
  return &g_array_index (self->values, float, entry->first);
}

/* Half precision, rounded towards zero; what is too small for a normal number becomes zero */
static guint16
to_half (guint32 bits)
{
  guint32 exponent = bits >> 23 & 0xff;

  if (exponent <= 112)
    return 0;
  return (guint16)((bits >> 16 & 0x8000) | (exponent - 112) << 10 | (bits >> 13 & 0x3ff));
}

static void
append_value (GByteArray *data, float value, const char *dtype)
{
  guint32 bits;
  guint16 narrow;

  memcpy (&bits, &value, sizeof bits);
  if (g_str_equal (dtype, "F32")) {
    g_byte_array_append (data, (const guint8 *)&bits, sizeof bits);
    return;
  }
  narrow = g_str_equal (dtype, "F16") ? to_half (bits) : (guint16)(bits >> 16);
  g_byte_array_append (data, (const guint8 *)&narrow, sizeof narrow);
}

/* A tensor whose data begins at `begin` and ends where data ends so far */
static void
append_header (GString *header, const char *name, const char *dtype, const char *shape, guint begin,
               const GByteArray *data)
{
  g_string_append_printf (header,
                          "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%u,%u]}",
                          header->len > 1 ? "," : "", name, dtype, shape, begin, data->len);
}

static void
append_entry (S2sTestWeights *self, const Entry *entry, const char *dtype, GString *header,
              GByteArray *data)
{
  guint begin = data->len;

  for (gsize i = 0; i < entry->n; i++)
    append_value (data, g_array_index (self->values, float, entry->first + i), dtype);
  append_header (header, entry->name, dtype, entry->shape, begin, data);
}

static float
get_scale (gsize n, const float *row)
{
  float max = 0;

  for (gsize i = 0; i < n; i++)
    max = MAX (max, ABS (row[i]));
  return max / 127;
}

/* A matrix and its scales */
static void
append_int8 (S2sTestWeights *self, const Entry *entry, GString *header, GByteArray *data)
{
  gsize n_rows = g_ascii_strtoull (entry->shape, NULL, 10), n = entry->n / n_rows;
  const float *values = &g_array_index (self->values, float, entry->first);
  g_autofree char *name = g_strconcat (entry->name, ".scale", NULL);
  g_autofree char *shape = g_strdup_printf ("%zu", n_rows);
  guint begin = data->len;

  for (gsize r = 0; r < n_rows; r++) {
    const float *row = values + r * n;
    float scale = get_scale (n, row);

    for (gsize i = 0; i < n; i++) {
      gint8 byte = (gint8)lrintf (row[i] / scale);

      g_byte_array_append (data, (const guint8 *)&byte, 1);
    }
  }
  append_header (header, entry->name, "I8", entry->shape, begin, data);

  begin = data->len;
  for (gsize r = 0; r < n_rows; r++)
    append_value (data, get_scale (n, values + r * n), "F32");
  append_header (header, name, "F32", shape, begin, data);
}

GBytes *
s2s_test_weights_to_bytes (S2sTestWeights *self, const char *dtype)
{
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autoptr (GString) header = g_string_new ("{");
  gboolean int8 = g_str_equal (dtype, "I8");

  for (guint i = 0; i < self->entries->len; i++) {
    const Entry *entry = g_ptr_array_index (self->entries, i);

    if (int8 && strchr (entry->shape, ',') != NULL)
      append_int8 (self, entry, header, data);
    else
      append_entry (self, entry, int8 ? "F32" : dtype, header, data);
  }
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');

  guint64 length = GUINT64_TO_LE (header->len);
  g_byte_array_append (file, (const guint8 *)&length, sizeof length);
  g_byte_array_append (file, (const guint8 *)header->str, (guint)header->len);
  g_byte_array_append (file, data->data, data->len);
  return g_byte_array_free_to_bytes (file);
}

S2sWeights *
s2s_test_weights_load (S2sTestWeights *self)
{
  g_autoptr (GBytes) bytes = s2s_test_weights_to_bytes (self, "F32");
  g_autoptr (GError) error = NULL;
  S2sWeights *weights = s2s_weights_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return weights;
}

static void
add_linear (S2sTestWeights *self, double scale, const char *scope, guint n_outputs, guint n_inputs)
{
  g_autofree char *weight = g_strconcat (scope, ".weight", NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias", NULL);

  s2s_test_weights_add (self, weight, scale, 2, n_outputs, n_inputs);
  s2s_test_weights_add (self, bias, scale, 1, n_outputs);
}

G_GNUC_PRINTF (6, 7)
static void
add_cell (S2sTestWeights *self, double scale, guint n_gates, guint n_units, guint n_inputs,
          const char *format, ...)
{
  static const char *const leaves[] = {"weight_ih", "weight_hh", "bias_ih", "bias_hh"};
  guint widths[] = {n_inputs, n_units, 0, 0};
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *scope = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  for (guint i = 0; i < G_N_ELEMENTS (leaves); i++) {
    g_autofree char *name = g_strconcat (scope, ".", leaves[i], NULL);

    s2s_test_weights_add (self, name, scale, widths[i] > 0 ? 2 : 1, n_gates * n_units, widths[i]);
  }
}

static void
add_encoder (S2sTestWeights *self, const S2sHparams *hparams, guint n_gates, double scale)
{
  for (guint l = 0; l < hparams->encoder_layers; l++) {
    gboolean both = hparams->rnn.encoder_direction == S2S_DIRECTION_BIDIRECTIONAL ||
                    (hparams->rnn.encoder_direction == S2S_DIRECTION_FIRST_BIDIRECTIONAL && l == 0);
    guint n_units = hparams->rnn.hidden_size / (both ? 2 : 1);
    guint n_inputs = l == 0 ? hparams->rnn.embedding_size : hparams->rnn.hidden_size;

    add_cell (self, scale, n_gates, n_units, n_inputs, "encoder.layers.%u.forward", l);
    if (both)
      add_cell (self, scale, n_gates, n_units, n_inputs, "encoder.layers.%u.backward", l);
  }
}

static void
add_decoder (S2sTestWeights *self, const S2sHparams *hparams, guint n_gates, double scale)
{
  guint n_units = hparams->rnn.hidden_size;
  guint n_output = hparams->rnn.output_size > 0 ? hparams->rnn.output_size : n_units;

  for (guint l = 0; l < hparams->decoder_layers; l++) {
    guint n_inputs = hparams->rnn.embedding_size + (hparams->rnn.input_feeding ? n_output : 0);
    g_autofree char *bridge_h = g_strdup_printf ("bridge.%u.h", l);
    g_autofree char *bridge_c = g_strdup_printf ("bridge.%u.c", l);

    add_cell (self, scale, n_gates, n_units, l == 0 ? n_inputs : n_units, "decoder.layers.%u", l);
    if (hparams->rnn.bridge == S2S_BRIDGE_DENSE)
      add_linear (self, scale, bridge_h, n_units, n_units);
    if (hparams->rnn.bridge == S2S_BRIDGE_DENSE && n_gates == 4)
      add_linear (self, scale, bridge_c, n_units, n_units);
  }
}

static void
add_attention (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  gboolean additive = hparams->rnn.attention == S2S_ATTENTION_ADDITIVE;
  guint n = additive ? hparams->rnn.attention_size : hparams->rnn.hidden_size;

  if (hparams->rnn.attention == S2S_ATTENTION_GENERAL || additive)
    s2s_test_weights_add (self, "attention.query.weight", scale, 2, n, hparams->rnn.hidden_size);
  if (!additive)
    return;
  add_linear (self, scale, "attention.key", n, hparams->rnn.hidden_size);
  s2s_test_weights_add (self, "attention.v", scale, 1, n);
}

static void
add_rnn (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  guint n_gates = g_str_equal (hparams->rnn.cell, "lstm") ? 4 : 3;
  guint n_heard = hparams->rnn.hidden_size * (hparams->rnn.attention == S2S_ATTENTION_NONE ? 1 : 2);
  guint n_output =
      hparams->rnn.output_size > 0 ? hparams->rnn.output_size : hparams->rnn.hidden_size;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    s2s_test_weights_add (self, "source_embedding.weight", scale, 2,
                          hparams->source_vocabulary_size, hparams->rnn.embedding_size);
  s2s_test_weights_add (self, "target_embedding.weight", scale, 2, hparams->target_vocabulary_size,
                        hparams->rnn.embedding_size);
  add_encoder (self, hparams, n_gates, scale);
  add_decoder (self, hparams, n_gates, scale);
  add_attention (self, hparams, scale);
  if (hparams->rnn.output_size > 0)
    add_linear (self, scale, "output", n_output, n_heard);
  if (hparams->tied_embeddings == S2S_TIED_NONE)
    s2s_test_weights_add (self, "generator.weight", scale, 2, hparams->target_vocabulary_size,
                          n_output);
  s2s_test_weights_add (self, "generator.bias", scale, 1, hparams->target_vocabulary_size);
}

/* Weights about 1 and biases about 0, so that a norm does not wipe out what it reads */
static void
add_norm (S2sTestWeights *self, double scale, const char *scope, guint n)
{
  g_autofree char *weight = g_strconcat (scope, ".weight", NULL);
  g_autofree char *bias = g_strconcat (scope, ".bias", NULL);

  s2s_test_weights_add (self, weight, scale, 1, n);
  for (guint i = 0; i < n; i++)
    ((float *)s2s_test_weights_get (self, weight))[i] += 1;
  s2s_test_weights_add (self, bias, scale, 1, n);
}

static void
add_multi_head (S2sTestWeights *self, double scale, const char *scope, guint n)
{
  static const char *const names[] = {"query", "key", "value", "output"};
  g_autofree char *norm = g_strconcat (scope, "_norm", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *name = g_strconcat (scope, ".", names[i], NULL);

    add_linear (self, scale, name, n, n);
  }
  add_norm (self, scale, norm, n);
}

static void
add_ssru (S2sTestWeights *self, double scale, const char *scope, guint n)
{
  g_autofree char *forget = g_strconcat (scope, ".forget", NULL);
  g_autofree char *candidate = g_strconcat (scope, ".candidate.weight", NULL);
  g_autofree char *norm = g_strconcat (scope, "_norm", NULL);

  add_linear (self, scale, forget, n, n);
  s2s_test_weights_add (self, candidate, scale, 2, n, n);
  add_norm (self, scale, norm, n);
}

static void
add_transformer_side (S2sTestWeights *self, const S2sHparams *hparams, const char *side,
                      guint n_layers, double scale)
{
  const S2sTransformerHparams *own = &hparams->transformer;
  guint n = own->model_size;
  gboolean is_decoder = g_str_equal (side, "decoder");
  gboolean has_ssru = is_decoder && own->decoder_autoregression == S2S_AUTOREGRESSION_SSRU;

  for (guint l = 0; l < n_layers; l++) {
    g_autofree char *layer = g_strdup_printf ("%s.layers.%u.", side, l);
    g_autofree char *past = g_strconcat (layer, has_ssru ? "ssru" : "self_attention", NULL);
    g_autofree char *cross_attention = g_strconcat (layer, "cross_attention", NULL);
    g_autofree char *inner = g_strconcat (layer, "feed_forward.inner", NULL);
    g_autofree char *outer = g_strconcat (layer, "feed_forward.outer", NULL);
    g_autofree char *norm = g_strconcat (layer, "feed_forward_norm", NULL);

    if (has_ssru)
      add_ssru (self, scale, past, n);
    else
      add_multi_head (self, scale, past, n);
    if (is_decoder)
      add_multi_head (self, scale, cross_attention, n);
    add_linear (self, scale, inner, own->feed_forward_size, n);
    add_linear (self, scale, outer, n, own->feed_forward_size);
    add_norm (self, scale, norm, n);
  }
  g_autofree char *last = g_strconcat (side, ".norm", NULL);
  if (own->norm == S2S_NORM_PRE)
    add_norm (self, scale, last, n);
}

static void
add_transformer (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  const S2sTransformerHparams *own = &hparams->transformer;
  guint n = own->model_size;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    s2s_test_weights_add (self, "source_embedding.weight", scale, 2,
                          hparams->source_vocabulary_size, n);
  s2s_test_weights_add (self, "target_embedding.weight", scale, 2, hparams->target_vocabulary_size,
                        n);
  if (own->positions == S2S_POSITIONS_LEARNED) {
    s2s_test_weights_add (self, "source_positions.weight", scale, 2, own->max_positions, n);
    s2s_test_weights_add (self, "target_positions.weight", scale, 2, own->max_positions, n);
  }
  add_transformer_side (self, hparams, "encoder", hparams->encoder_layers, scale);
  add_transformer_side (self, hparams, "decoder", hparams->decoder_layers, scale);
  if (hparams->tied_embeddings == S2S_TIED_NONE)
    s2s_test_weights_add (self, "generator.weight", scale, 2, hparams->target_vocabulary_size, n);
  s2s_test_weights_add (self, "generator.bias", scale, 1, hparams->target_vocabulary_size);
}

/* A cell of `nematus`, with transitions; without input n_inputs is 0 */
static void
add_nematus_cell (S2sTestWeights *self, const S2sNematusHparams *own, const char *cell,
                  double scale, const char *scope, guint n_inputs, guint n_transitions)
{
  guint n_gates = g_str_equal (cell, "lstm") ? 4 : 3;
  const struct {
    const char *leaf;
    guint n_dims;
    guint n_columns;
  } leaves[] = {
      {".weight_ih", 2, n_inputs},
      {".weight_hh", 2, own->hidden_size},
      {".bias_ih", 1, 0},
      {".bias_hh", 1, 0},
  };

  for (guint i = n_inputs > 0 ? 0 : 1; i < G_N_ELEMENTS (leaves); i++) {
    g_autofree char *name = g_strconcat (scope, leaves[i].leaf, NULL);

    s2s_test_weights_add (self, name, scale, leaves[i].n_dims, n_gates * own->hidden_size,
                          leaves[i].n_columns);
  }
  for (guint i = n_inputs > 0 ? 0 : 1; i < 2 && own->layer_norm != S2S_CELL_NORM_NONE; i++) {
    g_autofree char *name = g_strconcat (scope, i == 0 ? ".norm_ih" : ".norm_hh", NULL);

    add_norm (self, scale, name, n_gates * own->hidden_size);
  }
  for (guint i = 0; i < n_transitions; i++) {
    g_autofree char *name = g_strdup_printf ("%s.transitions.%u", scope, i);

    add_nematus_cell (self, own, cell, scale, name, 0, 0);
  }
}

/* Returns what the encoder puts out. */
static guint
add_nematus_encoder (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  const S2sNematusHparams *own = &hparams->nematus;
  gboolean first_only = own->encoder_direction == S2S_STACKS_FIRST_BIDIRECTIONAL;
  guint n = own->hidden_size;

  for (guint l = 0; l < hparams->encoder_layers; l++) {
    g_autofree char *forward = g_strdup_printf ("encoder.layers.%u.forward", l);
    g_autofree char *backward = g_strdup_printf ("encoder.layers.%u.backward", l);
    guint n_inputs = l == 0 ? own->embedding_size : l == 1 && first_only ? 2 * n : n;

    add_nematus_cell (self, own, own->encoder_cell, scale, forward, n_inputs,
                      own->encoder_cell_depth - 1);
    if (l == 0 || !first_only)
      add_nematus_cell (self, own, own->encoder_cell, scale, backward, n_inputs,
                        own->encoder_cell_depth - 1);
  }
  return first_only && hparams->encoder_layers > 1 ? n : 2 * n;
}

static void
add_nematus_projection (S2sTestWeights *self, const S2sNematusHparams *own, double scale,
                        const char *scope, guint n_outputs, guint n_inputs)
{
  g_autofree char *norm = g_strconcat (scope, ".norm", NULL);

  add_linear (self, scale, scope, n_outputs, n_inputs);
  if (own->layer_norm != S2S_CELL_NORM_NONE)
    add_norm (self, scale, norm, n_outputs);
}

static void
add_nematus_decoder (S2sTestWeights *self, const S2sHparams *hparams, guint n_memory, double scale)
{
  const S2sNematusHparams *own = &hparams->nematus;
  guint n = own->hidden_size, n_embedding = own->embedding_size;

  add_nematus_projection (self, own, scale, "start", n, n_memory);
  add_nematus_cell (self, own, own->decoder_cell, scale, "decoder.first", n_embedding, 0);
  for (guint l = 0; l < hparams->decoder_layers; l++) {
    g_autofree char *scope = g_strdup_printf ("decoder.layers.%u", l);

    add_nematus_cell (self, own, own->decoder_cell, scale, scope, l == 0 ? n_memory : n,
                      l == 0 ? own->decoder_cell_base_depth - 2 : own->decoder_cell_high_depth - 1);
  }
  s2s_test_weights_add (self, "attention.query.weight", scale, 2, own->attention_size, n);
  add_linear (self, scale, "attention.key", own->attention_size, n_memory);
  s2s_test_weights_add (self, "attention.v", scale, 1, own->attention_size);
  if (own->layer_norm != S2S_CELL_NORM_NONE) {
    add_norm (self, scale, "attention.query_norm", own->attention_size);
    add_norm (self, scale, "attention.key_norm", own->attention_size);
  }
  add_nematus_projection (self, own, scale, "output.token", n_embedding, n_embedding);
  add_nematus_projection (self, own, scale, "output.state", n_embedding, n);
  add_nematus_projection (self, own, scale, "output.context", n_embedding, n_memory);
}

static void
add_nematus (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  guint n = hparams->nematus.embedding_size;

  if (hparams->tied_embeddings != S2S_TIED_ALL)
    s2s_test_weights_add (self, "source_embedding.weight", scale, 2,
                          hparams->source_vocabulary_size, n);
  s2s_test_weights_add (self, "target_embedding.weight", scale, 2, hparams->target_vocabulary_size,
                        n);
  add_nematus_decoder (self, hparams, add_nematus_encoder (self, hparams, scale), scale);
  if (hparams->tied_embeddings == S2S_TIED_NONE)
    s2s_test_weights_add (self, "generator.weight", scale, 2, hparams->target_vocabulary_size, n);
  s2s_test_weights_add (self, "generator.bias", scale, 1, hparams->target_vocabulary_size);
}

void
s2s_test_weights_add_network (S2sTestWeights *self, const S2sHparams *hparams, double scale)
{
  if (g_str_equal (hparams->architecture, "transformer"))
    add_transformer (self, hparams, scale);
  else if (g_str_equal (hparams->architecture, "nematus"))
    add_nematus (self, hparams, scale);
  else
    add_rnn (self, hparams, scale);
}

float *
s2s_test_floats_new (GRand *rand, gsize n)
{
  float *values = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    values[i] = (float)g_rand_double_range (rand, -1, 1);
  return values;
}

double
s2s_test_nmse (gsize n, const float *got, const double *expected)
{
  double error = 0, power = 0;

  for (gsize i = 0; i < n; i++) {
    error += (got[i] - expected[i]) * (got[i] - expected[i]);
    power += expected[i] * expected[i];
  }
  return error / MAX (power, 1e-30);
}
