/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-soak-pipeline.h"

G_BEGIN_DECLS

#define SOAK_N_BUNDLES 3

/* What an application and the elements around do to a running pipeline, by chance. */
typedef struct {
  GRand *rand;
  char *dir;                             /* where the rest is */
  char *bundles[SOAK_N_BUNDLES];         /* of random weights */
  const char *languages[SOAK_N_BUNDLES]; /* what a TAG says of each */
  char *broken[3];                       /* paths of bundles that are none */
  char *glossaries[2];                   /* the second is none */
  SoakPipeline *pipeline;
  guint n_warnings_before_failure; /* of the last path or glossary that cannot be used */
  guint n_translations_before;     /* this life */
  gboolean failure_expected;
} SoakControl;

void soak_control_init (SoakControl *self, GRand *rand);
void soak_control_clear (SoakControl *self);
/* Before PLAYING */
void soak_control_begin (SoakControl *self, SoakPipeline *pipeline);
/* Everything at its default, and a model */
void soak_control_reset (SoakControl *self, SoakPipeline *pipeline);
/* One thing, while the stream runs. */
void soak_control_act (SoakControl *self);
/* Whether a warning is due that has not come. It comes with the next cue at the latest. */
gboolean soak_control_awaits_warning (SoakControl *self);
/* Names a good model after a failure. */
void soak_control_recover (SoakControl *self);

G_END_DECLS
