/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sinbox.h"

/* How many items wait at most if upstream has time to wait. */
#define MAX_ITEMS 64

/**
 * gst_s2s_inbox_init:
 * @self: zeroed
 */
void
gst_s2s_inbox_init (GstS2sInbox *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  g_queue_init (&self->items);
  gst_s2s_accumulate_settings_init (&self->settings);
  self->flow = GST_FLOW_FLUSHING;
}

/* Keeps on a pad what a pad keeps, less what belongs to the data that is dropped. */
static void
drop_items (GstS2sInbox *self, GstPad *keep)
{
  GstS2sItem *item;

  while ((item = g_queue_pop_head (&self->items))) {
    if (keep && item->event && GST_EVENT_IS_STICKY (item->event) &&
        GST_EVENT_TYPE (item->event) != GST_EVENT_SEGMENT &&
        GST_EVENT_TYPE (item->event) != GST_EVENT_EOS)
      gst_pad_store_sticky_event (keep, item->event);
    gst_s2s_item_free (item);
  }
}

/**
 * gst_s2s_inbox_clear:
 * @self: an inbox
 */
void
gst_s2s_inbox_clear (GstS2sInbox *self)
{
  drop_items (self, NULL);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
}

/**
 * gst_s2s_inbox_reset:
 * @self: an inbox
 * @keep: (nullable): a pad on which the sticky events go that are dropped
 *
 * Empties it.
 */
void
gst_s2s_inbox_reset (GstS2sInbox *self, GstPad *keep)
{
  g_mutex_lock (&self->lock);
  drop_items (self, keep);
  self->ended = FALSE;
  g_mutex_unlock (&self->lock);
}

/**
 * gst_s2s_inbox_wake_locked:
 * @self: an inbox
 *
 * Wakes who waits for a change, and the task if it waits for the clock.
 */
void
gst_s2s_inbox_wake_locked (GstS2sInbox *self)
{
  g_cond_broadcast (&self->changed);
  if (self->wait)
    gst_clock_id_unschedule (self->wait);
}

/**
 * gst_s2s_inbox_set_flow:
 * @self: an inbox
 * @flow: what who pushes here gets from now on
 */
void
gst_s2s_inbox_set_flow (GstS2sInbox *self, GstFlowReturn flow)
{
  g_mutex_lock (&self->lock);
  self->flow = flow;
  gst_s2s_inbox_wake_locked (self);
  g_mutex_unlock (&self->lock);
}

/* What a stream says of itself is true of what comes after a failure, too. */
static void
drop_all_but_sticky (GstS2sInbox *self)
{
  GQueue kept = G_QUEUE_INIT;
  GstS2sItem *item;

  while ((item = g_queue_pop_head (&self->items))) {
    if (item->event && GST_EVENT_IS_STICKY (item->event))
      g_queue_push_tail (&kept, item);
    else
      gst_s2s_item_free (item);
  }
  self->items = kept;
}

/**
 * gst_s2s_inbox_fail:
 * @self: an inbox
 * @flow: what downstream said
 *
 * Stops the task, unless a flush has.
 *
 * Returns: whether upstream has ended, and so gets no answer any more
 */
gboolean
gst_s2s_inbox_fail (GstS2sInbox *self, GstFlowReturn flow)
{
  gboolean ended = FALSE;

  g_mutex_lock (&self->lock);
  if (self->flow == GST_FLOW_OK) {
    ended = self->ended;
    self->flow = flow;
    drop_all_but_sticky (self);
  }
  gst_s2s_inbox_wake_locked (self);
  g_mutex_unlock (&self->lock);
  return ended;
}

/**
 * gst_s2s_inbox_resume:
 * @self: an inbox
 *
 * A new stream or a new peer is there.
 *
 * Returns: whether the task had stopped for want of it
 */
gboolean
gst_s2s_inbox_resume (GstS2sInbox *self)
{
  gboolean stopped;

  g_mutex_lock (&self->lock);
  stopped = self->flow == GST_FLOW_EOS || self->flow == GST_FLOW_NOT_LINKED;
  if (stopped)
    self->flow = GST_FLOW_OK;
  g_mutex_unlock (&self->lock);
  return stopped;
}

/**
 * gst_s2s_inbox_set_playing:
 * @self: an inbox
 * @playing: whether the running time goes on
 */
void
gst_s2s_inbox_set_playing (GstS2sInbox *self, gboolean playing)
{
  g_mutex_lock (&self->lock);
  self->playing = playing;
  gst_s2s_inbox_wake_locked (self);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_s2s_inbox_set_upstream:
 * @self: an inbox
 * @live: whether upstream is live
 * @latency: its least latency
 */
void
gst_s2s_inbox_set_upstream (GstS2sInbox *self, gboolean live, GstClockTime latency)
{
  g_mutex_lock (&self->lock);
  if (self->live != live || self->upstream_latency != latency) {
    self->live = live;
    self->upstream_latency = latency;
    gst_s2s_inbox_wake_locked (self);
  }
  g_mutex_unlock (&self->lock);
}

static gboolean
is_full (GstS2sInbox *self)
{
  return self->flow == GST_FLOW_OK && !self->live && self->items.length >= MAX_ITEMS;
}

/**
 * gst_s2s_inbox_push:
 * @self: an inbox
 * @items: (element-type GstS2sItem): what comes in; empty afterwards
 * @may_wait: whether to wait for room if upstream is not live
 *
 * Hands items over as one. If the task has stopped, only sticky events are kept for it.
 *
 * Returns: the flow
 */
GstFlowReturn
gst_s2s_inbox_push (GstS2sInbox *self, GQueue *items, gboolean may_wait)
{
  GstFlowReturn flow;
  GstS2sItem *item;

  g_mutex_lock (&self->lock);
  while (may_wait && is_full (self))
    g_cond_wait (&self->changed, &self->lock);
  flow = self->flow;
  while ((item = g_queue_pop_head (items))) {
    if (flow != GST_FLOW_OK && (!item->event || !GST_EVENT_IS_STICKY (item->event))) {
      gst_s2s_item_free (item);
      continue;
    }
    g_queue_push_tail (&self->items, item);
  }
  gst_s2s_inbox_wake_locked (self);
  g_mutex_unlock (&self->lock);
  return flow;
}

/**
 * gst_s2s_inbox_pop_locked:
 * @self: an inbox
 *
 * Returns: (transfer full) (nullable): the next item
 */
GstS2sItem *
gst_s2s_inbox_pop_locked (GstS2sInbox *self)
{
  GstS2sItem *item = g_queue_pop_head (&self->items);

  if (item)
    g_cond_broadcast (&self->changed);
  return item;
}

/**
 * gst_s2s_inbox_wait_locked:
 * @self: an inbox
 * @element: whose clock it is
 * @until: a running time, or none
 *
 * Waits for a change, or for @until. Releases the lock meanwhile.
 */
void
gst_s2s_inbox_wait_locked (GstS2sInbox *self, GstElement *element, GstClockTime until)
{
  g_autoptr (GstClock) clock = gst_element_get_clock (element);
  GstClockTime base = gst_element_get_base_time (element);
  GstClockID id;

  if (!clock || !GST_CLOCK_TIME_IS_VALID (base) || !GST_CLOCK_TIME_IS_VALID (until)) {
    g_cond_wait (&self->changed, &self->lock);
    return;
  }
  id = gst_clock_new_single_shot_id (clock, base + until);
  self->wait = id;
  g_mutex_unlock (&self->lock);
  gst_clock_id_wait (id, NULL);
  g_mutex_lock (&self->lock);
  self->wait = NULL;
  gst_clock_id_unref (id);
}
