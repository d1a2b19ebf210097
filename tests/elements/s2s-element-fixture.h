/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s-test-bundle.h"
#include "s2s.h"

#include <gst/check/gstharness.h>
#include <gst/gst.h>

/* Longest output in tokens. Random weights babble, and what loops is not shown; this is less than
 * any loop. */
#define FIXTURE_MAX_LENGTH 7

/* An s2stransform with a bundle of random weights between two pads, and what came out of it. */
typedef struct {
  char *bundle;
  GstElement *element;
  GstBus *bus;
  GstHarness *harness;
  GString *log;    /* what left the element, in order: names of events, "buffer" */
  gint n_loading;  /* PROGRESS messages that began a load, less those that ended one */
  GString *output; /* the texts and gaps among it, as `text 0-1000; gap 1000-2000; ` in ms */
} ElementFixture;

/* Without a harness: the element is in NULL. */
void element_fixture_init (ElementFixture *self, const S2sTestBundle *bundle);
/* Puts the element into PLAYING. */
void element_fixture_play (ElementFixture *self);
/* caps may be NULL: no CAPS event. Sends a segment, too. */
void element_fixture_start (ElementFixture *self, const char *caps);
/* The same once the element was in another state. */
void element_fixture_restart (ElementFixture *self, const char *caps);
void element_fixture_clear (ElementFixture *self);

GstBuffer *text_buffer_new (const char *text, gssize size, GstClockTime pts, GstClockTime duration);
GstFlowReturn element_fixture_push (ElementFixture *self, const char *text);
/* Times in ms; negative is none. */
GstBuffer *timed_buffer_new (const char *text, gint64 start, gint64 duration);
GstFlowReturn element_fixture_push_at (ElementFixture *self, const char *text, gint64 start,
                                       gint64 duration);
char *buffer_get_text (GstBuffer *buffer);

/* What stands in «» in a pattern is translated by the library. */
char *element_fixture_expand (ElementFixture *self, const char *pattern);
/* Whether what went out since the last call is what the pattern says. */
void element_fixture_check_output (ElementFixture *self, const char *pattern);
guint64 element_fixture_get_stat (ElementFixture *self, const char *name);
/* All of them, as `received 2, sentences 1, ...`; those that are 0 are not there. */
void element_fixture_check_stats (ElementFixture *self, const char *expected);
/* The text of the next buffer that came out. */
char *element_fixture_pull (ElementFixture *self);
/* Skips to the next event of that type. */
GstEvent *element_fixture_pull_event (ElementFixture *self, GstEventType type);

/* The error or warning on the bus, which has to be there. */
GError *element_fixture_pop_problem (ElementFixture *self, GstMessageType type);
/* Waits until a load has ended, which has to be like that. */
void element_fixture_await_progress (ElementFixture *self, GstProgressType type);
/* Lets the element look at what has changed. */
void element_fixture_push_gap (ElementFixture *self);
gboolean element_fixture_has_problem (ElementFixture *self);

/* What the library itself makes of a sentence. change may be NULL. The limit is
 * FIXTURE_MAX_LENGTH. */
char *translate_directly (const char *bundle, const char *text,
                          void (*change) (S2sTranslatorOptions *options));
char *translate_input_directly (const char *bundle, const S2sInput *input,
                                void (*change) (S2sTranslatorOptions *options));
