/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-test-bundle.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

/* Runs the program that is the argument of this one, on a random bundle. */

typedef struct {
  const char *program;
  char *bundle;
  char *output;
  char *errors;
  gint status;
} Fixture;

static void
setup (Fixture *self, gconstpointer program)
{
  static const S2sTestBundle bundle = {.target_language = "fr", .seed = 1};

  self->program = program;
  self->bundle = s2s_test_bundle_new (&bundle);
}

static void
teardown (Fixture *self, gconstpointer program)
{
  s2s_test_bundle_remove (self->bundle);
  g_free (self->output);
  g_free (self->errors);
}

/* options: words, blanks between them */
static GSubprocess *
spawn (const Fixture *self, const char *options)
{
  g_autofree char *all = g_strjoin (" ", self->program, options, NULL);
  g_auto (GStrv) words = g_strsplit (all, " ", -1);
  g_autoptr (GError) error = NULL;
  GSubprocess *process =
      g_subprocess_newv ((const char *const *)words,
                         G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                             G_SUBPROCESS_FLAGS_STDERR_PIPE,
                         &error);

  g_assert_no_error (error);
  return process;
}

static char *
to_string (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_strndup (data != NULL ? data : "", size);
}

/* On the fixture's bundle, unless options name another; at most 12 tokens a sentence. */
static void
run (Fixture *self, const char *options, const char *text, gsize length)
{
  g_autofree char *with_bundle =
      g_strdup_printf ("--model %s --max-length 12 %s", self->bundle, options);
  g_autoptr (GSubprocess) process = spawn (self, g_strchomp (with_bundle));
  g_autoptr (GBytes) input = g_bytes_new (text, length), output = NULL, errors = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate (process, input, NULL, &output, &errors, &error);
  g_assert_no_error (error);
  g_free (self->output);
  g_free (self->errors);
  self->output = to_string (output);
  self->errors = to_string (errors);
  self->status = g_subprocess_get_exit_status (process);
}

static void
run_text (Fixture *self, const char *options, const char *text)
{
  run (self, options, text, strlen (text));
}

/* A line for each, in order; what is empty stays empty. */
static void
test_lines (Fixture *self, gconstpointer program)
{
  static const char *const texts[] = {"Good morning.", "", "Where is the station?", "  ",
                                      "A last line without an end"};
  g_autoptr (GString) expected = g_string_new (NULL);
  g_autofree char *joined =
      g_strjoin ("\n", texts[0], texts[1], texts[2], texts[3], texts[4], NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *line = g_strconcat (texts[i], "\n", NULL);

    run_text (self, "", line);
    g_assert_cmpint (self->status, ==, 0);
    g_assert_true (g_str_has_suffix (self->output, "\n"));
    g_assert_cmpint (self->output[0] == '\n', ==, i % 2 == 1);
    g_string_append (expected, self->output);
  }
  for (guint batch = 1; batch <= 3; batch++) {
    g_autofree char *options = g_strdup_printf ("--batch %u", batch);

    run_text (self, options, joined);
    g_assert_cmpstr (self->output, ==, expected->str);
    g_assert_cmpstr (self->errors, ==, "");
  }
  run_text (self, "", "");
  g_assert_cmpstr (self->output, ==, "");
}

/* The line stands for a result that has lost what has to be kept; where all are asked for, they
 * come as they are. */
static void
test_lost (Fixture *self, gconstpointer program)
{
  static const S2sTestBundle bundle = {.target_language = "en",
                                       .has_words = TRUE,
                                       .keys = "\"keeps\": {\"numbers\": true}",
                                       .seed = 1};
  char *keeps = s2s_test_bundle_new (&bundle);
  g_autofree char *option = g_strdup_printf ("--beam 1 --model %s", keeps);
  g_autofree char *n_best = g_strdup_printf ("%s --n-best 1", option);
  g_autofree char *alignments = g_strdup_printf ("%s --alignments", option);

  run_text (self, option, "It is 7 now.\n");
  g_assert_cmpstr (self->output, ==, "It is 7 now.\n");
  run_text (self, alignments, "It is 7 now.\n");
  g_assert_cmpstr (self->output, ==, "It is 7 now.\t\n");
  run_text (self, n_best, "It is 7 now.\n");
  g_assert_true (g_str_has_prefix (self->output, "1\t1\t"));
  g_assert_null (strchr (self->output, '7'));
  run_text (self, option, "It is late now.\n");
  g_assert_cmpint (self->status, ==, 0);
  g_assert_cmpstr (self->output, !=, "It is late now.\n");
  s2s_test_bundle_remove (keeps);
}

