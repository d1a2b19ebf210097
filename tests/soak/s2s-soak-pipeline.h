/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-soak-clock.h"
#include "s2s-soak-ends.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the element says that it did. */
typedef struct {
  guint64 received;
  guint64 sentences;
  guint64 gaps;
  guint64 late;
  guint64 dropped;
  guint64 discarded;
  guint64 clipped;
} SoakStats;

typedef struct _SoakPipeline SoakPipeline;

/* A live source, s2saccumulate if wanted, a queue, s2stransform, and a sink that checks. */
struct _SoakPipeline {
  SoakClock *clock;
  GstElement *pipeline;
  GstElement *source;
  GstElement *accumulate; /* nullable */
  GstElement *transform;
  GstPad *pad; /* of the source */
  SoakSink sink;

  /* What the source says of itself. */
  gboolean live;
  gboolean tells_position;
  GstClockTime latency;
  gint64 position; /* stream time, under the lock of the sink */

  /* Of the thread that seeks: what the source does then. */
  void (*seek) (gpointer user_data, gboolean flush);
  gpointer seek_data;

  gboolean may_fail; /* atomic: whether an ERROR is no fault */

  /* Atomic: what came over the bus, and what arrived at s2stransform */
  guint n_errors;
  guint n_resource_warnings;
  guint n_qos;
  guint n_translations;
  guint n_loads_begun;
  guint n_loads_ended;
  guint latency_changed;
  guint n_arrived;
};

/* queue_size: texts that wait before s2stransform at most; 0: it runs in the source's thread */
void soak_pipeline_init (SoakPipeline *self, gboolean accumulate, guint queue_size);
void soak_pipeline_clear (SoakPipeline *self);

/* Returns when that is done. */
void soak_pipeline_set_state (SoakPipeline *self, GstState state);
GstClockTime soak_pipeline_get_running_time (SoakPipeline *self);
/* Moves the clock to a running time, if that is not over. */
void soak_pipeline_advance_to (SoakPipeline *self, GstClockTime running_time);

void soak_pipeline_push_caps (SoakPipeline *self, const char *caps);
/* Pushes a segment and waits until it is out, and with it all that came before. FALSE: an ERROR is
 * on the bus. */
gboolean soak_pipeline_push_segment (SoakPipeline *self, const GstSegment *segment);
void soak_pipeline_get_stats (SoakPipeline *self, SoakStats *ret_stats);

G_END_DECLS
