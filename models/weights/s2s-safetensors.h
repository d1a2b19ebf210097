/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-tensor.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sSafetensorsEntry:
 * @name: owned
 * @tensor: borrows from the bytes of the file
 *
 * A tensor of a safetensors file.
 */
typedef struct {
  char *name;
  S2sTensor tensor;
} S2sSafetensorsEntry;

GPtrArray *s2s_safetensors_parse (GBytes *bytes, GError **error);

G_END_DECLS
