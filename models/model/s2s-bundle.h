/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/s2s-config.h"

#include <glib.h>

G_BEGIN_DECLS

#define S2S_BUNDLE_CONFIG "config.json"
#define S2S_BUNDLE_WEIGHTS "model.safetensors"
#define S2S_BUNDLE_MAX_WEIGHTS (G_GUINT64_CONSTANT (8) << 30)

#define S2S_BUNDLE_MAX_TOKENIZER (64 * 1024 * 1024)  /* bytes of its file */
#define S2S_BUNDLE_MAX_SHORTLIST (256 * 1024 * 1024) /* bytes of its file */

/* Tells one state of a file from another. */
typedef struct {
  guint64 device;
  guint64 inode;
  guint64 size;
  guint64 seconds; /* of its last change */
  guint64 nanoseconds;
} S2sFileId;

/* The files that make a model; one that it does without is all zeros. To be compared as bytes:
 * there is no padding. */
typedef struct {
  S2sFileId config;
  S2sFileId source_tokenizer;
  S2sFileId source_vocabulary;
  S2sFileId target_tokenizer;
  S2sFileId target_vocabulary;
  S2sFileId shortlist;
  S2sFileId weights;
} S2sBundleId;

/* The files of a bundle; messages begin with the path. */
S2sConfig *s2s_bundle_open (const char *dir, S2sBundleId *ret_id, GError **error);
GBytes *s2s_bundle_read (const char *dir, const char *file, guint64 max_size, GError **error);
S2sConfig *s2s_bundle_read_config (const char *dir, GError **error);

/* The error, its message after the path of the file */
void s2s_bundle_prefix_error (GError **error, const char *dir, const char *file);

G_END_DECLS
