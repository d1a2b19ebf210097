/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How the element is driven: states and properties. */

#include "s2s-element-fixture.h"
#include "s2s-test-shortlist.h"

#include <glib/gstdio.h>
#include <string.h>

#define UTF8 "text/x-raw, format=utf8"

static const S2sTestBundle to_chinese = {.target_language = "zh-CN", .seed = 1};
static const S2sTestBundle with_words = {.has_words = TRUE, .target_language = "fr", .seed = 6};
static const S2sTestBundle to_german = {.target_language = "de", .seed = 2};

static void
setup (ElementFixture *self, gconstpointer bundle)
{
  element_fixture_init (self, bundle);
}

static void
teardown (ElementFixture *self, gconstpointer bundle)
{
  g_assert_false (element_fixture_has_problem (self));
  element_fixture_clear (self);
}

static void
start (ElementFixture *self)
{
  element_fixture_play (self);
  element_fixture_start (self, UTF8);
}

/* Pushes text and sees that what comes out is what the library makes of it. */
static void
check_translation (ElementFixture *self, const char *bundle, const char *text,
                   void (*change) (S2sTranslatorOptions *))
{
  g_autofree char *expected = translate_directly (bundle, text, change);
  g_autofree char *result = NULL;

  g_assert_cmpint (element_fixture_push (self, text), ==, GST_FLOW_OK);
  result = element_fixture_pull (self);
  g_assert_cmpstr (result, ==, expected);
}

/* ---- States ---- */

static void
greedy (S2sTranslatorOptions *options)
{
  options->beam_size = 1;
}

static void
check_start_fails (ElementFixture *self, gint code, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (gst_element_set_state (self->element, GST_STATE_READY), ==,
                   GST_STATE_CHANGE_FAILURE);
  error = element_fixture_pop_problem (self, GST_MESSAGE_ERROR);
  g_assert_error (error, GST_RESOURCE_ERROR, code);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_nonnull (strstr (error->message, "model-path"));
}

static void
test_no_model (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "model-path", "/no/such/bundle", NULL);
  check_start_fails (self, GST_RESOURCE_ERROR_NOT_FOUND, "/no/such/bundle");
}

static void
test_no_languages (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "model-path", NULL, "input-language-code", "qaa",
                "output-language-code", "qab", NULL);
  check_start_fails (self, GST_RESOURCE_ERROR_NOT_FOUND, "qab");
}

static void
test_broken_model (ElementFixture *self, gconstpointer data)
{
  g_autofree char *config = g_build_filename (self->bundle, "config.json", NULL);

  g_assert_true (g_file_set_contents (config, "{ \"format_version\"", -1, NULL));
  check_start_fails (self, GST_RESOURCE_ERROR_READ, "config.json");
}

static void
test_start_after_failure (ElementFixture *self, gconstpointer data)
{
  g_object_set (self->element, "model-path", "/no/such/bundle", NULL);
  check_start_fails (self, GST_RESOURCE_ERROR_NOT_FOUND, "/no/such/bundle");
  check_start_fails (self, GST_RESOURCE_ERROR_NOT_FOUND, "/no/such/bundle");
  g_object_set (self->element, "model-path", self->bundle, NULL);
  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
}

static void
test_cycling (ElementFixture *self, gconstpointer data)
{
  static const GstState states[] = {GST_STATE_NULL, GST_STATE_READY, GST_STATE_PAUSED};

  start (self);
  for (gsize i = 0; i < 3 * G_N_ELEMENTS (states); i++) {
    check_translation (self, self->bundle, "Hello there.", NULL);
    g_assert_cmpint (gst_element_set_state (self->element, states[i % G_N_ELEMENTS (states)]), ==,
                     GST_STATE_CHANGE_SUCCESS);
    element_fixture_restart (self, UTF8);
  }
}

/* What is removed under a running element does not matter to it: the model was read at the start.
 */
static void
test_ready_keeps_the_model (ElementFixture *self, gconstpointer data)
{
  g_autofree char *expected = translate_directly (self->bundle, "Hello there.", greedy);
  g_autofree char *config = g_build_filename (self->bundle, "config.json", NULL);
  g_autofree char *result = NULL;

  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
  gst_element_set_state (self->element, GST_STATE_READY);
  g_assert_cmpint (g_unlink (config), ==, 0);
  g_object_set (self->element, "beam-search-size", 1, NULL);
  element_fixture_restart (self, UTF8);
  g_assert_cmpint (element_fixture_push (self, "Hello there."), ==, GST_FLOW_OK);
  result = element_fixture_pull (self);
  g_assert_cmpstr (result, ==, expected);
}

