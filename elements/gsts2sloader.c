/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sloader.h"

#include "gsts2sglossary.h"

#define PROGRESS_CODE "load"

struct _GstS2sLoader {
  gatomicrefcount ref_count; /* of the element, and of each thread */
  GWeakRef element;
  gint cancelled; /* GstS2sCancel; atomic, and changes under the lock */

  GMutex lock; /* nobody holds it who posts */
  GCond changed;
  guint serial;           /* of the load that is wanted */
  gboolean is_loading;    /* that one is under way */
  gboolean is_reported;   /* its end has been posted, or is being posted */
  gboolean has_failed;    /* and that it has failed */
  GstS2sSession *session; /* what it gave, until it is taken */
};

/* What a thread loads, and for whom. */
typedef struct {
  GstS2sLoader *loader;
  GstS2sSettings settings;
  guint serial;
  gboolean required;
} Load;

/**
 * gst_s2s_loader_new:
 * @element: (transfer none): who posts the messages
 *
 * Returns: (transfer full): a loader that is cancelled, for @element does not stream
 */
GstS2sLoader *
gst_s2s_loader_new (GstElement *element)
{
  GstS2sLoader *self = g_new0 (GstS2sLoader, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_weak_ref_init (&self->element, element);
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->cancelled = GST_S2S_CANCEL_STOP;
  return self;
}

/**
 * gst_s2s_loader_unref:
 * @self: (transfer full): a loader
 */
void
gst_s2s_loader_unref (GstS2sLoader *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_weak_ref_clear (&self->element);
  gst_s2s_session_free (self->session);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  g_free (self);
}

/* ---- Messages ---- */

static void
post_progress (GstElement *element, GstProgressType type, const char *text)
{
  gst_element_post_message (
      element, gst_message_new_progress (GST_OBJECT (element), type, PROGRESS_CODE, text));
}

static gint
get_resource_error (const GError *error)
{
  if (g_error_matches (error, S2S_ERROR, S2S_ERROR_NOT_FOUND) ||
      g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return GST_RESOURCE_ERROR_NOT_FOUND;
  if (g_error_matches (error, S2S_ERROR, S2S_ERROR_OPTIONS))
    return GST_RESOURCE_ERROR_SETTINGS;
  return GST_RESOURCE_ERROR_READ;
}

/**
 * gst_s2s_loader_post_problem:
 * @element: who posts
 * @required: whether nothing can go on without what failed: an ERROR, otherwise a WARNING
 * @error: of a session
 *
 * Says why there is no session, and the way out.
 */
void
gst_s2s_loader_post_problem (GstElement *element, gboolean required, const GError *error)
{
  gboolean is_glossary = error->domain == GST_S2S_GLOSSARY_ERROR || error->domain == G_FILE_ERROR;
  const char *what = is_glossary ? "No glossary to translate with" : "No model to translate with";
  const char *way_out = is_glossary
                            ? "Set the property glossary to a file that can be read, or unset it."
                            : "Set the property model-path to a bundle, or choose "
                              "languages for which a bundle is installed.";
  char *text =
      required ? g_strdup_printf ("%s: %s. %s", what, error->message, way_out)
               : g_strdup_printf ("The new settings cannot be used: %s. The old ones stay in use.",
                                  error->message);

  gst_element_message_full (element, required ? GST_MESSAGE_ERROR : GST_MESSAGE_WARNING,
                            GST_RESOURCE_ERROR, get_resource_error (error), text, NULL, __FILE__,
                            GST_FUNCTION, __LINE__);
}

/* ---- The thread ---- */

static Load *
load_new (GstS2sLoader *self, const GstS2sSettings *settings, guint serial, gboolean required)
{
  Load *load = g_new0 (Load, 1);

  g_atomic_ref_count_inc (&self->ref_count);
  load->loader = self;
  gst_s2s_settings_copy (&load->settings, settings);
  load->serial = serial;
  load->required = required;
  return load;
}

static void
load_free (Load *load)
{
  gst_s2s_settings_clear (&load->settings);
  gst_s2s_loader_unref (load->loader);
  g_free (load);
}

/* Whether somebody still wants a load that has ended, who then is told of it. */
static gboolean
claim (GstS2sLoader *self, guint serial, gboolean failed)
{
  gboolean wanted;

  g_mutex_lock (&self->lock);
  wanted = self->is_loading && self->serial == serial;
  if (wanted) {
    self->is_reported = TRUE;
    self->has_failed = failed;
  }
  g_mutex_unlock (&self->lock);
  return wanted;
}

/* Hands the session over, unless nobody wants it any more. */
static void
hand_over (GstS2sLoader *self, guint serial, GstS2sSession *session)
{
  gboolean wanted;

  g_mutex_lock (&self->lock);
  wanted = self->is_loading && self->serial == serial;
  if (wanted) {
    self->session = session;
    self->is_loading = FALSE;
    g_cond_broadcast (&self->changed);
  }
  g_mutex_unlock (&self->lock);
  if (!wanted)
    gst_s2s_session_free (session);
}

static void
report (GstElement *element, const Load *load, const GError *error)
{
  if (!error) {
    post_progress (element, GST_PROGRESS_TYPE_COMPLETE, "The model is loaded");
    return;
  }
  post_progress (element, GST_PROGRESS_TYPE_ERROR, error->message);
  gst_s2s_loader_post_problem (element, load->required, error);
}

/* Who waits learns of a failure from a flow that ends, so the reason has to be known before. Who
 * hears of a success may send text at once, so the model has to be there before. */
static void
complete (Load *load, GstS2sSession *session, const GError *error)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&load->loader->element);
  gboolean wanted = element && claim (load->loader, load->serial, error != NULL);

  if (wanted && error)
    report (element, load, error);
  hand_over (load->loader, load->serial, session);
  if (wanted && !error)
    report (element, load, NULL);
  load_free (load);
}

