/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sBenchTorch:
 *
 * PyTorch in a process of its own, which waits until it is asked, so that what it does is measured
 * in turn with ours.
 */
typedef struct _S2sBenchTorch S2sBenchTorch;

/* A network, the ids of its sources, and what we put out for them, a sentence a line */
typedef struct {
  const char *config; /* config.json */
  GBytes *weights;    /* model.safetensors */
  const char *source;
  const char *greedy;
  const char *beam;
} S2sBenchTask;

/* script: bench-torch.py or one that is asked alike, or NULL. Prints what it says of the outputs.
 * NULL, and a message, when it does not run. */
S2sBenchTorch *s2s_bench_torch_new (const char *script, const S2sBenchTask *task);
void s2s_bench_torch_free (S2sBenchTorch *self);

/* Where the files of the task lie, and what the script puts beside them */
const char *s2s_bench_torch_get_dir (const S2sBenchTorch *self);

/* Seconds of the processor for the first n sentences with one of its decoders. */
double s2s_bench_torch_run (S2sBenchTorch *self, const char *decoder, guint beam, guint n,
                            guint batch);

/* A file in dir */
void s2s_bench_write (const char *dir, const char *name, gconstpointer data, gsize size);

/* Removes it with all that is in it. */
void s2s_bench_remove (const char *path);

/* S2S_PYTHON of the environment, else python3 */
const char *s2s_bench_get_python (void);

/* Lets that module of s2s_tools draw a table, where there is a Python that can. */
void s2s_bench_draw (const char *module, const char *table, const char *picture);

G_END_DECLS
