/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "translator/s2s-service.h"

#include "base/s2s-error.h"
#include "translator/s2s-denormals.h"

#include <string.h>

/* Sentences in the batch: as many as products gain from, and fewer of wide beams */
#define MAX_SLOTS 64
#define MIN_SLOTS 8
#define MAX_ROWS 256

/* Source tokens that join before a step, but for one sentence: those under way wait for it */
#define MAX_JOINING_IDS 128

/* A call that is under way; it lies on the stack of the caller. */
typedef struct {
  const S2sServiceCall *call;
  GList link; /* of arrived, then of clients */

  /* of the thread of the service */
  guint n_joined; /* inputs that have been given a slot */
  guint n_left;   /* inputs that have not ended */
  gboolean narrowed;
  gboolean stopping;

  /* under the lock */
  GCond changed;
  guint n_ended;
  guint *ended; /* [n_inputs] slots to be taken by the caller */
  gboolean stopped;
} Client;

/* What is in a slot. */
typedef struct {
  Client *client;
  guint index;
} Job;

struct _S2sService {
  /* of the table */
  S2sService *next;
  guint n_refs;
  gconstpointer net;
  S2sTranslatorOptions options; /* banned_tokens is its own; no language: it is in the ids */

  S2sSearch *search;
  GThread *thread;
  guint n_slots;

  GMutex lock;
  GCond work;    /* there is news */
  gint has_news; /* atomic: the rest of these has something for the thread */
  gboolean quits;
  GQueue arrived; /* of Client */
  guint n_returned;
  guint *returned; /* [n_slots] whose results have been taken */

  /* of the thread */
  GQueue clients; /* of Client, who is next first */
  guint n_running;
  guint *running;         /* [n_slots] */
  Job *jobs;              /* [n_slots] by slot */
  Job *joining;           /* [n_slots] */
  S2sSearchInput *inputs; /* [n_slots] of joining */
  guint *slots;           /* [n_slots] of joining */
};

/* All services there are, under their lock, and the reference counts too: one that ends is taken
 * out in the critical section in which its count falls to 0. */
static struct {
  GMutex lock;
  S2sService *first;
} table;

/* ---- The thread ---- */

/* Takes over what the callers have left, and waits until there is something when told to. FALSE
 * when that is the end. */
static gboolean
take_news (S2sService *self, gboolean wait)
{
  GList *link;

  g_mutex_lock (&self->lock);
  while (wait && !g_atomic_int_get (&self->has_news))
    g_cond_wait (&self->work, &self->lock);
  g_atomic_int_set (&self->has_news, FALSE);
  while ((link = g_queue_pop_head_link (&self->arrived)) != NULL)
    g_queue_push_tail_link (&self->clients, link);
  for (guint i = 0; i < self->n_returned; i++)
    s2s_search_remove (self->search, self->returned[i]);
  self->n_returned = 0;
  gboolean goes_on = !self->quits;
  g_mutex_unlock (&self->lock);
  return goes_on;
}

/* A client holds no more slots than if there were another one, so that who comes next finds some.
 */
static gboolean
may_join (const S2sService *self, const Client *client)
{
  guint n_inputs = client->call->n_inputs;
  guint n_held = client->n_joined - (n_inputs - client->n_left);
  guint share = self->n_slots / (self->clients.length + 1);

  return !client->stopping && client->n_joined < n_inputs && n_held < MAX (share, 1);
}

/* Deals the free slots, to each client one in turn. */
static guint
choose_joining (S2sService *self)
{
  guint n_free = s2s_search_get_n_free (self->search), n = 0, n_ids = 0;

  for (guint n_passed = 0;
       n < n_free && n_ids < MAX_JOINING_IDS && n_passed < self->clients.length;) {
    GList *link = g_queue_pop_head_link (&self->clients);
    Client *client = link->data;

    g_queue_push_tail_link (&self->clients, link);
    if (!may_join (self, client)) {
      n_passed++;
      continue;
    }
    n_passed = 0;
    self->inputs[n] = client->call->inputs[client->n_joined];
    n_ids += self->inputs[n].n_ids;
    self->joining[n++] = (Job){client, client->n_joined++};
  }
  return n;
}

static void
join (S2sService *self)
{
  guint n = choose_joining (self);

  if (n == 0)
    return;
  s2s_search_add (self->search, self->inputs, n, self->slots);
  for (guint i = 0; i < n; i++) {
    self->jobs[self->slots[i]] = self->joining[i];
    self->running[self->n_running++] = self->slots[i];
    if (self->joining[i].client->narrowed)
      s2s_search_narrow (self->search, self->slots[i]);
  }
}

