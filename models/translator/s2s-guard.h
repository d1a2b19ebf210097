/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "text/s2s-keeper.h"
#include "translator/s2s-translation.h"
#include "translator/s2s-translator.h"
#include "translator/s2s-unit.h"

#include <glib.h>

G_BEGIN_DECLS

/* Notes what the results of a unit have to keep of its text, in which the terms of the input are
 * replaced by what stands for them. text: that the unit was cut from. keeper outlives the unit. */
void s2s_guard_note (const S2sKeeper *keeper, const S2sInput *input, const char *text,
                     S2sUnit *unit);

/* Sets S2S_FLAG_LOST where a result of the unit has lost something, and puts those that have not
 * before those that have; beside that the order stays. */
void s2s_guard_rank (const S2sJoiner *joiner, S2sUnit *unit);

G_END_DECLS
