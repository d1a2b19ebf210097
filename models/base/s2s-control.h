/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2sControl:
 * @S2S_CONTROL_CONTINUE: go on
 * @S2S_CONTROL_NARROW: keep only the best hypothesis of each sentence from here on and finish soon
 * @S2S_CONTROL_STOP: give up; the call returns %S2S_ERROR_CANCELLED
 *
 * What the caller wants of a translation that is under way.
 */
typedef enum {
  S2S_CONTROL_CONTINUE,
  S2S_CONTROL_NARROW,
  S2S_CONTROL_STOP,
} S2sControl;

/**
 * S2sControlFunc:
 * @user_data: what was given with the function
 *
 * Asked before every encoder step and every decoder step, on the thread that translates; where
 * decoding is shared before every step of the whole batch, on the thread of the service. It must
 * not block.
 *
 * Returns: what to do
 */
typedef S2sControl (*S2sControlFunc) (gpointer user_data);

G_END_DECLS
