/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model-table.h"

#include "s2s-test-bundle.h"
#include "s2s-test-error.h"
#include "s2s-test-shortlist.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_THREADS 8
#define N_TURNS 150
#define N_BUNDLES 3

static S2sModel *
load (const char *dir)
{
  g_autoptr (GError) error = NULL;
  S2sModel *model = s2s_model_new_from_dir (dir, &error);

  g_assert_no_error (error);
  return model;
}

/* Writes over a part of a file, in place and no longer than before, and leaves it the time of its
 * last change. */
static void
overwrite (const char *dir, const char *file, const char *part, const char *other)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *text = NULL;
  struct stat status;
  gint fd = open (path, O_WRONLY);

  g_assert_cmpint (fstat (fd, &status), ==, 0);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, part));
  g_assert_cmpuint (strlen (part), ==, strlen (other));
  g_assert_cmpint (pwrite (fd, other, strlen (other), strstr (text, part) - text), ==,
                   strlen (other));
  g_assert_cmpint (futimens (fd, (struct timespec[]){status.st_atim, status.st_mtim}), ==, 0);
  close (fd);
}

/* Moves the last change of a file by so many nanoseconds. */
static void
touch (const char *dir, const char *file, glong nanoseconds)
{
  g_autofree char *path = g_build_filename (dir, file, NULL);
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                              {.tv_sec = 1700000000, .tv_nsec = nanoseconds}};

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static void
copy_spm (const char *dir, const char *name)
{
  g_autofree char *from = g_test_build_filename (G_TEST_DIST, "text", "data", "closed.spm", NULL);
  g_autofree char *to = g_build_filename (dir, name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (from, &data, &length, NULL));
  g_assert_true (g_file_set_contents (to, data, (gssize)length, NULL));
}

/* A bundle whose tokenizers have two files each, with a shortlist */
static char *
new_with_all_files (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autofree char *path = g_build_filename (dir, "config.json", NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  for (gsize i = 0; i < 2; i++) {
    static const char *const sides[] = {"source", "target"};
    g_autofree char *spm = g_strdup_printf ("%s.spm", sides[i]);
    g_autofree char *name = g_strdup_printf ("%s.json", sides[i]);
    g_autofree char *file = g_build_filename (dir, name, NULL);
    g_autofree char *bytes = g_strdup_printf ("\"%s_tokenizer\": {\"type\": \"bytes\"", sides[i]);
    g_autofree char *other = g_strdup_printf (
        "\"%s_tokenizer\": {\"type\": \"sentencepiece\", \"file\": \"%s\", \"vocabulary\": \"%s\", "
        "\"bos\": 1, \"eos\": 2",
        sides[i], spm, name);
    g_auto (GStrv) parts = g_strsplit (text, bytes, 2);

    g_assert_cmpuint (g_strv_length (parts), ==, 2);
    g_free (text);
    text = g_strjoinv (other, parts);
    copy_spm (dir, spm);
    g_assert_true (
        g_file_set_contents (file, "{\"a\": 0, \"b\": 1, \"c\": 2, \"d\": 3}", -1, NULL));
  }
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  s2s_test_shortlist_add_any (dir);
  return dir;
}

static void
test_same (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  char *other_dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autofree char *link = g_strconcat (dir, "-link", NULL);
  S2sModel *first = load (dir), *second = load (dir), *third, *other;

  g_assert_true (first == second);
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  g_assert_cmpint (symlink (dir, link), ==, 0);
  third = load (link);
  g_assert_true (third == first);
  other = load (other_dir); /* equal files are not the same files */
  g_assert_true (other != first);
  g_assert_cmpuint (s2s_model_table_count (), ==, 2);

  s2s_model_unref (first);
  s2s_model_unref (third);
  s2s_model_unref (other);
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  g_assert_cmpstr (s2s_model_get_name (second), ==, "test");
  s2s_model_unref (second);
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);

  first = load (dir);
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  s2s_model_unref (first);
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);
  g_assert_cmpint (g_unlink (link), ==, 0);
  s2s_test_bundle_remove (other_dir);
  s2s_test_bundle_remove (dir);
}

