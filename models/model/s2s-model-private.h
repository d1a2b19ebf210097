/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "architectures/s2s-arch.h"
#include "base/s2s-hparams.h"
#include "model/s2s-config.h"
#include "model/s2s-model.h"
#include "model/s2s-shortlist.h"
#include "text/s2s-tokenizer.h"

/* What the translator sees of a model. All borrowed from it. */
const S2sArch *s2s_model_get_arch (const S2sModel *self);
gconstpointer s2s_model_get_net (const S2sModel *self);
const S2sConfig *s2s_model_get_config (const S2sModel *self);
const S2sHparams *s2s_model_get_hparams (const S2sModel *self);
const S2sDecodingDefaults *s2s_model_get_decoding_defaults (const S2sModel *self);
const S2sTokenizer *s2s_model_get_source_tokenizer (const S2sModel *self);
const S2sTokenizer *s2s_model_get_target_tokenizer (const S2sModel *self);

/* NULL when the bundle has none */
const S2sShortlist *s2s_model_get_shortlist (const S2sModel *self);
