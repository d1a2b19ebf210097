/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstharness.h>
#include <gst/check/gsttestclock.h>
#include <gst/gst.h>

#define UTF8 "text/x-raw, format=utf8"
#define MARKUP "text/x-raw, format=pango-markup"
#define SENTENCE_META "TextAccumulateSentenceMeta"

/* An s2saccumulate between two pads, and what came out of it. */
typedef struct {
  GstElement *element;
  GstHarness *harness;
  GstBus *bus;
  GMutex lock;
  GString *log; /* in order, times in ms: `text start-end;`, `gap start-end;`, names of events */
  gboolean timed;
} AccumulateFixture;

/* Not live. Nothing is pushed. */
void accumulate_fixture_init (AccumulateFixture *self);
/* Live, on a test clock. Entries of the log end in `@now`. */
void accumulate_fixture_init_live (AccumulateFixture *self, GstClockTime upstream_latency);
void accumulate_fixture_clear (AccumulateFixture *self);
/* Pushes what starts a stream in time and waits until it is out, which the log does not show. */
void accumulate_fixture_start (AccumulateFixture *self, const char *caps);
void accumulate_fixture_wait_for (AccumulateFixture *self, const char *entry);

GstBuffer *accumulate_buffer_new (const char *text, gint64 start, gint64 duration);
/* Times in ms, or -1. */
GstFlowReturn accumulate_fixture_push (AccumulateFixture *self, const char *text, gint64 start,
                                       gint64 duration);
void accumulate_fixture_push_custom (AccumulateFixture *self, const char *name);
/* Pushes EOS, waits for it, and compares the log. */
void accumulate_fixture_finish (AccumulateFixture *self, const char *expected);
/* Compares the log, and empties it. */
void accumulate_fixture_check (AccumulateFixture *self, const char *expected);
/* Empties the log. */
void accumulate_fixture_forget (AccumulateFixture *self);
char *accumulate_fixture_get_log (AccumulateFixture *self);
/* Moves the test clock, wait by wait. */
void accumulate_fixture_advance (AccumulateFixture *self, guint ms);

char *accumulate_buffer_get_text (GstBuffer *buffer);
gboolean accumulate_fixture_has_message (AccumulateFixture *self, GstMessageType type);
