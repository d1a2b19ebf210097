/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "architectures/s2s-nematus-decoder.h"
#include "architectures/s2s-nematus-encoder.h"

#include <glib.h>

G_BEGIN_DECLS

extern const S2sArch s2s_arch_nematus;

/* The network and the state of the row above; everybody but the tests sees them as pointers. */
typedef struct {
  S2sNematusEncoder encoder;
  S2sNematusDecoder decoder;
  gsize n_bytes;
  guint max_inputs; /* of the widest matrix */
} S2sNematusNet;

typedef struct {
  const S2sNematusNet *net;
  S2sCompute compute;
  S2sMemory memory;
  S2sNematusEncoderState encoder;
  S2sNematusDecoderState decoder;
} S2sNematusNetState;

G_END_DECLS
