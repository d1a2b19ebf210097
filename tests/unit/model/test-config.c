/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-config.h"

#include "s2s-test-error.h"

#include <string.h>

#define HEADING                                                                                    \
  "\"format_version\": 1, \"name\": \"en-zh\", \"task\": \"translate\", "                          \
  "\"source_language\": \"en\", \"target_language\": \"zh\", \"architecture\": \"rnn\""
#define SIZES                                                                                      \
  "\"source_vocabulary_size\": 300, \"target_vocabulary_size\": 400, \"embedding_size\": 24, "     \
  "\"hidden_size\": 32"
#define LAYERS                                                                                     \
  "\"cell\": \"gru\", \"encoder_layers\": 2, \"decoder_layers\": 3, "                              \
  "\"encoder_direction\": \"first-bidirectional\""
#define NETWORK SIZES ", " LAYERS ", \"attention\": \"dot\", \"output_size\": 24"
#define TOKENIZERS                                                                                 \
  "\"source_tokenizer\": {\"type\": \"sentencepiece\", \"file\": \"a.spm\", \"eos\": 3}, "         \
  "\"target_tokenizer\": {\"type\": \"plain\", \"file\": \"b.json\", \"unit\": \"character\", "    \
  "\"unk\": 1, \"bos\": 2, \"eos\": 3}"
#define HPARAMS "\"hyperparameters\": {" NETWORK "}"
#define WHOLE "{" HEADING ", " HPARAMS ", " TOKENIZERS "}"

static S2sConfig *
parse (const char *text, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return s2s_config_new_from_bytes (bytes, error);
}

/* WHOLE with the first of a part of it replaced by another */
static S2sConfig *
parse_changed (const char *part, const char *other, GError **error)
{
  g_autoptr (GString) text = g_string_new (WHOLE);

  g_assert_cmpuint (g_string_replace (text, part, other, 1), ==, 1);
  return parse (text->str, error);
}

static void
test_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (WHOLE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (config->name, ==, "en-zh");
  g_assert_cmpstr (config->task, ==, "translate");
  g_assert_cmpstr (config->source_language, ==, "en");
  g_assert_cmpstr (config->target_languages[0], ==, "zh");
  g_assert_null (config->target_languages[1]);
  g_assert_cmpint (config->language_tokens[0], ==, -1);

  const S2sHparams *hparams = &config->hparams;
  g_assert_cmpstr (hparams->architecture, ==, "rnn");
  g_assert_cmpstr (hparams->rnn.cell, ==, "gru");
  g_assert_cmpuint (hparams->source_vocabulary_size, ==, 300);
  g_assert_cmpuint (hparams->target_vocabulary_size, ==, 400);
  g_assert_cmpuint (hparams->rnn.embedding_size, ==, 24);
  g_assert_cmpuint (hparams->rnn.hidden_size, ==, 32);
  g_assert_cmpuint (hparams->encoder_layers, ==, 2);
  g_assert_cmpuint (hparams->decoder_layers, ==, 3);
  g_assert_cmpint (hparams->rnn.encoder_direction, ==, S2S_DIRECTION_FIRST_BIDIRECTIONAL);
  g_assert_cmpint (hparams->rnn.attention, ==, S2S_ATTENTION_DOT);
  g_assert_cmpint (hparams->rnn.bridge, ==, S2S_BRIDGE_COPY);
  g_assert_cmpint (hparams->rnn.bridge_from, ==, S2S_BRIDGE_FROM_SAME);
  g_assert_cmpint (hparams->rnn.output_activation, ==, S2S_OUTPUT_TANH);
  g_assert_cmpint (hparams->tied_embeddings, ==, S2S_TIED_NONE);
  g_assert_cmpuint (hparams->rnn.attention_size, ==, 32);
  g_assert_cmpuint (hparams->rnn.output_size, ==, 24);
  g_assert_false (hparams->rnn.residual || hparams->rnn.reverse_source ||
                  hparams->rnn.input_feeding || hparams->bare_source);

  const S2sDecodingDefaults *decoding = &config->decoding;
  g_assert_cmpuint (decoding->beam_size, ==, 4);
  g_assert_cmpint (decoding->length_normalization, ==, S2S_LENGTH_NORMALIZATION_AVERAGE);
  g_assert_cmpfloat (decoding->length_penalty, ==, 1);
  g_assert_cmpint (decoding->search_end, ==, S2S_SEARCH_END_PROVEN);
  g_assert_cmpfloat (decoding->max_length_factor, ==, 3);
  g_assert_cmpuint (decoding->max_length_constant, ==, 10);
  g_assert_cmpuint (decoding->max_source_length, ==, 128);
  g_assert_false (decoding->use_shortlist);
  g_assert_null (config->shortlist_file);
}

