/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Ends the program if it stands still: a deadlock must not look like a slow machine. */

/* Starts the thread. seconds: how long nothing may move. */
void watchdog_start (guint seconds);
void watchdog_stop (void);
/* Something moved. From any thread. */
void watchdog_feed (void);
/* What the program is about to do, for the message. what: lives as long as the program. */
void watchdog_note (const char *what);
