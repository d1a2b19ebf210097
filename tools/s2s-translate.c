/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Lines on the standard input become lines on the standard output, in the same order. */

#define SUMMARY                                                                                    \
  "Transforms each line of the standard input with an s2s model.\n\n"                              \
  "A line of the output has these columns, parted by tabs: with --n-best the number of the\n"      \
  "input line and the rank, from 1; with --scores the score; the text; with --alignments the\n"    \
  "pairs i-j. An empty line gives an empty line. A line that is not text gives an empty line\n"    \
  "too, and a message with its number. Where a result has lost what the bundle has to keep, the\n" \
  "line itself is put out, but with --n-best."
#define EXIT_STATUS                                                                                \
  "Exit status: 0 when all is done, 1 when a line was not text, 2 when it had to stop."

/* Lines taken at once, in batches: sentences of about the same length are decoded together. One
 * batch of one line is a filter that answers every line at once. */
#define BATCHES_AT_ONCE 16

/* A number that was not given: the bundle's own is taken */
#define UNSET G_MININT

enum { STATUS_OK, STATUS_BAD_LINE, STATUS_STOPPED };

typedef struct {
  char *model;
  char *from;
  char *to;
  gint beam;
  gint n_best;
  gint batch;
  gint max_length;
  gint turns;
  double length_penalty;
  double length_ratio;
  gboolean shortlist;
  gboolean no_shortlist;
  gboolean scores;
  gboolean alignments;
} Arguments;

typedef struct {
  const Arguments *arguments;
  S2sTranslator *translator;
  GPtrArray *past;  /* of char*, texts before these lines, as far as they are context */
  guint max_past;   /* of a line: 0 is without context */
  gboolean replies; /* what was put out is context too */
  GPtrArray *lines; /* of GString, up to max_lines */
  guint max_lines;
  guint64 n_done; /* lines before these */
  gboolean shows_progress;
  gint64 began;
  gint status;
} Session;

static gboolean
is_unset (double value)
{
  return value <= UNSET;
}

static gboolean
check_count (const char *name, gint value, GError **error)
{
  if (value == UNSET || value >= 1)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--%s is %d, expected 1 or more",
               name, value);
  return FALSE;
}

static gboolean
check_ratio (double value, GError **error)
{
  if (value > 0 || is_unset (value))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--length-ratio is %g, expected more than 0", value);
  return FALSE;
}

static gboolean
check_arguments (const Arguments *self, int argc, char **argv, GError **error)
{
  if (argc <= 1)
    return check_count ("beam", self->beam, error) && check_count ("n-best", self->n_best, error) &&
           check_count ("batch", self->batch, error) &&
           check_count ("max-length", self->max_length, error) &&
           check_count ("turns", self->turns, error) && check_ratio (self->length_ratio, error);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "“%s” is one argument too many: the text comes on the standard input", argv[1]);
  return FALSE;
}

static gboolean
parse_arguments (Arguments *self, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"model", 'm', 0, G_OPTION_ARG_FILENAME, &self->model,
       "Bundle to use, a directory or the name of an installed one", "BUNDLE"},
      {"from", 0, 0, G_OPTION_ARG_STRING, &self->from, "Source language of the bundle to find",
       "TAG"},
      {"to", 0, 0, G_OPTION_ARG_STRING, &self->to,
       "Target language, of the bundle to find and of one that has several", "TAG"},
      {"beam", 0, 0, G_OPTION_ARG_INT, &self->beam, "Hypotheses kept, 1 is greedy", "N"},
      {"n-best", 0, 0, G_OPTION_ARG_INT, &self->n_best, "Results of each line, up to the beam",
       "N"},
      {"batch", 0, 0, G_OPTION_ARG_INT, &self->batch,
       "Sentences decoded at once; 1 answers line by line", "N"},
      {"max-length", 0, 0, G_OPTION_ARG_INT, &self->max_length,
       "Longest output of a sentence in tokens", "N"},
      {"length-penalty", 0, 0, G_OPTION_ARG_DOUBLE, &self->length_penalty,
       "Exponent of the length normalisation", "X"},
      {"length-ratio", 0, 0, G_OPTION_ARG_DOUBLE, &self->length_ratio,
       "Characters wanted of a result for each of its line, of a bundle that can be asked for them",
       "R"},
      {"turns", 0, 0, G_OPTION_ARG_INT, &self->turns,
       "Read the N lines before each line with it, and with replies what was put out for them; of "
       "a "
       "bundle that reads earlier texts, as far as it does. Lines without text are passed over",
       "N"},
      {"shortlist", 0, 0, G_OPTION_ARG_NONE, &self->shortlist,
       "Put out tokens of the bundle's shortlist only, which is faster", NULL},
      {"no-shortlist", 0, 0, G_OPTION_ARG_NONE, &self->no_shortlist,
       "Put out any token, also where the bundle recommends its shortlist", NULL},
      {"scores", 0, 0, G_OPTION_ARG_NONE, &self->scores, "Print scores", NULL},
      {"alignments", 0, 0, G_OPTION_ARG_NONE, &self->alignments,
       "Print pairs i-j: source token i explains target token j best; both count from 0, with the "
       "EOS of each sentence, and of the source with all that stands before the text",
       NULL},
      {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, SUMMARY);
  g_option_context_set_description (context, EXIT_STATUS);
  g_option_context_add_main_entries (context, entries, NULL);
  return g_option_context_parse (context, argc, argv, error) &&
         check_arguments (self, *argc, *argv, error);
}