static void
test_two_elements (ElementFixture *self, gconstpointer data)
{
  ElementFixture other;

  element_fixture_init (&other, &to_german);
  start (self);
  start (&other);
  for (guint i = 0; i < 3; i++) {
    check_translation (self, self->bundle, "Hello there.", NULL);
    check_translation (&other, other.bundle, "Hello there.", NULL);
  }
  element_fixture_clear (&other);
  check_translation (self, self->bundle, "Good night.", NULL);
}

typedef struct {
  ElementFixture *fixture;
  const char *bundle;
  guint first; /* second */
} Channel;

static gpointer
run_channel (gpointer user_data)
{
  static const char *const texts[] = {"Hello there.", "Good night."};
  const Channel *self = user_data;

  for (guint i = 0; i < 20; i++) {
    const char *text = texts[i % G_N_ELEMENTS (texts)];
    g_autofree char *expected = translate_directly (self->bundle, text, NULL);
    g_autofree char *result = NULL;

    g_assert_cmpint (element_fixture_push_at (self->fixture, text, (self->first + i) * 1000, 1000),
                     ==, GST_FLOW_OK);
    result = element_fixture_pull (self->fixture);
    g_assert_cmpstr (result, ==, expected);
  }
  return NULL;
}

static void
start_channel (ElementFixture *self, const char *bundle)
{
  g_object_set (self->element, "model-path", bundle, "shared-decoding", TRUE, NULL);
  start (self);
}

/* Elements that decode in one batch show what each shows by itself, also once the others have left.
 */
static void
test_shared_decoding (ElementFixture *self, gconstpointer data)
{
  ElementFixture others[3];
  GThread *threads[G_N_ELEMENTS (others)];
  Channel channels[G_N_ELEMENTS (others)], own = {self, self->bundle, 0};

  start_channel (self, self->bundle);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    element_fixture_init (&others[i], data);
    start_channel (&others[i], self->bundle);
    channels[i] = (Channel){&others[i], self->bundle, 0};
    threads[i] = g_thread_new ("channel", run_channel, &channels[i]);
  }
  run_channel (&own);
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    g_thread_join (threads[i]);
    element_fixture_clear (&others[i]);
  }
  own.first = 20;
  run_channel (&own);
}

static void
use_shortlist (S2sTranslatorOptions *options)
{
  options->use_shortlist = TRUE;
}

/* Where the bundle has none, and where it has one, asked for or not. */
static void
test_vocabulary (ElementFixture *self, gconstpointer data)
{
  g_autofree char *full = translate_directly (self->bundle, "Hello there.", NULL);

  gst_util_set_object_arg (G_OBJECT (self->element), "vocabulary", "shortlist");
  start (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  check_translation (self, self->bundle, "Hello there.", NULL);

  s2s_test_shortlist_add_any (self->bundle);
  g_autofree char *listed = translate_directly (self->bundle, "Hello there.", use_shortlist);
  g_assert_cmpstr (listed, !=, full);
  g_assert_cmpstr (listed, !=, "");
  g_object_set (self->element, "model-path", self->bundle, NULL);
  element_fixture_push_gap (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  check_translation (self, self->bundle, "Hello there.", use_shortlist);
  gst_util_set_object_arg (G_OBJECT (self->element), "vocabulary", "full");
  check_translation (self, self->bundle, "Hello there.", NULL);
  gst_util_set_object_arg (G_OBJECT (self->element), "vocabulary", "default");
  check_translation (self, self->bundle, "Hello there.", NULL);
}

/* ---- Properties ---- */

static const char *const defaults[][2] = {
    {"mode", "translate"},     {"latency", "500"},           {"late-policy", "shift"},
    {"max-lateness", "5000"},  {"min-duration", "1000"},     {"beam-search-size", "0"},
    {"length-penalty", "-1"},  {"max-length", "0"},          {"units", "sentence"},
    {"bilingual", "off"},      {"max-line-length", "0"},     {"max-lines", "0"},
    {"max-cps", "0"},          {"min-confidence", "0"},      {"on-error", "passthrough"},
    {"post-messages", "true"}, {"shared-decoding", "false"}, {"vocabulary", "default"},
    {"history-size", "-1"},
};

static void
test_defaults (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GstElement) element = gst_element_factory_make ("s2stransform", NULL);
  g_autofree char *path = NULL;
  g_autofree char *input = NULL;
  g_autofree char *output = NULL;
  g_autofree char *glossary = NULL;

  g_object_get (element, "model-path", &path, "input-language-code", &input, "output-language-code",
                &output, "glossary", &glossary, NULL);
  g_assert_null (glossary);
  g_assert_null (path);
  g_assert_cmpstr (input, ==, "en");
  g_assert_null (output);
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++) {
    GValue value = G_VALUE_INIT;
    g_autofree char *text = NULL;

    g_object_get_property (G_OBJECT (element), defaults[i][0], &value);
    text = gst_value_serialize (&value);
    g_assert_cmpstr (text, ==, defaults[i][1]);
    g_value_unset (&value);
  }
}

