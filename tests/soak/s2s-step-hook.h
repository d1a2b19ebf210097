/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Counts the steps of every translator that an element makes. The translator asks its control
 * function before each step; the program that has this file stands before libs2s when the plugin's
 * symbols are bound, and so its s2s_translator_set_control() can put a counting function in between
 * (the symbol has to be exported: --export-dynamic-symbol). In the same way
 * s2s_model_new_from_dir() may be made to wait. */

/* Lets step go_on_after (0 is the first) of what is translated next wait, once it was allowed,
 * until step_hook_release(). */
void step_hook_arm (guint go_on_after);
/* Waits until it is there. */
void step_hook_wait_until_held (void);
/* From here on what the translator is allowed is counted. The step that is held is the first. */
void step_hook_release (void);
/* No step is held any more, should it still come. */
void step_hook_disarm (void);

/* Steps that began, or were about to, since step_hook_release(). */
guint step_hook_get_steps (void);
/* How often since then the translator asked and was told to stop. */
guint step_hook_get_stops (void);
/* All steps since the program began. */
guint step_hook_get_total (void);
/* The thread that the last of them ran on, not to be used but to be compared. */
gconstpointer step_hook_get_thread (void);

/* Whether who loads a model waits, before it does. */
void step_hook_hold_loads (gboolean hold);
