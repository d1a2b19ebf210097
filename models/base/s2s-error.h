/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * S2S_ERROR:
 *
 * Error domain of everything in libs2s. The codes are in #S2sError.
 */
#define S2S_ERROR (s2s_error_quark ())

/**
 * S2sError:
 * @S2S_ERROR_NOT_FOUND: a bundle or a file of it is not there
 * @S2S_ERROR_IO: a file is there and could not be read
 * @S2S_ERROR_FORMAT: a file of a bundle is broken or contradicts another one
 * @S2S_ERROR_UNSUPPORTED: a well-formed bundle that this version cannot run
 * @S2S_ERROR_OPTIONS: an option is out of its range or does not fit the model
 * @S2S_ERROR_INPUT: the text is not valid UTF-8, or the forced prefix cannot be said
 * @S2S_ERROR_CANCELLED: the control function returned %S2S_CONTROL_STOP
 */
typedef enum {
  S2S_ERROR_NOT_FOUND,
  S2S_ERROR_IO,
  S2S_ERROR_FORMAT,
  S2S_ERROR_UNSUPPORTED,
  S2S_ERROR_OPTIONS,
  S2S_ERROR_INPUT,
  S2S_ERROR_CANCELLED,
} S2sError;

GQuark s2s_error_quark (void);

G_END_DECLS
