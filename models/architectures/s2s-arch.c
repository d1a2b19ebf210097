/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "architectures/s2s-arch.h"

#include "architectures/s2s-arch-nematus.h"
#include "architectures/s2s-arch-rnn.h"
#include "architectures/s2s-arch-transformer.h"

const S2sArch *
s2s_arch_get (const char *name)
{
  static const S2sArch *const archs[] = {
      &s2s_arch_rnn,
      &s2s_arch_transformer,
      &s2s_arch_nematus,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (archs); i++)
    if (g_str_equal (archs[i]->name, name))
      return archs[i];
  return NULL;
}
