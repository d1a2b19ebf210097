/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS2sGlossary:
 *
 * Names and terms, and what they become. It never changes, and may be shared between threads.
 */
typedef struct _GstS2sGlossary GstS2sGlossary;

/**
 * GstS2sGlossaryError:
 * @GST_S2S_GLOSSARY_ERROR_FORMAT: the file is not what gst_s2s_glossary_new_from_file() reads
 */
typedef enum {
  GST_S2S_GLOSSARY_ERROR_FORMAT,
} GstS2sGlossaryError;

#define GST_S2S_GLOSSARY_ERROR (gst_s2s_glossary_error_quark ())
GQuark gst_s2s_glossary_error_quark (void);

/**
 * GstS2sGlossaryMatch:
 * @start: first byte of the term in the text
 * @end: first byte after it
 * @target: (nullable): what it becomes, owned by the glossary; %NULL for the bytes of the text as
 * they stand
 */
typedef struct {
  gsize start;
  gsize end;
  const char *target;
} GstS2sGlossaryMatch;

GstS2sGlossary *gst_s2s_glossary_new_from_file (const char *path, GError **error);
GstS2sGlossary *gst_s2s_glossary_ref (GstS2sGlossary *self);
void gst_s2s_glossary_unref (GstS2sGlossary *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS2sGlossary, gst_s2s_glossary_unref)

GArray *gst_s2s_glossary_find (const GstS2sGlossary *self, const char *text);

G_END_DECLS
