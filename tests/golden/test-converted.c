/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model.h"
#include "translator/s2s-translator.h"

#include <glib.h>

/* Bundles that s2s_tools.convert made of other frameworks' models, and what those frameworks
 * themselves decode: lines of a source, a tab and the output. expected.tsv is greedy, beam.tsv is
 * with the bundle's own defaults. tests/recipe/make_converted.py writes them. */

typedef struct {
  const char *name;
  const char *folder;
  const char *file;
  guint beam_size; /* 0: as the bundle says */
} Case;

static const Case cases[] = {
    {"keras-onehot", "keras-onehot", "expected.tsv", 1},
    {"keras-gru", "keras-gru", "expected.tsv", 1},
    {"keras-additive", "keras-additive", "expected.tsv", 1},
    {"keras-bare-onehot", "keras-bare-onehot", "expected.tsv", 1},
    {"opennmt-fed-lstm", "opennmt-fed-lstm", "expected.tsv", 1},
    {"opennmt-bare-lstm", "opennmt-bare-lstm", "expected.tsv", 1},
    {"marian-s2s-alternating", "marian-s2s-alternating", "expected.tsv", 1},
    {"marian-ssru", "marian-ssru", "expected.tsv", 1},
    {"marianmt", "marianmt", "expected.tsv", 1},
    {"marianmt-beam", "marianmt", "beam.tsv", 0},
};

static S2sTranslator *
load_translator (const char *folder, guint beam_size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (folder, &error);
  S2sTranslatorOptions options;

  g_assert_no_error (error);
  s2s_translator_options_init (&options, model);
  if (beam_size > 0)
    options.beam_size = beam_size;
  S2sTranslator *translator = s2s_translator_new (model, &options, &error);
  g_assert_no_error (error);
  return translator;
}

static void
check_line (S2sTranslator *translator, const char *line)
{
  g_auto (GStrv) columns = g_strsplit (line, "\t", -1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length (columns), ==, 2);
  g_autoptr (S2sTranslation) translation =
      s2s_translator_translate (translator, columns[0], -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (translation->hypotheses[0].flags, ==, S2S_FLAG_NONE);
  g_assert_cmpstr (translation->hypotheses[0].text, ==, columns[1]);
}

static void
test_converted (gconstpointer data)
{
  const Case *row = data;
  g_autofree char *folder = g_test_build_filename (G_TEST_DIST, "converted", row->folder, NULL);
  g_autofree char *path = g_build_filename (folder, row->file, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, &error));
  g_assert_no_error (error);

  g_autoptr (S2sTranslator) translator = load_translator (folder, row->beam_size);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), >=, 40);
  for (guint i = 0; lines[i] != NULL; i++)
    check_line (translator, lines[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strconcat ("/golden/converted/", cases[i].name, NULL);

    g_test_add_data_func (path, &cases[i], test_converted);
  }
  return g_test_run ();
}
