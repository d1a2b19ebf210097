/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config.h"

#include "s2s-fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = s2s_config_new_from_bytes (bytes, &error);

  g_assert ((config == NULL) == (error != NULL));
  if (error != NULL)
    g_assert (g_utf8_validate (error->message, -1, NULL));
  return 0;
}
