/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-command.h"

void
command_run (Command *self, const char *program, ...)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  char *argument = (char *)program;
  va_list arguments;

  g_ptr_array_add (argv, "timeout");
  g_ptr_array_add (argv, COMMAND_SECONDS);
  va_start (arguments, program);
  for (; argument; argument = va_arg (arguments, char *))
    g_ptr_array_add (argv, argument);
  va_end (arguments);
  g_ptr_array_add (argv, NULL);
  g_spawn_sync (NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &self->out,
                &self->err, &self->status, &error);
  g_assert_no_error (error);
}

void
command_assert_success (const Command *self)
{
  if (self->status != 0)
    g_test_message ("%s", self->err);
  g_assert_cmpint (self->status, ==, 0);
}

void
command_clear (Command *self)
{
  g_clear_pointer (&self->out, g_free);
  g_clear_pointer (&self->err, g_free);
}
