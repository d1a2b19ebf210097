/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "gsts2sjoiner.h"

#include "gsts2sboundary.h"
#include "gsts2schar.h"

#include <string.h>

#define MSECOND G_GUINT64_CONSTANT (1000000)

/* A silence that ends what has no marks, and one that ends anything. */
#define SHORT_PAUSE (500 * MSECOND)
#define LONG_PAUSE (2000 * MSECOND)
/* How long a sentence is shown at least that comes late. */
#define MIN_MOVED (500 * MSECOND)
/* The longest sentence without marks and with them, in letters; a Chinese one counts as three. */
#define MAX_PLAIN 100
#define MAX_MARKED 300
#define WIDE_LETTER 3
/* After so many letters without an end, a text that had marks has them no more. */
#define MARKS_LAST 400
#define NO_TIME G_MAXUINT64

struct _GstS2sJoiner {
  GstS2sJoinerOptions options;
  GPtrArray *pending; /* of GstS2sPart, a sentence that has not ended */
  GQueue ready;       /* of GPtrArray of GstS2sPart, sentences that have */
  guint n_due;        /* of them, those that wait for nothing more */
  guint64 last_id;
  guint64 last_end; /* until where something is shown */
  gboolean marked;  /* whether the text ends its sentences with marks */
  gsize since_mark; /* letters */
};

static void
part_free (GstS2sPart *part)
{
  g_free (part->text);
  g_free (part);
}

static GPtrArray *
parts_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)part_free);
}

static GstS2sPart *
part_at (GPtrArray *parts, guint i)
{
  return g_ptr_array_index (parts, i);
}

static GstS2sPart *
last_part (GPtrArray *parts)
{
  return parts->len > 0 ? part_at (parts, parts->len - 1) : NULL;
}

static guint64
part_end (const GstS2sPart *part)
{
  return part->start + part->duration;
}

/**
 * gst_s2s_sentence_free:
 * @self: (transfer full): a sentence
 */
void
gst_s2s_sentence_free (GstS2sSentence *self)
{
  g_free (self->text);
  g_ptr_array_unref (self->parts);
  g_free (self);
}

/**
 * gst_s2s_joiner_new:
 *
 * Makes what joins words and pieces of cues to sentences. It knows no clock: who holds it says when
 * it has waited for long enough.
 *
 * Returns: (transfer full): a joiner with options of zeros
 */
GstS2sJoiner *
gst_s2s_joiner_new (void)
{
  GstS2sJoiner *self = g_new0 (GstS2sJoiner, 1);

  self->pending = parts_new ();
  g_queue_init (&self->ready);
  return self;
}

/**
 * gst_s2s_joiner_reset:
 * @self: a joiner
 * @last_end: ns; until then what went through is shown, and 0 forgets that, too
 *
 * Drops all that it holds, and forgets what went through. The options stay, and so do the numbers
 * of the parts.
 */
void
gst_s2s_joiner_reset (GstS2sJoiner *self, guint64 last_end)
{
  g_ptr_array_set_size (self->pending, 0);
  g_queue_clear_full (&self->ready, (GDestroyNotify)g_ptr_array_unref);
  self->n_due = 0;
  self->last_end = last_end;
  self->marked = FALSE;
  self->since_mark = 0;
}

/**
 * gst_s2s_joiner_free:
 * @self: (transfer full): a joiner
 */
void
gst_s2s_joiner_free (GstS2sJoiner *self)
{
  gst_s2s_joiner_reset (self, 0);
  g_ptr_array_unref (self->pending);
  g_free (self);
}

/**
 * gst_s2s_joiner_set_options:
 * @self: a joiner
 * @options: for what is popped from now on
 */
void
gst_s2s_joiner_set_options (GstS2sJoiner *self, const GstS2sJoinerOptions *options)
{
  self->options = *options;
}

/* ---- Measures ---- */

static gsize
measure (const char *text)
{
  gsize size = 0;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    size += g_unichar_iswide (g_utf8_get_char (text)) ? WIDE_LETTER : 1;
  return size;
}

/* Recognisers may give neither marks nor capitals; then only time and length tell sentences. */
static gboolean
is_plain (GstS2sJoiner *self)
{
  const char *first = part_at (self->pending, 0)->text;

  if (self->marked && self->since_mark < MARKS_LAST)
    return FALSE;
  for (guint i = 0; i < self->pending->len; i++) {
    if (gst_s2s_boundary_is_clause_end (part_at (self->pending, i)->text))
      return FALSE;
  }
  return !g_unichar_isupper (g_utf8_get_char (first)) ||
         g_unichar_isupper (g_utf8_get_char (g_utf8_next_char (first)));
}

