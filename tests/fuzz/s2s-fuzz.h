/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* A target: any bytes must come back as 0, without a crash, a leak or a sanitizer's complaint. */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
