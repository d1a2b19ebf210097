/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-bundle.h"
#include "s2s.h"
#include "weights/s2s-safetensors.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Tells what is in a bundle. It uses more than the public interface of libs2s: tensors are nobody's
 * business but this tool's. */

#define SUMMARY                                                                                    \
  "Tells what is in a bundle of s2s: languages, network, vocabularies, decoding defaults, "        \
  "files,\n"                                                                                       \
  "and the memory that it takes. The whole bundle is loaded, so what is broken is told too.\n"     \
  "BUNDLE is a directory or the name of an installed one; without it, the installed one of the\n"  \
  "languages is taken."
#define EXIT_STATUS "Exit status: 0 when the bundle can be used, 1 when not, 2 for a wrong option."

enum { STATUS_OK, STATUS_BROKEN, STATUS_OPTIONS };

typedef struct {
  char *path;
  char *from;
  char *to;
  gboolean tensors;
} Arguments;

static gboolean
parse_arguments (Arguments *self, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"from", 0, 0, G_OPTION_ARG_STRING, &self->from, "Source language of the bundle to find",
       "TAG"},
      {"to", 0, 0, G_OPTION_ARG_STRING, &self->to, "Target language of the bundle to find", "TAG"},
      {"tensors", 0, 0, G_OPTION_ARG_NONE, &self->tensors, "List the tensors of the weights", NULL},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("[BUNDLE]");

  g_option_context_set_summary (context, SUMMARY);
  g_option_context_set_description (context, EXIT_STATUS);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 2) {
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "“%s” is one argument too many",
                 (*argv)[2]);
    return FALSE;
  }
  if (*argc == 2)
    self->path = g_strdup ((*argv)[1]);
  return TRUE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static gboolean
print_files (const char *path, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);
    g_autofree char *size = NULL;
    GStatBuf status;

    if (g_stat (file, &status) != 0)
      continue;
    size = g_format_size ((guint64)status.st_size);
    g_print ("file: %s, %s\n", (const char *)g_ptr_array_index (names, i), size);
  }
  return TRUE;
}

static void
print_tensor (const S2sSafetensorsEntry *entry)
{
  const S2sTensor *tensor = &entry->tensor;

  g_print ("tensor: %s, %s [", entry->name, s2s_dtype_get_name (tensor->dtype));
  for (guint i = 0; i < tensor->n_dims; i++)
    g_print ("%s%u", i > 0 ? ", " : "", tensor->dims[i]);
  g_print ("]\n");
}

static gboolean
print_tensors (const char *path, gboolean each, GError **error)
{
  g_autoptr (GBytes) bytes =
      s2s_bundle_read (path, S2S_BUNDLE_WEIGHTS, S2S_BUNDLE_MAX_WEIGHTS, error);
  g_autoptr (GPtrArray) entries = bytes != NULL ? s2s_safetensors_parse (bytes, error) : NULL;
  gsize n_elements = 0, n_of[S2S_N_DTYPES] = {0};

  if (entries == NULL)
    return FALSE;
  for (guint i = 0; i < entries->len; i++) {
    const S2sSafetensorsEntry *entry = g_ptr_array_index (entries, i);

    n_elements += s2s_tensor_get_n_elements (&entry->tensor);
    n_of[entry->tensor.dtype] += s2s_tensor_get_n_elements (&entry->tensor);
    if (each)
      print_tensor (entry);
  }
  g_print ("tensors: %u, parameters: %" G_GSIZE_FORMAT "\n", entries->len, n_elements);
  for (S2sDtype dtype = 0; dtype < S2S_N_DTYPES; dtype++)
    if (n_of[dtype] > 0)
      g_print ("elements of %s: %" G_GSIZE_FORMAT "\n", s2s_dtype_get_name (dtype), n_of[dtype]);
  return TRUE;
}

/* Memory of the process that no file is behind. What was claimed and not written yet does not
 * count. */
static gsize
get_memory (void)
{
  g_autofree char *numbers = NULL;
  gsize n_resident = 0, n_shared = 0; /* pages */

  malloc_trim (0); /* what was freed while loading is not the model's */
  if (g_file_get_contents ("/proc/self/statm", &numbers, NULL, NULL))
    sscanf (numbers, "%*u %" G_GSIZE_FORMAT " %" G_GSIZE_FORMAT, &n_resident, &n_shared);
  return (n_resident - n_shared) * (gsize)sysconf (_SC_PAGESIZE);
}

/* What loading took, and a translator with the bundle's own options once it has translated */
static gboolean
print_memory (S2sModel *model, gsize before, GError **error)
{
  static const char text[] = "It is a long way to the sea, but the road is good.";
  gsize loaded = get_memory ();
  S2sTranslatorOptions options;
  g_autoptr (S2sTranslator) translator = NULL;
  g_autoptr (S2sTranslation) translation = NULL;
  g_autofree char *of_model = g_format_size (loaded - before);
  g_autofree char *of_translator = NULL;

  s2s_translator_options_init (&options, model);
  translator = s2s_translator_new (model, &options, error);
  if (translator == NULL)
    return FALSE;
  translation = s2s_translator_translate (translator, text, -1, error);
  if (translation == NULL)
    return FALSE;
  of_translator = g_format_size (get_memory () - loaded);
  g_print ("memory of the model: %s\nmemory of a translator: %s\n", of_model, of_translator);
  return TRUE;
}

static gboolean
inspect (const Arguments *arguments, GError **error)
{
  g_autofree char *path = arguments->path != NULL
                              ? s2s_model_locate (arguments->path, error)
                              : s2s_model_find (arguments->from, arguments->to, error);
  g_autoptr (S2sModel) model = NULL;
  g_autofree char *description = NULL;
  gsize before = get_memory ();

  if (path != NULL)
    model = s2s_model_new_from_dir (path, error);
  if (model == NULL)
    return FALSE;
  description = s2s_model_describe (model);
  g_print ("bundle: %s\n%s", path, description);
  return print_memory (model, before, error) && print_files (path, error) &&
         print_tensors (path, arguments->tensors, error);
}

int
main (int argc, char **argv)
{
  Arguments arguments = {.tensors = FALSE};
  g_autoptr (GError) error = NULL;
  int status = STATUS_OK;

  setlocale (LC_ALL, "");
  if (!parse_arguments (&arguments, &argc, &argv, &error))
    status = STATUS_OPTIONS;
  else if (!inspect (&arguments, &error))
    status = STATUS_BROKEN;
  if (error != NULL)
    g_printerr ("s2s-inspect: %s\n", error->message);
  g_free (arguments.path);
  g_free (arguments.from);
  g_free (arguments.to);
  return status;
}
