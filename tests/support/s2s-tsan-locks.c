/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded under ThreadSanitizer. GLib's GMutex and GCond are futexes in code that is not
 * instrumented, so that whatever they guard looks like a race. These do the same with pthreads,
 * which ThreadSanitizer knows. GLib uses its own inside, where nobody else sees them. Recursive and
 * read-write locks, threads and private data are pthreads already. */

#include <dlfcn.h>
#include <errno.h>
#include <glib.h>
#include <pthread.h>
#include <sanitizer/tsan_interface.h>

typedef void (*InitFunc) (void *impl);

static void
init_mutex (void *impl)
{
  pthread_mutex_init (impl, NULL);
}

/* g_cond_wait_until() counts in monotonic time. */
static void
init_cond (void *impl)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC);
  pthread_cond_init (impl, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* What is static is never initialised, so that who comes first does it. */
static void *
get_impl (gpointer *place, gsize size, InitFunc init)
{
  void *impl = g_atomic_pointer_get (place);

  if (impl)
    return impl;
  impl = g_malloc (size);
  init (impl);
  if (g_atomic_pointer_compare_and_exchange (place, NULL, impl))
    return impl;
  g_free (impl);
  return g_atomic_pointer_get (place);
}

static pthread_mutex_t *
get_mutex (GMutex *mutex)
{
  return get_impl (&mutex->p, sizeof (pthread_mutex_t), init_mutex);
}

static pthread_cond_t *
get_cond (GCond *cond)
{
  return get_impl (&cond->p, sizeof (pthread_cond_t), init_cond);
}

void
g_mutex_init (GMutex *mutex)
{
  mutex->p = NULL;
}

void
g_mutex_clear (GMutex *mutex)
{
  if (mutex->p)
    pthread_mutex_destroy (mutex->p);
  g_clear_pointer (&mutex->p, g_free);
}

void
g_mutex_lock (GMutex *mutex)
{
  pthread_mutex_lock (get_mutex (mutex));
}

void
g_mutex_unlock (GMutex *mutex)
{
  pthread_mutex_unlock (get_mutex (mutex));
}

gboolean
g_mutex_trylock (GMutex *mutex)
{
  return pthread_mutex_trylock (get_mutex (mutex)) == 0;
}

void
g_cond_init (GCond *cond)
{
  cond->p = NULL;
}

void
g_cond_clear (GCond *cond)
{
  if (cond->p)
    pthread_cond_destroy (cond->p);
  g_clear_pointer (&cond->p, g_free);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  pthread_cond_wait (get_cond (cond), get_mutex (mutex));
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  struct timespec end = {
      .tv_sec = end_time / G_USEC_PER_SEC,
      .tv_nsec = end_time % G_USEC_PER_SEC * 1000,
  };

  return pthread_cond_timedwait (get_cond (cond), get_mutex (mutex), &end) != ETIMEDOUT;
}

void
g_cond_signal (GCond *cond)
{
  pthread_cond_signal (get_cond (cond));
}

void
g_cond_broadcast (GCond *cond)
{
  pthread_cond_broadcast (get_cond (cond));
}

/* ---- Queues ---- */

/* The lock of a queue is inside GLib. What is pushed is known to who pops. */

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  void (*push) (GAsyncQueue *, gpointer) = dlsym (RTLD_NEXT, "g_async_queue_push");

  __tsan_release (queue);
  push (queue, data);
}

gpointer
g_async_queue_pop (GAsyncQueue *queue)
{
  gpointer (*pop) (GAsyncQueue *) = dlsym (RTLD_NEXT, "g_async_queue_pop");
  gpointer data = pop (queue);

  __tsan_acquire (queue);
  return data;
}

gpointer
g_async_queue_try_pop (GAsyncQueue *queue)
{
  gpointer (*pop) (GAsyncQueue *) = dlsym (RTLD_NEXT, "g_async_queue_try_pop");
  gpointer data = pop (queue);

  __tsan_acquire (queue);
  return data;
}

gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  gpointer (*pop) (GAsyncQueue *, guint64) = dlsym (RTLD_NEXT, "g_async_queue_timeout_pop");
  gpointer data = pop (queue, timeout);

  __tsan_acquire (queue);
  return data;
}
