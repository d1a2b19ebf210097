/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "text/s2s-keeper.h"

#include "text/s2s-words.h"

#include <string.h>

/* Words of which as many must come out as went in. */
typedef struct {
  GHashTable *words; /* set of forms */
  GPtrArray *ends;   /* of forms: ends of words */
} WordSet;

struct _S2sKeeper {
  gboolean numbers;
  gboolean names;
  GPtrArray *sets;     /* of WordSet */
  GHashTable *words;   /* set of forms */
  GHashTable *openers; /* set of forms */
};

struct _S2sKept {
  const S2sKeeper *keeper;
  GHashTable *items; /* numbers and words: form to how often it is there */
  GHashTable *names; /* set of forms without 's */
  guint *counts;     /* [sets] words of each */
};

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
word_set_free (gpointer set)
{
  WordSet *self = set;

  g_hash_table_unref (self->words);
  g_ptr_array_unref (self->ends);
  g_free (self);
}

S2sKeeper *
s2s_keeper_new (gboolean numbers, gboolean names)
{
  S2sKeeper *self = g_new0 (S2sKeeper, 1);

  self->numbers = numbers;
  self->names = names;
  self->sets = g_ptr_array_new_with_free_func (word_set_free);
  self->words = new_set ();
  self->openers = new_set ();
  return self;
}

void
s2s_keeper_free (S2sKeeper *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->sets);
  g_hash_table_unref (self->words);
  g_hash_table_unref (self->openers);
  g_free (self);
}

gboolean
s2s_keeper_is_word (const char *text)
{
  g_autofree char *form = s2s_words_get_form (text);

  return form != NULL;
}

static gboolean
is_ending (const char *form)
{
  return form[0] == '\'' || g_str_equal (form, "n't");
}

void
s2s_keeper_add_set (S2sKeeper *self, const char *const *words)
{
  WordSet *set = g_new0 (WordSet, 1);

  set->words = new_set ();
  set->ends = g_ptr_array_new_with_free_func (g_free);
  for (; *words != NULL; words++) {
    char *form = s2s_words_get_form (*words);

    if (is_ending (form))
      g_ptr_array_add (set->ends, form);
    else
      g_hash_table_add (set->words, form);
  }
  g_ptr_array_add (self->sets, set);
}

void
s2s_keeper_set_words (S2sKeeper *self, const char *const *words)
{
  for (; *words != NULL; words++)
    g_hash_table_add (self->words, s2s_words_get_form (*words));
}

void
s2s_keeper_set_openers (S2sKeeper *self, const char *const *openers)
{
  for (; *openers != NULL; openers++)
    g_hash_table_add (self->openers, s2s_words_get_form (*openers));
}

static gboolean
word_set_has (const WordSet *self, const S2sWord *word)
{
  if (g_hash_table_contains (self->words, word->form))
    return TRUE;
  for (guint i = 0; i < self->ends->len; i++)
    if (g_str_has_suffix (word->form, g_ptr_array_index (self->ends, i)))
      return TRUE;
  return FALSE;
}

static guint *
count_sets (const S2sKeeper *self, const GArray *words)
{
  guint *counts = g_new0 (guint, self->sets->len + 1);

  for (guint set = 0; set < self->sets->len; set++)
    for (guint i = 0; i < words->len; i++)
      counts[set] +=
          word_set_has (g_ptr_array_index (self->sets, set), &g_array_index (words, S2sWord, i));
  return counts;
}

static guint
get_count (GHashTable *counts, const char *form)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (counts, form));
}

static gboolean
is_item (const S2sKeeper *self, const S2sWord *word)
{
  return (self->numbers && word->has_digit) || g_hash_table_contains (self->words, word->form);
}

/* form to how often it is there, of what has to come out as it is */
static GHashTable *
count_items (const S2sKeeper *self, const GArray *words)
{
  GHashTable *counts = new_set ();

  for (guint i = 0; i < words->len; i++) {
    const S2sWord *word = &g_array_index (words, S2sWord, i);

    if (is_item (self, word))
      g_hash_table_replace (counts, g_strdup (word->form),
                            GUINT_TO_POINTER (get_count (counts, word->form) + 1));
  }
  return counts;
}

/* A word as names are compared */
static char *
get_name (const S2sWord *word)
{
  gsize length = strlen (word->form);

  return g_strndup (word->form, g_str_has_suffix (word->form, "'s") ? length - 2 : length);
}

