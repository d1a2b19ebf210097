/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gsts2sinbox.h"

static void
setup (GstS2sInbox *self, gconstpointer data)
{
  gst_s2s_inbox_init (self);
  gst_s2s_inbox_set_flow (self, GST_FLOW_OK);
}

static void
teardown (GstS2sInbox *self, gconstpointer data)
{
  gst_s2s_inbox_clear (self);
}

static GstFlowReturn
push_event (GstS2sInbox *self, GstEvent *event)
{
  GQueue items = G_QUEUE_INIT;

  g_queue_push_tail (&items, gst_s2s_item_new_event (event));
  return gst_s2s_inbox_push (self, &items, FALSE);
}

/* Of the two who may say that something failed after the last text, one does. */

static void
test_fails_after_eos (GstS2sInbox *self, gconstpointer data)
{
  g_assert_cmpint (push_event (self, gst_event_new_eos ()), ==, GST_FLOW_OK);
  g_assert_true (gst_s2s_inbox_fail (self, GST_FLOW_ERROR));
}

static void
test_fails_before_eos (GstS2sInbox *self, gconstpointer data)
{
  g_assert_false (gst_s2s_inbox_fail (self, GST_FLOW_NOT_LINKED));
  g_assert_cmpint (push_event (self, gst_event_new_eos ()), ==, GST_FLOW_NOT_LINKED);
  g_assert_true (gst_s2s_inbox_resume (self));
  g_assert_false (gst_s2s_inbox_fail (self, GST_FLOW_ERROR));
}

/* Who goes on after EOS gets an answer again. */
static void
test_next_stream (GstS2sInbox *self, gconstpointer data)
{
  push_event (self, gst_event_new_eos ());
  push_event (self, gst_event_new_stream_start ("next"));
  g_assert_false (gst_s2s_inbox_fail (self, GST_FLOW_ERROR));
}

static void
add (const char *path, void (*test) (GstS2sInbox *, gconstpointer))
{
  g_test_add (path, GstS2sInbox, NULL, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("/inbox/fails-after-eos", test_fails_after_eos);
  add ("/inbox/fails-before-eos", test_fails_before_eos);
  add ("/inbox/next-stream", test_next_stream);
  return g_test_run ();
}
