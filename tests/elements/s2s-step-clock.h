/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* A clock that stands still until it is set, or until somebody has read it so many times. An
 * element with a deadline reads it when text arrives, before each step of a translation, and once
 * more when that has ended, so a test says at which step the time comes, and measures none. */

#define STEP_TYPE_CLOCK (step_clock_get_type ())
G_DECLARE_FINAL_TYPE (StepClock, step_clock, STEP, CLOCK, GstClock)

StepClock *step_clock_new (void);
void step_clock_set (StepClock *self, GstClockTime now);
/* The reading number n from now on, counted from 0, is the first that says time. */
void step_clock_set_later (StepClock *self, guint n, GstClockTime time);
/* Whoever makes the reading number n from now on waits for step_clock_release(). */
void step_clock_hold (StepClock *self, guint n);
/* Returns once somebody waits. */
void step_clock_await_reader (StepClock *self);
void step_clock_release (StepClock *self);
/* The readings since this was called last. */
guint step_clock_take_count (StepClock *self);
