/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-control.h"

#include "s2s-soak-fail.h"
#include "s2s-soak-property.h"
#include "s2s-test-bundle.h"

#include <glib/gstdio.h>
#include <string.h>

/* ---- Files ---- */

static void
write_file (const char *dir, const char *name, const char *content)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  SOAK_CHECK (g_file_set_contents (path, content, -1, NULL), "%s cannot be written", path);
}

static void
make_broken (SoakControl *self)
{
  S2sTestBundle bundle = {.seed = 4};

  self->broken[0] = g_build_filename (self->dir, "nothing", NULL);
  self->broken[1] = s2s_test_bundle_new (&bundle);
  write_file (self->broken[1], "model.safetensors", "not weights");
  self->broken[2] = s2s_test_bundle_new (&bundle);
  write_file (self->broken[2], "config.json", "{");
}

static void
make_glossaries (SoakControl *self)
{
  write_file (self->dir, "glossary.tsv", "Rome\tRoma\nSophie\tSOPHIE\n");
  self->glossaries[0] = g_build_filename (self->dir, "glossary.tsv", NULL);
  self->glossaries[1] = g_build_filename (self->dir, "no-glossary.tsv", NULL);
}

void
soak_control_init (SoakControl *self, GRand *rand)
{
  static const char *const tags[SOAK_N_BUNDLES] = {"zh-CN", "de", "fr-CA"};
  static const char *const languages[SOAK_N_BUNDLES] = {"zh", "de", "fr"};

  *self = (SoakControl){.rand = rand, .dir = g_dir_make_tmp ("s2s-soak-XXXXXX", NULL)};
  SOAK_CHECK (self->dir != NULL, "no temporary directory");
  for (guint i = 0; i < SOAK_N_BUNDLES; i++) {
    S2sTestBundle bundle = {.target_language = tags[i],
                            .seed = i + 1,
                            .attention = i == 2 ? "none" : NULL,
                            .cell = i == 1 ? "gru" : NULL};

    self->bundles[i] = s2s_test_bundle_new (&bundle);
    self->languages[i] = languages[i];
  }
  make_broken (self);
  make_glossaries (self);
}

void
soak_control_clear (SoakControl *self)
{
  for (guint i = 0; i < SOAK_N_BUNDLES; i++)
    s2s_test_bundle_remove (self->bundles[i]);
  s2s_test_bundle_remove (self->broken[1]);
  s2s_test_bundle_remove (self->broken[2]);
  g_free (self->broken[0]);
  g_unlink (self->glossaries[0]);
  g_rmdir (self->dir);
  for (guint i = 0; i < G_N_ELEMENTS (self->glossaries); i++)
    g_free (self->glossaries[i]);
  g_free (self->dir);
}

/* ---- Models ---- */

static void
set_model (SoakControl *self, const char *path)
{
  g_object_set (self->pipeline->transform, "model-path", path, NULL);
}

static void
set_any_model (SoakControl *self)
{
  set_model (self, self->bundles[g_rand_int_range (self->rand, 0, SOAK_N_BUNDLES)]);
}

/* What is set after that would make it void. */
static void
expect_failure (SoakControl *self)
{
  self->n_warnings_before_failure = (guint)g_atomic_int_get (&self->pipeline->n_resource_warnings);
  self->failure_expected = TRUE;
}

static void
break_model (SoakControl *self)
{
  expect_failure (self);
  set_model (self, self->broken[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (self->broken))]);
}

static void
change_glossary (SoakControl *self)
{
  guint choice = (guint)g_rand_int_range (self->rand, 0, 3);

  if (choice == 1) {
    /* Without a model nobody reads it. */
    set_any_model (self);
    expect_failure (self);
  }
  g_object_set (self->pipeline->transform, "glossary",
                choice < G_N_ELEMENTS (self->glossaries) ? self->glossaries[choice] : NULL, NULL);
}

/* No model at all: text passes. */
static void
pass_text (SoakControl *self)
{
  g_object_set (self->pipeline->transform, "model-path", NULL, "input-language-code", "en",
                "output-language-code", "en", NULL);
}