static void
test_tokenizers (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (WHOLE, &error);
  const S2sTokenizerConfig *source = &config->source_tokenizer;
  const S2sTokenizerConfig *target = &config->target_tokenizer;

  g_assert_cmpint (source->type, ==, S2S_TOKENIZER_SENTENCEPIECE);
  g_assert_cmpstr (source->file, ==, "a.spm");
  g_assert_cmpint (source->special.pad, ==, -1);
  g_assert_cmpint (source->special.unk, ==, -1);
  g_assert_cmpint (source->special.bos, ==, -1);
  g_assert_cmpint (source->special.eos, ==, 3);
  g_assert_cmpint (target->type, ==, S2S_TOKENIZER_PLAIN);
  g_assert_cmpstr (target->file, ==, "b.json");
  g_assert_true (target->characters);
  g_assert_cmpint (target->special.bos, ==, 2);

  g_autoptr (S2sConfig) other =
      parse_changed (TOKENIZERS,
                     "\"source_tokenizer\": {\"type\": \"bytes\", \"bos\": 2}, "
                     "\"target_tokenizer\": {\"type\": \"bytes\"}",
                     &error);
  g_assert_no_error (error);
  g_assert_cmpint (other->target_tokenizer.type, ==, S2S_TOKENIZER_BYTES);
  g_assert_null (other->target_tokenizer.file);
  g_assert_cmpint (other->target_tokenizer.special.pad, ==, 0);
  g_assert_cmpint (other->target_tokenizer.special.unk, ==, 1);
  g_assert_cmpint (other->target_tokenizer.special.bos, ==, 2);
  g_assert_cmpint (other->target_tokenizer.special.eos, ==, 3);
}

static void
test_everything (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (
      "{" HEADING ", " TOKENIZERS ", \"hyperparameters\": {" SIZES ", "
      "\"cell\": \"gru-reset-before\", \"encoder_layers\": 8, \"decoder_layers\": 1, "
      "\"encoder_direction\": \"bidirectional\", \"attention\": \"additive\", "
      "\"attention_size\": 7, \"output_size\": 24, \"residual\": true, \"reverse_source\": true, "
      "\"bridge\": \"dense\", "
      "\"bridge_from\": \"top\", \"output_activation\": \"linear\", \"input_feeding\": true, "
      "\"tied_embeddings\": \"decoder\"}, "
      "\"decoding\": {\"beam_size\": 32, \"length_normalization\": \"marian\", "
      "\"length_penalty\": 0.6, \"search_end\": \"full\", \"max_length_factor\": 2, "
      "\"max_length_constant\": 0, "
      "\"max_source_length\": 4096, \"use_shortlist\": true}, "
      "\"shortlist\": {\"file\": \"c.safetensors\"}, \"stand_ins\": {\"Paris\": \"巴黎\", \"Ann\": "
      "\"安\"}}",
      &error);

  g_assert_no_error (error);
  const S2sHparams *hparams = &config->hparams;
  g_assert_cmpstr (hparams->rnn.cell, ==, "gru-reset-before");
  g_assert_cmpint (hparams->rnn.encoder_direction, ==, S2S_DIRECTION_BIDIRECTIONAL);
  g_assert_cmpint (hparams->rnn.attention, ==, S2S_ATTENTION_ADDITIVE);
  g_assert_cmpuint (hparams->rnn.attention_size, ==, 7);
  g_assert_true (hparams->rnn.residual && hparams->rnn.reverse_source &&
                 hparams->rnn.input_feeding);
  g_assert_cmpint (hparams->rnn.bridge, ==, S2S_BRIDGE_DENSE);
  g_assert_cmpint (hparams->rnn.bridge_from, ==, S2S_BRIDGE_FROM_TOP);
  g_assert_cmpint (hparams->rnn.output_activation, ==, S2S_OUTPUT_LINEAR);
  g_assert_cmpint (hparams->tied_embeddings, ==, S2S_TIED_DECODER);

  const S2sDecodingDefaults *decoding = &config->decoding;
  g_assert_cmpuint (decoding->beam_size, ==, 32);
  g_assert_cmpint (decoding->length_normalization, ==, S2S_LENGTH_NORMALIZATION_MARIAN);
  g_assert_cmpfloat (decoding->length_penalty, ==, 0.6);
  g_assert_cmpint (decoding->search_end, ==, S2S_SEARCH_END_FULL);
  g_assert_cmpfloat (decoding->max_length_factor, ==, 2);
  g_assert_cmpuint (decoding->max_length_constant, ==, 0);
  g_assert_cmpuint (decoding->max_source_length, ==, 4096);
  g_assert_true (decoding->use_shortlist);
  g_assert_cmpstr (config->shortlist_file, ==, "c.safetensors");

  g_assert_cmpuint (config->n_stand_ins, ==, 2);
  g_assert_cmpstr (config->stand_ins[0].source, ==, "Paris");
  g_assert_cmpstr (config->stand_ins[0].target, ==, "巴黎");
  g_assert_cmpstr (config->stand_ins[1].source, ==, "Ann");
}

typedef struct {
  const char *name;
  const char *part;
  const char *other;
  S2sError code;
  const char *message;
} Case;

