/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-span.h"

#include <glib.h>

/* Asserts that spans of a text are in order, do not overlap, begin and end between characters, and
 * that all of the text but blanks is in one. */
void s2s_test_assert_spans (const char *text, gsize length, const S2sSpan *spans, gsize n_spans);