gboolean
soak_control_awaits_warning (SoakControl *self)
{
  return self->failure_expected && (guint)g_atomic_int_get (&self->pipeline->n_resource_warnings) ==
                                       self->n_warnings_before_failure;
}

void
soak_control_recover (SoakControl *self)
{
  self->failure_expected = FALSE;
  g_object_set (self->pipeline->transform, "glossary", NULL, NULL);
  set_any_model (self);
}

void
soak_control_begin (SoakControl *self, SoakPipeline *pipeline)
{
  self->n_translations_before = (guint)g_atomic_int_get (&pipeline->n_translations);
  soak_control_reset (self, pipeline);
}

void
soak_control_reset (SoakControl *self, SoakPipeline *pipeline)
{
  self->pipeline = pipeline;
  self->failure_expected = FALSE;
  soak_property_reset (pipeline->transform);
  if (pipeline->accumulate)
    soak_property_reset (pipeline->accumulate);
  g_object_set (pipeline->transform, "glossary", NULL, NULL);
  set_any_model (self);
}

/* ---- Others ---- */

static void
change_property (SoakControl *self)
{
  gboolean may_fail = g_atomic_int_get (&self->pipeline->may_fail);

  if (self->pipeline->accumulate && g_rand_int_range (self->rand, 0, 3) == 0)
    soak_property_change (self->pipeline->accumulate, self->rand, may_fail);
  else
    soak_property_change (self->pipeline->transform, self->rand, may_fail);
}

static void
change_downstream (SoakControl *self)
{
  static const char *const accepted[] = {
      "text/x-raw, format=utf8",
      "text/x-raw, format=pango-markup",
      "text/x-raw, format={ pango-markup, utf8 }",
  };

  g_atomic_pointer_set (&self->pipeline->sink.accepted,
                        accepted[g_rand_int_range (self->rand, 0, G_N_ELEMENTS (accepted))]);
  gst_pad_push_event (self->pipeline->sink.pad, gst_event_new_reconfigure ());
}

static void
pause_and_play (SoakControl *self)
{
  soak_pipeline_set_state (self->pipeline, GST_STATE_PAUSED);
  soak_pipeline_set_state (self->pipeline, GST_STATE_PLAYING);
}

static void
ask_latency (SoakControl *self)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  gboolean live;
  GstClockTime min;
  GstClockTime max;

  if (g_atomic_int_compare_and_exchange ((gint *)&self->pipeline->latency_changed, TRUE, FALSE))
    gst_bin_recalculate_latency (GST_BIN (self->pipeline->pipeline));
  SOAK_CHECK (gst_element_query (self->pipeline->pipeline, query), "no answer to LATENCY");
  gst_query_parse_latency (query, &live, &min, &max);
  SOAK_CHECK (live == self->pipeline->live, "LATENCY says that live is %d", live);
  SOAK_CHECK (!live || min >= self->pipeline->latency, "LATENCY lost that of the source");
}

static void
read_properties (SoakControl *self)
{
  SoakStats stats;

  soak_pipeline_get_stats (self->pipeline, &stats);
  SOAK_CHECK (stats.received >=
                  stats.sentences + stats.gaps + stats.dropped + stats.discarded + stats.clipped,
              "more became of cues than there were");
}

/* What cannot be used is a warning only where there is something that stays in use. */
static gboolean
may_break (SoakControl *self)
{
  return !self->failure_expected &&
         (guint)g_atomic_int_get (&self->pipeline->n_translations) > self->n_translations_before;
}

void
soak_control_act (SoakControl *self)
{
  switch (g_rand_int_range (self->rand, 0, 24)) {
  case 0:
  case 1:
    if (!self->failure_expected)
      set_any_model (self);
    break;
  case 2:
    if (may_break (self))
      break_model (self);
    break;
  case 3:
    if (may_break (self))
      change_glossary (self);
    break;
  case 4:
    if (!self->failure_expected)
      pass_text (self);
    break;
  case 5:
    change_downstream (self);
    break;
  case 6:
    pause_and_play (self);
    break;
  case 7:
  case 8:
    ask_latency (self);
    break;
  case 9:
  case 10:
    read_properties (self);
    break;
  default:
    change_property (self);
  }
}
