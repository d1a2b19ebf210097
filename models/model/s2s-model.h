/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-error.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sModel:
 *
 * A loaded bundle: weights, vocabularies, languages and decoding defaults. Immutable and
 * reference-counted; any number of threads and translators may share one. After loading, nothing of
 * the bundle's files is open or mapped.
 */
typedef struct _S2sModel S2sModel;

S2sModel *s2s_model_new_from_dir (const char *path, GError **error);
S2sModel *s2s_model_ref (S2sModel *self);
void s2s_model_unref (S2sModel *self);

const char *s2s_model_get_name (const S2sModel *self);
const char *s2s_model_get_task (const S2sModel *self);
const char *s2s_model_get_source_language (const S2sModel *self);
const char *s2s_model_get_target_language (const S2sModel *self);
const char *const *s2s_model_get_target_languages (const S2sModel *self);
gsize s2s_model_get_weights_size (const S2sModel *self);
gboolean s2s_model_has_shortlist (const S2sModel *self);
gboolean s2s_model_has_length_control (const S2sModel *self);
guint s2s_model_get_context_turns (const S2sModel *self);
char *s2s_model_describe (const S2sModel *self);

gboolean s2s_model_probe (const char *path, char **ret_source_language,
                          char ***ret_target_languages, GError **error);
char *s2s_model_find (const char *source_language, const char *target_language, GError **error);
char *s2s_model_locate (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S2sModel, s2s_model_unref)

G_END_DECLS