/* Of a bundle with several target languages; one that it has not is told of. */
static void
test_target_language (Fixture *self, gconstpointer program)
{
  static const S2sTestBundle bundle = {.target_language = "es",
                                       .language_tokens = "{\"fr\": 74, \"es\": 87}",
                                       .has_words = TRUE,
                                       .seed = 1};
  char *many = s2s_test_bundle_new (&bundle);
  static const char *const options[] = {"", " --to es", " --to fr", " --to fr-CA"};
  char *outputs[G_N_ELEMENTS (options)];

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    g_autofree char *all = g_strdup_printf ("--model %s%s", many, options[i]);

    run_text (self, all, "Good morning.\n");
    g_assert_cmpint (self->status, ==, 0);
    outputs[i] = g_steal_pointer (&self->output);
  }
  g_assert_cmpstr (outputs[1], ==, outputs[0]);
  g_assert_cmpstr (outputs[2], !=, outputs[0]);
  g_assert_cmpstr (outputs[3], ==, outputs[2]);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    g_free (outputs[i]);

  g_autofree char *unknown = g_strdup_printf ("--model %s --to de", many);
  run_text (self, unknown, "Good morning.\n");
  g_assert_cmpint (self->status, ==, 2);
  g_assert_nonnull (strstr (self->errors, "“de”, expected one of the bundle's: es, fr"));
  s2s_test_bundle_remove (many);

  /* a bundle that is named and has one language is taken as it is */
  char *one = s2s_test_bundle_new (&(S2sTestBundle){.target_language = "zh-CN"});
  g_autofree char *with_language = g_strdup_printf ("--model %s --to zh", one);
  run_text (self, with_language, "Good morning.\n");
  g_assert_cmpint (self->status, ==, 0);
  s2s_test_bundle_remove (one);
}

/* Sources are bytes, the token of the byte b being 4 + b: what is asked for, and what is read
 * before a line, is what a bundle without them reads in the line. */
#define AROUND                                                                                     \
  "\"length_tokens\": [{\"ratio\": 0.5, \"token\": 80}, {\"ratio\": 1, \"token\": 81}], "          \
  "\"context\": {\"separator_token\": 128, \"turns\": 2}"

static char *
new_around (const char *task)
{
  return s2s_test_bundle_new (&(S2sTestBundle){
      .target_language = "fr", .task = task, .keys = AROUND, .has_words = TRUE, .seed = 1});
}

/* Of a bundle without anything around, without the end of the line. (transfer full) */
static char *
answer (Fixture *self, const char *line)
{
  char *plain =
      s2s_test_bundle_new (&(S2sTestBundle){.target_language = "fr", .has_words = TRUE, .seed = 1});
  g_autofree char *options = g_strdup_printf ("--model %s", plain);

  run_text (self, options, line);
  s2s_test_bundle_remove (plain);
  return g_strdup (g_strchomp (self->output));
}

static void
assert_answers (Fixture *self, const char *bundle, const char *options, const char *text,
                const char *const *written)
{
  g_autofree char *all = g_strdup_printf ("--model %s%s", bundle, options);
  g_autoptr (GString) expected = g_string_new (NULL);

  for (; *written != NULL; written++) {
    g_autofree char *line = answer (self, *written);

    g_string_append_printf (expected, "%s\n", line);
  }
  run_text (self, all, text);
  g_assert_cmpstr (self->output, ==, expected->str);
}

static void
test_length_ratio (Fixture *self, gconstpointer program)
{
  char *bundle = new_around ("condense");

  assert_answers (self, bundle, "", "hello", (const char *const[]){"Mhello", NULL});
  assert_answers (self, bundle, " --length-ratio 0.7", "hello",
                  (const char *const[]){"Lhello", NULL});
  g_assert_cmpint (self->status, ==, 0);
  s2s_test_bundle_remove (bundle);
}