/* What gst-inspect shows: a nick in Title Case that says the name, and a sentence. */
static void
check_description (GParamSpec *spec)
{
  const char *blurb = g_param_spec_get_blurb (spec);
  g_auto (GStrv) words = g_strsplit (g_param_spec_get_nick (spec), " ", -1);

  for (guint i = 0; words[i]; i++)
    g_assert_true (g_ascii_isupper (words[i][0]));
  g_assert_true (g_ascii_isupper (blurb[0]));
  g_assert_true (g_str_has_suffix (blurb, "."));
  g_assert_cmpuint (strlen (blurb), >, 30);
  g_assert_true (!G_IS_PARAM_SPEC_ENUM (spec) || gst_type_is_plugin_api (spec->value_type, NULL));
}

static void
test_mutability (ElementFixture *self, gconstpointer data)
{
  guint n_specs;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (self->element), &n_specs);
  guint n_ours = 0;

  for (guint i = 0; i < n_specs; i++) {
    if (specs[i]->owner_type != G_OBJECT_TYPE (self->element))
      continue;
    n_ours++;
    if (specs[i]->flags & G_PARAM_WRITABLE)
      g_assert_true (specs[i]->flags & GST_PARAM_MUTABLE_PLAYING);
    check_description (specs[i]);
  }
  g_assert_cmpuint (n_ours, ==, 24);
}

/* Who looks at GST_DEBUG=s2stransform:2 sees what the element warns of, wherever that is written.
 */
static void
note_category (GstDebugCategory *category, GstDebugLevel level, const char *file,
               const char *function, gint line, GObject *object, GstDebugMessage *message,
               gpointer user_data)
{
  GString *names = user_data;

  if (level <= GST_LEVEL_WARNING)
    g_string_append_printf (names, "%s;", gst_debug_category_get_name (category));
}

static void
test_debug_category (ElementFixture *self, gconstpointer data)
{
  GString *names = g_string_new (NULL);
  g_autoptr (GError) warning = NULL;

  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (note_category, names, NULL);
  gst_debug_set_default_threshold (GST_LEVEL_WARNING);
  g_object_set (self->element, "min-confidence", 1.0, NULL);
  element_fixture_push (self, "Hello there.");
  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  gst_debug_remove_log_function (note_category);
  g_assert_cmpstr (names->str, ==, "s2stransform;");
  g_string_free (names, TRUE);
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
}

static void
four_tokens (S2sTranslatorOptions *options)
{
  options->beam_size = 1;
  options->max_length = 4;
}

static void
test_decoding (ElementFixture *self, gconstpointer data)
{
  const char *text = "Hello there.";
  g_autofree char *wide = translate_directly (self->bundle, text, NULL);
  g_autofree char *narrow = translate_directly (self->bundle, text, greedy);
  g_autofree char *cut = translate_directly (self->bundle, text, four_tokens);

  /* Else a property without effect would go unseen. */
  g_assert_cmpstr (wide, !=, narrow);
  g_assert_cmpstr (narrow, !=, cut);

  start (self);
  check_translation (self, self->bundle, text, NULL);
  g_object_set (self->element, "beam-search-size", 1, NULL);
  check_translation (self, self->bundle, text, greedy);
  g_object_set (self->element, "max-length", 4, NULL);
  check_translation (self, self->bundle, text, four_tokens);
  g_object_set (self->element, "max-length", FIXTURE_MAX_LENGTH, "beam-search-size", 0, NULL);
  check_translation (self, self->bundle, text, NULL);
}

static void
check_next_language (ElementFixture *self, const char *expected)
{
  g_autoptr (GstEvent) tag = element_fixture_pull_event (self, GST_EVENT_TAG);
  g_autofree char *code = NULL;
  GstTagList *tags;

  gst_event_parse_tag (tag, &tags);
  g_assert_true (gst_tag_list_get_string (tags, GST_TAG_LANGUAGE_CODE, &code));
  g_assert_cmpstr (code, ==, expected);
}

