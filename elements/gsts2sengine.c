/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sengine.h"

/**
 * gst_s2s_engine_init:
 * @self: not initialised
 * @element: (transfer none): who posts
 * @control: asked before each step of a translation
 * @control_data: for @control
 */
void
gst_s2s_engine_init (GstS2sEngine *self, GstElement *element, S2sControlFunc control,
                     gpointer control_data)
{
  *self = (GstS2sEngine){
      .loader = gst_s2s_loader_new (element),
      .element = element,
      .control = control,
      .control_data = control_data,
  };
}

/**
 * gst_s2s_engine_release:
 * @self: an engine
 *
 * Lets go of the model, and of the one that is being loaded. It waits for nobody.
 */
void
gst_s2s_engine_release (GstS2sEngine *self)
{
  gst_s2s_loader_abandon (self->loader);
  g_clear_pointer (&self->session, gst_s2s_session_free);
  gst_s2s_settings_clear (&self->loaded);
}

/**
 * gst_s2s_engine_clear:
 * @self: an engine
 */
void
gst_s2s_engine_clear (GstS2sEngine *self)
{
  gst_s2s_engine_release (self);
  gst_s2s_loader_unref (self->loader);
  gst_s2s_settings_clear (&self->settings);
  g_clear_pointer (&self->source_language, g_free);
  g_clear_pointer (&self->target_language, g_free);
}

static void
set_settings (GstS2sEngine *self, const GstS2sSettings *settings)
{
  gst_s2s_settings_clear (&self->settings);
  gst_s2s_settings_copy (&self->settings, settings);
}

static void
set_languages (GstS2sEngine *self, char *source, char *target)
{
  g_free (self->source_language);
  g_free (self->target_language);
  self->source_language = source;
  self->target_language = target;
}

static void
load (GstS2sEngine *self)
{
  gst_s2s_settings_clear (&self->loaded);
  gst_s2s_settings_copy (&self->loaded, &self->settings);
  gst_s2s_loader_start (self->loader, &self->settings, !self->session);
}

/* The model stays, and what else is wanted of it may be new. */
static void
configure (GstS2sEngine *self)
{
  g_autoptr (GError) error = NULL;

  if (self->session && !gst_s2s_session_configure (self->session, &self->settings, &error))
    gst_s2s_loader_post_problem (self->element, FALSE, error);
}

/* Takes a session into use. */
static void
use (GstS2sEngine *self, GstS2sSession *session)
{
  gst_s2s_session_free (self->session);
  self->session = session;
  gst_s2s_session_set_control (session, self->control, self->control_data);
  configure (self);
  set_languages (self, g_strdup (gst_s2s_session_get_source_language (session)),
                 g_strdup (gst_s2s_session_get_target_language (session)));
}

/**
 * gst_s2s_engine_prepare:
 * @self: an engine, while nothing streams
 * @settings: what is wanted
 *
 * Looks whether there is a model, and begins to load it if it is another one. If there is none, it
 * posts an ERROR.
 *
 * Returns: whether there is one
 */
gboolean
gst_s2s_engine_prepare (GstS2sEngine *self, const GstS2sSettings *settings)
{
  gboolean has_model = (self->session || gst_s2s_loader_is_busy (self->loader)) &&
                       !gst_s2s_loader_has_failed (self->loader);
  g_autoptr (GError) error = NULL;
  char *source;
  char *target;

  set_settings (self, settings);
  if (has_model && gst_s2s_settings_share_files (settings, &self->loaded)) {
    configure (self);
    return TRUE;
  }
  if (!gst_s2s_session_probe (settings, &source, &target, &error)) {
    gst_s2s_loader_post_problem (self->element, TRUE, error);
    return FALSE;
  }
  g_clear_pointer (&self->session, gst_s2s_session_free);
  set_languages (self, source, target);
  load (self);
  return TRUE;
}

/* Whether the first model, which is still on its way, may be given up for the one that is wanted
 * now. If not, it stays. */
static gboolean
may_give_up_first (GstS2sEngine *self)
{
  g_autofree char *source = NULL;
  g_autofree char *target = NULL;
  g_autoptr (GError) error = NULL;

  if (gst_s2s_session_probe (&self->settings, &source, &target, &error))
    return TRUE;
  gst_s2s_loader_post_problem (self->element, FALSE, error);
  self->loaded.files_serial = self->settings.files_serial;
  return FALSE;
}

/**
 * gst_s2s_engine_adopt:
 * @self: a prepared engine, refreshed
 * @settings: for what comes from now on
 *
 * Another model is loaded beside the stream, and the old one stays in use until that is done.
 */
void
gst_s2s_engine_adopt (GstS2sEngine *self, const GstS2sSettings *settings)
{
  set_settings (self, settings);
  if (gst_s2s_settings_share_files (settings, &self->loaded))
    configure (self);
  else if (self->session || may_give_up_first (self))
    load (self);
}

/**
 * gst_s2s_engine_refresh:
 * @self: a prepared engine
 *
 * Between two texts: takes into use what has been loaded since.
 *
 * Returns: whether it took the place of another one
 */
gboolean
gst_s2s_engine_refresh (GstS2sEngine *self)
{
  GstS2sSession *session = gst_s2s_loader_take (self->loader);
  gboolean swapped = session && self->session;

  if (session)
    use (self, session);
  return swapped;
}

/**
 * gst_s2s_engine_wait:
 * @self: a prepared engine
 *
 * Waits until there is a session, or somebody cancels.
 *
 * Returns: whether there is one
 */
gboolean
gst_s2s_engine_wait (GstS2sEngine *self)
{
  GstS2sSession *session;

  if (self->session)
    return TRUE;
  session = gst_s2s_loader_wait (self->loader);
  if (session)
    use (self, session);
  return session != NULL;
}