/* Lines without text are none, and neither is one that is not text. */
static void
test_turns (Fixture *self, gconstpointer program)
{
  static const char *const options[] = {" --turns 1", " --turns 1 --batch 1", " --turns 2",
                                        " --turns 9 --batch 1"};
  char *bundle = new_around ("translate");

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    assert_answers (self, bundle, options[i], "one\n\ntwo\n b\377\n \nthree\nfour\n",
                    i < 2 ? (const char *const[]){"Mone", "", "Mone|two", "", "", "Mtwo|three",
                                                  "Mthree|four", NULL}
                          : (const char *const[]){"Mone", "", "Mone|two", "", "", "Mone|two|three",
                                                  "Mtwo|three|four", NULL});
  s2s_test_bundle_remove (bundle);
}

/* What was put out is read too. */
static void
test_replies (Fixture *self, gconstpointer program)
{
  g_autofree char *first = answer (self, "Mone");
  g_autofree char *written = g_strdup_printf ("Mone|%s|two", first);
  g_autofree char *second = answer (self, written);
  g_autofree char *last = g_strdup_printf ("Mtwo|%s|three", second);
  char *bundle = new_around ("reply");

  assert_answers (self, bundle, " --turns 1", "one\n\ntwo\nthree\n",
                  (const char *const[]){"Mone", "", written, last, NULL});
  assert_answers (self, bundle, "", "one\ntwo\n", (const char *const[]){"Mone", "Mtwo", NULL});
  s2s_test_bundle_remove (bundle);
}

/* Carriage returns of DOS lines are no text. */
static void
test_carriage_return (Fixture *self, gconstpointer program)
{
  run_text (self, "", "Good morning.\r\n\r\n");
  g_autofree char *with = g_steal_pointer (&self->output);
  run_text (self, "", "Good morning.\n\n");
  g_assert_cmpstr (with, ==, self->output);
}

/* Line number and rank, score, text, pairs. */
static void
test_columns (Fixture *self, gconstpointer program)
{
  run_text (self, "--n-best 3 --scores --alignments", "Good morning.\n\n");
  g_auto (GStrv) lines = g_strsplit (self->output, "\n", -1);
  double before = 0;

  g_assert_cmpuint (g_strv_length (lines), ==, 3 + 1 + 1);
  for (guint i = 0; i < 3; i++) {
    g_auto (GStrv) columns = g_strsplit (lines[i], "\t", -1);
    g_autofree char *rank = g_strdup_printf ("%u", i + 1);
    guint source, target;
    char end;

    g_assert_cmpuint (g_strv_length (columns), ==, 5);
    g_assert_cmpstr (columns[0], ==, "1");
    g_assert_cmpstr (columns[1], ==, rank);
    double score = g_ascii_strtod (columns[2], NULL);
    g_assert_cmpfloat (score, <=, before);
    before = score;
    g_auto (GStrv) pairs = g_strsplit (columns[4], " ", -1);
    g_assert_cmpuint (g_strv_length (pairs), <=, 12);
    for (guint j = 0; pairs[j] != NULL; j++) {
      g_assert_cmpint (sscanf (pairs[j], "%u-%u%c", &source, &target, &end), ==, 2);
      g_assert_cmpuint (target, ==, j);
      g_assert_cmpuint (source, <, strlen ("Good morning.") + 1);
    }
  }
  g_assert_cmpstr (lines[3], ==, "2\t1\t0.000000\t\t");
}

/* The line is named, an empty one stands for it, the others are as without it. */
static void
test_bad_line (Fixture *self, gconstpointer program)
{
  run_text (self, "", "Good morning.\n\nWhere is it?\n");
  g_autofree char *without = g_steal_pointer (&self->output);
  run_text (self, "", "Good morning.\nb\377d\nWhere is it?\n");
  g_assert_cmpstr (self->output, ==, without);
  g_assert_cmpstr (self->errors, ==,
                   "s2s-translate: line 2: the text is not valid UTF-8 at byte 1\n");
  g_assert_cmpint (self->status, ==, 1);

  run (self, "", "a\0b\n", 4);
  g_assert_cmpint (self->status, ==, 0);
}

