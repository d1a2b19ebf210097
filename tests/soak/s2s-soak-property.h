/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* Gives a property of the element's own class another value: of any number, choice or switch, one
 * that its range allows. Texts are left to who knows what they mean. may_fail: whether a value may
 * make the element end the stream by an error. */
void soak_property_change (GstElement *element, GRand *rand, gboolean may_fail);
/* All of them to their defaults */
void soak_property_reset (GstElement *element);