static const Case broken[] = {
    {"version-2", "version\": 1", "version\": 2", S2S_ERROR_UNSUPPORTED,
     "“format_version” is 2, expected 1"},
    {"version-fraction", "version\": 1", "version\": 1.0", S2S_ERROR_FORMAT,
     "“format_version” is not a whole number"},
    {"version-text", "version\": 1", "version\": \"1\"", S2S_ERROR_FORMAT,
     "“format_version” is not a whole number"},
    {"version-missing", "\"format_version\": 1, ", "", S2S_ERROR_FORMAT,
     "“format_version” is missing"},
    {"name-empty", "\"en-zh\"", "\"\"", S2S_ERROR_FORMAT, "“name” is empty"},
    {"name-null", "\"en-zh\"", "null", S2S_ERROR_FORMAT, "“name” is not a string"},
    {"task", "\"translate\"", "\"sing\"", S2S_ERROR_UNSUPPORTED,
     "“task” is “sing”, expected one of: translate, condense, reply"},
    {"language-letter", "\"en\"", "\"e\"", S2S_ERROR_FORMAT,
     "“source_language” is “e”, expected a BCP 47 tag"},
    {"language-long", "\"zh\"", "\"zh-abcdefghi\"", S2S_ERROR_FORMAT, "expected a BCP 47 tag"},
    {"language-underscore", "\"zh\"", "\"zh_TW\"", S2S_ERROR_FORMAT, "expected a BCP 47 tag"},
    {"language-hyphen", "\"zh\"", "\"zh-\"", S2S_ERROR_FORMAT, "expected a BCP 47 tag"},
    {"language-digits", "\"zh\"", "\"86\"", S2S_ERROR_FORMAT, "expected a BCP 47 tag"},
    {"architecture", "\"rnn\"", "\"transducer\"", S2S_ERROR_UNSUPPORTED,
     "unknown architecture “transducer”"},
    {"other-architecture", "\"rnn\"", "\"transformer\"", S2S_ERROR_FORMAT,
     "hyperparameters: “model_size” is missing"},
    {"unknown-key", "\"name\"", "\"nam\": 1, \"name\"", S2S_ERROR_FORMAT, "unknown key “nam”"},
    {"twice", "\"name\"", "\"name\": \"a\", \"name\"", S2S_ERROR_FORMAT, "“name” is there twice"},
    {"no-hyperparameters", HPARAMS ", ", "", S2S_ERROR_FORMAT, "“hyperparameters” is missing"},
    {"hyperparameters-array", HPARAMS, "\"hyperparameters\": []", S2S_ERROR_FORMAT,
     "“hyperparameters” is not an object"},
    {"no-tokenizers", ", " TOKENIZERS, "", S2S_ERROR_FORMAT, "“source_tokenizer” is missing"},
    {"unknown-hyperparameter", "\"cell\"", "\"celll\": 1, \"cell\"", S2S_ERROR_FORMAT,
     "hyperparameters: unknown key “celll”"},
    {"vocabulary-1", "\": 300", "\": 1", S2S_ERROR_FORMAT,
     "hyperparameters: “source_vocabulary_size” is 1, expected 2 to 1000000"},
    {"vocabulary-large", "\": 400", "\": 1000001", S2S_ERROR_FORMAT,
     "“target_vocabulary_size” is 1000001"},
    {"vocabulary-missing", "\"source_vocabulary_size\": 300, ", "", S2S_ERROR_FORMAT,
     "“source_vocabulary_size” is missing"},
    {"embedding-0", "embedding_size\": 24", "embedding_size\": 0", S2S_ERROR_FORMAT,
     "“embedding_size” is 0, expected 1 to 8192"},
    {"hidden-large", "\": 32", "\": 8194", S2S_ERROR_FORMAT, "“hidden_size” is 8194"},
    {"hidden-wraps", "\": 32", "\": 4294967328", S2S_ERROR_FORMAT, "“hidden_size” is 4294967328"},
    {"hidden-huge", "\": 32", "\": 99999999999999999999", S2S_ERROR_FORMAT, "more than 18 digits"},
    {"hidden-odd", "\": 32", "\": 33", S2S_ERROR_FORMAT,
     "“hidden_size” is 33, expected an even one of a bidirectional encoder"},
    {"layers-0", "encoder_layers\": 2", "encoder_layers\": 0", S2S_ERROR_FORMAT,
     "“encoder_layers” is 0, expected 1 to 8"},
    {"layers-9", "decoder_layers\": 3", "decoder_layers\": 9", S2S_ERROR_FORMAT,
     "“decoder_layers” is 9"},
    {"cell", "\"gru\"", "\"sru\"", S2S_ERROR_UNSUPPORTED,
     "“cell” is “sru”, expected one of: lstm, gru, gru-reset-before"},
    {"cell-number", "\"gru\"", "3", S2S_ERROR_FORMAT, "“cell” is not a string"},
    {"cell-missing", "\"cell\": \"gru\", ", "", S2S_ERROR_FORMAT, "“cell” is missing"},
    {"direction", "\"first-bidirectional\"", "\"backward\"", S2S_ERROR_UNSUPPORTED,
     "“encoder_direction” is “backward”, expected one of: forward, first-bidirectional"},
    {"residual-number", "\"cell\"", "\"residual\": 1, \"cell\"", S2S_ERROR_FORMAT,
     "“residual” is not true or false"},
    {"attention", "\"dot\"", "\"loud\"", S2S_ERROR_UNSUPPORTED, "“attention” is “loud”"},
    {"attention-size", "\"cell\"", "\"attention_size\": 8, \"cell\"", S2S_ERROR_FORMAT,
     "“attention_size” belongs to additive attention alone"},
    {"output-0", "\"output_size\": 24", "\"output_size\": 0", S2S_ERROR_FORMAT,
     "“output_size” is 0, expected at least 1 with attention"},
    {"output-activation", "\"dot\", \"output_size\": 24",
     "\"none\", \"output_size\": 0, \"output_activation\": \"linear\"", S2S_ERROR_FORMAT,
     "“output_activation” is there, expected it of an “output_size” from 1"},
    {"tied-output", "\"output_size\": 24", "\"output_size\": 25, \"tied_embeddings\": \"decoder\"",
     S2S_ERROR_FORMAT, "the generator reads 25 values, expected 24 with tied embeddings"},
    {"tied-hidden", "\"dot\", \"output_size\": 24",
     "\"none\", \"output_size\": 0, \"tied_embeddings\": \"decoder\"", S2S_ERROR_FORMAT,
     "the generator reads 32 values, expected 24"},
    {"tied-vocabulary", "\"output_size\": 24", "\"output_size\": 24, \"tied_embeddings\": \"all\"",
     S2S_ERROR_FORMAT, "“target_vocabulary_size” is 400, expected 300"},
    {"tokenizer-type", "\"sentencepiece\"", "\"bpe\"", S2S_ERROR_UNSUPPORTED,
     "source_tokenizer: “type” is “bpe”, expected one of: sentencepiece, bytes, plain"},
    {"file-missing", "\"file\": \"a.spm\", ", "", S2S_ERROR_FORMAT,
     "source_tokenizer: “file” is missing"},
    {"file-path", "\"a.spm\"", "\"../a.spm\"", S2S_ERROR_FORMAT,
     "“file” is “../a.spm”, expected the name of a file in the bundle"},
    {"file-parent", "\"b.json\"", "\"..\"", S2S_ERROR_FORMAT, "target_tokenizer: “file” is “..”"},
    {"file-of-bytes", "\"type\": \"sentencepiece\"", "\"type\": \"bytes\"", S2S_ERROR_FORMAT,
     "source_tokenizer: unknown key “file”"},
    {"bytes-bos", "\"type\": \"sentencepiece\", \"file\": \"a.spm\"",
     "\"type\": \"bytes\", \"bos\": 1", S2S_ERROR_FORMAT, "“bos” is 1, expected 2 of bytes"},
    {"vocabulary-path", "\"a.spm\"", "\"a.spm\", \"vocabulary\": \"a/b\"", S2S_ERROR_FORMAT,
     "source_tokenizer: “vocabulary” is “a/b”, expected the name of a file in the bundle"},
    {"vocabulary-number", "\"a.spm\"", "\"a.spm\", \"vocabulary\": 1", S2S_ERROR_FORMAT,
     "source_tokenizer: “vocabulary” is not a string"},
    {"vocabulary-of-plain", "\"b.json\"", "\"b.json\", \"vocabulary\": \"c.json\"",
     S2S_ERROR_FORMAT, "target_tokenizer: unknown key “vocabulary”"},
    {"unit", "\"character\"", "\"syllable\"", S2S_ERROR_UNSUPPORTED, "“unit” is “syllable”"},
    {"unit-of-spm", "\"a.spm\"", "\"a.spm\", \"unit\": \"word\"", S2S_ERROR_FORMAT,
     "source_tokenizer: unknown key “unit”"},
    {"target-eos", "\"bos\": 2, \"eos\": 3", "\"bos\": 2", S2S_ERROR_FORMAT,
     "target_tokenizer: “eos” is missing"},
    {"target-eos-none", "\"bos\": 2, \"eos\": 3", "\"bos\": 2, \"eos\": -1", S2S_ERROR_FORMAT,
     "target_tokenizer: “eos” is missing"},
    {"bytes-eos", "\"type\": \"sentencepiece\", \"file\": \"a.spm\", \"eos\": 3",
     "\"type\": \"bytes\", \"eos\": 2", S2S_ERROR_FORMAT, "“eos” is 2, expected 3 of bytes"},
    {"target-bos", "\"bos\": 2, ", "", S2S_ERROR_FORMAT, "target_tokenizer: “bos” is missing"},
    {"id-negative", "\"unk\": 1", "\"unk\": -2", S2S_ERROR_FORMAT,
     "target_tokenizer: “unk” is -2, expected -1 to 999999"},
};

