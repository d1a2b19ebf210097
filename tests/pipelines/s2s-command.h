/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* No command may run for longer. */
#define COMMAND_SECONDS "100"

/* How a command ended, and what it printed. */
typedef struct {
  int status;
  char *out;
  char *err;
} Command;

/* Runs a command to its end. Arguments follow, and NULL. */
void command_run (Command *self, const char *program, ...) G_GNUC_NULL_TERMINATED;
/* Sees that it ended well. */
void command_assert_success (const Command *self);
void command_clear (Command *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Command, command_clear)
