/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/s2s-json.h"

#include "s2s-test-error.h"

#include <string.h>

typedef struct {
  const char *name;
  const char *text;
  const char *message;
} Case;

static const Case broken[] = {
    {"empty", "", "ends inside"},
    {"blanks", " \n", "ends inside"},
    {"array", "[1]", "expected an object"},
    {"word", "null", "expected an object"},
    {"open", "{\"a\": 1", "ends inside"},
    {"open-string", "{\"a", "without end"},
    {"second", "{} {}", "after the object"},
    {"after", "{\"a\": 1} x", "after the object"},
    {"comment", "{/* a */}", "unexpected character"},
    {"line-comment", "{\n// a\n}", "unexpected character"},
    {"single-quotes", "{'a': 1}", "unexpected character"},
    {"assignment", "var a = {}", "expected an object"},
    {"missing-comma", "{\"a\": 1 \"b\": 2}", "not JSON"},
    {"trailing-comma", "{\"a\": 1,}", "not JSON"},
    {"missing-value", "{\"a\":}", "not JSON"},
    {"missing-name", "{:1}", "not JSON"},
    {"crossed", "{\"a\": [}]}", "not JSON"},
    {"closed-twice", "{}}", "after the object"},
    {"invalid-utf8", "{\"a\": \"\xff\"}", "not valid UTF-8"},
    {"overlong-utf8", "{\"a\": \"\xc0\x80\"}", "not valid UTF-8"},
    {"control", "{\"a\": \"\n\"}", "control character"},
    {"nul-escape", "{\"a\\u0000b\": 1}", "NUL in a string"},
    {"unknown-escape", "{\"a\": \"\\x41\"}", "unknown escape"},
    {"short-escape", "{\"a\": \"\\u12\"}", "unknown escape"},
    {"high-surrogate", "{\"a\": \"\\ud83d\"}", "surrogate"},
    {"low-surrogate", "{\"a\": \"\\ude00\"}", "surrogate"},
    {"wrong-surrogate", "{\"a\": \"\\ud83d\\u0041\"}", "surrogate"},
    {"octal", "{\"a\": 010}", "a broken number"},
    {"minus-octal", "{\"a\": -01}", "a broken number"},
    {"hexadecimal", "{\"a\": 0x10}", "a broken number"},
    {"plus", "{\"a\": +1}", "unexpected character"},
    {"no-whole", "{\"a\": .5}", "unexpected character"},
    {"no-fraction", "{\"a\": 1.}", "a broken number"},
    {"no-exponent", "{\"a\": 1e}", "a broken number"},
    {"no-exponent-digits", "{\"a\": 1e+}", "a broken number"},
    {"lone-minus", "{\"a\": - 1}", "a broken number"},
    {"minus-minus", "{\"a\": --1}", "a broken number"},
    {"open-number", "{\"a\": -", "a broken number"},
    {"word-number", "{\"a\": 1a}", "a broken number"},
    {"too-large", "{\"a\": 18446744073709551615}", "more than 18 digits"},
    {"too-many-digits", "{\"a\": 1000000000000000000}", "more than 18 digits"},
    {"twice", "{\"a\": 1, \"b\": 2, \"a\": 3}", "“a” is there twice"},
    {"twice-inside", "{\"a\": {\"b\": 1, \"b\": 1}}", "“b” is there twice"},
    {"twice-escaped", "{\"a\": 1, \"\\u0061\": 1}", "“a” is there twice"},
};

static void
test_broken (gconstpointer data)
{
  const Case *row = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = s2s_json_read_object (row->text, strlen (row->text), &error);

  g_assert_null (node);
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, row->message);
}

static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, '[');
  g_assert_null (s2s_json_read_object (text->str, text->len, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "nested too deep");
}

/* json-glib cuts what it quotes at a byte. */
static void
test_long_name (void)
{
  for (guint n = 0; n < 4; n++) {
    g_autoptr (GString) text = g_string_new ("{\"");
    g_autoptr (GError) error = NULL;

    g_string_append_len (text, "abc", n);
    for (guint i = 0; i < 100; i++)
      g_string_append (text, "😀");
    g_string_append (text, "\" 1}");
    g_assert_null (s2s_json_read_object (text->str, text->len, &error));
    s2s_test_assert_error (error, S2S_ERROR_FORMAT, "not JSON");
  }
}

static void
test_nul (void)
{
  static const char text[] = "{\"a\"\0: 1}";
  g_autoptr (GError) error = NULL;

  g_assert_null (s2s_json_read_object (text, sizeof text - 1, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "at byte 4: not valid UTF-8");
}

static void
test_read (void)
{
  static const char text[] = " {\"a\": {\"b\": [1, -2.5e1, true, null]}, "
                             "\"\\ud83d\\ude00 \\\"\\\\\\/\\t\": \"b\"}\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = s2s_json_read_object (text, sizeof text - 1, &error);

  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (node);
  JsonArray *array =
      json_object_get_array_member (json_object_get_object_member (object, "a"), "b");

  g_assert_cmpint (json_array_get_int_element (array, 0), ==, 1);
  g_assert_cmpfloat (json_array_get_double_element (array, 1), ==, -25);
  g_assert_true (json_array_get_boolean_element (array, 2));
  g_assert_true (json_array_get_null_element (array, 3));
  g_assert_cmpstr (json_object_get_string_member (object, "😀 \"\\/\t"), ==, "b");
}

static void
test_numbers (void)
{
  static const char text[] = "{\"a\": [0, -0, 0.5, 1E+2, 25e-1, 999999999999999999]}";
  static const double expected[] = {0, 0, 0.5, 100, 2.5};
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = s2s_json_read_object (text, sizeof text - 1, &error);

  g_assert_no_error (error);
  JsonArray *array = json_object_get_array_member (json_node_get_object (node), "a");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpfloat (json_array_get_double_element (array, i), ==, expected[i]);
  g_assert_cmpint (json_array_get_int_element (array, 5), ==,
                   G_GINT64_CONSTANT (999999999999999999));
}

/* The same name in two objects is not twice. */
static void
test_siblings (void)
{
  static const char text[] = "{\"a\": {\"b\": 1}, \"b\": {\"b\": 2}, \"c\": [{\"b\": 1}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = s2s_json_read_object (text, sizeof text - 1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (node)), ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *path = g_strconcat ("/json/broken/", broken[i].name, NULL);

    g_test_add_data_func (path, &broken[i], test_broken);
  }
  g_test_add_func ("/json/broken/deep", test_deep);
  g_test_add_func ("/json/broken/long-name", test_long_name);
  g_test_add_func ("/json/broken/nul", test_nul);
  g_test_add_func ("/json/read", test_read);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/siblings", test_siblings);
  return g_test_run ();
}
