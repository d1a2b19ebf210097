/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs cues through a pipeline for as long as one wants, does to it what applications do, and
 * accounts for each cue:
 *
 *   soak [--cues N] [--seed S] [--watchdog SECONDS]
 *
 * The clock is the program's own, so that it runs as fast as the machine can. What is done follows
 * from the seed; when it meets the stream is up to the threads. */

#include "s2s-soak-control.h"
#include "s2s-soak-fail.h"
#include "s2s-soak-memory.h"
#include "s2s-soak-stream.h"
#include "s2s-watchdog.h"

#include <gst/gst.h>
#include <stdlib.h>

#define WARM_UP 1000
/* By how much the resident memory may grow from the first quarter after the warm-up to the last:
 * three times what it moves without a leak. A leak of 30 bytes a cue shows in 100,000 cues, one
 * of 1.5 KiB in 3,000. */
#define MAX_GROWTH (2 << 20)

/* It takes as long as a bundle takes to load. */
#define MAX_CUES_TO_WARNING 20000

typedef enum {
  END_QUIET, /* all that was pushed comes out */
  END_FLUSH, /* from another thread than that of the stream */
  END_SEEK,  /* with a flush */
  END_BREAK, /* a seek without one */
  END_EOS,
  END_READY, /* the pipeline is stopped while it runs */
  N_ENDS,
} End;

/* In the order of the property's values */
typedef enum {
  POLICY_SHIFT,
  POLICY_DROP,
  POLICY_PASSTHROUGH,
  POLICY_KEEP,
  N_POLICIES,
} Policy;

typedef struct {
  GRand *rand;
  SoakControl control;
  SoakPipeline pipeline;
  SoakStream stream;
  gboolean exact;    /* in this episode each text comes out as one buffer, and nothing is changed */
  Policy policy;     /* in an exact episode */
  gboolean in_place; /* in this episode nothing is lost on the way */
  const char *caps;
  /* Where the counts stood when the episode began */
  SoakStats stats;
  guint n_arrived;
  guint n_texts;
  guint n_qos;
  guint64 n_cues; /* pushed */
  SoakStats total;
  guint n_of_end[N_ENDS];
} Soak;

static guint
choose (Soak *self, guint n)
{
  return (guint)g_rand_int_range (self->rand, 0, (gint)n);
}

/* ---- Accounts ---- */

static void
open_account (Soak *self)
{
  soak_pipeline_get_stats (&self->pipeline, &self->stats);
  self->n_arrived = (guint)g_atomic_int_get (&self->pipeline.n_arrived);
  self->n_qos = (guint)g_atomic_int_get (&self->pipeline.n_qos);
  g_mutex_lock (&self->pipeline.sink.lock);
  self->n_texts = self->pipeline.sink.n_texts;
  g_mutex_unlock (&self->pipeline.sink.lock);
}

static void
check_sum (const SoakStats *stats)
{
  guint64 sum = stats->sentences + stats->gaps + stats->dropped + stats->discarded + stats->clipped;

  SOAK_CHECK (stats->received == sum,
              "received %" G_GUINT64_FORMAT ", but sentences %" G_GUINT64_FORMAT
              ", gaps %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT
              ", discarded %" G_GUINT64_FORMAT ", clipped %" G_GUINT64_FORMAT,
              stats->received, stats->sentences, stats->gaps, stats->dropped, stats->discarded,
              stats->clipped);
  SOAK_CHECK (stats->late <= stats->sentences + stats->dropped,
              "late %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " sentences and %" G_GUINT64_FORMAT
              " dropped",
              stats->late, stats->sentences, stats->dropped);
}

/* What came out, beside what the element says. */
static void
check_output (Soak *self, const SoakStats *stats)
{
  guint n_sentences = (guint)(stats->sentences - self->stats.sentences);
  guint n_texts;

  g_mutex_lock (&self->pipeline.sink.lock);
  n_texts = self->pipeline.sink.n_texts - self->n_texts;
  g_mutex_unlock (&self->pipeline.sink.lock);
  if (self->in_place)
    SOAK_CHECK (n_texts >= n_sentences, "%u texts came out, and it says %u", n_texts, n_sentences);
  if (self->exact)
    SOAK_CHECK (n_texts <= n_sentences, "%u texts came out, and it says %u", n_texts, n_sentences);
}

