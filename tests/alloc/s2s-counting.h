/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* This program's own malloc and its relatives, pthread_mutex_lock and g_mutex_lock stand before
 * those of the libraries, BLIS and GLib included, and count. */
typedef struct {
  guint n_allocations;
  gsize n_bytes; /* asked for */
  guint n_locks;
} S2sCounts;

/* What all threads have done since the program began. */
S2sCounts s2s_counting_get (void);