static S2sModel *
load_model (const Arguments *arguments, GError **error)
{
  g_autofree char *path = arguments->model != NULL
                              ? s2s_model_locate (arguments->model, error)
                              : s2s_model_find (arguments->from, arguments->to, error);

  return path != NULL ? s2s_model_new_from_dir (path, error) : NULL;
}

static void
set_option (gint value, guint *option)
{
  if (value != UNSET)
    *option = (guint)value;
}

/* What the model would take no notice of is an error. */
static gboolean
check_model (const Arguments *arguments, const S2sModel *model, GError **error)
{
  if (!is_unset (arguments->length_ratio) && !s2s_model_has_length_control (model)) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--length-ratio is there, but the bundle “%s” cannot be asked for a length",
                 s2s_model_get_name (model));
    return FALSE;
  }
  if (arguments->turns != UNSET && s2s_model_get_context_turns (model) == 0) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 "--turns is there, but the bundle “%s” reads no earlier texts",
                 s2s_model_get_name (model));
    return FALSE;
  }
  return TRUE;
}

static S2sTranslator *
make_translator (const Arguments *arguments, S2sModel *model, GError **error)
{
  S2sTranslatorOptions options;

  if (!check_model (arguments, model, error))
    return NULL;
  s2s_translator_options_init (&options, model);
  set_option (arguments->beam, &options.beam_size);
  set_option (arguments->n_best, &options.n_best);
  set_option (arguments->batch, &options.batch_size);
  set_option (arguments->max_length, &options.max_length);
  if (arguments->n_best != UNSET && arguments->beam == UNSET)
    options.beam_size = MAX (options.beam_size, options.n_best);
  if (!is_unset (arguments->length_penalty))
    options.length_penalty = arguments->length_penalty;
  if (arguments->model == NULL || s2s_model_get_target_languages (model)[1] != NULL)
    options.target_language = arguments->to;
  options.use_shortlist =
      arguments->shortlist || (options.use_shortlist && !arguments->no_shortlist);
  return s2s_translator_new (model, &options, error);
}

/* What would break a line or a column. */
static void
print_text (const char *text)
{
  g_autofree char *line = g_strdup (text);

  fputs (g_strdelimit (line, "\t\n\v\f\r", ' '), stdout);
}

static void
print_alignment (const S2sHypothesis *hypothesis)
{
  guint n_source = hypothesis->n_source_tokens;

  putchar ('\t');
  if (hypothesis->attention == NULL)
    return;
  for (guint j = 0; j < hypothesis->n_tokens; j++) {
    const float *row = hypothesis->attention + (gsize)j * n_source;
    guint best = 0;

    for (guint i = 1; i < n_source; i++)
      if (row[i] > row[best])
        best = i;
    printf ("%s%u-%u", j > 0 ? " " : "", best, j);
  }
}

