/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-fail.h"

#include <stdlib.h>

SoakPlace soak_place;

void
soak_fail (const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_printerr ("soak: --seed %u, life %u, episode %u, after %u cues: %s\n", soak_place.seed,
              soak_place.life, soak_place.episode, soak_place.cues, what);
  abort ();
}
