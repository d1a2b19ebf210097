/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "architectures/s2s-transformer-decoder.h"
#include "architectures/s2s-transformer-encoder.h"

#include <glib.h>

G_BEGIN_DECLS

extern const S2sArch s2s_arch_transformer;

/* The network and the state of the row above */
typedef struct {
  S2sTransformerEncoder encoder;
  S2sTransformerDecoder decoder;
  gsize n_bytes;
} S2sTransformerNet;

typedef struct {
  const S2sTransformerNet *net;
  S2sCompute compute;
  S2sMemory memory;
  S2sTransformerEncoderState encoder;
  S2sTransformerDecoderState decoder;
} S2sTransformerNetState;

G_END_DECLS
