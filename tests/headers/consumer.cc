// SPDX-License-Identifier: LGPL-2.1-or-later
#include <s2s.h>

// What a C++ program sees of the library: it compiles, links and runs with what pkg-config says.
int
main ()
{
  g_autoptr (GError) error = nullptr;
  g_autoptr (S2sModel) model = s2s_model_new_from_dir ("/nonexistent", &error);

  if (model != nullptr || !g_error_matches (error, S2S_ERROR, S2S_ERROR_NOT_FOUND))
    return 1;
  s2s_translator_free (nullptr);
  g_print ("%s\n", error->message);
  return 0;
}
