/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s2s-soak-property.h"

#include "s2s-soak-fail.h"

#define NATURAL_LIMIT 5000

static gboolean
is_ours (GstElement *element, const GParamSpec *spec)
{
  return spec->owner_type == G_OBJECT_TYPE (element) &&
         (spec->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE &&
         spec->value_type != G_TYPE_STRING;
}

/* Mostly a value that somebody might want, now and then an end of the range. */
static gint64
choose_number (GRand *rand, gint64 minimum, gint64 maximum, gint64 fallback)
{
  gint64 limit = MIN (maximum, MAX (minimum, 0) + NATURAL_LIMIT);

  switch (g_rand_int_range (rand, 0, 40)) {
  case 0:
    return maximum;
  case 1:
  case 2:
    return minimum;
  case 3:
  case 4:
    return fallback;
  default:
    if (g_rand_boolean (rand))
      limit = MIN (limit, minimum + 20);
    return minimum + (gint64)(g_rand_double (rand) * (double)(limit - minimum));
  }
}

static double
choose_real (GRand *rand, double minimum, double maximum, double fallback)
{
  if (g_rand_int_range (rand, 0, 4) == 0)
    return fallback;
  return g_rand_double_range (rand, minimum, MIN (maximum, minimum + 20));
}

static void
choose_enum (GRand *rand, GParamSpec *spec, gboolean may_fail, GValue *value)
{
  GEnumClass *klass = G_PARAM_SPEC_ENUM (spec)->enum_class;
  const GEnumValue *choice;

  do
    choice = &klass->values[g_rand_int_range (rand, 0, (gint)klass->n_values)];
  while (!may_fail && !g_strcmp0 (choice->value_nick, "fail"));
  g_value_set_enum (value, choice->value);
}

static void
choose (GRand *rand, GParamSpec *spec, gboolean may_fail, GValue *value)
{
  if (G_IS_PARAM_SPEC_BOOLEAN (spec)) {
    g_value_set_boolean (value, g_rand_boolean (rand));
  } else if (G_IS_PARAM_SPEC_ENUM (spec)) {
    choose_enum (rand, spec, may_fail, value);
  } else if (G_IS_PARAM_SPEC_UINT (spec)) {
    const GParamSpecUInt *range = G_PARAM_SPEC_UINT (spec);

    g_value_set_uint (
        value, (guint)choose_number (rand, range->minimum, range->maximum, range->default_value));
  } else if (G_IS_PARAM_SPEC_INT (spec)) {
    const GParamSpecInt *range = G_PARAM_SPEC_INT (spec);

    g_value_set_int (
        value, (gint)choose_number (rand, range->minimum, range->maximum, range->default_value));
  } else if (G_IS_PARAM_SPEC_FLOAT (spec)) {
    const GParamSpecFloat *range = G_PARAM_SPEC_FLOAT (spec);

    g_value_set_float (
        value, (float)choose_real (rand, range->minimum, range->maximum, range->default_value));
  } else if (G_IS_PARAM_SPEC_DOUBLE (spec)) {
    const GParamSpecDouble *range = G_PARAM_SPEC_DOUBLE (spec);

    g_value_set_double (value,
                        choose_real (rand, range->minimum, range->maximum, range->default_value));
  } else {
    soak_fail ("the property %s has a type of which no value is known", spec->name);
  }
}

void
soak_property_change (GstElement *element, GRand *rand, gboolean may_fail)
{
  guint n_specs;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n_specs);
  g_auto (GValue) value = G_VALUE_INIT;
  GParamSpec *spec;

  do
    spec = specs[g_rand_int_range (rand, 0, (gint)n_specs)];
  while (!is_ours (element, spec));
  g_value_init (&value, spec->value_type);
  choose (rand, spec, may_fail, &value);
  g_object_set_property (G_OBJECT (element), spec->name, &value);
}

void
soak_property_reset (GstElement *element)
{
  guint n_specs;
  g_autofree GParamSpec **specs =
      g_object_class_list_properties (G_OBJECT_GET_CLASS (element), &n_specs);

  for (guint i = 0; i < n_specs; i++)
    if (is_ours (element, specs[i]))
      g_object_set_property (G_OBJECT (element), specs[i]->name,
                             g_param_spec_get_default_value (specs[i]));
}
