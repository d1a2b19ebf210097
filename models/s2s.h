/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The public interface of libs2s. */

#include "base/s2s-control.h"
#include "base/s2s-decoding.h"
#include "base/s2s-error.h"
#include "base/s2s-span.h"
#include "model/s2s-language.h"
#include "model/s2s-model.h"
#include "translator/s2s-translator.h"