static void
ask_clients (S2sService *self)
{
  for (GList *link = self->clients.head; link != NULL; link = link->next) {
    Client *client = link->data;
    const S2sServiceCall *call = client->call;
    S2sControl control =
        call->control != NULL ? call->control (call->control_data) : S2S_CONTROL_CONTINUE;

    client->narrowed |= control == S2S_CONTROL_NARROW;
    client->stopping = control == S2S_CONTROL_STOP;
  }
}

/* Does to the sentences what their clients want. */
static void
obey_clients (S2sService *self)
{
  guint n_running = 0;

  for (guint i = 0; i < self->n_running; i++) {
    guint slot = self->running[i];
    const Client *client = self->jobs[slot].client;

    if (client->stopping) {
      s2s_search_remove (self->search, slot);
      continue;
    }
    if (client->narrowed)
      s2s_search_narrow (self->search, slot);
    self->running[n_running++] = slot;
  }
  self->n_running = n_running;
}

/* Under the lock: from here on the thread knows nothing of the client, which may be gone. */
static void
dismiss (S2sService *self, Client *client)
{
  g_queue_unlink (&self->clients, &client->link);
  g_cond_signal (&client->changed);
}

/* Under the lock. */
static void
dismiss_stopping (S2sService *self)
{
  for (GList *link = self->clients.head, *next; link != NULL; link = next) {
    Client *client = link->data;

    next = link->next;
    if (!client->stopping)
      continue;
    client->stopped = TRUE;
    dismiss (self, client);
  }
}

/* Under the lock. */
static void
give_results (S2sService *self)
{
  guint n_running = 0;

  for (guint i = 0; i < self->n_running; i++) {
    guint slot = self->running[i];
    Client *client = self->jobs[slot].client;

    if (!s2s_search_has_ended (self->search, slot)) {
      self->running[n_running++] = slot;
      continue;
    }
    client->ended[client->n_ended++] = slot;
    if (--client->n_left == 0)
      dismiss (self, client);
    else
      g_cond_signal (&client->changed);
  }
  self->n_running = n_running;
}

static gboolean
has_something_to_give (const S2sService *self)
{
  for (const GList *link = self->clients.head; link != NULL; link = link->next)
    if (((const Client *)link->data)->stopping)
      return TRUE;
  for (guint i = 0; i < self->n_running; i++)
    if (s2s_search_has_ended (self->search, self->running[i]))
      return TRUE;
  return FALSE;
}

static void
give (S2sService *self)
{
  if (!has_something_to_give (self))
    return;
  g_mutex_lock (&self->lock);
  dismiss_stopping (self);
  give_results (self);
  g_mutex_unlock (&self->lock);
}

/* No lock is taken in a step between others, in which nobody comes or goes. */
static gpointer
serve (gpointer user_data)
{
  S2sService *self = user_data;
  guint64 mode = s2s_denormals_begin ();
  gboolean is_idle = TRUE;

  while (!(is_idle || g_atomic_int_get (&self->has_news)) || take_news (self, is_idle)) {
    ask_clients (self);
    obey_clients (self);
    join (self);
    is_idle = self->n_running == 0;
    s2s_search_step (self->search);
    give (self);
  }
  s2s_denormals_end (mode);
  return NULL;
}

/* ---- The callers ---- */

/* Under the lock. */
static void
tell (S2sService *self)
{
  g_atomic_int_set (&self->has_news, TRUE);
  g_cond_signal (&self->work);
}

/* Under the lock. */
static void
give_back (S2sService *self, guint slot)
{
  self->returned[self->n_returned++] = slot;
  tell (self);
}

/* Under the lock, which it leaves for the time of the taking. */
static void
take_result (S2sService *self, Client *client)
{
  const S2sServiceCall *call = client->call;
  guint slot = client->ended[--client->n_ended];
  guint index = self->jobs[slot].index;

  g_mutex_unlock (&self->lock);
  call->take (self->search, slot, index, call->take_data);
  g_mutex_lock (&self->lock);
  give_back (self, slot);
}

gboolean
s2s_service_run (S2sService *self, const S2sServiceCall *call)
{
  if (call->n_inputs == 0)
    return TRUE;

  g_autofree guint *ended = g_new (guint, call->n_inputs);
  Client client = {.call = call, .n_left = call->n_inputs, .ended = ended};

  client.link.data = &client;
  g_cond_init (&client.changed);

  g_mutex_lock (&self->lock);
  g_queue_push_tail_link (&self->arrived, &client.link);
  tell (self);
  for (guint n_taken = 0; n_taken < call->n_inputs && !client.stopped;) {
    if (client.n_ended == 0) {
      g_cond_wait (&client.changed, &self->lock);
      continue;
    }
    take_result (self, &client);
    n_taken++;
  }
  while (client.n_ended > 0)
    give_back (self, client.ended[--client.n_ended]);
  g_mutex_unlock (&self->lock);

  g_cond_clear (&client.changed);
  return !client.stopped;
}