static void
print_translation (const Session *self, guint64 number, const S2sTranslation *translation)
{
  char score[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint rank = 0; rank < translation->n_hypotheses; rank++) {
    const S2sHypothesis *hypothesis = &translation->hypotheses[rank];

    if (self->arguments->n_best != UNSET)
      printf ("%" G_GUINT64_FORMAT "\t%u\t", number, rank + 1);
    if (self->arguments->scores)
      printf ("%s\t", g_ascii_formatd (score, sizeof score, "%.6f", hypothesis->score));
    print_text (hypothesis->text);
    if (self->arguments->alignments)
      print_alignment (hypothesis);
    putchar ('\n');
  }
}

/* Stands for a line that cannot be translated. */
static void
print_nothing (const Session *self, guint64 number)
{
  char *no_text = (char[]){""};
  S2sHypothesis hypothesis = {.text = no_text};
  S2sTranslation empty = {1, &hypothesis};

  print_translation (self, number, &empty);
}

static gboolean
is_blank (const char *text)
{
  while (*text != '\0' && g_unichar_isspace (g_utf8_get_char (text)))
    text = g_utf8_next_char (text);
  return *text == '\0';
}

/* Where it can be context */
static void
remember (Session *self, const char *text)
{
  if (self->max_past > 0 && g_utf8_validate (text, -1, NULL) && !is_blank (text))
    g_ptr_array_add (self->past, g_strdup (text));
}

static void
forget_oldest (Session *self)
{
  if (self->past->len > self->max_past)
    g_ptr_array_remove_range (self->past, 0, self->past->len - self->max_past);
}

/* A single result that has lost what the bundle has to keep gives way to its line, without
 * alignments; that is no answer then. */
static void
print_result (Session *self, guint index, const S2sTranslation *translation)
{
  const GString *line = g_ptr_array_index (self->lines, index);
  S2sHypothesis shown = translation->hypotheses[0];
  S2sTranslation single = {1, &shown};

  if (self->arguments->n_best == UNSET && (shown.flags & S2S_FLAG_LOST) != 0) {
    shown.text = line->str;
    shown.attention = NULL;
    translation = &single;
  }
  print_translation (self, self->n_done + index + 1, translation);
  if (self->replies && translation != &single)
    remember (self, shown.text);
}

/* One line at a time, after a batch of several was refused for one of them. */
static gboolean
translate_one (Session *self, guint index, const S2sInput *input, GError **error)
{
  guint64 number = self->n_done + index + 1;
  g_autoptr (GError) reason = NULL;
  g_autoptr (S2sTranslation) translation = NULL;

  if (s2s_translator_translate_batch (self->translator, input, 1, &translation, &reason)) {
    print_result (self, index, translation);
    return TRUE;
  }
  if (!g_error_matches (reason, S2S_ERROR, S2S_ERROR_INPUT)) {
    g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  g_printerr ("%s: line %" G_GUINT64_FORMAT ": %s\n", g_get_prgname (), number, reason->message);
  self->status = STATUS_BAD_LINE;
  print_nothing (self, number);
  return TRUE;
}

/* Takes the lines as inputs [lines], each with the texts before it. */
static void
make_inputs (Session *self, S2sInput *inputs)
{
  double ratio = self->arguments->length_ratio;
  g_autofree guint *n_before = g_new (guint, self->lines->len);

  for (guint i = 0; i < self->lines->len; i++) {
    n_before[i] = self->past->len;
    remember (self, ((const GString *)g_ptr_array_index (self->lines, i))->str);
  }
  for (guint i = 0; i < self->lines->len; i++) {
    const GString *line = g_ptr_array_index (self->lines, i);
    guint n_context = MIN (n_before[i], self->max_past);

    inputs[i] = (S2sInput){.text = line->str,
                           .length = (gssize)line->len,
                           .n_context = n_context,
                           .length_ratio = is_unset (ratio) ? 0 : ratio};
    if (n_context > 0)
      inputs[i].context =
          (const char *const *)self->past->pdata + n_before[i] - inputs[i].n_context;
  }
}

static gboolean
translate_lines (Session *self, GError **error)
{
  guint n = self->lines->len;
  g_autofree S2sInput *inputs = g_new0 (S2sInput, n);
  g_autofree S2sTranslation **translations = g_new0 (S2sTranslation *, n);

  make_inputs (self, inputs);
  if (!s2s_translator_translate_batch (self->translator, inputs, n, translations, NULL)) {
    for (guint i = 0; i < n; i++)
      if (!translate_one (self, i, &inputs[i], error))
        return FALSE;
    return TRUE;
  }
  for (guint i = 0; i < n; i++) {
    print_result (self, i, translations[i]);
    s2s_translation_free (translations[i]);
  }
  return TRUE;
}

static gboolean
write_lines (Session *self, GError **error)
{
  if (!translate_lines (self, error))
    return FALSE;
  if (fflush (stdout) != 0 || ferror (stdout)) {
    int saved_errno = errno;

    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno),
                 "cannot write line %" G_GUINT64_FORMAT ": %s", self->n_done + 1,
                 g_strerror (saved_errno));
    return FALSE;
  }
  self->n_done += self->lines->len;
  g_ptr_array_set_size (self->lines, 0);
  forget_oldest (self);
  if (self->shows_progress)
    g_printerr ("\r%" G_GUINT64_FORMAT " lines, %.1f a second ", self->n_done,
                1e6 * (double)self->n_done / (double)(g_get_monotonic_time () - self->began + 1));
  return TRUE;
}

