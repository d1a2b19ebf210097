/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2saccumulate.h"
#include "gsts2semitter.h"
#include "gsts2stransform.h"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gst_s2s_register_sentence_meta ();
  return GST_ELEMENT_REGISTER (s2saccumulate, plugin) &&
         GST_ELEMENT_REGISTER (s2stransform, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, s2s,
                   "Transforms text with sequence-to-sequence models", plugin_init, PACKAGE_VERSION,
                   "LGPL", PACKAGE, "Unknown package origin")
