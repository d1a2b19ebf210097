/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-step-clock.h"

#define NEVER G_MAXUINT

struct _StepClock {
  GstClock parent;

  GMutex lock;
  GCond changed;
  GstClockTime now;
  GstClockTime later;
  guint n_until_later; /* readings, or NEVER */
  guint n_until_hold;
  gboolean holds;
  guint n_read;
};

G_DEFINE_TYPE (StepClock, step_clock, GST_TYPE_CLOCK)

/* Whether this reading is the one that is counted down to. */
static gboolean
count_down (guint *n)
{
  if (*n == NEVER)
    return FALSE;
  return (*n)-- == 0;
}

static void
wait_for_release (StepClock *self)
{
  self->holds = TRUE;
  g_cond_broadcast (&self->changed);
  while (self->holds)
    g_cond_wait (&self->changed, &self->lock);
}

static GstClockTime
get_internal_time (GstClock *clock)
{
  StepClock *self = STEP_CLOCK (clock);
  GstClockTime now;

  g_mutex_lock (&self->lock);
  self->n_read++;
  if (count_down (&self->n_until_later))
    self->now = self->later;
  if (count_down (&self->n_until_hold))
    wait_for_release (self);
  now = self->now;
  g_mutex_unlock (&self->lock);
  return now;
}

static void
finalize (GObject *object)
{
  StepClock *self = STEP_CLOCK (object);

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (step_clock_parent_class)->finalize (object);
}

static void
step_clock_class_init (StepClockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
  GST_CLOCK_CLASS (klass)->get_internal_time = get_internal_time;
}

static void
step_clock_init (StepClock *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->n_until_later = self->n_until_hold = NEVER;
}

StepClock *
step_clock_new (void)
{
  return gst_object_ref_sink (g_object_new (STEP_TYPE_CLOCK, NULL));
}

void
step_clock_set (StepClock *self, GstClockTime now)
{
  g_mutex_lock (&self->lock);
  self->now = now;
  g_mutex_unlock (&self->lock);
}

void
step_clock_set_later (StepClock *self, guint n, GstClockTime time)
{
  g_mutex_lock (&self->lock);
  self->n_until_later = n;
  self->later = time;
  g_mutex_unlock (&self->lock);
}

void
step_clock_hold (StepClock *self, guint n)
{
  g_mutex_lock (&self->lock);
  self->n_until_hold = n;
  g_mutex_unlock (&self->lock);
}

void
step_clock_await_reader (StepClock *self)
{
  g_mutex_lock (&self->lock);
  while (!self->holds)
    g_cond_wait (&self->changed, &self->lock);
  g_mutex_unlock (&self->lock);
}

void
step_clock_release (StepClock *self)
{
  g_mutex_lock (&self->lock);
  self->holds = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

guint
step_clock_take_count (StepClock *self)
{
  guint n;

  g_mutex_lock (&self->lock);
  n = self->n_read;
  self->n_read = 0;
  g_mutex_unlock (&self->lock);
  return n;
}
