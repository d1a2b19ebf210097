/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-golden.h"

#include "architectures/s2s-arch-nematus.h"

#include <stdarg.h>

static char *
get_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, name, NULL);
}

/* golden.json, read once */
static JsonArray *
get_cases (void)
{
  static JsonParser *parser;

  if (parser == NULL) {
    g_autofree char *path = get_path ("golden.json");
    g_autoptr (GError) error = NULL;

    parser = json_parser_new ();
    json_parser_load_from_file (parser, path, &error);
    g_assert_no_error (error);
  }
  return json_node_get_array (json_parser_get_root (parser));
}

guint
s2s_golden_get_n_cases (void)
{
  return json_array_get_length (get_cases ());
}

const char *
s2s_golden_get_name (guint index)
{
  return json_object_get_string_member (json_array_get_object_element (get_cases (), index),
                                        "name");
}

gboolean
s2s_golden_has_search (guint index)
{
  return json_object_has_member (json_array_get_object_element (get_cases (), index), "greedy");
}

static S2sConfig *
load_config (const S2sGolden *self)
{
  g_autofree char *text = json_to_string (json_object_get_member (self->json, "config"), FALSE);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  S2sConfig *config = s2s_config_new_from_bytes (bytes, &error);

  g_assert_no_error (error);
  return config;
}

static S2sWeights *
load_weights (const S2sGolden *self)
{
  g_autofree char *path = get_path ("golden.bin");
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) all = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  file = g_mapped_file_new (path, FALSE, &error);
  g_assert_no_error (error);
  all = g_mapped_file_get_bytes (file);
  bytes = g_bytes_new_from_bytes (all, json_object_get_int_member (self->json, "offset"),
                                  json_object_get_int_member (self->json, "size"));
  S2sWeights *weights = s2s_weights_new_from_bytes (bytes, &error);
  g_assert_no_error (error);
  return weights;
}

static void
read_source (S2sGolden *self)
{
  self->n_sentences = json_array_get_length (json_object_get_array_member (self->json, "source"));
  self->lengths = g_new (guint, self->n_sentences);
  for (guint i = 0; i < self->n_sentences; i++) {
    guint n = 0;
    g_autofree gint32 *ids = s2s_golden_get_ids (self, "source", i, &n);

    self->ids = g_renew (gint32, self->ids, self->n_positions + n);
    memcpy (self->ids + self->n_positions, ids, n * sizeof *ids);
    self->n_positions += n;
    self->lengths[i] = n;
  }
}

S2sGolden *
s2s_golden_new (guint index)
{
  S2sGolden *self = g_new0 (S2sGolden, 1);
  g_autoptr (GError) error = NULL;

  self->json = json_array_get_object_element (get_cases (), index);
  self->config = load_config (self);
  self->weights = load_weights (self);
  self->arch = s2s_arch_get (self->config->hparams.architecture);
  self->net = self->arch->load (&self->config->hparams, self->weights, &error);
  g_assert_no_error (error);
  read_source (self);
  return self;
}

void
s2s_golden_free (S2sGolden *self)
{
  self->arch->free (self->net);
  s2s_weights_free (self->weights);
  s2s_config_free (self->config);
  g_free (self->ids);
  g_free (self->lengths);
  g_free (self);
}

guint
s2s_golden_get_n_units (const S2sGolden *self)
{
  const S2sHparams *hparams = &self->config->hparams;

  if (g_str_equal (self->arch->name, "rnn"))
    return hparams->rnn.hidden_size;
  if (g_str_equal (self->arch->name, "nematus"))
    return ((const S2sNematusNet *)self->net)->encoder.n_outputs;
  return hparams->transformer.model_size;
}

gpointer
s2s_golden_reserve (const S2sGolden *self, guint n_rows)
{
  S2sArchLimits limits = {.max_sentences = self->n_sentences,
                          .max_rows = self->n_sentences * n_rows,
                          .max_source = 1,
                          .max_target = 16};

  for (guint i = 0; i < self->n_sentences; i++)
    limits.max_source = MAX (limits.max_source, self->lengths[i]);
  return self->arch->reserve (self->net, &limits);
}

float *
s2s_golden_get_expected (S2sGolden *self, const char *name, guint n_dims, ...)
{
  g_autofree char *full = g_strconcat ("expected.", name, NULL);
  g_autoptr (GError) error = NULL;
  guint dims[S2S_TENSOR_MAX_DIMS] = {0};
  S2sTensor tensor;
  va_list arguments;

  va_start (arguments, n_dims);
  for (guint i = 0; i < n_dims; i++)
    dims[i] = va_arg (arguments, guint);
  va_end (arguments);

  s2s_weights_get (self->weights, full, &tensor, &error, n_dims, dims[0], dims[1], dims[2],
                   dims[3]);
  g_assert_no_error (error);

  gsize n = s2s_tensor_get_n_elements (&tensor);
  float *values = g_new (float, n);
  s2s_tensor_to_f32 (&tensor, 0, n, values);
  return values;
}

gint32 *
s2s_golden_get_ids (const S2sGolden *self, const char *member, guint index, guint *ret_n)
{
  JsonArray *ids =
      json_array_get_array_element (json_object_get_array_member (self->json, member), index);
  guint n = json_array_get_length (ids);
  gint32 *values = g_new (gint32, n);

  for (guint i = 0; i < n; i++)
    values[i] = (gint32)json_array_get_int_element (ids, i);
  *ret_n = n;
  return values;
}