static gpointer
run (gpointer data)
{
  Load *load = data;
  g_autoptr (GError) error = NULL;
  GstS2sSession *session = gst_s2s_session_new (&load->settings, &error);

  complete (load, session, error);
  return NULL;
}

/* ---- Loading ---- */

/* Makes what is under way void; returns whether there was something that has not ended. */
static gboolean
forget (GstS2sLoader *self)
{
  GstS2sSession *session;
  gboolean was_loading;

  g_mutex_lock (&self->lock);
  was_loading = self->is_loading && !self->is_reported;
  session = g_steal_pointer (&self->session);
  self->is_loading = FALSE;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  gst_s2s_session_free (session);
  return was_loading;
}

/**
 * gst_s2s_loader_abandon:
 * @self: a loader
 *
 * Makes what is being loaded, or was loaded and not taken, void. It waits for nobody.
 */
void
gst_s2s_loader_abandon (GstS2sLoader *self)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);

  if (forget (self) && element)
    post_progress (element, GST_PROGRESS_TYPE_CANCELED, "The model is not wanted any more");
}

/**
 * gst_s2s_loader_start:
 * @self: a loader
 * @settings: for gst_s2s_session_new()
 * @required: whether nothing can go on without it: a failure is an ERROR, otherwise a WARNING
 *
 * Begins to make a session, instead of the one that is being made.
 */
void
gst_s2s_loader_start (GstS2sLoader *self, const GstS2sSettings *settings, gboolean required)
{
  g_autoptr (GstElement) element = g_weak_ref_get (&self->element);
  g_autoptr (GError) error = NULL;
  GThread *thread;
  Load *load;
  guint serial;

  gst_s2s_loader_abandon (self);
  post_progress (element, GST_PROGRESS_TYPE_START, "Loading the model");
  g_mutex_lock (&self->lock);
  serial = ++self->serial;
  self->is_loading = TRUE;
  self->is_reported = FALSE;
  self->has_failed = FALSE;
  g_mutex_unlock (&self->lock);
  load = load_new (self, settings, serial, required);
  thread = g_thread_try_new ("s2s-load", run, load, &error);
  if (thread)
    g_thread_unref (thread);
  else
    complete (load, NULL, error);
}

/**
 * gst_s2s_loader_is_busy:
 * @self: a loader
 *
 * Returns: whether a session is being made, or was made and not taken
 */
gboolean
gst_s2s_loader_is_busy (GstS2sLoader *self)
{
  gboolean busy;

  g_mutex_lock (&self->lock);
  busy = self->is_loading || self->session;
  g_mutex_unlock (&self->lock);
  return busy;
}

/**
 * gst_s2s_loader_has_failed:
 * @self: a loader
 *
 * Returns: whether the last load has failed
 */
gboolean
gst_s2s_loader_has_failed (GstS2sLoader *self)
{
  gboolean failed;

  g_mutex_lock (&self->lock);
  failed = self->has_failed;
  g_mutex_unlock (&self->lock);
  return failed;
}

/**
 * gst_s2s_loader_take:
 * @self: a loader
 *
 * Returns: (transfer full) (nullable): a session that has been made since, or %NULL
 */
GstS2sSession *
gst_s2s_loader_take (GstS2sLoader *self)
{
  GstS2sSession *session;

  g_mutex_lock (&self->lock);
  session = g_steal_pointer (&self->session);
  g_mutex_unlock (&self->lock);
  return session;
}

/**
 * gst_s2s_loader_wait:
 * @self: a loader
 *
 * Waits until what is being loaded is there, or somebody cancels.
 *
 * Returns: (transfer full) (nullable): the session, or %NULL if that failed, was cancelled, or is
 *   not being loaded
 */
GstS2sSession *
gst_s2s_loader_wait (GstS2sLoader *self)
{
  GstS2sSession *session;

  g_mutex_lock (&self->lock);
  while (self->is_loading && !g_atomic_int_get (&self->cancelled))
    g_cond_wait (&self->changed, &self->lock);
  session = g_steal_pointer (&self->session);
  g_mutex_unlock (&self->lock);
  return session;
}

/* ---- Cancelling ---- */

/**
 * gst_s2s_loader_cancel:
 * @self: a loader
 * @reason: why
 *
 * Wakes who waits, and makes gst_s2s_loader_is_cancelled() true. From any thread.
 */
void
gst_s2s_loader_cancel (GstS2sLoader *self, GstS2sCancel reason)
{
  g_mutex_lock (&self->lock);
  g_atomic_int_or (&self->cancelled, reason);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

/**
 * gst_s2s_loader_resume:
 * @self: a loader
 * @reason: what is over
 *
 * From any thread.
 */
void
gst_s2s_loader_resume (GstS2sLoader *self, GstS2sCancel reason)
{
  g_atomic_int_and (&self->cancelled, ~(guint)reason);
}

/**
 * gst_s2s_loader_is_cancelled:
 * @self: a loader
 *
 * Takes no lock. From any thread.
 *
 * Returns: whether there is a reason to stop
 */
gboolean
gst_s2s_loader_is_cancelled (GstS2sLoader *self)
{
  return g_atomic_int_get (&self->cancelled) != 0;
}