/* ---- Ends of sentences ---- */

/* The first n pending parts are a sentence. */
static void
end_after (GstS2sJoiner *self, guint n)
{
  GPtrArray *parts = parts_new ();

  if (n == 0) {
    g_ptr_array_unref (parts);
    return;
  }
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (parts, g_steal_pointer (&self->pending->pdata[i]));
  /* Nothing is freed, for what was stolen left NULL. */
  g_ptr_array_set_free_func (self->pending, NULL);
  g_ptr_array_remove_range (self->pending, 0, n);
  g_ptr_array_set_free_func (self->pending, (GDestroyNotify)part_free);
  g_queue_push_tail (&self->ready, parts);
}

static void
end_pending (GstS2sJoiner *self)
{
  end_after (self, self->pending->len);
}

/* How good it is to cut before part i: after a mark best, then in a pause, then before a word that
 * starts a clause; of two that are alike, the later. */
static guint
rate_break (GPtrArray *parts, guint i)
{
  const GstS2sPart *before = part_at (parts, i - 1);
  guint rate = 4 * i / parts->len;

  if (gst_s2s_boundary_is_clause_end (before->text))
    rate += 12;
  if (i == parts->len)
    return rate;
  if (part_at (parts, i)->start >= part_end (before) + SHORT_PAUSE / 2)
    rate += 8;
  if (gst_s2s_boundary_is_conjunction (part_at (parts, i)->text))
    rate += 6;
  return rate;
}

/* Of the first most parts. */
static void
end_at_best_break (GstS2sJoiner *self, guint most)
{
  guint best = most;

  for (guint i = most; i > 0; i--) {
    if (rate_break (self->pending, i) > rate_break (self->pending, best))
      best = i;
  }
  end_after (self, best);
}

/* Returns: how many of the parts have together no more than limit letters; at least one */
static guint
count_fitting (GPtrArray *parts, gsize limit)
{
  gsize size = 0;

  for (guint i = 0; i < parts->len; i++) {
    size += measure (part_at (parts, i)->text) + 1;
    if (size > limit)
      return MAX (i, 1);
  }
  return parts->len;
}

static void
end_if_long (GstS2sJoiner *self)
{
  while (self->pending->len > 0) {
    gsize limit = is_plain (self) ? MAX_PLAIN : MAX_MARKED;
    guint fitting = count_fitting (self->pending, limit);

    if (fitting == self->pending->len)
      return;
    end_at_best_break (self, fitting);
  }
}

/* Whether n sentences of which the first starts then need no more until then: they are so many or
 * span so long, whichever comes first. Without either, one is enough. */
static gboolean
is_window_full (const GstS2sJoiner *self, guint n, guint64 start, guint64 until)
{
  const GstS2sJoinerOptions *options = &self->options;

  if (options->window == 0 && options->window_sentences == 0)
    return TRUE;
  return (options->window > 0 && until >= start + options->window) ||
         (options->window_sentences > 0 && n >= options->window_sentences);
}

/* What waits for its window or for the next start has waited for long enough. */
static void
release_ready (GstS2sJoiner *self, guint64 until)
{
  GPtrArray *first = g_queue_peek_head (&self->ready);
  GPtrArray *last = g_queue_peek_tail (&self->ready);

  if (first && until >= part_end (last_part (last)) + LONG_PAUSE &&
      is_window_full (self, self->ready.length, part_at (first, 0)->start, until))
    self->n_due = self->ready.length;
}

/**
 * gst_s2s_joiner_pause:
 * @self: a joiner
 * @until: ns; nothing is said before
 *
 * Ends the sentence if the silence after it is long enough for that.
 */
void
gst_s2s_joiner_pause (GstS2sJoiner *self, guint64 until)
{
  GstS2sPart *last = last_part (self->pending);

  if (last && until >= part_end (last) + (is_plain (self) ? SHORT_PAUSE : LONG_PAUSE))
    end_pending (self);
  release_ready (self, until);
}

/* ---- What comes in ---- */

