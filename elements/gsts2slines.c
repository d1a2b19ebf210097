/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2slines.h"

#include <string.h>

/* Who sends so much without a line break sends no lines. */
#define MAX_LINE 65536

static const guint8 byte_order_mark[] = {0xef, 0xbb, 0xbf};

/**
 * gst_s2s_lines_push:
 * @self: lines
 * @bytes: (array length=size): what came in
 * @size: bytes, may be 0
 */
void
gst_s2s_lines_push (GstS2sLines *self, const guint8 *bytes, gsize size)
{
  if (!self->bytes)
    self->bytes = g_byte_array_new ();
  /* Here and not line by line: a chunk may have many. */
  g_byte_array_remove_range (self->bytes, 0, self->n_taken);
  self->n_taken = 0;
  g_byte_array_append (self->bytes, bytes, size);
}

static gsize
count_left (const GstS2sLines *self)
{
  return self->bytes ? self->bytes->len - self->n_taken : 0;
}

static const guint8 *
get_left (const GstS2sLines *self)
{
  return self->bytes->data + self->n_taken;
}

static void
skip_byte_order_mark (GstS2sLines *self)
{
  gsize size = MIN (count_left (self), sizeof byte_order_mark);

  if (self->started)
    return;
  if (memcmp (get_left (self), byte_order_mark, size))
    self->started = TRUE;
  else if (size == sizeof byte_order_mark) {
    self->started = TRUE;
    self->n_taken += size;
  }
}

static GBytes *
take (GstS2sLines *self, gsize size, gsize skip)
{
  GBytes *line = g_bytes_new (get_left (self), size);

  self->n_taken += size + skip;
  return line;
}

/* The end of the last character that is whole within the first MAX_LINE bytes. */
static gsize
find_cut (const guint8 *bytes)
{
  for (gsize size = MAX_LINE; size > MAX_LINE - 4; size--) {
    if ((bytes[size] & 0xc0) != 0x80)
      return size;
  }
  return MAX_LINE;
}

/**
 * gst_s2s_lines_pop:
 * @self: lines
 *
 * Takes a whole line, or 64 KiB of one that does not end.
 *
 * Returns: (transfer full) (nullable): the line without its line break, maybe empty, or %NULL if
 * there is no whole one
 */
GBytes *
gst_s2s_lines_pop (GstS2sLines *self)
{
  const guint8 *end;
  gsize size;

  if (count_left (self) == 0)
    return NULL;
  skip_byte_order_mark (self);
  if (count_left (self) == 0)
    return NULL;
  end = memchr (get_left (self), '\n', MIN (count_left (self), MAX_LINE + 1));
  size = end ? (gsize)(end - get_left (self)) : count_left (self);
  if (size > MAX_LINE)
    return take (self, find_cut (get_left (self)), 0);
  if (!end)
    return NULL;
  if (size > 0 && end[-1] == '\r')
    return take (self, size - 1, 2);
  return take (self, size, 1);
}

/**
 * gst_s2s_lines_drain:
 * @self: lines, of which all that are whole were popped
 *
 * Returns: (transfer full) (nullable): the line that was not ended, or %NULL if there is none
 */
GBytes *
gst_s2s_lines_drain (GstS2sLines *self)
{
  if (count_left (self) == 0)
    return NULL;
  return take (self, count_left (self), 0);
}

/**
 * gst_s2s_lines_clear:
 * @self: lines, or zeroed
 */
void
gst_s2s_lines_clear (GstS2sLines *self)
{
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->n_taken = 0;
  self->started = FALSE;
}
