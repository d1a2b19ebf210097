/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model-table.h"

#include <pthread.h>
#include <string.h>

/* Everything here is read and written under the one lock, the reference counts too. So a lookup
 * never meets a model that is going: the last unref takes the entry out of the list in the same
 * critical section in which the count falls to 0, and a lookup counts itself in the one in which it
 * finds the entry. It comes either before, and that unref is not the last one, or after, and finds
 * nothing. References are taken a few times in the life of an element, so the lock costs nothing.
 *
 * The lock is that of pthreads since ThreadSanitizer sees it, unlike that of a GLib built without.
 */

struct _S2sModelEntry {
  S2sModelEntry *next;
  S2sBundleId id;
  guint n_refs;        /* of the model, and of threads that load it or wait for it */
  gboolean is_loading; /* by one of them */
  S2sModel *model;     /* weak; NULL until it is loaded */
};

/* It is empty when all models are gone. */
static struct {
  pthread_mutex_t lock;
  pthread_cond_t settled; /* a load has ended */
  S2sModelEntry *first;
} table = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

/* Only a few models are loaded at a time, so a list is as good as any. */
static S2sModelEntry *
find_or_add (const S2sBundleId *id)
{
  S2sModelEntry *entry = table.first;

  while (entry != NULL && memcmp (&entry->id, id, sizeof *id) != 0)
    entry = entry->next;
  if (entry == NULL) {
    entry = g_new0 (S2sModelEntry, 1);
    entry->id = *id;
    entry->next = table.first;
    table.first = entry;
  }
  return entry;
}

static gboolean
drop (S2sModelEntry *self)
{
  S2sModelEntry **link = &table.first;

  if (--self->n_refs > 0)
    return FALSE;
  while (*link != self)
    link = &(*link)->next;
  *link = self->next;
  g_free (self);
  return TRUE;
}

S2sModelEntry *
s2s_model_table_claim (const S2sBundleId *id, S2sModel **ret_model)
{
  S2sModelEntry *entry;

  pthread_mutex_lock (&table.lock);
  entry = find_or_add (id);
  entry->n_refs++;
  while (entry->is_loading)
    pthread_cond_wait (&table.settled, &table.lock);
  entry->is_loading = entry->model == NULL;
  *ret_model = entry->model;
  pthread_mutex_unlock (&table.lock);
  return entry;
}

void
s2s_model_entry_settle (S2sModelEntry *self, S2sModel *model)
{
  pthread_mutex_lock (&table.lock);
  self->is_loading = FALSE;
  self->model = model;
  if (model == NULL)
    drop (self);
  pthread_cond_broadcast (&table.settled);
  pthread_mutex_unlock (&table.lock);
}

void
s2s_model_entry_ref (S2sModelEntry *self)
{
  pthread_mutex_lock (&table.lock);
  self->n_refs++;
  pthread_mutex_unlock (&table.lock);
}

gboolean
s2s_model_entry_unref (S2sModelEntry *self)
{
  gboolean is_last;

  pthread_mutex_lock (&table.lock);
  is_last = drop (self);
  pthread_mutex_unlock (&table.lock);
  return is_last;
}

guint
s2s_model_table_count (void)
{
  guint n_models = 0;

  pthread_mutex_lock (&table.lock);
  for (const S2sModelEntry *entry = table.first; entry != NULL; entry = entry->next)
    n_models += entry->model != NULL;
  pthread_mutex_unlock (&table.lock);
  return n_models;
}
