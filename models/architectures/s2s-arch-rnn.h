/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "architectures/s2s-rnn-decoder.h"
#include "architectures/s2s-rnn-encoder.h"

#include <glib.h>

G_BEGIN_DECLS

extern const S2sArch s2s_arch_rnn;

/* The network and the state of the row above; everybody but the tests sees them as pointers. */
typedef struct {
  S2sRnnEncoder encoder;
  S2sRnnDecoder decoder;
  gsize n_bytes;
  guint max_inputs; /* of the widest matrix */
} S2sRnnNet;

typedef struct {
  const S2sRnnNet *net;
  S2sCompute compute;
  S2sMemory memory;
  S2sRnnEncoderState encoder;
  S2sRnnDecoderState decoder;
} S2sRnnNetState;

G_END_DECLS