static void
add_part (GstS2sJoiner *self, char *text, guint64 start, guint64 duration, GstS2sBoundary boundary)
{
  GstS2sPart *last = last_part (self->pending);
  GstS2sPart *part = g_new0 (GstS2sPart, 1);

  if (last && gst_s2s_boundary_decide (last->boundary, text))
    end_pending (self);
  part->text = text;
  part->start = start;
  part->duration = duration;
  part->id = self->last_id;
  part->boundary = boundary;
  g_ptr_array_add (self->pending, part);
  self->since_mark += measure (text);
  if (boundary != GST_S2S_BOUNDARY_NONE) {
    self->marked = TRUE;
    self->since_mark = 0;
  }
  if (boundary == GST_S2S_BOUNDARY_END)
    end_pending (self);
  else
    end_if_long (self);
}

/* Where a piece has to end that is longer than any sentence; NULL if it is not. */
static const char *
find_cut (const char *piece, const char *end)
{
  const char *blank = NULL;
  const char *p = piece;

  for (gsize size = 0; p < end; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    size += g_unichar_iswide (c) ? WIDE_LETTER : 1;
    if (size > MAX_MARKED)
      return blank ? blank : p;
    if (g_unichar_isspace (c))
      blank = p;
  }
  return NULL;
}

/* A line may have several sentences. Each gets time as it has letters. */
static void
add_line (GstS2sJoiner *self, const char *line, guint64 start, guint64 duration)
{
  glong length = g_utf8_strlen (line, -1);
  glong done = 0;

  while (*line != '\0') {
    GstS2sBoundary boundary;
    const char *end = gst_s2s_boundary_find (line, &boundary);
    const char *cut = find_cut (line, end);
    guint64 from = start + (guint64)((gdouble)duration * done / length);
    guint64 to;

    if (cut) {
      end = cut;
      boundary = GST_S2S_BOUNDARY_NONE;
    }
    done += g_utf8_strlen (line, end - line);
    to = start + (guint64)((gdouble)duration * done / length);
    add_part (self, g_strstrip (g_strndup (line, end - line)), from,
              (done == length ? start + duration : to) - from, boundary);
    for (line = end; g_unichar_isspace (g_utf8_get_char (line)); line = g_utf8_next_char (line))
      done++;
  }
}

/**
 * gst_s2s_joiner_add:
 * @self: a joiner
 * @text: valid UTF-8: a word, some lines, several sentences; blanks alone are nothing
 * @start: ns
 * @duration: ns
 *
 * Goes on with the sentence that is held, or starts one.
 *
 * Returns: the number of what was added, one more than the last
 */
guint64
gst_s2s_joiner_add (GstS2sJoiner *self, const char *text, guint64 start, guint64 duration)
{
  g_autoptr (GPtrArray) lines = gst_s2s_boundary_split_lines (text);
  gsize length = 0;
  gsize done = 0;

  self->last_id++;
  gst_s2s_joiner_pause (self, start);
  for (guint i = 0; i < lines->len; i++)
    length += strlen (g_ptr_array_index (lines, i));
  for (guint i = 0; i < lines->len; i++) {
    const char *line = g_ptr_array_index (lines, i);
    guint64 from = start + (guint64)((gdouble)duration * done / length);
    guint64 to;

    done += strlen (line);
    to = done == length ? start + duration : start + (guint64)((gdouble)duration * done / length);
    if (gst_s2s_boundary_stands_alone (line))
      end_pending (self);
    add_line (self, line, from, to - from);
    if (gst_s2s_boundary_is_note (line))
      end_pending (self);
  }
  return self->last_id;
}

/* ---- What goes out ---- */

/**
 * gst_s2s_joiner_cut:
 * @self: a joiner
 *
 * Lets something out that was held: the sentences that waited for others or for the start of the
 * next, or the one that has not ended, up to its best break.
 */
void
gst_s2s_joiner_cut (GstS2sJoiner *self)
{
  if (g_queue_is_empty (&self->ready))
    end_at_best_break (self, self->pending->len);
  self->n_due = self->ready.length;
}

/**
 * gst_s2s_joiner_drain:
 * @self: a joiner
 *
 * Ends the sentence that is held. All can be popped then.
 */
void
gst_s2s_joiner_drain (GstS2sJoiner *self)
{
  end_pending (self);
  self->n_due = self->ready.length;
}

static GstS2sPart *
first_held (GstS2sJoiner *self)
{
  GPtrArray *parts = g_queue_peek_head (&self->ready);

  if (!parts)
    parts = self->pending;
  return parts->len > 0 ? part_at (parts, 0) : NULL;
}

