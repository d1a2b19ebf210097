/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-accumulate-gate.h"

#define WATCHDOG_SECONDS 60

static gpointer
watch (gpointer data)
{
  Watchdog *self = data;
  gint64 end = g_get_monotonic_time () + WATCHDOG_SECONDS * G_TIME_SPAN_SECOND;

  g_mutex_lock (&self->lock);
  while (!self->done) {
    if (!g_cond_wait_until (&self->done_cond, &self->lock, end))
      g_error ("stuck for %d s", WATCHDOG_SECONDS);
  }
  g_mutex_unlock (&self->lock);
  return NULL;
}

void
watchdog_start (Watchdog *self)
{
  *self = (Watchdog){0};
  g_mutex_init (&self->lock);
  g_cond_init (&self->done_cond);
  self->thread = g_thread_new ("watchdog", watch, self);
}

void
watchdog_stop (Watchdog *self)
{
  g_mutex_lock (&self->lock);
  self->done = TRUE;
  g_cond_signal (&self->done_cond);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  g_cond_clear (&self->done_cond);
  g_mutex_clear (&self->lock);
}

/* ---- A gate downstream ---- */

typedef struct {
  GMutex lock;
  GCond opened;
  gboolean closed;
  guint n_waiting;
  GstFlowReturn flow;
} Gate;

static Gate gate;

static GstFlowReturn
chain_gate (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  GstFlowReturn flow;

  gst_buffer_unref (buffer);
  g_mutex_lock (&gate.lock);
  gate.n_waiting++;
  while (gate.closed)
    g_cond_wait (&gate.opened, &gate.lock);
  flow = gate.flow;
  g_mutex_unlock (&gate.lock);
  return flow;
}

void
gate_close (GstHarness *harness)
{
  g_mutex_lock (&gate.lock);
  gate.closed = TRUE;
  gate.n_waiting = 0;
  gate.flow = GST_FLOW_OK;
  g_mutex_unlock (&gate.lock);
  gst_pad_set_chain_function (harness->sinkpad, chain_gate);
}

void
gate_open (GstFlowReturn flow)
{
  g_mutex_lock (&gate.lock);
  gate.closed = FALSE;
  gate.flow = flow;
  g_cond_broadcast (&gate.opened);
  g_mutex_unlock (&gate.lock);
}

void
gate_reset (void)
{
  g_mutex_lock (&gate.lock);
  gate.n_waiting = 0;
  g_mutex_unlock (&gate.lock);
}

guint
gate_count (void)
{
  guint n;

  g_mutex_lock (&gate.lock);
  n = gate.n_waiting;
  g_mutex_unlock (&gate.lock);
  return n;
}

void
gate_wait (void)
{
  while (gate_count () == 0)
    g_usleep (100);
}
