/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define GST_TYPE_S2S_TRANSFORM (gst_s2s_transform_get_type ())
G_DECLARE_FINAL_TYPE (GstS2sTransform, gst_s2s_transform, GST, S2S_TRANSFORM, GstElement)

GST_ELEMENT_REGISTER_DECLARE (s2stransform);

G_END_DECLS
