/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-bench-torch.h"

#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

struct _S2sBenchTorch {
  char *dir;
  GPid pid;
  FILE *questions;
  FILE *answers;
};

const char *
s2s_bench_get_python (void)
{
  const char *python = g_getenv ("S2S_PYTHON");

  return python != NULL ? python : "python3";
}

void
s2s_bench_write (const char *dir, const char *name, gconstpointer data, gsize size)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, (gssize)size, &error);
  g_assert_no_error (error);
}

static char *
write_task (const S2sBenchTask *task)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("s2s-bench-XXXXXX", &error);

  g_assert_no_error (error);
  s2s_bench_write (dir, "config.json", task->config, strlen (task->config));
  s2s_bench_write (dir, "model.safetensors", g_bytes_get_data (task->weights, NULL),
                   g_bytes_get_size (task->weights));
  s2s_bench_write (dir, "source.txt", task->source, strlen (task->source));
  s2s_bench_write (dir, "greedy.txt", task->greedy, strlen (task->greedy));
  s2s_bench_write (dir, "beam.txt", task->beam, strlen (task->beam));
  return dir;
}

void
s2s_bench_remove (const char *path)
{
  gboolean is_link = g_file_test (path, G_FILE_TEST_IS_SYMLINK);
  g_autoptr (GDir) dir = is_link ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    s2s_bench_remove (file);
  }
  g_remove (path);
}

static gboolean
start (S2sBenchTorch *self, const char *script)
{
  const char *argv[] = {s2s_bench_get_python (), script, self->dir, NULL};
  int in, out;

  if (!g_spawn_async_with_pipes (NULL, (char **)argv, NULL,
                                 G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL |
                                     G_SPAWN_DO_NOT_REAP_CHILD,
                                 NULL, NULL, &self->pid, &in, &out, NULL, NULL))
    return FALSE;
  self->questions = fdopen (in, "w");
  self->answers = fdopen (out, "r");
  return TRUE;
}

S2sBenchTorch *
s2s_bench_torch_new (const char *script, const S2sBenchTask *task)
{
  S2sBenchTorch *self;
  char line[512];

  if (script == NULL)
    return NULL;
  signal (SIGPIPE, SIG_IGN); /* it may end at any time */
  self = g_new0 (S2sBenchTorch, 1);
  self->dir = write_task (task);
  if (start (self, script) && fgets (line, sizeof line, self->answers) != NULL) {
    printf ("%s", line);
    return self;
  }
  g_autofree char *name = g_path_get_basename (script);
  printf ("No peers: %s does not run. Set S2S_PYTHON to a Python that has tools/requirements.txt, "
          "and for bench-opus.py tools/requirements-bench.txt\n",
          name);
  s2s_bench_torch_free (self);
  return NULL;
}

const char *
s2s_bench_torch_get_dir (const S2sBenchTorch *self)
{
  return self->dir;
}

void
s2s_bench_torch_free (S2sBenchTorch *self)
{
  if (self == NULL)
    return;
  if (self->questions != NULL) {
    fclose (self->questions);
    fclose (self->answers);
    waitpid (self->pid, NULL, 0);
    g_spawn_close_pid (self->pid);
  }
  s2s_bench_remove (self->dir);
  g_free (self->dir);
  g_free (self);
}

double
s2s_bench_torch_run (S2sBenchTorch *self, const char *decoder, guint beam, guint n, guint batch)
{
  char line[64];

  fprintf (self->questions, "%s %u %u %u\n", decoder, beam, n, batch);
  fflush (self->questions);
  return fgets (line, sizeof line, self->answers) != NULL ? g_ascii_strtod (line, NULL)
                                                          : (double)NAN;
}

void
s2s_bench_draw (const char *module, const char *table, const char *picture)
{
  g_autofree char *name = g_strconcat ("s2s_tools.", module, NULL);
  const char *argv[] = {s2s_bench_get_python (), "-m", name, table, picture, NULL};
  int status = 1;

  if (g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, NULL, NULL, &status, NULL) &&
      status == 0)
    printf ("drawn in %s\n", picture);
  else
    printf ("No picture: set S2S_PYTHON to a Python that has tools/requirements.txt\n");
}