/* Of what is late, an application is told where it is shown later or not at all. */
static void
check_messages (Soak *self, const SoakStats *stats)
{
  guint n_late = (guint)(stats->late - self->stats.late);
  guint n_dropped = (guint)(stats->dropped - self->stats.dropped);
  guint n_messages = (guint)g_atomic_int_get (&self->pipeline.n_qos) - self->n_qos;

  switch (self->policy) {
  case POLICY_SHIFT:
    SOAK_CHECK (n_messages == n_late, "%u QOS messages of %u late texts", n_messages, n_late);
    break;
  case POLICY_DROP:
    SOAK_CHECK (n_late == n_dropped, "%u late texts, %u dropped", n_late, n_dropped);
    SOAK_CHECK (n_messages == n_dropped, "%u QOS messages of %u dropped texts", n_messages,
                n_dropped);
    break;
  default:
    /* Only those that the texts before would move too far. */
    SOAK_CHECK (n_messages == n_dropped, "%u QOS messages of %u dropped texts", n_messages,
                n_dropped);
  }
}

static void
add_up (Soak *self, const SoakStats *stats)
{
  self->total.sentences += stats->sentences - self->stats.sentences;
  self->total.gaps += stats->gaps - self->stats.gaps;
  self->total.late += stats->late - self->stats.late;
  self->total.dropped += stats->dropped - self->stats.dropped;
  self->total.discarded += stats->discarded - self->stats.discarded;
  self->total.clipped += stats->clipped - self->stats.clipped;
}

/* At a quiet point, or when the pipeline stands. */
static void
close_account (Soak *self)
{
  guint n_arrived = (guint)g_atomic_int_get (&self->pipeline.n_arrived) - self->n_arrived;
  SoakStats stats;

  soak_pipeline_get_stats (&self->pipeline, &stats);
  check_sum (&stats);
  SOAK_CHECK (stats.received - self->stats.received == n_arrived,
              "%u arrived, and it says %" G_GUINT64_FORMAT, n_arrived,
              stats.received - self->stats.received);
  if (self->in_place && !self->pipeline.accumulate)
    SOAK_CHECK (n_arrived == self->stream.n_pushed, "%u were pushed, %u arrived",
                self->stream.n_pushed, n_arrived);
  check_output (self, &stats);
  if (self->exact && self->in_place)
    check_messages (self, &stats);
  add_up (self, &stats);
}

/* ---- An episode ---- */

static void
choose_segment (Soak *self, GstSegment *ret_segment)
{
  static const double rates[] = {1, 1, 1, 1, 1, 1, 0.5, 2, 1, -1};

  gst_segment_init (ret_segment, GST_FORMAT_TIME);
  ret_segment->rate = rates[choose (self, G_N_ELEMENTS (rates))];
  ret_segment->start = choose (self, 100) * GST_SECOND;
  ret_segment->time = ret_segment->start;
  ret_segment->base = soak_pipeline_get_running_time (&self->pipeline);
  if (ret_segment->rate < 0)
    ret_segment->stop = ret_segment->start + GST_SECOND * 3600;
  else if (choose (self, 4) == 0)
    ret_segment->stop = ret_segment->start + GST_SECOND * (1 + choose (self, 100));
  ret_segment->position = ret_segment->rate < 0 ? ret_segment->stop : ret_segment->start;
}

static void
push_flush (Soak *self, gboolean start)
{
  gst_pad_push_event (self->pipeline.pad,
                      start ? gst_event_new_flush_start () : gst_event_new_flush_stop (FALSE));
}

/* What a source does that is sought. */
static void
interrupt (gpointer user_data, gboolean flush)
{
  Soak *self = user_data;

  if (flush) {
    watchdog_note ("flushing");
    push_flush (self, TRUE);
  }
  soak_stream_stop (&self->stream);
  soak_stream_join (&self->stream);
  if (flush)
    push_flush (self, FALSE);
}

static void
seek (Soak *self, GstSeekFlags flags)
{
  watchdog_note ("seeking");
  gst_pad_push_event (
      self->pipeline.sink.pad,
      gst_event_new_seek (1, GST_FORMAT_TIME, flags, GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, -1));
}

static void
end_with_eos (Soak *self)
{
  guint n_eos = self->pipeline.sink.n_eos;

  soak_stream_join (&self->stream);
  watchdog_note ("waiting for EOS to come out");
  gst_pad_push_event (self->pipeline.pad, gst_event_new_eos ());
  g_mutex_lock (&self->pipeline.sink.lock);
  while (self->pipeline.sink.n_eos == n_eos && g_atomic_int_get (&self->pipeline.n_errors) == 0)
    g_cond_wait (&self->pipeline.sink.changed, &self->pipeline.sink.lock);
  g_mutex_unlock (&self->pipeline.sink.lock);
  push_flush (self, TRUE);
  push_flush (self, FALSE);
}

