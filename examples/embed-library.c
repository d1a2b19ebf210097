/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* embed-library BUNDLE TEXT: prints the translation of a text. Libs2s alone, without GStreamer:
 *   cc embed-library.c $(pkg-config --cflags --libs s2s-1.0) */

#include <s2s.h>

#include <stdio.h>

static gboolean
translate (const char *path, const char *text, GError **error)
{
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (path, error);
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  S2sTranslatorOptions options;

  if (!model)
    return FALSE;
  s2s_translator_options_init (&options, model);
  translator = s2s_translator_new (model, &options, error);
  if (!translator)
    return FALSE;
  translation = s2s_translator_translate (translator, text, -1, error);
  if (!translation)
    return FALSE;
  printf ("%s\n", translation->hypotheses[0].text);
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  if (argc != 3) {
    fprintf (stderr, "usage: embed-library BUNDLE TEXT\n");
    return 2;
  }
  if (!translate (argv[1], argv[2], &error)) {
    fprintf (stderr, "embed-library: %s\n", error->message);
    return 1;
  }
  return 0;
}
