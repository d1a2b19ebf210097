/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-denormals.h"

#include "s2s-bench-speech.h"
#include "s2s-bench-torch.h"
#include "s2s-bench.h"

#include <stdio.h>
#include <string.h>

/* How many live captioners one core carries, which decode in one batch: bench-channels [FILE.tsv
 * [PICTURE]].
 *
 * A sentence comes when its last word is spoken, joins the batch before the next step, and has a
 * latency until its last token. The work is done and its time taken; the time between is skipped,
 * so the clock of the simulation is that of a core that does nothing else. What threads add to this
 * is in bench-service. */

#define MAX_SOURCE S2S_BENCH_MAX_SPOKEN
#define WARM_UP 2  /* seconds, in which the channels get out of step */
#define DURATION 5 /* seconds after that */
#define HOPELESS 1 /* seconds of waiting after which more time would bring nothing new */
#define MAX_CHANNELS 4000
#define MAX_SLOTS 64 /* as many as a service has */

typedef struct {
  guint type; /* of s2s_bench_types */
  guint beam;
  guint n_slots; /* sentences in the batch, at most */
} Setting;

static const Setting settings[] = {
    {S2S_BENCH_F32, 1, 1},         {S2S_BENCH_F32, 1, MAX_SLOTS}, {S2S_BENCH_F32, 4, MAX_SLOTS},
    {S2S_BENCH_F16, 1, MAX_SLOTS}, {S2S_BENCH_F16, 4, MAX_SLOTS}, {S2S_BENCH_I8, 1, 1},
    {S2S_BENCH_I8, 1, MAX_SLOTS},  {S2S_BENCH_I8, 4, MAX_SLOTS},
};

typedef struct {
  double arrival;
  guint n_words;
} Channel;

/* A sentence that has come and waits, or is decoded. */
typedef struct {
  double arrival;
  guint n_ids;
} Sentence;

typedef struct {
  S2sSearch *search;
  GRand *rand;
  gint32 ids[MAX_SOURCE]; /* EOS last; a sentence is the end of it */
  guint n_channels;
  Channel channels[MAX_CHANNELS];
  GArray *waiting; /* of Sentence */
  Sentence decoded[MAX_SLOTS];
  gboolean is_taken[MAX_SLOTS];
  guint n_running;
  double now;
  double busy;       /* seconds of work */
  GArray *latencies; /* of double, since then */
} Simulation;

typedef struct {
  guint n_channels;
  double median;
  double p99;
  double load; /* share of the time that the core works, of the warm-up too */
} Point;

static void
speak (Simulation *self, Channel *channel)
{
  channel->n_words = s2s_bench_draw_words (self->rand);
  channel->arrival += channel->n_words / S2S_BENCH_WORDS_PER_SECOND;
}

/* Moves what has been spoken by now to those that wait; returns when the next sentence ends. */
static double
listen (Simulation *self)
{
  double next = G_MAXDOUBLE;

  for (guint i = 0; i < self->n_channels; i++) {
    Channel *channel = &self->channels[i];

    while (channel->arrival <= self->now) {
      Sentence sentence = {channel->arrival, s2s_bench_count_ids (channel->n_words)};

      g_array_append_val (self->waiting, sentence);
      speak (self, channel);
    }
    next = MIN (next, channel->arrival);
  }
  return next;
}

/* Those that wait join, as many as there is room for. */
static void
admit (Simulation *self)
{
  guint n = MIN (self->waiting->len, s2s_search_get_n_free (self->search));
  S2sSearchInput inputs[MAX_SLOTS] = {0};
  guint slots[MAX_SLOTS];

  if (n == 0)
    return;
  for (guint i = 0; i < n; i++) {
    guint n_ids = g_array_index (self->waiting, Sentence, i).n_ids;

    inputs[i] = (S2sSearchInput){.ids = self->ids + MAX_SOURCE - n_ids, .n_ids = n_ids};
  }
  s2s_search_add (self->search, inputs, n, slots);
  for (guint i = 0; i < n; i++) {
    self->decoded[slots[i]] = g_array_index (self->waiting, Sentence, i);
    self->is_taken[slots[i]] = TRUE;
  }
  self->n_running += n;
  g_array_remove_range (self->waiting, 0, n);
}

static void
take_results (Simulation *self)
{
  for (guint slot = 0; slot < MAX_SLOTS; slot++) {
    if (!self->is_taken[slot] || !s2s_search_has_ended (self->search, slot))
      continue;
    double latency = self->now - self->decoded[slot].arrival;

    s2s_search_remove (self->search, slot);
    self->is_taken[slot] = FALSE;
    self->n_running--;
    if (self->decoded[slot].arrival >= WARM_UP)
      g_array_append_val (self->latencies, latency);
  }
}

static void
work (Simulation *self)
{
  double start = s2s_bench_get_seconds ();

  admit (self);
  s2s_search_step (self->search);
  double spent = s2s_bench_get_seconds () - start;
  self->busy += spent;
  self->now += spent;
  take_results (self);
}

