/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/s2s-error.h"

/* Fails the test unless error is code of S2S_ERROR and its message has the fragment. */
void s2s_test_assert_error (const GError *error, S2sError code, const char *fragment);
