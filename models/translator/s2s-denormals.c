/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-denormals.h"

#if defined(__SSE__)

/* MXCSR: flush to zero is bit 15, denormals are zero bit 6 */
#define FLUSH 0x8040u

static guint64
read_mode (void)
{
  guint32 mode;

  __asm__ volatile("stmxcsr %0" : "=m"(mode));
  return mode;
}

static void
write_mode (guint64 mode)
{
  guint32 low = (guint32)mode;

  __asm__ volatile("ldmxcsr %0" : : "m"(low));
}

#elif defined(__aarch64__)

/* FPCR: flush to zero is bit 24 */
#define FLUSH (1u << 24)

static guint64
read_mode (void)
{
  guint64 mode;

  __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}

static void
write_mode (guint64 mode)
{
  __asm__ volatile("msr fpcr, %0" : : "r"(mode));
}

#else

#define FLUSH 0u

static guint64
read_mode (void)
{
  return 0;
}

static void
write_mode (guint64 mode)
{
}

#endif

guint64
s2s_denormals_begin (void)
{
  guint64 saved = read_mode ();

  write_mode (saved | FLUSH);
  return saved;
}

void
s2s_denormals_end (guint64 saved)
{
  write_mode (saved);
}
