/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Whether the memory of the program stays as it is: what is resident at the quiet points, where
 * nothing is under way. */

/* n_cues: how many are to come; those up to warm_up do not count. */
void soak_memory_init (guint n_cues, guint warm_up);
void soak_memory_sample (guint n_cues);
/* Compares the first quarter of the samples after the warm-up with the last: the middle one of
 * each. Returns: by how many bytes the last is larger; 0 under a sanitizer */
gint64 soak_memory_get_growth (void);
void soak_memory_clear (void);
