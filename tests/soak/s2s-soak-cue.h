/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* A cue of whatever kind arrives at such an element, without times. markup: of the kind of text
 * that the caps announce. */
GstBuffer *soak_cue_new (GRand *rand, gboolean markup);
