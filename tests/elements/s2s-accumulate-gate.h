/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/check/gstharness.h>
#include <gst/gst.h>

/* Ends the program if it is not stopped within a minute. */
typedef struct {
  GMutex lock;
  GCond done_cond;
  gboolean done;
  GThread *thread;
} Watchdog;

void watchdog_start (Watchdog *self);
void watchdog_stop (Watchdog *self);

/* Lets who pushes to the harness wait from now on. There is one gate only. */
void gate_close (GstHarness *harness);
/* Lets who waits go, and says what he and all after him get. */
void gate_open (GstFlowReturn flow);
/* Waits until somebody has come to the gate. */
void gate_wait (void);
/* How many have come to the gate since it was closed or reset. */
guint gate_count (void);
void gate_reset (void);
