/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-counting.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

/* The C library's own, under the names that stay when a program brings its own malloc */
void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *old, size_t size);
void *__libc_memalign (size_t alignment, size_t size);

static guint n_allocations;
static guint n_locks;
static gsize n_bytes;

S2sCounts
s2s_counting_get (void)
{
  return (S2sCounts){(guint)g_atomic_int_get (&n_allocations),
                     (gsize)g_atomic_pointer_get (&n_bytes), (guint)g_atomic_int_get (&n_locks)};
}

static void
count_allocation (gsize size)
{
  g_atomic_int_inc (&n_allocations);
  g_atomic_pointer_add (&n_bytes, (gssize)size);
}

void *
malloc (size_t size)
{
  count_allocation (size);
  return __libc_malloc (size);
}

void *
calloc (size_t n, size_t size)
{
  count_allocation (n * size);
  return __libc_calloc (n, size);
}

void *
realloc (void *old, size_t size)
{
  count_allocation (size);
  return __libc_realloc (old, size);
}

void *
memalign (size_t alignment, size_t size)
{
  count_allocation (size);
  return __libc_memalign (alignment, size);
}

void *
aligned_alloc (size_t alignment, size_t size)
{
  return memalign (alignment, size);
}

int
posix_memalign (void **ret_memory, size_t alignment, size_t size)
{
  void *memory = memalign (alignment, size);

  if (memory == NULL)
    return ENOMEM;
  *ret_memory = memory;
  return 0;
}

int
pthread_mutex_lock (pthread_mutex_t *mutex)
{
  static int (*next) (pthread_mutex_t *);

  g_atomic_int_inc (&n_locks);
  if (next == NULL)
    next = (int (*) (pthread_mutex_t *))dlsym (RTLD_NEXT, "pthread_mutex_lock");
  return next (mutex);
}

void
g_mutex_lock (GMutex *mutex)
{
  static void (*next) (GMutex *);

  g_atomic_int_inc (&n_locks);
  if (next == NULL)
    next = (void (*) (GMutex *))dlsym (RTLD_NEXT, "g_mutex_lock");
  next (mutex);
}
