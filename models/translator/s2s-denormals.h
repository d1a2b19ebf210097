/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Floats too small for a full fraction cost a hundred times the time of others and change nothing
 * that is put out. From begin to end this thread takes them for zero, where the processor can; what
 * begin returns goes to end, which restores the caller's mode. */
guint64 s2s_denormals_begin (void);
void s2s_denormals_end (guint64 saved);

G_END_DECLS
