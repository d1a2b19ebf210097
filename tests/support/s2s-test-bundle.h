/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Writes a small bundle with random weights (of a fixed seed) into a new temporary directory, so
 * that tests of the loader, the translator and the elements need no file of their own. */

typedef struct {
  const char *architecture;      /* NULL: rnn; the rest as far as the architecture has it */
  const char *norm;              /* NULL: post */
  const char *autoregression;    /* NULL: attention */
  const char *cell;              /* NULL: lstm */
  const char *encoder_direction; /* NULL: bidirectional */
  const char *bridge;            /* NULL: copy */
  const char *attention;         /* NULL: general */
  guint layers;                  /* of both sides; 0: 1 */
  gboolean input_feeding;
  gboolean residual;
  gboolean reverse_source;
  guint hidden_size;           /* 0: 16 */
  const char *dtype;           /* NULL: F32; F16, BF16 */
  const char *source_language; /* NULL: en */
  const char *target_language; /* NULL: zh */
  const char *language_tokens; /* NULL: {}; JSON, of target_language_tokens */
  const char *stand_ins;       /* NULL: {}; JSON */
  const char *task;            /* NULL: translate */
  const char *keys;            /* NULL: none; JSON, further members of config.json */
  const char *decoding;        /* NULL: none; JSON, members of decoding */
  guint max_source_length;     /* 0: the default of the format */
  gboolean bare_source;        /* a source has no EOS */
  gboolean has_words;          /* target tokens are the words w0, w1 …, not bytes */
  guint seed;
} S2sTestBundle;

/* Byte-level vocabularies, so any text goes in and what comes out is babble, but the same each
 * time. Returns: (transfer full): the path; remove it with s2s_test_bundle_remove(). Aborts the
 * test on failure. Where the environment variable S2S_TEST_BUNDLE names a bundle that was trained,
 * it is a copy of that, with the languages that are asked for. */
char *s2s_test_bundle_new (const S2sTestBundle *bundle);
void s2s_test_bundle_remove (char *path);
