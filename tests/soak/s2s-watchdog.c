/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-watchdog.h"

static GThread *thread;
static GMutex lock;
static GCond stopped;
static gboolean stop;
static guint limit;

static guint moves;
static const char *note = "starting";

static gpointer
watch (gpointer data)
{
  guint seen = (guint)g_atomic_int_get (&moves);
  gint64 since = g_get_monotonic_time ();

  g_mutex_lock (&lock);
  while (!stop) {
    guint now = (guint)g_atomic_int_get (&moves);

    if (now != seen)
      since = g_get_monotonic_time ();
    seen = now;
    if (g_get_monotonic_time () - since > (gint64)limit * G_TIME_SPAN_SECOND)
      g_error ("watchdog: nothing has moved for %u s; last: %s", limit,
               (const char *)g_atomic_pointer_get (&note));
    g_cond_wait_until (&stopped, &lock, g_get_monotonic_time () + G_TIME_SPAN_SECOND / 4);
  }
  g_mutex_unlock (&lock);
  return NULL;
}

void
watchdog_start (guint seconds)
{
  limit = seconds;
  stop = FALSE;
  thread = g_thread_new ("watchdog", watch, NULL);
}

void
watchdog_stop (void)
{
  g_mutex_lock (&lock);
  stop = TRUE;
  g_cond_signal (&stopped);
  g_mutex_unlock (&lock);
  g_thread_join (thread);
}

void
watchdog_feed (void)
{
  g_atomic_int_inc (&moves);
}

void
watchdog_note (const char *what)
{
  g_atomic_pointer_set (&note, what);
  watchdog_feed ();
}