const S2sSearch *
s2s_service_get_search (const S2sService *self)
{
  return self->search;
}

/* ---- The table ---- */

static gboolean
bans_the_same (const S2sTranslatorOptions *a, const S2sTranslatorOptions *b)
{
  return a->n_banned_tokens == b->n_banned_tokens &&
         (a->n_banned_tokens == 0 || memcmp (a->banned_tokens, b->banned_tokens,
                                             a->n_banned_tokens * sizeof *a->banned_tokens) == 0);
}

static gboolean
is_same (double a, double b)
{
  return !(a < b || a > b);
}

static gboolean
decodes_alike (const S2sTranslatorOptions *a, const S2sTranslatorOptions *b)
{
  return a->beam_size == b->beam_size && a->n_best == b->n_best &&
         a->length_normalization == b->length_normalization &&
         is_same (a->length_penalty, b->length_penalty) && a->search_end == b->search_end &&
         is_same (a->max_length_factor, b->max_length_factor) &&
         a->max_length_constant == b->max_length_constant && a->max_length == b->max_length &&
         !a->use_shortlist == !b->use_shortlist && bans_the_same (a, b);
}

static void
service_free (S2sService *self)
{
  s2s_search_free (self->search);
  g_free ((gpointer)self->options.banned_tokens);
  g_free (self->returned);
  g_free (self->running);
  g_free (self->jobs);
  g_free (self->joining);
  g_free (self->inputs);
  g_free (self->slots);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->work);
  g_free (self);
}

static void
reserve (S2sService *self)
{
  guint n = self->n_slots;

  self->returned = g_new (guint, n);
  self->running = g_new (guint, n);
  self->jobs = g_new0 (Job, n);
  self->joining = g_new (Job, n);
  self->inputs = g_new (S2sSearchInput, n);
  self->slots = g_new (guint, n);
}

static gboolean
start_thread (S2sService *self, GError **error)
{
  g_autoptr (GError) reason = NULL;

  self->thread = g_thread_try_new ("s2s-service", serve, self, &reason);
  if (self->thread != NULL)
    return TRUE;
  g_set_error (error, S2S_ERROR, S2S_ERROR_OPTIONS, "there is no thread to decode in: %s",
               reason->message);
  return FALSE;
}

static S2sService *
service_new (const S2sSearchModel *model, const S2sTranslatorOptions *options, GError **error)
{
  S2sService *self = g_new0 (S2sService, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->work);
  self->net = model->net;
  self->options = *options;
  self->options.target_language = NULL;
  self->options.banned_tokens =
      g_memdup2 (options->banned_tokens, options->n_banned_tokens * sizeof *options->banned_tokens);
  self->options.batch_size = CLAMP (MAX_ROWS / options->beam_size, MIN_SLOTS, MAX_SLOTS);
  self->search = s2s_search_new (model, &self->options, error);
  self->n_slots = self->search != NULL ? s2s_search_get_n_free (self->search) : 0;
  reserve (self);
  if (self->search == NULL || !start_thread (self, error)) {
    service_free (self);
    return NULL;
  }
  return self;
}

static S2sService *
find (gconstpointer net, const S2sTranslatorOptions *options)
{
  S2sService *service = table.first;

  while (service != NULL && !(service->net == net && decodes_alike (&service->options, options)))
    service = service->next;
  return service;
}

S2sService *
s2s_service_claim (const S2sSearchModel *model, const S2sTranslatorOptions *options, GError **error)
{
  g_mutex_lock (&table.lock);
  S2sService *service = find (model->net, options);
  if (service == NULL) {
    service = service_new (model, options, error);
    if (service != NULL) {
      service->next = table.first;
      table.first = service;
    }
  }
  if (service != NULL)
    service->n_refs++;
  g_mutex_unlock (&table.lock);
  return service;
}

static gboolean
drop (S2sService *self)
{
  S2sService **link = &table.first;

  if (--self->n_refs > 0)
    return FALSE;
  while (*link != self)
    link = &(*link)->next;
  *link = self->next;
  return TRUE;
}

void
s2s_service_release (S2sService *self)
{
  g_mutex_lock (&table.lock);
  gboolean is_last = drop (self);
  g_mutex_unlock (&table.lock);
  if (!is_last)
    return;

  g_mutex_lock (&self->lock);
  self->quits = TRUE;
  tell (self);
  g_mutex_unlock (&self->lock);
  g_thread_join (self->thread);
  service_free (self);
}
