/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-clock.h"

struct _SoakClock {
  GstClock parent;

  GMutex lock;
  GCond changed;
  GstClockTime now;
};

G_DEFINE_TYPE (SoakClock, soak_clock, GST_TYPE_CLOCK)

static GstClockTime
get_internal_time (GstClock *clock)
{
  SoakClock *self = SOAK_CLOCK (clock);
  GstClockTime now;

  g_mutex_lock (&self->lock);
  now = self->now;
  g_mutex_unlock (&self->lock);
  return now;
}

static GstClockReturn
wait (GstClock *clock, GstClockEntry *entry, GstClockTimeDiff *jitter)
{
  SoakClock *self = SOAK_CLOCK (clock);
  GstClockReturn result;

  g_mutex_lock (&self->lock);
  if (jitter)
    *jitter = GST_CLOCK_DIFF (GST_CLOCK_ENTRY_TIME (entry), self->now);
  while (GST_CLOCK_ENTRY_STATUS (entry) != GST_CLOCK_UNSCHEDULED &&
         self->now < GST_CLOCK_ENTRY_TIME (entry))
    g_cond_wait (&self->changed, &self->lock);
  if (GST_CLOCK_ENTRY_STATUS (entry) != GST_CLOCK_UNSCHEDULED)
    GST_CLOCK_ENTRY_STATUS (entry) = GST_CLOCK_DONE;
  result = GST_CLOCK_ENTRY_STATUS (entry);
  g_mutex_unlock (&self->lock);
  return result;
}

static void
unschedule (GstClock *clock, GstClockEntry *entry)
{
  SoakClock *self = SOAK_CLOCK (clock);

  g_mutex_lock (&self->lock);
  GST_CLOCK_ENTRY_STATUS (entry) = GST_CLOCK_UNSCHEDULED;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
finalize (GObject *object)
{
  SoakClock *self = SOAK_CLOCK (object);

  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (soak_clock_parent_class)->finalize (object);
}

static void
soak_clock_init (SoakClock *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

static void
soak_clock_class_init (SoakClockClass *klass)
{
  GstClockClass *clock_class = GST_CLOCK_CLASS (klass);

  clock_class->get_internal_time = get_internal_time;
  clock_class->wait = wait;
  clock_class->unschedule = unschedule;
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

SoakClock *
soak_clock_new (void)
{
  SoakClock *self = g_object_new (SOAK_TYPE_CLOCK, NULL);

  gst_object_ref_sink (self);
  return self;
}

void
soak_clock_advance_to (SoakClock *self, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->now = MAX (self->now, time);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}
