/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define SOAK_TYPE_CLOCK (soak_clock_get_type ())
G_DECLARE_FINAL_TYPE (SoakClock, soak_clock, SOAK, CLOCK, GstClock)

/* A clock that stands still until somebody moves it. Who waits for it wakes when its time has come,
 * without a hand of the test as GstTestClock wants it. */
SoakClock *soak_clock_new (void);
/* It never goes back. */
void soak_clock_advance_to (SoakClock *self, GstClockTime time);

G_END_DECLS
