/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-service.h"

#include "s2s-bench-speech.h"
#include "s2s-bench.h"

#include <stdio.h>

/* The decoder service in real time, at the reference size: so many threads, each of which speaks,
 * hands its sentence to the service when the last word is spoken, and waits for the translation.
 * Latencies on the wall, of the sentences of the last five seconds. */

#define WARM_UP 2 /* seconds */
#define DURATION 5

typedef struct {
  guint type; /* of s2s_bench_types */
  guint beam;
  guint n_channels;
} Setting;

static const Setting settings[] = {
    {S2S_BENCH_F32, 1, 400},
    {S2S_BENCH_F32, 4, 100},
    {S2S_BENCH_I8, 1, 600},
    {S2S_BENCH_I8, 4, 150},
};

typedef struct {
  S2sService *service;
  const gint32 *ids; /* [S2S_BENCH_MAX_SPOKEN], EOS last */
  gint64 began;
  GMutex lock;
  GArray *latencies; /* of double, seconds; under the lock */
} Audience;

typedef struct {
  Audience *audience;
  guint32 seed;
  GThread *thread;
} Channel;

static void
forget (const S2sSearch *search, guint slot, guint index, gpointer user_data)
{
}

static void
translate (const Audience *self, guint n_words)
{
  guint n_ids = s2s_bench_count_ids (n_words);
  S2sSearchInput input = {.ids = self->ids + S2S_BENCH_MAX_SPOKEN - n_ids, .n_ids = n_ids};

  g_assert_true (s2s_service_run (
      self->service, &(S2sServiceCall){.inputs = &input, .n_inputs = 1, .take = forget}));
}

static void
keep (Audience *self, double latency)
{
  g_mutex_lock (&self->lock);
  g_array_append_val (self->latencies, latency);
  g_mutex_unlock (&self->lock);
}

static gpointer
speak (gpointer user_data)
{
  const Channel *self = user_data;
  Audience *audience = self->audience;
  g_autoptr (GRand) rand = g_rand_new_with_seed (self->seed);
  double due = 0, share = g_rand_double (rand); /* the first sentence is half spoken */

  for (;; share = 1) {
    guint n_words = s2s_bench_draw_words (rand);

    due += share * n_words / S2S_BENCH_WORDS_PER_SECOND;
    if (due > WARM_UP + DURATION)
      return NULL;
    gint64 spoken = audience->began + (gint64)(due * G_USEC_PER_SEC);
    gint64 now = g_get_monotonic_time ();
    if (spoken > now)
      g_usleep ((gulong)(spoken - now));
    translate (audience, n_words);
    if (due > WARM_UP)
      keep (audience, (double)(g_get_monotonic_time () - spoken) / G_USEC_PER_SEC);
  }
}

static void
run_channels (Audience *audience, guint n_channels)
{
  g_autofree Channel *channels = g_new (Channel, n_channels);

  audience->began = g_get_monotonic_time ();
  for (guint i = 0; i < n_channels; i++) {
    channels[i] = (Channel){.audience = audience, .seed = i};
    channels[i].thread = g_thread_new ("channel", speak, &channels[i]);
  }
  for (guint i = 0; i < n_channels; i++)
    g_thread_join (channels[i].thread);
}

static void
run (const S2sBenchWeights *weights, const Setting *setting)
{
  gint32 ids[S2S_BENCH_MAX_SPOKEN];
  S2sBenchNet net;
  Audience audience = {.ids = ids, .latencies = g_array_new (FALSE, FALSE, sizeof (double))};

  for (guint i = 0; i < S2S_BENCH_MAX_SPOKEN; i++)
    ids[i] = i + 1 < S2S_BENCH_MAX_SPOKEN ? 10 + (gint32)(i * 97) : 3;
  s2s_bench_net_init (&net, weights, &s2s_bench_types[setting->type]);
  audience.service = s2s_bench_service_claim (&net, setting->beam, S2S_BENCH_MAX_SPOKEN);
  g_mutex_init (&audience.lock);
  run_channels (&audience, setting->n_channels);

  guint n = audience.latencies->len;
  double *latencies = &g_array_index (audience.latencies, double, 0);
  double median = s2s_bench_get_spread (n, latencies).median;
  printf ("%-4s %4u %8u %9u %10.1f %10.1f %10.1f\n", net.type->name, setting->beam,
          setting->n_channels, n, 1000 * median, 1000 * latencies[n * 99 / 100],
          1000 * latencies[n - 1]);
  fflush (stdout);
  s2s_service_release (audience.service);
  s2s_bench_net_clear (&net);
  g_mutex_clear (&audience.lock);
  g_array_unref (audience.latencies);
}

int
main (void)
{
  S2sBenchWeights *weights = s2s_bench_weights_new (S2S_BENCH_VOCABULARY, S2S_BENCH_LAYERS);

  printf ("%s, a service in real time; ms from the last word of a sentence to its translation\n"
          "     beam channels sentences     median        p99    longest\n",
          s2s_kernels_get (NULL)->name);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    run (weights, &settings[i]);
  s2s_bench_weights_free (weights);
  return 0;
}
