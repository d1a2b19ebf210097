/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Where the run is, for the message of a failure and of the watchdog. */
typedef struct {
  guint32 seed;
  guint life;    /* from NULL to NULL */
  guint episode; /* from one quiet point to the next */
  guint cues;    /* pushed in the episodes before */
} SoakPlace;

extern SoakPlace soak_place;

/* Says where the run is and what is wrong, and aborts. */
void soak_fail (const char *format, ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;

#define SOAK_CHECK(condition, ...)                                                                 \
  do {                                                                                             \
    if (!(condition))                                                                              \
      soak_fail (__VA_ARGS__);                                                                     \
  } while (0)
