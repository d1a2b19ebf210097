/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Ends the program if the test that begins hangs, even where no message can be waited for. */
void pipeline_start_watchdog (void);

/* Makes a pipeline of a launch line, which has to be right. Returns: (transfer full) */
GstElement *pipeline_new (const char *format, ...) G_GNUC_PRINTF (1, 2);
/* Waits for a message of a type; an error in its place fails the test. */
void pipeline_wait_for (GstElement *pipeline, GstMessageType type);
/* Plays to the end. */
void pipeline_run (GstElement *pipeline);

/* The texts that pass a pad of a named element, in an array that is only to be read while the
 * pipeline stands still. Returns: (transfer full) (element-type utf8) */
GPtrArray *pipeline_collect_texts (GstElement *pipeline, const char *element, const char *pad);

/* The languages that a Matroska file names for its subtitles, in the order of the tracks and with
 * spaces between, as the three letters that stand in the file; ? where it names none. Returns:
 * (transfer full) */
char *matroska_read_languages (const char *path);
