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
  GString *log; /* what left the element, in order: names of events, "buffer" */
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
char *buffer_get_text (GstBuffer *buffer);
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