static void
test_overwritten (void)
{
  char *dir = s2s_test_bundle_new (&(S2sTestBundle){.seed = 1});
  g_autoptr (S2sModel) old = NULL, same = NULL, new = NULL;

  touch (dir, "config.json", 5);
  old = load (dir);
  overwrite (dir, "config.json", "\"test\"", "\"next\"");
  same = load (dir);
  g_assert_true (same == old); /* nothing tells that it was overwritten */
  touch (dir, "config.json", 6);
  new = load (dir);
  g_assert_true (new != old);
  g_assert_cmpstr (s2s_model_get_name (new), ==, "next");
  g_assert_cmpstr (s2s_model_get_name (old), ==, "test");
  g_assert_cmpuint (s2s_model_table_count (), ==, 2);
  s2s_test_bundle_remove (dir);
}

/* A bundle is the same only while each of its files is. */
static void
test_each_file (gconstpointer data)
{
  const char *file = data;
  char *dir = new_with_all_files ();
  g_autofree char *path = g_build_filename (dir, file, NULL);
  g_autofree char *copy = g_build_filename (dir, "copy", NULL);
  g_autofree char *text = NULL;
  g_autoptr (S2sModel) old = NULL, time = NULL, inode = NULL, size = NULL;
  gsize length;

  touch (dir, file, 5);
  old = load (dir);
  touch (dir, file, 6);
  time = load (dir);
  g_assert_true (time != old);

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_true (g_file_set_contents (copy, text, (gssize)length, NULL));
  g_assert_cmpint (g_rename (copy, path), ==, 0);
  touch (dir, file, 6);
  inode = load (dir);
  g_assert_true (inode != time);

  if (g_str_has_suffix (file, ".json")) { /* a blank more does not harm JSON */
    gint fd = open (path, O_WRONLY | O_APPEND);

    g_assert_cmpint (write (fd, " ", 1), ==, 1);
    close (fd);
    touch (dir, file, 6);
    size = load (dir);
    g_assert_true (size != inode);
  }
  s2s_test_bundle_remove (dir);
}

typedef struct {
  char *dirs[N_BUNDLES];
  gint n_ready; /* threads that may begin when all are there */
} Shared;

static void
wait_for_all (Shared *shared)
{
  g_atomic_int_inc (&shared->n_ready);
  while (g_atomic_int_get (&shared->n_ready) < N_THREADS)
    g_thread_yield ();
}

static gpointer
load_at_once (gpointer data)
{
  Shared *shared = data;

  wait_for_all (shared);
  return load (shared->dirs[0]);
}

static void
test_at_once (void)
{
  Shared shared = {.dirs = {s2s_test_bundle_new (&(S2sTestBundle){.seed = 1, .layers = 2})}};
  GThread *threads[N_THREADS];
  S2sModel *models[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("load", load_at_once, &shared);
  for (guint i = 0; i < N_THREADS; i++) {
    models[i] = g_thread_join (threads[i]);
    g_assert_true (models[i] == models[0]);
  }
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  for (guint i = 0; i < N_THREADS; i++)
    s2s_model_unref (models[i]);
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);
  s2s_test_bundle_remove (shared.dirs[0]);
}

static gpointer
fail_at_once (gpointer data)
{
  Shared *shared = data;
  g_autoptr (GError) error = NULL;

  wait_for_all (shared);
  g_assert_null (s2s_model_new_from_dir (shared->dirs[0], &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "expected");
  return NULL;
}

static void
test_broken (void)
{
  Shared shared = {.dirs = {s2s_test_bundle_new (&(S2sTestBundle){.seed = 1})}};
  g_autofree char *path = g_build_filename (shared.dirs[0], "model.safetensors", NULL);
  g_autofree char *weights = NULL;
  GThread *threads[N_THREADS];
  gsize length;

  g_assert_true (g_file_get_contents (path, &weights, &length, NULL));
  g_assert_true (g_file_set_contents (path, weights, (gssize)length - 1, NULL));
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("fail", fail_at_once, &shared);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);

  g_assert_true (g_file_set_contents (path, weights, (gssize)length, NULL));
  s2s_model_unref (load (shared.dirs[0]));
  s2s_test_bundle_remove (shared.dirs[0]);
}