static void
start (Simulation *self, guint n_channels)
{
  self->n_channels = n_channels;
  self->now = self->busy = 0;
  g_array_set_size (self->waiting, 0);
  g_array_set_size (self->latencies, 0);
  g_rand_set_seed (self->rand, 1);
  for (guint i = 0; i < n_channels; i++) {
    self->channels[i].arrival = 0;
    speak (self, &self->channels[i]);
    self->channels[i].arrival *= g_rand_double (self->rand);
  }
}

static gboolean
is_hopeless (const Simulation *self)
{
  return self->waiting->len > 0 &&
         self->now - g_array_index (self->waiting, Sentence, 0).arrival > HOPELESS;
}

/* Those that are not decoded by the end count with what they have waited. */
static void
give_up (Simulation *self)
{
  for (guint slot = 0; slot < MAX_SLOTS; slot++)
    if (self->is_taken[slot]) {
      double latency = self->now - self->decoded[slot].arrival;

      s2s_search_remove (self->search, slot);
      self->is_taken[slot] = FALSE;
      g_array_append_val (self->latencies, latency);
    }
  for (guint i = 0; i < self->waiting->len; i++) {
    double latency = self->now - g_array_index (self->waiting, Sentence, i).arrival;

    g_array_append_val (self->latencies, latency);
  }
  self->n_running = 0;
}

static Point
run (Simulation *self, guint n_channels)
{
  start (self, n_channels);
  while (self->now < WARM_UP + DURATION && !is_hopeless (self)) {
    double next = listen (self);

    if (self->n_running == 0 && self->waiting->len == 0)
      self->now = next;
    else
      work (self);
  }
  give_up (self);

  guint n = self->latencies->len;
  double *latencies = &g_array_index (self->latencies, double, 0);
  S2sBenchSpread spread = s2s_bench_get_spread (n, latencies);
  return (Point){n_channels, spread.median, latencies[n * 99 / 100], self->busy / self->now};
}

static void
print_point (const Setting *setting, const Point *point, GString *table)
{
  const char *type = s2s_bench_types[setting->type].name;

  printf ("%-4s %4u %5u %8u %10.0f %10.0f %9.0f%%\n", type, setting->beam, setting->n_slots,
          point->n_channels, 1000 * point->median, 1000 * point->p99, 100 * point->load);
  g_string_append_printf (table, "%s, beam %u%s\t%u\t%.2f\t%.2f\t%.3f\n", type, setting->beam,
                          setting->n_slots == 1 ? ", one at a time" : "", point->n_channels,
                          1000 * point->median, 1000 * point->p99, point->load);
  fflush (stdout);
}

/* Twice as many each time until there are too many, then halves of what is between. */
static void
find_limit (Simulation *self, const Setting *setting, GString *table)
{
  guint carried = 0, too_many = 0;

  for (guint n = 100; n < MAX_CHANNELS && (too_many == 0 || too_many - carried > too_many / 8);) {
    Point point = run (self, n);

    print_point (setting, &point, table);
    if (point.p99 < S2S_BENCH_MAX_LATENCY)
      carried = n;
    else
      too_many = n;
    n = too_many == 0 ? 2 * n : (carried + too_many) / 2;
  }
  printf ("%-4s %4u %5u carries %u channels\n", s2s_bench_types[setting->type].name, setting->beam,
          setting->n_slots, carried);
}

static void
run_setting (const S2sBenchWeights *weights, const Setting *setting, GString *table)
{
  g_autofree Simulation *self = g_new0 (Simulation, 1);
  S2sBenchNet net;

  s2s_bench_net_init (&net, weights, &s2s_bench_types[setting->type]);
  self->search = s2s_bench_search_new (&net, setting->beam, setting->n_slots, MAX_SOURCE, 0);
  self->rand = g_rand_new ();
  self->waiting = g_array_new (FALSE, FALSE, sizeof (Sentence));
  self->latencies = g_array_new (FALSE, FALSE, sizeof (double));
  for (guint i = 0; i < MAX_SOURCE; i++)
    self->ids[i] = i + 1 < MAX_SOURCE ? 10 + (gint32)(i * 97) : 3;

  find_limit (self, setting, table);

  g_array_unref (self->waiting);
  g_array_unref (self->latencies);
  g_rand_free (self->rand);
  s2s_search_free (self->search);
  s2s_bench_net_clear (&net);
}

int
main (int argc, char **argv)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS);
  g_autoptr (GString) table = g_string_new ("decoding\tchannels\tmedian\tp99\tload\n");
  g_autoptr (GError) error = NULL;

  printf ("%s, one core; ms from the last word of a sentence to its translation\n"
          "     beam batch channels     median        p99   core used\n",
          s2s_kernels_get (NULL)->name);
  guint64 denormals = s2s_denormals_begin ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    run_setting (weights, &settings[i], table);
  s2s_denormals_end (denormals);
  if (argc == 3 && g_file_set_contents (argv[1], table->str, (gssize)table->len, &error))
    s2s_bench_draw ("plot_channels", argv[1], argv[2]);
  g_assert_no_error (error);
  s2s_bench_weights_free (weights);
  return 0;
}