static void
start_stream (Soak *self)
{
  gst_pad_push_event (self->pipeline.pad, gst_event_new_stream_start ("soak"));
  self->caps = soak_source_caps[choose (self, G_N_ELEMENTS (soak_source_caps))];
  soak_pipeline_push_caps (&self->pipeline, self->caps);
}

/* Pushes a few cues in a segment of their own. Returns: whether there was no ERROR */
static gboolean
push_few (Soak *self, guint n_cues, gboolean patient)
{
  GstSegment segment;

  choose_segment (self, &segment);
  if (!soak_pipeline_push_segment (&self->pipeline, &segment))
    return FALSE;
  soak_stream_start (&self->stream, &self->pipeline, g_rand_int (self->rand), &segment, self->caps,
                     n_cues, patient);
  return TRUE;
}

static void
finish_stream (Soak *self)
{
  soak_stream_join (&self->stream);
  self->caps = self->stream.caps;
  self->n_cues += self->stream.n_pushed;
  soak_place.cues = (guint)self->n_cues;
}

static gboolean
is_out (Soak *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.base = soak_pipeline_get_running_time (&self->pipeline);
  return soak_pipeline_push_segment (&self->pipeline, &segment);
}

/* Pushes a cue and waits until it is done with. Returns: whether there was no ERROR */
static gboolean
push_one (Soak *self)
{
  if (!push_few (self, 1, FALSE))
    return FALSE;
  finish_stream (self);
  soak_stream_clear (&self->stream);
  return is_out (self);
}

/* A path that cannot be used is followed by a warning, and by a path that can, which is to be in
 * use before the next one that cannot. */
static gboolean
settle_failures (Soak *self)
{
  guint n = 0;

  if (!self->control.failure_expected)
    return TRUE;
  while (soak_control_awaits_warning (&self->control)) {
    SOAK_CHECK (n++ < MAX_CUES_TO_WARNING, "no warning of a path that cannot be used");
    if (!push_one (self))
      return FALSE;
    /* Who loads needs a processor, too. */
    g_usleep (1000);
  }
  soak_control_recover (&self->control);
  return push_one (self);
}

static void
end_episode (Soak *self, End end)
{
  switch (end) {
  case END_FLUSH:
    interrupt (self, TRUE);
    break;
  case END_SEEK:
    seek (self, GST_SEEK_FLAG_FLUSH);
    break;
  case END_BREAK:
    seek (self, GST_SEEK_FLAG_NONE);
    break;
  case END_EOS:
    end_with_eos (self);
    break;
  case END_READY:
    soak_pipeline_set_state (&self->pipeline, GST_STATE_READY);
    break;
  default:
    soak_stream_join (&self->stream);
  }
}

static void
be_exact (Soak *self)
{
  soak_control_reset (&self->control, &self->pipeline);
  self->policy = choose (self, N_POLICIES);
  g_object_set (self->pipeline.transform, "late-policy", self->policy, NULL);
}

/* Returns: whether the life goes on */
static gboolean
run_episode (Soak *self)
{
  static const End ends[] = {END_QUIET, END_QUIET, END_QUIET, END_QUIET, END_FLUSH, END_FLUSH,
                             END_SEEK,  END_BREAK, END_EOS,   END_READY, END_QUIET, END_FLUSH};
  End end = ends[choose (self, G_N_ELEMENTS (ends))];
  guint n_cues = 1 + choose (self, 60);
  guint n_acts = choose (self, 3) == 0 ? 0 : choose (self, 12);
  gboolean goes_on;

  soak_place.episode++;
  self->n_of_end[end]++;
  self->in_place = end != END_FLUSH && end != END_SEEK && end != END_READY;
  if (choose (self, 2) == 0 && !self->control.failure_expected)
    soak_control_reset (&self->control, &self->pipeline);
  self->exact = n_acts == 0 && choose (self, 2) == 0;
  if (self->exact)
    be_exact (self);
  if (choose (self, 10) == 0)
    start_stream (self);
  open_account (self);
  if (!push_few (self, n_cues, choose (self, 2) == 0))
    return FALSE;
  for (guint i = 0; i < n_acts; i++) {
    soak_stream_wait_for (&self->stream, i * n_cues / n_acts);
    soak_control_act (&self->control);
  }
  soak_stream_wait_for (&self->stream, end == END_QUIET ? n_cues : 1 + choose (self, n_cues));
  end_episode (self, end);
  finish_stream (self);
  goes_on = end != END_READY && is_out (self);
  if (goes_on)
    SOAK_CHECK (self->stream.flow == GST_FLOW_OK || !self->in_place, "the stream ended by %s",
                gst_flow_get_name (self->stream.flow));
  if (end != END_READY && !goes_on)
    soak_pipeline_set_state (&self->pipeline, GST_STATE_READY);
  self->in_place &= goes_on;
  close_account (self);
  soak_stream_clear (&self->stream);
  return goes_on && settle_failures (self);
}