static void
test_other_model (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);

  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  g_object_set (self->element, "model-path", german, NULL);
  element_fixture_push_gap (self);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  check_translation (self, german, "Hello there.", NULL);
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag buffer tag buffer");

  check_next_language (self, "zh");
  check_next_language (self, "de");
  s2s_test_bundle_remove (german);
}

static void
test_other_model_in_ready (ElementFixture *self, gconstpointer data)
{
  char *german = s2s_test_bundle_new (&to_german);

  gst_element_set_state (self->element, GST_STATE_READY);
  g_object_set (self->element, "model-path", german, NULL);
  start (self);
  check_translation (self, german, "Hello there.", NULL);
  g_assert_cmpstr (self->log->str, ==, "stream-start caps segment tag buffer");
  check_next_language (self, "de");
  s2s_test_bundle_remove (german);
}

static void
test_bad_model_while_playing (ElementFixture *self, gconstpointer data)
{
  g_autoptr (GError) warning = NULL;

  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_COMPLETE);
  g_object_set (self->element, "model-path", "/no/such/bundle", NULL);
  check_translation (self, self->bundle, "Hello there.", NULL);
  element_fixture_await_progress (self, GST_PROGRESS_TYPE_ERROR);
  warning = element_fixture_pop_problem (self, GST_MESSAGE_WARNING);
  g_assert_error (warning, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (warning->message, "/no/such/bundle"));
  check_translation (self, self->bundle, "Good night.", NULL);
  g_assert_false (element_fixture_has_problem (self));
}

static void
test_same_language (ElementFixture *self, gconstpointer data)
{
  g_autofree char *text = NULL;

  g_object_set (self->element, "model-path", NULL, "output-language-code", "en", NULL);
  start (self);
  element_fixture_push (self, "Hello\nthere.\n");
  text = element_fixture_pull (self);
  g_assert_cmpstr (text, ==, "Hello\nthere.");
}

/* ---- Much at once ---- */

typedef struct {
  ElementFixture *fixture;
  char *german;
  gint stop;
} Stress;

/* What an application may do at any time. */
static gpointer
disturb (gpointer user_data)
{
  static const char *const modes[] = {"translate", "passthrough", "mute"};
  Stress *stress = user_data;
  GstElement *element = stress->fixture->element;
  g_autoptr (GstPad) pad = gst_element_get_static_pad (element, "src");

  for (guint i = 0; !g_atomic_int_get (&stress->stop); i++) {
    GstQuery *query = gst_query_new_latency ();
    g_autoptr (GstStructure) stats = NULL;

    g_object_set (element, "beam-search-size", i % 3, "latency", 100 * (i % 5), "model-path",
                  i / 7 % 2 ? stress->german : stress->fixture->bundle, NULL);
    gst_util_set_object_arg (G_OBJECT (element), "mode", modes[i % G_N_ELEMENTS (modes)]);
    g_object_get (element, "stats", &stats, NULL);
    gst_pad_query (pad, query);
    gst_query_unref (query);
    g_usleep (300);
  }
  return NULL;
}

static void
test_disturbed (ElementFixture *self, gconstpointer data)
{
  Stress stress = {self, s2s_test_bundle_new (&to_german), FALSE};
  GThread *thread;

  g_object_set (self->element, "post-messages", FALSE, NULL);
  start (self);
  thread = g_thread_new ("disturb", disturb, &stress);
  for (guint i = 0; i < 300; i++)
    g_assert_cmpint (element_fixture_push_at (self, "Hello there.", 1000 * i, 1000), ==,
                     GST_FLOW_OK);
  g_atomic_int_set (&stress.stop, TRUE);
  g_thread_join (thread);
  g_assert_cmpuint (element_fixture_get_stat (self, "sentences") +
                        element_fixture_get_stat (self, "gaps"),
                    ==, 300);
  g_assert_cmpuint (gst_harness_buffers_received (self->harness), ==,
                    element_fixture_get_stat (self, "sentences"));
  gst_element_set_state (self->element, GST_STATE_NULL);
  s2s_test_bundle_remove (stress.german);
}

/* Each load that begins has an end, as the fixture sees. */
static void
test_cycling_fast (ElementFixture *self, gconstpointer data)
{
  for (guint i = 0; i < 100; i++) {
    gst_element_set_state (self->element, i % 2 ? GST_STATE_PLAYING : GST_STATE_READY);
    gst_element_set_state (self->element, i % 3 ? GST_STATE_NULL : GST_STATE_READY);
  }
  start (self);
  check_translation (self, self->bundle, "Hello there.", NULL);
}

