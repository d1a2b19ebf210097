/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include "s2s-test-bundle.h"
#include "text/s2s-tokenizer.h"

#include <glib/gstdio.h>
#include <gst/gst.h>
#include <malloc.h>
#include <stdio.h>

/* What the default model keeps resident: less than 1.3 × its packed weights and its lists, over
 * what a process takes in which an empty pipeline, a model and a tokenizer of a few bytes have run,
 * so that the code of the libraries is there already. Arguments: the bundle, a small SentencePiece
 * model. */

#define MAX_FACTOR 1.3

static gsize
read_resident (void)
{
  g_autofree char *status = NULL;
  g_autoptr (GError) error = NULL;
  guint64 kilobytes;

  /* what was freed while loading is not the model's */
  malloc_trim (0);
  g_file_get_contents ("/proc/self/status", &status, NULL, &error);
  g_assert_no_error (error);
  const char *line = strstr (status, "VmRSS:");
  g_assert_nonnull (line);
  g_assert_cmpint (sscanf (line, "VmRSS: %" G_GUINT64_FORMAT, &kilobytes), ==, 1);
  return kilobytes * 1024;
}

static void
run_empty_pipeline (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch ("fakesrc num-buffers=1 ! fakesink", &error);

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_element_get_state (pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
translate (const char *path, S2sModel **ret_model, S2sTranslator **ret_translator)
{
  g_autoptr (GError) error = NULL;
  S2sTranslatorOptions options;

  *ret_model = s2s_model_new_from_dir (path, &error);
  g_assert_no_error (error);
  s2s_translator_options_init (&options, *ret_model);
  options.batch_size = 1;
  *ret_translator = s2s_translator_new (*ret_model, &options, &error);
  g_assert_no_error (error);
  g_autoptr (S2sTranslation) translation = s2s_translator_translate (
      *ret_translator, "The train leaves at seven in the morning.", -1, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (translation->n_hypotheses, ==, 1);
}

static void
run_small_model (void)
{
  g_autoptr (S2sModel) model = NULL;
  g_autoptr (S2sTranslator) translator = NULL;
  char *path = s2s_test_bundle_new (&(S2sTestBundle){0});

  translate (path, &model, &translator);
  s2s_test_bundle_remove (path);
}

static void
run_small_tokenizer (const char *path)
{
  static const S2sSpecialTokens special = {-1, 0, -1, 2};
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GError) error = NULL;
  char *data;
  gsize length;

  g_file_get_contents (path, &data, &length, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) bytes = g_bytes_new_take (data, length);
  g_autoptr (S2sTokenizer) tokenizer = s2s_tokenizer_new_sentencepiece (bytes, &special, &error);
  g_assert_no_error (error);
  s2s_tokenizer_encode (tokenizer, "tea", 3, ids, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *text =
      s2s_tokenizer_decode (tokenizer, (gint32 *)(void *)ids->data, ids->len, NULL);
  g_assert_cmpstr (text, ==, "tea");
}

/* The lists are kept as they lie in the file. */
static gsize
get_shortlist_size (const char *bundle)
{
  g_autofree char *path = g_build_filename (bundle, "shortlist.safetensors", NULL);
  GStatBuf status;

  return g_stat (path, &status) == 0 ? (gsize)status.st_size : 0;
}

static void
test_resident (gconstpointer data)
{
  char *const *paths = data;
  g_autoptr (S2sModel) model = NULL;
  g_autoptr (S2sTranslator) translator = NULL;

  run_empty_pipeline ();
  run_small_model ();
  run_small_tokenizer (paths[1]);
  gsize before = read_resident ();

  translate (paths[0], &model, &translator);
  gsize taken = read_resident () - before;
  gsize kept = s2s_model_get_weights_size (model) + get_shortlist_size (paths[0]);
  g_test_message ("%.1f MB resident for %.1f MB of weights and lists", taken / 1e6, kept / 1e6);
  g_assert_cmpfloat ((double)taken / kept, <, MAX_FACTOR);
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 3);
  g_test_add_data_func ("/alloc/resident", argv + 1, test_resident);
  return g_test_run ();
}
