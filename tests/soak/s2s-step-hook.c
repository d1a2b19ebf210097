/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-step-hook.h"

#include "s2s-watchdog.h"
#include "s2s.h"

#include <dlfcn.h>

/* What the element gave for a translator. */
typedef struct {
  S2sControlFunc func;
  gpointer user_data;
} Control;

typedef enum {
  STATE_IDLE,
  STATE_ARMED,
  STATE_HELD,
  STATE_COUNTING,
} State;

static GMutex lock;
static GCond changed;
static GPtrArray *controls; /* translators may live as long as the program */
static State state;
static guint countdown; /* steps until one is held */
static guint n_steps;
static guint n_stops;
static guint n_total;
static gconstpointer thread; /* of the last step */
static gboolean loads_wait;

/* Under the lock. */
static void
set_state (State new_state)
{
  state = new_state;
  g_cond_broadcast (&changed);
}

/* Under the lock: the step was allowed, and begins once the function returns. */
static void
hold (void)
{
  set_state (STATE_HELD);
  while (state == STATE_HELD)
    g_cond_wait (&changed, &lock);
}

static S2sControl
count_step (gpointer user_data)
{
  const Control *control = user_data;
  S2sControl answer = control->func (control->user_data);

  watchdog_feed ();
  g_mutex_lock (&lock);
  n_total++;
  thread = g_thread_self ();
  if (state == STATE_ARMED && answer != S2S_CONTROL_STOP && countdown-- == 0)
    hold ();
  if (state == STATE_COUNTING) {
    n_steps += answer != S2S_CONTROL_STOP;
    n_stops += answer == S2S_CONTROL_STOP;
  }
  g_mutex_unlock (&lock);
  return answer;
}

/* Of the library, in place of which a function of this file stands. */
static gpointer
find_original (const char *name)
{
  gpointer library = dlopen ("libs2s.so.0", RTLD_LAZY | RTLD_NOLOAD);
  gpointer function = library ? dlsym (library, name) : NULL;

  if (!function)
    g_error ("the plugin does not use libs2s.so.0: %s", dlerror ());
  dlclose (library);
  return function;
}

void
s2s_translator_set_control (S2sTranslator *self, S2sControlFunc func, gpointer user_data)
{
  void (*original) (S2sTranslator *, S2sControlFunc, gpointer) = (void (*) (
      S2sTranslator *, S2sControlFunc, gpointer))find_original ("s2s_translator_set_control");
  Control *control = g_new (Control, 1);

  *control = (Control){.func = func, .user_data = user_data};
  g_mutex_lock (&lock);
  if (!controls)
    controls = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (controls, control);
  g_mutex_unlock (&lock);
  original (self, count_step, control);
}

S2sModel *
s2s_model_new_from_dir (const char *path, GError **error)
{
  S2sModel *(*original) (const char *, GError **) =
      (S2sModel * (*)(const char *, GError **)) find_original ("s2s_model_new_from_dir");

  g_mutex_lock (&lock);
  while (loads_wait)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
  return original (path, error);
}

void
step_hook_hold_loads (gboolean hold)
{
  g_mutex_lock (&lock);
  loads_wait = hold;
  g_cond_broadcast (&changed);
  g_mutex_unlock (&lock);
}

void
step_hook_arm (guint go_on_after)
{
  g_mutex_lock (&lock);
  countdown = go_on_after;
  set_state (STATE_ARMED);
  g_mutex_unlock (&lock);
}

void
step_hook_wait_until_held (void)
{
  g_mutex_lock (&lock);
  while (state != STATE_HELD)
    g_cond_wait (&changed, &lock);
  g_mutex_unlock (&lock);
}

void
step_hook_release (void)
{
  g_mutex_lock (&lock);
  n_steps = 0;
  n_stops = 0;
  set_state (STATE_COUNTING);
  g_mutex_unlock (&lock);
}

void
step_hook_disarm (void)
{
  g_mutex_lock (&lock);
  set_state (STATE_IDLE);
  g_mutex_unlock (&lock);
}

static guint
get_count (const guint *count)
{
  guint value;

  g_mutex_lock (&lock);
  value = *count;
  g_mutex_unlock (&lock);
  return value;
}

guint
step_hook_get_steps (void)
{
  return get_count (&n_steps);
}

guint
step_hook_get_stops (void)
{
  return get_count (&n_stops);
}

gconstpointer
step_hook_get_thread (void)
{
  gconstpointer result;

  g_mutex_lock (&lock);
  result = thread;
  g_mutex_unlock (&lock);
  return result;
}

guint
step_hook_get_total (void)
{
  return get_count (&n_total);
}