static void
assert_fails (const char *part, const char *other, S2sError code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse_changed (part, other, &error));
  s2s_test_assert_error (error, code, message);
}

static void
test_broken (gconstpointer data)
{
  const Case *row = data;

  assert_fails (row->part, row->other, row->code, row->message);
}

static void
test_broken_decoding (void)
{
  static const struct {
    const char *decoding;
    S2sError code;
    const char *message;
  } rows[] = {
      {"1", S2S_ERROR_FORMAT, "“decoding” is not an object"},
      {"{\"beam\": 4}", S2S_ERROR_FORMAT, "decoding: unknown key “beam”"},
      {"{\"beam_size\": 0}", S2S_ERROR_FORMAT, "decoding: “beam_size” is 0, expected 1 to 32"},
      {"{\"beam_size\": 33}", S2S_ERROR_FORMAT, "“beam_size” is 33"},
      {"{\"length_normalization\": \"sum\"}", S2S_ERROR_UNSUPPORTED,
       "“length_normalization” is “sum”, expected one of: none, average, gnmt, marian"},
      {"{\"search_end\": \"soon\"}", S2S_ERROR_UNSUPPORTED,
       "“search_end” is “soon”, expected one of: proven, estimated, full"},
      {"{\"length_penalty\": -0.1}", S2S_ERROR_FORMAT,
       "“length_penalty” is -0.1, expected 0 to 10"},
      {"{\"length_penalty\": 1e999}", S2S_ERROR_FORMAT, "“length_penalty” is inf"},
      {"{\"length_penalty\": true}", S2S_ERROR_FORMAT, "“length_penalty” is not a number"},
      {"{\"max_length_factor\": 0}", S2S_ERROR_FORMAT, "“max_length_factor” is 0"},
      {"{\"max_length_factor\": 100.5}", S2S_ERROR_FORMAT, "“max_length_factor” is 100.5"},
      {"{\"max_length_constant\": -1}", S2S_ERROR_FORMAT, "“max_length_constant” is -1"},
      {"{\"max_source_length\": 1}", S2S_ERROR_FORMAT, "“max_source_length” is 1"},
      {"{\"max_source_length\": 4097}", S2S_ERROR_FORMAT, "“max_source_length” is 4097"},
      {"{\"use_shortlist\": 1}", S2S_ERROR_FORMAT,
       "decoding: “use_shortlist” is not true or false"},
      {"{\"use_shortlist\": true}", S2S_ERROR_FORMAT,
       "decoding: “use_shortlist” is true, expected false without a “shortlist”"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *other = g_strdup_printf ("{\"decoding\": %s, \"format", rows[i].decoding);

    assert_fails ("{\"format", other, rows[i].code, rows[i].message);
  }
}

static void
test_shortlist (void)
{
  static const struct {
    const char *shortlist;
    const char *message;
  } rows[] = {
      {"1", "“shortlist” is not an object"},
      {"{}", "shortlist: “file” is missing"},
      {"{\"file\": 1}", "shortlist: “file” is not a string"},
      {"{\"file\": \"a/b\"}", "shortlist: “file” is “a/b”, expected the name of a file"},
      {"{\"file\": \"a\", \"size\": 1}", "shortlist: unknown key “size”"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *other = g_strdup_printf ("{\"shortlist\": %s, \"format", rows[i].shortlist);

    assert_fails ("{\"format", other, S2S_ERROR_FORMAT, rows[i].message);
  }

  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config =
      parse_changed ("{\"format", "{\"shortlist\": {\"file\": \"c\"}, \"format", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (config->shortlist_file, ==, "c");
  g_assert_false (config->decoding.use_shortlist);
}

/* A Transformer with the hyperparameters between the sizes of its vocabularies and the end */
#define TRANSFORMER(rest)                                                                          \
  "\"transformer\", \"hyperparameters\": {\"source_vocabulary_size\": 300, "                       \
  "\"target_vocabulary_size\": 400, \"encoder_layers\": 6, \"decoder_layers\": 24, " rest "}"
#define TRANSFORMER_SIZES "\"model_size\": 24, \"feed_forward_size\": 96, \"heads\": 8, "
#define TRANSFORMER_WORDS                                                                          \
  "\"norm\": \"post\", \"activation\": \"swish\", \"positions\": \"sinusoidal-half-split\""
#define RNN "\"rnn\", " HPARAMS

static void
test_transformer (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config =
      parse_changed (RNN, TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS), &error);

  g_assert_no_error (error);
  const S2sHparams *hparams = &config->hparams;
  const S2sTransformerHparams *own = &hparams->transformer;
  g_assert_cmpstr (hparams->architecture, ==, "transformer");
  g_assert_cmpuint (hparams->source_vocabulary_size, ==, 300);
  g_assert_cmpuint (hparams->target_vocabulary_size, ==, 400);
  g_assert_cmpuint (hparams->encoder_layers, ==, 6);
  g_assert_cmpuint (hparams->decoder_layers, ==, 24);
  g_assert_cmpint (hparams->tied_embeddings, ==, S2S_TIED_NONE);
  g_assert_cmpuint (own->model_size, ==, 24);
  g_assert_cmpuint (own->feed_forward_size, ==, 96);
  g_assert_cmpuint (own->heads, ==, 8);
  g_assert_cmpint (own->norm, ==, S2S_NORM_POST);
  g_assert_cmpint (own->activation, ==, S2S_ACTIVATION_SWISH);
  g_assert_cmpint (own->decoder_autoregression, ==, S2S_AUTOREGRESSION_ATTENTION);
  g_assert_cmpint (own->positions, ==, S2S_POSITIONS_SINUSOIDAL_HALF_SPLIT);
  g_assert_false (own->scale_embeddings);
  g_assert_cmpfloat (own->layer_norm_epsilon, ==, 1e-5);

  g_autoptr (S2sConfig) other = parse_changed (
      RNN,
      TRANSFORMER (TRANSFORMER_SIZES
                   "\"norm\": \"pre\", \"activation\": \"gelu\", \"positions\": \"learned\", "
                   "\"max_positions\": 128, \"scale_embeddings\": true, "
                   "\"decoder_autoregression\": \"ssru\", "
                   "\"layer_norm_epsilon\": 1e-6, \"tied_embeddings\": \"decoder\""),
      &error);
  g_assert_no_error (error);
  own = &other->hparams.transformer;
  g_assert_cmpint (own->norm, ==, S2S_NORM_PRE);
  g_assert_cmpint (own->activation, ==, S2S_ACTIVATION_GELU);
  g_assert_cmpint (own->decoder_autoregression, ==, S2S_AUTOREGRESSION_SSRU);
  g_assert_cmpint (own->positions, ==, S2S_POSITIONS_LEARNED);
  g_assert_cmpuint (own->max_positions, ==, 128);
  g_assert_true (own->scale_embeddings);
  g_assert_cmpfloat (own->layer_norm_epsilon, ==, 1e-6);
  g_assert_cmpint (other->hparams.tied_embeddings, ==, S2S_TIED_DECODER);
}

static void
test_broken_transformer (void)
{
  static const struct {
    const char *hparams;
    S2sError code;
    const char *message;
  } rows[] = {
      {TRANSFORMER (
           "\"model_size\": 24, \"feed_forward_size\": 96, \"heads\": 7, " TRANSFORMER_WORDS),
       S2S_ERROR_FORMAT, "“model_size” is 24, expected a multiple of “heads”, 7"},
      {TRANSFORMER (
           "\"model_size\": 25, \"feed_forward_size\": 96, \"heads\": 5, " TRANSFORMER_WORDS),
       S2S_ERROR_FORMAT, "“model_size” is 25, expected an even one, from 2 on, of sinusoidal-half"},
      {TRANSFORMER (
           "\"model_size\": 2, \"feed_forward_size\": 96, \"heads\": 1, \"norm\": \"pre\", "
           "\"activation\": \"relu\", \"positions\": \"sinusoidal-marian\""),
       S2S_ERROR_FORMAT,
       "“model_size” is 2, expected an even one, from 4 on, of sinusoidal-marian"},
      {TRANSFORMER ("\"feed_forward_size\": 96, \"heads\": 1, " TRANSFORMER_WORDS),
       S2S_ERROR_FORMAT, "hyperparameters: “model_size” is missing"},
      {TRANSFORMER (
           "\"model_size\": 24, \"feed_forward_size\": 0, \"heads\": 8, " TRANSFORMER_WORDS),
       S2S_ERROR_FORMAT, "“feed_forward_size” is 0, expected 1 to 32768"},
      {TRANSFORMER (
           "\"model_size\": 24, \"feed_forward_size\": 1, \"heads\": 0, " TRANSFORMER_WORDS),
       S2S_ERROR_FORMAT, "“heads” is 0, expected 1 to 8192"},
      {TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS ", \"cell\": \"gru\""), S2S_ERROR_FORMAT,
       "hyperparameters: unknown key “cell”"},
      {TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS ", \"max_positions\": 128"),
       S2S_ERROR_FORMAT, "“max_positions” is there, expected it of learned positions alone"},
      {TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS ", \"layer_norm_epsilon\": 0"),
       S2S_ERROR_FORMAT, "“layer_norm_epsilon” is 0, expected 1e-12 to 1"},
      {TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS ", \"tied_embeddings\": \"all\""),
       S2S_ERROR_FORMAT, "“target_vocabulary_size” is 400, expected 300"},
      {TRANSFORMER (TRANSFORMER_SIZES TRANSFORMER_WORDS
                    ", \"decoder_autoregression\": \"average\""),
       S2S_ERROR_UNSUPPORTED,
       "“decoder_autoregression” is “average”, expected one of: attention, ssru"},
      {TRANSFORMER (TRANSFORMER_SIZES "\"norm\": \"none\""), S2S_ERROR_UNSUPPORTED,
       "“norm” is “none”, expected one of: pre, post"},
      {TRANSFORMER (TRANSFORMER_SIZES "\"norm\": \"pre\", \"activation\": \"gelu_new\""),
       S2S_ERROR_UNSUPPORTED, "“activation” is “gelu_new”, expected one of: relu, gelu, swish"},
      {TRANSFORMER (TRANSFORMER_SIZES
                    "\"norm\": \"pre\", \"activation\": \"gelu\", \"positions\": \"rotary\""),
       S2S_ERROR_UNSUPPORTED, "“positions” is “rotary”, expected one of: sinusoidal-half-split, "},
      {TRANSFORMER (TRANSFORMER_SIZES
                    "\"norm\": \"pre\", \"activation\": \"gelu\", \"positions\": \"learned\""),
       S2S_ERROR_FORMAT, "“max_positions” is missing"},
      {TRANSFORMER (TRANSFORMER_SIZES
                    "\"norm\": \"pre\", \"activation\": \"gelu\", \"positions\": \"learned\", "
                    "\"max_positions\": 127"),
       S2S_ERROR_FORMAT,
       "decoding: “max_source_length” is 128, expected at most 127 as “max_positions” is"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_fails (RNN, rows[i].hparams, rows[i].code, rows[i].message);
}

