/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sSpan:
 * @start: offset of its first byte
 * @end: offset behind its last byte
 *
 * A stretch of a text.
 */
typedef struct {
  gsize start;
  gsize end;
} S2sSpan;

G_END_DECLS