/**
 * gst_s2s_joiner_peek:
 * @self: a joiner
 * @ret_start: (out): of the first part that is held, ns
 * @ret_id: (out): of that part
 *
 * Returns: whether there is one
 */
gboolean
gst_s2s_joiner_peek (GstS2sJoiner *self, guint64 *ret_start, guint64 *ret_id)
{
  GstS2sPart *part = first_held (self);

  if (!part)
    return FALSE;
  *ret_start = part->start;
  *ret_id = part->id;
  return TRUE;
}

/* How many sentences the next one that is popped is made of; 0 if it has to wait. */
static guint
count_poppable (GstS2sJoiner *self)
{
  GPtrArray *first = g_queue_peek_head (&self->ready);
  guint n = 0;

  for (GList *l = self->ready.head; l; l = l->next) {
    gboolean next_known = l->next || self->pending->len > 0;

    n++;
    if (n != self->n_due &&
        !is_window_full (self, n, part_at (first, 0)->start, part_end (last_part (l->data))))
      continue;
    if (self->options.extend_duration && !next_known && self->n_due == 0)
      return 0;
    return n;
  }
  return 0;
}

/* A position as in `{\an8}` belongs before a sentence, not in it. */
static const char *
skip_position (const char *text)
{
  const char *close = g_str_has_prefix (text, "{\\") ? strchr (text, '}') : NULL;

  return close ? close + 1 : text;
}

static char *
join_text (GPtrArray *parts)
{
  GString *text = g_string_new (part_at (parts, 0)->text);

  for (guint i = 1; i < parts->len; i++)
    gst_s2s_boundary_append (text, skip_position (part_at (parts, i)->text));
  return g_string_free (text, FALSE);
}

/* Of the sentence after the one that is popped. */
static guint64
next_start (GstS2sJoiner *self)
{
  GstS2sPart *next = first_held (self);

  return next ? next->start : NO_TIME;
}

/* Until when a sentence is shown that the one before has moved: for long enough to be seen, and no
 * longer than it was said, or each would move the next one further. */
static guint64
find_moved_end (guint64 start, guint64 own_start, guint64 own_end)
{
  guint64 own = own_end > own_start ? own_end - own_start : 0;

  return MAX (own_end, start + MIN (own, MIN_MOVED));
}

/* A sentence never overlaps the one before: many who show it would not show the second one. */
static void
set_times (GstS2sJoiner *self, GstS2sSentence *sentence)
{
  const GstS2sJoinerOptions *options = &self->options;
  guint64 own_start = part_at (sentence->parts, 0)->start;
  guint64 next = next_start (self);
  guint64 least;

  sentence->start = MAX (own_start, self->last_end);
  sentence->end = part_end (last_part (sentence->parts));
  least = sentence->start + options->min_duration;
  if (options->extend_duration && next != NO_TIME && next > options->extended_gap)
    sentence->end = MAX (sentence->end, next - options->extended_gap);
  if (sentence->start > own_start)
    sentence->end = find_moved_end (sentence->start, own_start, sentence->end);
  else if (sentence->end < least)
    sentence->end = MAX (sentence->end, MIN (least, MAX (next, sentence->start)));
  if (sentence->end <= sentence->start)
    sentence->end = least;
  self->last_end = sentence->end;
}

/**
 * gst_s2s_joiner_pop:
 * @self: a joiner
 *
 * Takes a sentence, or, with a window, several. What is taken starts with its first part or where
 * the one before ends, whichever is later. It lasts until its last part ends, longer with
 * #GstS2sJoinerOptions.extend_duration, and if there is room before the next one for no shorter
 * than #GstS2sJoinerOptions.min_duration. One that starts later than its first part lasts half a
 * second at least, or as long as its parts do.
 *
 * Returns: (transfer full) (nullable): a sentence, or %NULL if none has ended
 */
GstS2sSentence *
gst_s2s_joiner_pop (GstS2sJoiner *self)
{
  guint n = count_poppable (self);
  GstS2sSentence *sentence;

  if (n == 0)
    return NULL;
  sentence = g_new0 (GstS2sSentence, 1);
  sentence->parts = g_queue_pop_head (&self->ready);
  for (guint i = 1; i < n; i++)
    g_ptr_array_extend_and_steal (sentence->parts, g_queue_pop_head (&self->ready));
  self->n_due -= MIN (self->n_due, n);
  sentence->text = join_text (sentence->parts);
  set_times (self, sentence);
  return sentence;
}
