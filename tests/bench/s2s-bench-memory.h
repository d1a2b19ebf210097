/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A line of /proc/self/smaps_rollup, as "Rss" or "Pss", in bytes */
gsize s2s_bench_get_memory (const char *name);

G_END_DECLS