/* What downstream says goes upstream. */
static void
test_downstream_stops (ElementFixture *self, gconstpointer data)
{
  start (self);
  gst_pad_set_active (self->harness->sinkpad, FALSE);
  g_assert_cmpint (element_fixture_push (self, "Hello there."), ==, GST_FLOW_FLUSHING);
  element_fixture_check_stats (self, "received 1, discarded 1");
}

/* ---- Locks ---- */

/* How often somebody has asked for what the object lock guards */
static gint n_asked;

/* Who calls this from within a push, a query or a message hangs if the element holds that lock. */
static void
take_lock (ElementFixture *self)
{
  GstStructure *stats;

  g_object_get (self->element, "stats", &stats, NULL);
  gst_structure_free (stats);
  g_atomic_int_inc (&n_asked);
}

static GstPadProbeReturn
take_lock_in_probe (GstPad *pad, GstPadProbeInfo *info, gpointer self)
{
  take_lock (self);
  return GST_PAD_PROBE_OK;
}

static GstBusSyncReply
take_lock_in_message (GstBus *bus, GstMessage *message, gpointer self)
{
  take_lock (self);
  return GST_BUS_PASS;
}

static void
probe (ElementFixture *self, const char *name)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->element, name);

  gst_pad_add_probe (pad,
                     GST_PAD_PROBE_TYPE_DATA_BOTH | GST_PAD_PROBE_TYPE_EVENT_FLUSH |
                         GST_PAD_PROBE_TYPE_QUERY_BOTH,
                     take_lock_in_probe, self, NULL);
}

static void
test_locks (ElementFixture *self, gconstpointer data)
{
  gst_bus_set_sync_handler (self->bus, take_lock_in_message, self, NULL);
  element_fixture_play (self);
  probe (self, "sink");
  probe (self, "src");
  element_fixture_start (self, UTF8);
  check_translation (self, self->bundle, "Hello there.", NULL);
  element_fixture_push_gap (self);
  g_object_set (self->element, "latency", 700, "model-path", "/no/such/bundle", NULL);
  element_fixture_push_gap (self);
  g_error_free (element_fixture_pop_problem (self, GST_MESSAGE_WARNING));
  gst_harness_query_latency (self->harness);
  gst_harness_push_event (self->harness, gst_event_new_flush_start ());
  gst_harness_push_event (self->harness, gst_event_new_flush_stop (TRUE));
  gst_element_set_state (self->element, GST_STATE_NULL);
  gst_bus_set_sync_handler (self->bus, NULL, NULL, NULL);
  g_assert_cmpint (g_atomic_int_get (&n_asked), >, 15);
}

static void
add (const char *path, const S2sTestBundle *bundle, void (*test) (ElementFixture *, gconstpointer))
{
  g_test_add (path, ElementFixture, bundle, setup, test, teardown);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  add ("/states/no-model", &to_chinese, test_no_model);
  add ("/states/no-languages", &to_chinese, test_no_languages);
  add ("/states/broken-model", &to_chinese, test_broken_model);
  add ("/states/start-after-failure", &to_chinese, test_start_after_failure);
  add ("/states/cycling", &to_chinese, test_cycling);
  add ("/states/ready-keeps-the-model", &to_chinese, test_ready_keeps_the_model);
  add ("/states/two-elements", &to_chinese, test_two_elements);
  add ("/states/shared-decoding", &to_chinese, test_shared_decoding);
  add ("/states/vocabulary", &with_words, test_vocabulary);
  add ("/properties/defaults", &to_chinese, test_defaults);
  add ("/properties/mutability", &to_chinese, test_mutability);
  add ("/states/debug-category", &to_chinese, test_debug_category);
  add ("/properties/decoding", &to_chinese, test_decoding);
  add ("/properties/other-model", &to_chinese, test_other_model);
  add ("/properties/other-model-in-ready", &to_chinese, test_other_model_in_ready);
  add ("/properties/bad-model-while-playing", &to_chinese, test_bad_model_while_playing);
  add ("/properties/same-language", &to_chinese, test_same_language);
  add ("/locks", &to_chinese, test_locks);
  add ("/stress/disturbed", &to_chinese, test_disturbed);
  add ("/stress/cycling", &to_chinese, test_cycling_fast);
  add ("/stress/downstream", &to_chinese, test_downstream_stops);
  return g_test_run ();
}