/* Loads and drops at random; ends with a reference to the last one. */
static gpointer
use_at_random (gpointer data)
{
  static gint n_seeds;
  Shared *shared = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32)g_atomic_int_add (&n_seeds, 1));
  S2sModel *held[N_BUNDLES] = {NULL};

  wait_for_all (shared);
  for (guint turn = 0; turn < N_TURNS; turn++) {
    guint which = (guint)g_rand_int_range (rand, 0, N_BUNDLES);

    if (held[which] != NULL) {
      S2sModel *again = s2s_model_ref (held[which]);

      g_clear_pointer (&held[which], s2s_model_unref);
      g_assert_cmpstr (s2s_model_get_target_language (again), ==, "zh");
      s2s_model_unref (again);
    } else {
      held[which] = load (shared->dirs[which]);
      g_assert_cmpuint (s2s_model_table_count (), <=, N_BUNDLES);
    }
  }
  for (guint i = 1; i < N_BUNDLES; i++)
    s2s_model_unref (held[i]);
  return held[0] != NULL ? held[0] : load (shared->dirs[0]);
}

static void
test_random (void)
{
  Shared shared = {.n_ready = 0};
  GThread *threads[N_THREADS];
  S2sModel *models[N_THREADS];

  for (guint i = 0; i < N_BUNDLES; i++)
    shared.dirs[i] = s2s_test_bundle_new (&(S2sTestBundle){.seed = i});
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("random", use_at_random, &shared);
  for (guint i = 0; i < N_THREADS; i++)
    models[i] = g_thread_join (threads[i]);
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  for (guint i = 0; i < N_THREADS; i++) {
    g_assert_true (models[i] == models[0]);
    s2s_model_unref (models[i]);
  }
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);
  for (guint i = 0; i < N_BUNDLES; i++)
    s2s_test_bundle_remove (shared.dirs[i]);
}

/* A load that fails, and the two that waited for it; nothing looks into these models. */
typedef struct {
  S2sBundleId id;
  gint n_claimed;
  gint n_to_load;
  char model;
} Waiting;

static gpointer
claim_waiting (gpointer data)
{
  Waiting *waiting = data;
  S2sModel *expected = (S2sModel *)(gpointer)&waiting->model, *model;
  S2sModelEntry *entry = s2s_model_table_claim (&waiting->id, &model);

  g_atomic_int_inc (&waiting->n_claimed);
  if (model == NULL) {
    g_atomic_int_inc (&waiting->n_to_load);
    g_usleep (20000);
    g_assert_cmpint (g_atomic_int_get (&waiting->n_claimed), ==, 1); /* the other one waits */
    s2s_model_entry_settle (entry, expected);
  } else {
    g_assert_true (model == expected);
  }
  return entry;
}

static void
test_first_fails (void)
{
  Waiting waiting = {.id = {.config = {.inode = 1}}};
  GThread *threads[2];
  S2sModelEntry *entries[2], *entry;
  S2sModel *model;

  entry = s2s_model_table_claim (&waiting.id, &model);
  g_assert_null (model);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("wait", claim_waiting, &waiting);
  g_usleep (20000);
  g_assert_cmpint (g_atomic_int_get (&waiting.n_claimed), ==, 0);
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);
  s2s_model_entry_settle (entry, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    entries[i] = g_thread_join (threads[i]);

  g_assert_cmpint (waiting.n_to_load, ==, 1);
  g_assert_true (entries[0] == entries[1]);
  g_assert_cmpuint (s2s_model_table_count (), ==, 1);
  g_assert_false (s2s_model_entry_unref (entries[0]));
  g_assert_true (s2s_model_entry_unref (entries[1]));
  g_assert_cmpuint (s2s_model_table_count (), ==, 0);
}

int
main (int argc, char **argv)
{
  static const char *const files[] = {
      "config.json", "source.spm",        "source.json",           "target.spm",
      "target.json", "model.safetensors", "shortlist.safetensors",
  };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/same", test_same);
  g_test_add_func ("/table/overwritten", test_overwritten);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *path = g_strconcat ("/table/each-file/", files[i], NULL);

    g_test_add_data_func (path, files[i], test_each_file);
  }
  g_test_add_func ("/table/at-once", test_at_once);
  g_test_add_func ("/table/broken", test_broken);
  g_test_add_func ("/table/random", test_random);
  g_test_add_func ("/table/first-fails", test_first_fails);
  return g_test_run ();
}