/* The same of `nematus` */
#define NEMATUS(rest)                                                                              \
  "\"nematus\", \"hyperparameters\": {\"source_vocabulary_size\": 300, "                           \
  "\"target_vocabulary_size\": 400, \"encoder_layers\": 2, \"decoder_layers\": 8, "                \
  "\"embedding_size\": 24, \"hidden_size\": 31, " rest "}"
#define NEMATUS_GRU "\"encoder_cell\": \"gru\", \"decoder_cell\": \"gru\", "
#define NEMATUS_ABOVE "\"encoder_direction\": \"first-bidirectional\""

static void
test_nematus (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config =
      parse_changed (RNN, NEMATUS (NEMATUS_GRU "\"encoder_direction\": \"bidirectional\""), &error);

  g_assert_no_error (error);
  const S2sNematusHparams *own = &config->hparams.nematus;
  g_assert_cmpstr (config->hparams.architecture, ==, "nematus");
  g_assert_cmpuint (config->hparams.source_vocabulary_size, ==, 300);
  g_assert_cmpuint (config->hparams.encoder_layers, ==, 2);
  g_assert_cmpuint (config->hparams.decoder_layers, ==, 8);
  g_assert_cmpuint (own->embedding_size, ==, 24);
  g_assert_cmpuint (own->hidden_size, ==, 31);
  g_assert_cmpstr (own->encoder_cell, ==, "gru");
  g_assert_cmpuint (own->encoder_cell_depth, ==, 1);
  g_assert_cmpuint (own->decoder_cell_base_depth, ==, 2);
  g_assert_cmpuint (own->decoder_cell_high_depth, ==, 1);
  g_assert_cmpuint (own->attention_size, ==, 62);
  g_assert_cmpint (own->layer_norm, ==, S2S_CELL_NORM_NONE);
  g_assert_false (own->residual);

  g_autoptr (S2sConfig) above = parse_changed (RNN, NEMATUS (NEMATUS_GRU NEMATUS_ABOVE), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (above->hparams.nematus.attention_size, ==, 31);

  g_autoptr (S2sConfig) other = parse_changed (
      RNN,
      NEMATUS ("\"encoder_cell\": \"gru\", \"decoder_cell\": \"lstm\", "
               "\"encoder_direction\": \"alternating\", \"encoder_cell_depth\": 3, "
               "\"decoder_cell_base_depth\": 8, \"decoder_cell_high_depth\": 4, "
               "\"attention_size\": 9, \"layer_norm\": \"joint\", \"residual\": true, "
               "\"layer_norm_epsilon\": 1e-9, \"tied_embeddings\": \"decoder\""),
      &error);
  g_assert_no_error (error);
  own = &other->hparams.nematus;
  g_assert_cmpstr (own->encoder_cell, ==, "gru");
  g_assert_cmpstr (own->decoder_cell, ==, "lstm");
  g_assert_cmpint (own->encoder_direction, ==, S2S_STACKS_ALTERNATING);
  g_assert_cmpuint (own->encoder_cell_depth, ==, 3);
  g_assert_cmpuint (own->decoder_cell_base_depth, ==, 8);
  g_assert_cmpuint (own->decoder_cell_high_depth, ==, 4);
  g_assert_cmpuint (own->attention_size, ==, 9);
  g_assert_cmpint (own->layer_norm, ==, S2S_CELL_NORM_JOINT);
  g_assert_cmpfloat (own->layer_norm_epsilon, ==, 1e-9);
  g_assert_true (own->residual);
}

static void
test_broken_nematus (void)
{
  static const struct {
    const char *hparams;
    S2sError code;
    const char *message;
  } rows[] = {
      {NEMATUS (NEMATUS_GRU "\"encoder_direction\": \"forward\""), S2S_ERROR_UNSUPPORTED,
       "“encoder_direction” is “forward”, expected one of: bidirectional, first-bidirectional"},
      {NEMATUS (
           "\"encoder_cell\": \"gru-reset-before\", \"decoder_cell\": \"gru\", " NEMATUS_ABOVE),
       S2S_ERROR_UNSUPPORTED, "“encoder_cell” is “gru-reset-before”, expected one of: gru, lstm"},
      {NEMATUS ("\"encoder_cell\": \"gru\", " NEMATUS_ABOVE), S2S_ERROR_FORMAT,
       "hyperparameters: “decoder_cell” is missing"},
      {NEMATUS ("\"encoder_cell\": \"gru\", \"decoder_cell\": \"lstm\", "
                "\"layer_norm\": \"apart\", " NEMATUS_ABOVE),
       S2S_ERROR_FORMAT, "“layer_norm” is “apart”, expected cells “gru” with it"},
      {NEMATUS (NEMATUS_GRU NEMATUS_ABOVE ", \"layer_norm_epsilon\": 1e-9"), S2S_ERROR_FORMAT,
       "“layer_norm_epsilon” is there, expected a “layer_norm” with it"},
      {NEMATUS (NEMATUS_GRU NEMATUS_ABOVE ", \"decoder_cell_base_depth\": 1"), S2S_ERROR_FORMAT,
       "“decoder_cell_base_depth” is 1, expected 2 to 8"},
      {NEMATUS (NEMATUS_GRU NEMATUS_ABOVE ", \"encoder_cell_depth\": 9"), S2S_ERROR_FORMAT,
       "“encoder_cell_depth” is 9, expected 1 to 8"},
      {NEMATUS (NEMATUS_GRU NEMATUS_ABOVE ", \"tied_embeddings\": \"all\""), S2S_ERROR_FORMAT,
       "“target_vocabulary_size” is 400, expected 300"},
      {NEMATUS (NEMATUS_GRU NEMATUS_ABOVE ", \"attention\": \"dot\""), S2S_ERROR_FORMAT,
       "hyperparameters: unknown key “attention”"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    assert_fails (RNN, rows[i].hparams, rows[i].code, rows[i].message);
}

static void
test_languages (void)
{
  static const char *const tags[] = {"\"en-GB\"", "\"zh-Hant-TW\"", "\"de-DE-1996\"", "\"gsw\"",
                                     "\"en-x-plain\""};

  for (gsize i = 0; i < G_N_ELEMENTS (tags); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (S2sConfig) config = parse_changed ("\"en\"", tags[i], &error);

    g_assert_no_error (error);
    g_assert_nonnull (config);
  }
}

/* Of the target: the default first, then as the file has them; a token may be the last row of the
 * embedding. */
static void
test_target_languages (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse_changed (
      "{\"format", "{\"target_language_tokens\": {\"fr\": 23, \"ZH\": 0, \"pt-BR\": 299}, \"format",
      &error);

  g_assert_no_error (error);
  g_assert_cmpstrv (config->target_languages, ((const char *const[]){"zh", "fr", "pt-BR", NULL}));
  g_assert_cmpint (config->language_tokens[0], ==, 0);
  g_assert_cmpint (config->language_tokens[1], ==, 23);
  g_assert_cmpint (config->language_tokens[2], ==, 299);

  g_autoptr (S2sConfig) empty =
      parse_changed ("{\"format", "{\"target_language_tokens\": {}, \"format", &error);
  g_assert_no_error (error);
  g_assert_cmpstrv (empty->target_languages, ((const char *const[]){"zh", NULL}));
  g_assert_cmpint (empty->language_tokens[0], ==, -1);
}

static void
test_broken_target_languages (void)
{
  static const struct {
    const char *tokens;
    const char *message;
  } rows[] = {
      {"[]", "“target_language_tokens” is not an object"},
      {"{\"fr\": 1, \"es\": 2}",
       "target_language_tokens: “zh” is missing, expected the “target_language” among the keys"},
      {"{\"zh\": 300}", "target_language_tokens: “zh” is 300, expected 0 to 299"},
      {"{\"zh\": -1}", "target_language_tokens: “zh” is -1, expected 0 to 299"},
      {"{\"zh\": \"<2zh>\"}", "target_language_tokens: “zh” is not a whole number"},
      {"{\"zh\": 1, \"zh_TW\": 2}", "a key is “zh_TW”, expected a BCP 47 tag"},
      {"{\"zh\": 1, \"\": 2}", "a key is “”, expected a BCP 47 tag"},
      {"{\"fr\": 1, \"zh\": 2, \"FR\": 3}", "“FR” is there twice, as “fr”"},
      {"{\"zh\": 1, \"ZH\": 2}", "“ZH” is there twice, as “zh”"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *other =
        g_strdup_printf ("{\"target_language_tokens\": %s, \"format", rows[i].tokens);

    assert_fails ("{\"format", other, S2S_ERROR_FORMAT, rows[i].message);
  }

  GString *many = g_string_new ("{\"target_language_tokens\": {\"zh\": 1");
  for (guint i = 0; i < 1024; i++)
    g_string_append_printf (many, ", \"qa-%u\": 1", i);
  g_string_append (many, "}, \"format");
  assert_fails ("{\"format", many->str, S2S_ERROR_FORMAT,
                "target_language_tokens: 1025 keys, expected at most 1024");
  g_string_free (many, TRUE);
}

/* The token of a language and EOS leave no room for text. */
static void
test_short_sources (void)
{
#define TOKENS "\"target_language_tokens\": {\"zh\": 1}, "
#define SHORT "{" TOKENS "\"decoding\": {\"max_source_length\": 2}, "
  g_autoptr (GString) text = g_string_new (WHOLE);

  assert_fails ("{\"format", SHORT "\"format", S2S_ERROR_FORMAT,
                "“max_source_length” is 2, expected at least 3 with the tokens that stand around");
  g_string_replace (text, "{\"format", SHORT "\"format", 1);
  g_string_replace (text, ", \"eos\": 3", "", 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (S2sConfig) config = parse (text->str, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (config->decoding.max_source_length, ==, 2);
}

/* A source without EOS: the key is missing, or -1, also of bytes. */
static void
test_bare_source (void)
{
  static const char *const sources[] = {
      "\"type\": \"sentencepiece\", \"file\": \"a.spm\"",
      "\"type\": \"sentencepiece\", \"file\": \"a.spm\", \"eos\": -1",
      "\"type\": \"bytes\", \"eos\": -1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (S2sConfig) config = parse_changed (
        "\"type\": \"sentencepiece\", \"file\": \"a.spm\", \"eos\": 3", sources[i], &error);

    g_assert_no_error (error);
    g_assert_cmpint (config->source_tokenizer.special.eos, ==, -1);
    g_assert_true (config->hparams.bare_source);
    g_assert_cmpint (config->target_tokenizer.special.eos, ==, 3);
  }
}

static void
test_large (void)
{
  g_autofree char *blanks = g_strnfill (1024 * 1024, ' ');
  g_autofree char *text = g_strconcat (WHOLE, blanks, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (text, &error));
  s2s_test_assert_error (error, S2S_ERROR_FORMAT, "bytes, expected at most 1048576");
}

/* A flipped bit is an error or another value in its range. */
static void
test_mutations (void)
{
  g_autofree char *text = g_strdup (WHOLE);
  gsize length = strlen (text);

  for (gsize i = 0; i < length * 8; i++) {
    g_autoptr (GError) error = NULL;

    text[i / 8] ^= (char)(1 << i % 8);
    g_autoptr (GBytes) bytes = g_bytes_new (text, length);
    g_autoptr (S2sConfig) config = s2s_config_new_from_bytes (bytes, &error);
    g_assert_true ((config == NULL) == (error != NULL));
    text[i / 8] ^= (char)(1 << i % 8);
  }
  for (gsize n = 0; n < length; n++) {
    g_autoptr (GBytes) bytes = g_bytes_new (text, n);
    g_autoptr (GError) error = NULL;

    g_assert_null (s2s_config_new_from_bytes (bytes, &error));
    g_assert_cmpint (error->code, ==, S2S_ERROR_FORMAT);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/config/defaults", test_defaults);
  g_test_add_func ("/config/tokenizers", test_tokenizers);
  g_test_add_func ("/config/everything", test_everything);
  for (gsize i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autofree char *path = g_strconcat ("/config/broken/", broken[i].name, NULL);

    g_test_add_data_func (path, &broken[i], test_broken);
  }
  g_test_add_func ("/config/broken/decoding", test_broken_decoding);
  g_test_add_func ("/config/shortlist", test_shortlist);
  g_test_add_func ("/config/transformer", test_transformer);
  g_test_add_func ("/config/broken/transformer", test_broken_transformer);
  g_test_add_func ("/config/nematus", test_nematus);
  g_test_add_func ("/config/broken/nematus", test_broken_nematus);
  g_test_add_func ("/config/languages", test_languages);
  g_test_add_func ("/config/target-languages", test_target_languages);
  g_test_add_func ("/config/broken/target-languages", test_broken_target_languages);
  g_test_add_func ("/config/short-sources", test_short_sources);
  g_test_add_func ("/config/bare-source", test_bare_source);
  g_test_add_func ("/config/large", test_large);
  g_test_add_func ("/config/mutations", test_mutations);
  return g_test_run ();
}