/* With batches of one a line is answered before the next is there. */
static void
test_filter (Fixture *self, gconstpointer program)
{
  g_autofree char *options = g_strdup_printf ("-m %s --max-length 5 --batch 1", self->bundle);
  g_autoptr (GSubprocess) process = spawn (self, options);
  GOutputStream *input = g_subprocess_get_stdin_pipe (process);
  g_autoptr (GDataInputStream) output =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));

  for (guint i = 0; i < 3; i++) {
    g_autoptr (GError) error = NULL;

    g_output_stream_write_all (input, "Hello\n", 6, NULL, NULL, &error);
    g_assert_no_error (error);
    g_autofree char *line = g_data_input_stream_read_line (output, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_nonnull (line);
  }
  g_output_stream_close (input, NULL, NULL);
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
}

/* Who reads no further is told of by the line, and the program ends by itself. */
static void
test_broken_pipe (Fixture *self, gconstpointer program)
{
  g_autofree char *options = g_strdup_printf ("-m %s --max-length 5 --batch 1", self->bundle);
  g_autoptr (GSubprocess) process = spawn (self, options);
  g_autoptr (GDataInputStream) errors =
      g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));

  g_input_stream_close (g_subprocess_get_stdout_pipe (process), NULL, NULL);
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (process), "Hello\n", 6, NULL, NULL, NULL);
  g_autofree char *line = g_data_input_stream_read_line (errors, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "s2s-translate: cannot write line 1: Broken pipe");
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 2);
}

static void
test_errors (Fixture *self, gconstpointer program)
{
  static const struct {
    const char *options;
    const char *message;
  } cases[] = {
      {"--model /nowhere", "/nowhere: no such directory"},
      {"--beam 0", "--beam is 0, expected 1 or more"},
      {"--batch -3", "--batch is -3, expected 1 or more"},
      {"--beam 33", "beam_size is 33, expected 1 to 32"},
      {"--beam 2 --n-best 3", "n_best is 3, expected 1 to 2"},
      {"--length-penalty 11", "length_penalty is 11, expected 0 to 10"},
      {"--length-ratio 0", "--length-ratio is 0, expected more than 0"},
      {"--length-ratio nan", "--length-ratio is nan, expected more than 0"},
      {"--length-ratio 0.5", "the bundle “test” cannot be asked for a length"},
      {"--turns 0", "--turns is 0, expected 1 or more"},
      {"--turns 1", "the bundle “test” reads no earlier texts"},
      {"file.txt", "“file.txt” is one argument too many"},
      {"--beem 3", "--beem"},
  };

  /* no input: nobody is left to read it, and writing would end the test */
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    run_text (self, cases[i].options, "");
    g_assert_cmpint (self->status, ==, 2);
    g_assert_cmpstr (self->output, ==, "");
    g_assert_true (g_str_has_prefix (self->errors, "s2s-translate: "));
    g_assert_nonnull (strstr (self->errors, cases[i].message));
  }
}

static void
add (const char *path, const char *program, void (*test) (Fixture *self, gconstpointer program))
{
  g_test_add (path, Fixture, program, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  add ("/s2s-translate/lines", argv[1], test_lines);
  add ("/s2s-translate/carriage-return", argv[1], test_carriage_return);
  add ("/s2s-translate/target-language", argv[1], test_target_language);
  add ("/s2s-translate/lost", argv[1], test_lost);
  add ("/s2s-translate/length-ratio", argv[1], test_length_ratio);
  add ("/s2s-translate/turns", argv[1], test_turns);
  add ("/s2s-translate/replies", argv[1], test_replies);
  add ("/s2s-translate/columns", argv[1], test_columns);
  add ("/s2s-translate/bad-line", argv[1], test_bad_line);
  add ("/s2s-translate/filter", argv[1], test_filter);
  add ("/s2s-translate/broken-pipe", argv[1], test_broken_pipe);
  add ("/s2s-translate/errors", argv[1], test_errors);
  return g_test_run ();
}
