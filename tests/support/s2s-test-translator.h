/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s2s.h"

#include "s2s-test-bundle.h"

/* Models of bundles that are written for a test, and what they translate. An error fails the test.
 */

typedef struct {
  char *path;
  S2sModel *model;
  S2sTranslatorOptions options; /* of the model, with short results */
} S2sTestModel;

/* For g_test_add(). bundle: (nullable): an S2sTestBundle; NULL: one with the seed 1 */
void s2s_test_model_setup (S2sTestModel *self, gconstpointer bundle);
void s2s_test_model_teardown (S2sTestModel *self, gconstpointer bundle);

/* Two models to compare: one as it is, and one that has what is tested. */
typedef struct {
  char *path[2];
  S2sModel *plain;
  S2sModel *full;
  S2sTranslatorOptions options; /* for both: of the plain one, with short results */
} S2sTestPair;

void s2s_test_pair_setup (S2sTestPair *self, const S2sTestBundle *plain, const S2sTestBundle *full);
/* For g_test_add() */
void s2s_test_pair_teardown (S2sTestPair *self, gconstpointer data);

/* (transfer full) each */
S2sModel *s2s_test_load (const char *path);
S2sTranslator *s2s_test_translator_new (S2sModel *model, const S2sTranslatorOptions *options);
S2sTranslation *s2s_test_translate (S2sTranslator *translator, const S2sInput *input);
S2sTranslation *s2s_test_translate_text (S2sTranslator *translator, const char *text,
                                         gssize length);

/* Skips a test that compares bits of a batch with those of its sentences one by one, where they
 * need not be the same; returns whether it does. */
gboolean s2s_test_skip_bits (void);

/* Bit for bit, but for the places in the source */
void s2s_test_assert_same_hypothesis (const S2sHypothesis *got, const S2sHypothesis *expected);
void s2s_test_assert_same (const S2sTranslation *got, const S2sTranslation *expected);
