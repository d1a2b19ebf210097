/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_S2S_ACCUMULATE (gst_s2s_accumulate_get_type ())
G_DECLARE_FINAL_TYPE (GstS2sAccumulate, gst_s2s_accumulate, GST, S2S_ACCUMULATE, GstElement)

GST_ELEMENT_REGISTER_DECLARE (s2saccumulate);

G_END_DECLS