static void
free_line (gpointer line)
{
  g_string_free (line, TRUE);
}

static gboolean
run (Session *self, GError **error)
{
  char *line = NULL;
  gsize size = 0;
  gssize length;
  gboolean good = TRUE;

  while (good && (length = getline (&line, &size, stdin)) >= 0) {
    while (length > 0 && strchr ("\r\n", line[length - 1]) != NULL && line[length - 1] != '\0')
      length--;
    g_ptr_array_add (self->lines, g_string_new_len (line, length));
    if (self->lines->len == self->max_lines)
      good = write_lines (self, error);
  }
  int saved_errno = errno;
  free (line);

  if (good && ferror (stdin)) {
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno),
                 "cannot read after line %" G_GUINT64_FORMAT ": %s",
                 self->n_done + self->lines->len, g_strerror (saved_errno));
    good = FALSE;
  }
  if (self->lines->len > 0 && good)
    good = write_lines (self, error);
  if (self->shows_progress)
    g_printerr ("\n");
  return good;
}

/* Replies are context, so the next line waits for them. */
static void
choose_lines (Session *self, const S2sModel *model)
{
  const Arguments *arguments = self->arguments;
  guint n_turns = arguments->turns != UNSET ? (guint)arguments->turns : 0;
  gboolean is_prompt =
      arguments->batch == 1 || (arguments->batch == UNSET && isatty (STDIN_FILENO));

  self->replies = n_turns > 0 && g_str_equal (s2s_model_get_task (model), "reply");
  self->max_past = MIN (n_turns, s2s_model_get_context_turns (model)) * (self->replies ? 2 : 1);
  self->max_lines =
      is_prompt || self->replies ? 1 : BATCHES_AT_ONCE * (guint)MAX (arguments->batch, 16);
}

static gint
translate (const Arguments *arguments, GError **error)
{
  g_autoptr (S2sModel) model = load_model (arguments, error);
  g_autoptr (S2sTranslator) translator =
      model != NULL ? make_translator (arguments, model, error) : NULL;
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (free_line);
  g_autoptr (GPtrArray) past = g_ptr_array_new_with_free_func (g_free);
  Session session = {
      .arguments = arguments,
      .translator = translator,
      .past = past,
      .lines = lines,
      .shows_progress = isatty (STDERR_FILENO) && !isatty (STDOUT_FILENO),
      .began = g_get_monotonic_time (),
  };

  if (translator == NULL)
    return STATUS_STOPPED;
  choose_lines (&session, model);
  return run (&session, error) ? session.status : STATUS_STOPPED;
}

int
main (int argc, char **argv)
{
  Arguments arguments = {
      .beam = UNSET,
      .n_best = UNSET,
      .batch = UNSET,
      .max_length = UNSET,
      .turns = UNSET,
      .length_penalty = UNSET,
      .length_ratio = UNSET,
  };
  g_autoptr (GError) error = NULL;

  setlocale (LC_CTYPE, "");
  signal (SIGPIPE, SIG_IGN);
  gint status = parse_arguments (&arguments, &argc, &argv, &error) ? translate (&arguments, &error)
                                                                   : STATUS_STOPPED;
  if (error != NULL)
    g_printerr ("%s: %s\n", g_get_prgname (), error->message);
  g_free (arguments.model);
  g_free (arguments.from);
  g_free (arguments.to);
  return status;
}
