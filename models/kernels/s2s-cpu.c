/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernels/s2s-cpu.h"

#ifdef __x86_64__

#include <cpuid.h>

static gboolean
has_f16c (void)
{
  guint a, b, c, d;

  return __get_cpuid (1, &a, &b, &c, &d) && (c & bit_F16C) != 0;
}

guint
s2s_cpu_get_flags (void)
{
  guint flags = 0;

  /* F16C is not among the names that every compiler knows here; it lives in the registers of AVX,
   * whose use by the operating system the others have checked. */
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma") && has_f16c ())
    flags |= S2S_CPU_AVX2;
  if ((flags & S2S_CPU_AVX2) != 0 && __builtin_cpu_supports ("avx512f") &&
      __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512vl") &&
      __builtin_cpu_supports ("avx512dq"))
    flags |= S2S_CPU_AVX512;
  if ((flags & S2S_CPU_AVX512) != 0 && __builtin_cpu_supports ("avx512vnni"))
    flags |= S2S_CPU_AVX512VNNI;
  return flags;
}

#else

guint
s2s_cpu_get_flags (void)
{
  return 0;
}

#endif
