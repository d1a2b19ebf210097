/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-soak-pipeline.h"

G_BEGIN_DECLS

/* Caps that a source of text may have. */
extern const char *const soak_source_caps[3];

/* A thread that pushes cues from the source's pad, with events among them. */
typedef struct {
  SoakPipeline *pipeline;
  GRand *rand; /* of the thread */
  GstSegment segment;
  const char *caps; /* those that were pushed last */
  guint n_cues;     /* to push */
  gboolean patient; /* whether each cue is to be done with before the clock goes on */

  GThread *thread;
  GMutex lock;
  GCond changed;
  guint n_pushed; /* buffers and lists that were taken */
  gboolean ended;
  gboolean stop;
  GstFlowReturn flow; /* of the last push */
  GstClockTime time;  /* of the thread: where in the segment it is */
} SoakStream;

/* segment was pushed, and caps before it. */
void soak_stream_start (SoakStream *self, SoakPipeline *pipeline, guint32 seed,
                        const GstSegment *segment, const char *caps, guint n_cues,
                        gboolean patient);
/* Waits until so many are pushed, or all that will be. */
void soak_stream_wait_for (SoakStream *self, guint n_pushed);
/* Pushes no more. */
void soak_stream_stop (SoakStream *self);
/* Waits for the end of the thread. May be called twice. */
void soak_stream_join (SoakStream *self);
void soak_stream_clear (SoakStream *self);

G_END_DECLS
