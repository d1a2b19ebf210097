/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A cue of a subtitle file. */
typedef struct {
  char *times; /* as WebVTT writes them: start --> end */
  char *text;
} Cue;

/* Reads SRT and WebVTT alike. Returns: (transfer full) (element-type Cue) */
GPtrArray *cues_parse (const char *file);
/* The same of a file, which has to be there. */
GPtrArray *cues_read (const char *path);
/* Sees that both have the same number of cues at the same times, and that no cue is empty. */
void cues_assert_same_times (GPtrArray *a, GPtrArray *b);
/* Sees that a file is WebVTT as a browser wants it: the cues in order, tags closed, and no bare `<`
 * or `&`. Returns: (transfer full) (element-type Cue): its cues */
GPtrArray *cues_parse_webvtt (const char *file);