/* ---- Lives ---- */

static void
begin_life (Soak *self)
{
  soak_place.life++;
  self->pipeline.live = choose (self, 5) > 0;
  self->pipeline.latency = choose (self, 2) * 200 * GST_MSECOND;
  self->pipeline.tells_position = choose (self, 2) == 0;
  self->pipeline.n_errors = 0;
  g_atomic_int_set (&self->pipeline.may_fail, choose (self, 4) == 0);
  soak_control_begin (&self->control, &self->pipeline);
  soak_pipeline_set_state (&self->pipeline, GST_STATE_PLAYING);
  start_stream (self);
}

static void
live (Soak *self)
{
  begin_life (self);
  for (guint n = 1 + choose (self, 15); n > 0; n--)
    if (!run_episode (self))
      break;
  /* From READY the model is still there; from NULL it is loaded again. */
  soak_pipeline_set_state (&self->pipeline,
                           choose (self, 2) == 0 ? GST_STATE_READY : GST_STATE_NULL);
}

static void
make_pipeline (Soak *self)
{
  soak_pipeline_init (&self->pipeline, choose (self, 2) == 0, 1 + choose (self, 30));
  self->pipeline.seek = interrupt;
  self->pipeline.seek_data = self;
}

static void
end_pipeline (Soak *self)
{
  soak_pipeline_set_state (&self->pipeline, GST_STATE_NULL);
  soak_pipeline_clear (&self->pipeline);
}

static void
run (Soak *self, guint n_cues)
{
  make_pipeline (self);
  while (self->n_cues < n_cues) {
    live (self);
    if (choose (self, 3) == 0) {
      end_pipeline (self);
      make_pipeline (self);
    }
    soak_memory_sample (soak_place.cues);
  }
  end_pipeline (self);
}

static void
report (const Soak *self, gint64 growth)
{
  g_print (
      "%u cues in %u episodes of %u lives. Episodes ended quietly %u, flushed %u, by a flushing "
      "seek %u, by another %u, by EOS %u, by READY %u.\n",
      soak_place.cues, soak_place.episode, soak_place.life, self->n_of_end[END_QUIET],
      self->n_of_end[END_FLUSH], self->n_of_end[END_SEEK], self->n_of_end[END_BREAK],
      self->n_of_end[END_EOS], self->n_of_end[END_READY]);
  g_print ("sentences %" G_GUINT64_FORMAT ", gaps %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT
           ", discarded %" G_GUINT64_FORMAT ", clipped %" G_GUINT64_FORMAT
           "; late %" G_GUINT64_FORMAT "; resident memory grew by %" G_GINT64_FORMAT " KiB\n",
           self->total.sentences, self->total.gaps, self->total.dropped, self->total.discarded,
           self->total.clipped, self->total.late, growth / 1024);
}

int
main (int argc, char **argv)
{
  gint n_cues = 3000;
  gint seed = 1;
  gint patience = 60;
  const GOptionEntry entries[] = {
      {"cues", 0, 0, G_OPTION_ARG_INT, &n_cues, "How many cues to push", "N"},
      {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "What chance begins with", "S"},
      {"watchdog", 0, 0, G_OPTION_ARG_INT, &patience, "How long nothing may move", "SECONDS"},
      G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  Soak soak = {0};
  gint64 growth;

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return EXIT_FAILURE;
  }
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  soak_place.seed = (guint32)seed;
  soak.rand = g_rand_new_with_seed ((guint32)seed);
  soak_memory_init ((guint)n_cues, WARM_UP);
  soak_control_init (&soak.control, soak.rand);
  watchdog_start ((guint)patience);

  run (&soak, (guint)n_cues);

  watchdog_stop ();
  growth = soak_memory_get_growth ();
  report (&soak, growth);
  SOAK_CHECK (growth <= MAX_GROWTH, "the memory grew by %" G_GINT64_FORMAT " bytes", growth);
  soak_control_clear (&soak.control);
  soak_memory_clear ();
  g_rand_free (soak.rand);
  return EXIT_SUCCESS;
}
