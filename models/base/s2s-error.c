/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-error.h"

G_DEFINE_QUARK (s2s - error - quark, s2s_error)