static gboolean
is_opener (const S2sKeeper *self, const S2sWord *word)
{
  g_autofree char *name = get_name (word);

  return g_hash_table_contains (self->openers, word->form) ||
         g_hash_table_contains (self->openers, name);
}

static gboolean
is_first_person (const S2sWord *word)
{
  return g_str_equal (word->form, "i") || g_str_has_prefix (word->form, "i'");
}

static gboolean
is_name (const S2sKeeper *self, const S2sWord *word)
{
  return word->has_capital && !is_first_person (word) &&
         !(word->is_first && is_opener (self, word));
}

static gboolean
has_small_letter (const char *text, gsize length)
{
  for (const char *at = text; at < text + length; at = g_utf8_next_char (at))
    if (g_unichar_islower (g_utf8_get_char (at)))
      return TRUE;
  return FALSE;
}

/* Names, or with keeper NULL all words as if they were some */
static GHashTable *
collect_names (const S2sKeeper *keeper, const GArray *words)
{
  GHashTable *names = new_set ();

  for (guint i = 0; i < words->len; i++) {
    const S2sWord *word = &g_array_index (words, S2sWord, i);

    if (keeper == NULL || is_name (keeper, word))
      g_hash_table_add (names, get_name (word));
  }
  return names;
}

/**
 * s2s_keeper_note:
 * @self: a keeper
 * @text: valid UTF-8
 * @length: bytes of @text
 *
 * Notes what has to be kept of a text, each stretch of words that is said again at once counting
 * once.
 *
 * Returns: (transfer full): what is asked of other texts with s2s_kept_is_in(), free with
 * s2s_kept_free() before @self
 */
S2sKept *
s2s_keeper_note (const S2sKeeper *self, const char *text, gsize length)
{
  g_autoptr (GArray) words = s2s_words_new (text, length);
  S2sKept *kept = g_new0 (S2sKept, 1);

  s2s_words_collapse (words);
  kept->keeper = self;
  kept->items = count_items (self, words);
  kept->names =
      self->names && has_small_letter (text, length) ? collect_names (self, words) : new_set ();
  kept->counts = count_sets (self, words);
  return kept;
}

void
s2s_kept_free (S2sKept *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->items);
  g_hash_table_unref (self->names);
  g_free (self->counts);
  g_free (self);
}

static gboolean
has_items (const S2sKept *self, const GArray *words)
{
  g_autoptr (GHashTable) counts = count_items (self->keeper, words);
  GHashTableIter iter;
  gpointer form, count;

  g_hash_table_iter_init (&iter, self->items);
  while (g_hash_table_iter_next (&iter, &form, &count))
    if (get_count (counts, form) < GPOINTER_TO_UINT (count))
      return FALSE;
  return TRUE;
}

static gboolean
has_new_number (const S2sKept *self, const GArray *words)
{
  for (guint i = 0; self->keeper->numbers && i < words->len; i++) {
    const S2sWord *word = &g_array_index (words, S2sWord, i);

    if (g_unichar_isdigit (g_utf8_get_char (word->form)) &&
        get_count (self->items, word->form) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_names (const S2sKept *self, const GArray *words)
{
  g_autoptr (GHashTable) all = collect_names (NULL, words);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, self->names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    if (!g_hash_table_contains (all, name))
      return FALSE;
  return TRUE;
}

static gboolean
has_words_of_sets (const S2sKept *self, const GArray *words)
{
  g_autofree guint *counts = count_sets (self->keeper, words);

  return memcmp (counts, self->counts, self->keeper->sets->len * sizeof *counts) == 0;
}

/**
 * s2s_kept_is_in:
 * @self: what has to be kept
 * @text: valid UTF-8
 * @length: bytes of @text
 *
 * Numbers and words have to be there as often as they were, and no other numbers, names at all, and
 * of each set of words as many as there were, counted as of the other text.
 *
 * Returns: whether it is all there
 */
gboolean
s2s_kept_is_in (const S2sKept *self, const char *text, gsize length)
{
  g_autoptr (GArray) words = s2s_words_new (text, length);

  if (!has_items (self, words) || has_new_number (self, words) || !has_names (self, words))
    return FALSE;
  s2s_words_collapse (words);
  return has_words_of_sets (self, words);
}
