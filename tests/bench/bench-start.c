/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-memory.h"
#include "s2s-bench.h"

#include "s2s.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long a process takes from its start to its first translation, what it then keeps in memory,
 * and what another translator of the same model adds: bench-start BUNDLE s2s-translate.
 *
 * The files are in the cache of the system. Times are on the wall. */

#define N_STARTS 15
#define N_TRANSLATORS 32
#define FLAG "--in-this-process"

static const char text[] = "The ferry leaves at six, and the next one not before ten.";

/* ---- A process of its own ---- */

typedef struct {
  double load;
  double translator;
  double translation;
  double resident; /* bytes, after the first translation */
  double added;    /* bytes that each further translator adds, after a translation */
  double weights;  /* bytes of the packed weights */
  double n_weights;
} Report;

static S2sTranslator *
make_translator (S2sModel *model)
{
  g_autoptr (GError) error = NULL;
  S2sTranslatorOptions options;
  S2sTranslator *translator;

  /* as the element does */
  s2s_translator_options_init (&options, model);
  options.batch_size = 1;
  translator = s2s_translator_new (model, &options, &error);
  g_assert_no_error (error);
  return translator;
}

static void
translate (S2sTranslator *translator)
{
  g_autoptr (GError) error = NULL;
  S2sTranslation *translation = s2s_translator_translate (translator, text, -1, &error);

  g_assert_no_error (error);
  s2s_translation_free (translation);
}

/* Prints the report for the process that has asked. */
static int
report (const char *bundle)
{
  S2sTranslator *translators[N_TRANSLATORS];
  g_autoptr (GError) error = NULL;
  double start = s2s_bench_get_wall ();
  g_autoptr (S2sModel) model = s2s_model_new_from_dir (bundle, &error);
  double loaded = s2s_bench_get_wall ();

  g_assert_no_error (error);
  translators[0] = make_translator (model);
  double made = s2s_bench_get_wall ();
  translate (translators[0]);
  double done = s2s_bench_get_wall ();
  gsize resident = s2s_bench_get_memory ("Rss");

  for (guint i = 1; i < N_TRANSLATORS; i++) {
    translators[i] = make_translator (model);
    translate (translators[i]);
  }
  gsize all = s2s_bench_get_memory ("Rss");

  printf ("%g %g %g %zu %zu %zu\n", loaded - start, made - loaded, done - made, resident,
          (all - resident) / (N_TRANSLATORS - 1), s2s_model_get_weights_size (model));
  for (guint i = 0; i < N_TRANSLATORS; i++)
    s2s_translator_free (translators[i]);
  return EXIT_SUCCESS;
}

static Report
ask (const char *program, const char *bundle)
{
  const char *argv[] = {program, FLAG, bundle, NULL};
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;
  int status = 1;
  Report self = {0};

  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &output, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (sscanf (output, "%lf %lf %lf %lf %lf %lf", &self.load, &self.translator,
                           &self.translation, &self.resident, &self.added, &self.weights),
                   ==, 6);
  return self;
}

/* ---- s2s-translate ---- */

/* Seconds from its start to its first line, which with a NULL bundle is the first of its help */
static double
start_tool (const char *tool, const char *bundle)
{
  const char *argv[] = {tool, bundle != NULL ? "--batch=1" : "--help", "--model", bundle, NULL};
  g_autoptr (GError) error = NULL;
  char line[512];
  int in, out;
  GPid pid;
  double start = s2s_bench_get_wall ();

  g_spawn_async_with_pipes (NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                            &in, &out, NULL, &error);
  g_assert_no_error (error);
  FILE *lines = fdopen (out, "r");
  FILE *input = fdopen (in, "w");
  fprintf (input, "%s\n", text);
  fflush (input);
  g_assert_nonnull (fgets (line, sizeof line, lines));
  double seconds = s2s_bench_get_wall () - start;

  fclose (input);
  while (fgets (line, sizeof line, lines) != NULL)
    ;
  fclose (lines);
  waitpid (pid, NULL, 0);
  g_spawn_close_pid (pid);
  return seconds;
}

/* ---- The report ---- */

static void
print_ms (const char *name, double *seconds)
{
  S2sBenchSpread spread = s2s_bench_get_spread (N_STARTS, seconds);

  printf ("%-44s %8.1f (%6.1f to %6.1f)\n", name, 1000 * spread.median, 1000 * spread.low,
          1000 * spread.high);
}

static void
print_memory (const Report *report, double n_weights)
{
  double f32 = n_weights * sizeof (float);

  printf ("\nMB (of a million bytes)\n");
  printf ("%-44s %8.1f\n", "weights as f32", f32 / 1e6);
  printf ("%-44s %8.1f\n", "weights as they are stored", report->weights / 1e6);
  printf ("%-44s %8.1f  %.2f × the weights as f32\n", "resident after the first translation",
          report->resident / 1e6, report->resident / f32);
  printf ("%-44s %8.2f  (of %d)\n", "a further translator of the same model", report->added / 1e6,
          N_TRANSLATORS);
}

/* Weights of the file: all its bytes are f16, but for a header. */
static double
count_weights (const char *bundle)
{
  g_autofree char *path = g_build_filename (bundle, "model.safetensors", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  g_file_get_contents (path, &content, &length, &error);
  g_assert_no_error (error);
  return (double)(length / sizeof (guint16));
}

int
main (int argc, char **argv)
{
  double to_first[N_STARTS], of_nothing[N_STARTS], load[N_STARTS], translator[N_STARTS],
      translation[N_STARTS];
  Report last = {0};

  if (argc == 3 && g_str_equal (argv[1], FLAG))
    return report (argv[2]);
  if (argc != 3) {
    g_printerr ("usage: bench-start BUNDLE s2s-translate\n");
    return EXIT_FAILURE;
  }
  signal (SIGPIPE, SIG_IGN); /* --help does not wait for its input */
  start_tool (argv[2], argv[1]);
  for (guint i = 0; i < N_STARTS; i++) {
    to_first[i] = start_tool (argv[2], argv[1]);
    of_nothing[i] = start_tool (argv[2], NULL);
    last = ask (argv[0], argv[1]);
    load[i] = last.load;
    translator[i] = last.translator;
    translation[i] = last.translation;
  }
  printf ("ms on the wall: median of %d (lowest to highest)\n", N_STARTS);
  print_ms ("s2s-translate, from its start to a line", to_first);
  print_ms ("s2s-translate --help, which loads no model", of_nothing);
  print_ms ("loading the model", load);
  print_ms ("making a translator", translator);
  print_ms ("the first translation, of 12 words", translation);
  print_memory (&last, count_weights (argv[1]));
  return EXIT_SUCCESS;
}
