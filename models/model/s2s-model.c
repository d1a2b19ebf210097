/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/s2s-model.h"

#include "base/s2s-error.h"
#include "model/s2s-bundle.h"
#include "model/s2s-model-private.h"
#include "model/s2s-model-table.h"
#include "text/s2s-spm.h"
#include "weights/s2s-weights.h"

struct _S2sModel {
  S2sModelEntry *entry; /* has the reference count */
  S2sConfig *config;
  S2sTokenizer *source_tokenizer;
  S2sTokenizer *target_tokenizer;
  S2sShortlist *shortlist; /* NULL when the bundle has none */
  const S2sArch *arch;
  gpointer net;
};

static void
model_free (S2sModel *self)
{
  if (self->net != NULL)
    self->arch->free (self->net);
  s2s_shortlist_free (self->shortlist);
  s2s_tokenizer_free (self->source_tokenizer);
  s2s_tokenizer_free (self->target_tokenizer);
  s2s_config_free (self->config);
  g_free (self);
}

/* SentencePiece with a vocabulary */
static S2sTokenizer *
make_mapped (const char *dir, const S2sTokenizerConfig *config, GBytes *model, GError **error)
{
  g_autoptr (GBytes) json =
      s2s_bundle_read (dir, config->vocabulary, S2S_BUNDLE_MAX_TOKENIZER, error);
  S2sTokenizer *tokenizer;
  S2sSpm *spm;

  if (json == NULL)
    return NULL;
  spm = s2s_spm_new (model, error);
  if (spm == NULL) {
    s2s_bundle_prefix_error (error, dir, config->file);
    return NULL;
  }
  tokenizer = s2s_tokenizer_new_mapped (spm, json, &config->special, error);
  if (tokenizer == NULL)
    s2s_bundle_prefix_error (error, dir, config->vocabulary);
  return tokenizer;
}

static S2sTokenizer *
make_tokenizer (const char *dir, const S2sTokenizerConfig *config, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  S2sTokenizer *tokenizer;

  if (config->type == S2S_TOKENIZER_BYTES)
    return s2s_tokenizer_new_bytes ();
  bytes = s2s_bundle_read (dir, config->file, S2S_BUNDLE_MAX_TOKENIZER, error);
  if (bytes == NULL)
    return NULL;
  if (config->vocabulary != NULL)
    return make_mapped (dir, config, bytes, error);
  if (config->type == S2S_TOKENIZER_PLAIN)
    tokenizer = s2s_tokenizer_new_plain (bytes, config->characters, &config->special, error);
  else
    tokenizer = s2s_tokenizer_new_sentencepiece (bytes, &config->special, error);
  if (tokenizer == NULL)
    s2s_bundle_prefix_error (error, dir, config->file);
  return tokenizer;
}

/* The file that says how many tokens there are */
static const char *
get_vocabulary_file (const S2sTokenizerConfig *config)
{
  if (config->vocabulary != NULL)
    return config->vocabulary;
  return config->file != NULL ? config->file : S2S_BUNDLE_CONFIG;
}

/* An id without a row in the embedding would be read from outside of it; a row without an id does
 * no harm. */
static S2sTokenizer *
load_tokenizer (const char *dir, const S2sTokenizerConfig *config, const char *size_key,
                guint max_size, GError **error)
{
  g_autoptr (S2sTokenizer) tokenizer = make_tokenizer (dir, config, error);

  if (tokenizer == NULL)
    return NULL;
  if (s2s_tokenizer_get_size (tokenizer) > max_size) {
    g_set_error (error, S2S_ERROR, S2S_ERROR_FORMAT, "%u tokens, expected at most the %u of %s",
                 s2s_tokenizer_get_size (tokenizer), max_size, size_key);
    s2s_bundle_prefix_error (error, dir, get_vocabulary_file (config));
    return NULL;
  }
  return g_steal_pointer (&tokenizer);
}

static gboolean
load_weights (S2sModel *self, const char *dir, GError **error)
{
  g_autoptr (GBytes) bytes =
      s2s_bundle_read (dir, S2S_BUNDLE_WEIGHTS, S2S_BUNDLE_MAX_WEIGHTS, error);
  g_autoptr (S2sWeights) weights = NULL;

  if (bytes == NULL)
    return FALSE;
  weights = s2s_weights_new_from_bytes (bytes, error);
  if (weights != NULL)
    self->net = self->arch->load (&self->config->hparams, weights, error);
  if (self->net != NULL && s2s_weights_check_all_used (weights, error))
    return TRUE;
  s2s_bundle_prefix_error (error, dir, S2S_BUNDLE_WEIGHTS);
  return FALSE;
}

static gboolean
load_shortlist (S2sModel *self, const char *dir, GError **error)
{
  const char *file = self->config->shortlist_file;
  const S2sHparams *hparams = &self->config->hparams;
  g_autoptr (GBytes) bytes = NULL;

  if (file == NULL)
    return TRUE;
  bytes = s2s_bundle_read (dir, file, S2S_BUNDLE_MAX_SHORTLIST, error);
  if (bytes == NULL)
    return FALSE;
  self->shortlist =
      s2s_shortlist_new_from_bytes (bytes, hparams->source_vocabulary_size,
                                    hparams->target_vocabulary_size, self->target_tokenizer, error);
  if (self->shortlist == NULL)
    s2s_bundle_prefix_error (error, dir, file);
  return self->shortlist != NULL;
}

static gboolean
load (S2sModel *self, const char *dir, GError **error)
{
  const S2sHparams *hparams = &self->config->hparams;

  self->arch = s2s_arch_get (hparams->architecture);
  self->source_tokenizer =
      load_tokenizer (dir, &self->config->source_tokenizer, "source_vocabulary_size",
                      hparams->source_vocabulary_size, error);
  if (self->source_tokenizer == NULL)
    return FALSE;
  self->target_tokenizer =
      load_tokenizer (dir, &self->config->target_tokenizer, "target_vocabulary_size",
                      hparams->target_vocabulary_size, error);
  return self->target_tokenizer != NULL && load_shortlist (self, dir, error) &&
         load_weights (self, dir, error);
}

static S2sModel *
new_loaded (const char *dir, S2sConfig *config, GError **error)
{
  S2sModel *self = g_new0 (S2sModel, 1);

  self->config = config;
  if (!load (self, dir, error))
    g_clear_pointer (&self, model_free);
  return self;
}

/**
 * s2s_model_new_from_dir:
 * @path: directory of a bundle
 * @error: return location
 *
 * Loads a bundle and packs its weights. A model that is still loaded from the same files, by any
 * path and in any thread, is returned once more; one that another thread is loading is waited for.
 * Files are the same while their device, inode, size and time of last change are. May be called
 * from any thread.
 *
 * Returns: (transfer full) (nullable): a model, or %NULL with %S2S_ERROR_NOT_FOUND,
 * %S2S_ERROR_IO, %S2S_ERROR_FORMAT or %S2S_ERROR_UNSUPPORTED; the message begins with the path of
 * the file that is to blame
 */
S2sModel *
s2s_model_new_from_dir (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  S2sBundleId id;
  g_autoptr (S2sConfig) config = s2s_bundle_open (path, &id, error);
  S2sModelEntry *entry;
  S2sModel *model;

  if (config == NULL)
    return NULL;
  entry = s2s_model_table_claim (&id, &model);
  if (model != NULL)
    return model;
  model = new_loaded (path, g_steal_pointer (&config), error);
  if (model != NULL)
    model->entry = entry;
  s2s_model_entry_settle (entry, model);
  return model;
}

/**
 * s2s_model_probe:
 * @path: directory of a bundle
 * @ret_source_language: (out) (optional) (transfer full): a BCP 47 tag; untouched on failure
 * @ret_target_languages: (out) (optional) (transfer full) (array zero-terminated=1): BCP 47 tags as
 * those of s2s_model_get_target_languages(), free with g_strfreev(); untouched on failure
 * @error: return location
 *
 * Says what a bundle translates, without loading it: reads and checks its config.json as
 * s2s_model_new_from_dir() does, and sees whether the other files of it are there, which may still
 * turn out to be broken. May be called from any thread.
 *
 * Returns: %FALSE with %S2S_ERROR_NOT_FOUND when the directory or a file of the bundle is missing,
 * else %S2S_ERROR_IO, %S2S_ERROR_FORMAT or %S2S_ERROR_UNSUPPORTED; the message begins with the path
 * of the file that is to blame
 */
gboolean
s2s_model_probe (const char *path, char **ret_source_language, char ***ret_target_languages,
                 GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  S2sBundleId id;
  g_autoptr (S2sConfig) config = s2s_bundle_open (path, &id, error);

  if (config == NULL)
    return FALSE;
  if (ret_source_language != NULL)
    *ret_source_language = g_steal_pointer (&config->source_language);
  if (ret_target_languages != NULL)
    *ret_target_languages = g_steal_pointer (&config->target_languages);
  return TRUE;
}

/**
 * s2s_model_ref:
 * @self: a model
 *
 * Returns: (transfer full): @self
 */
S2sModel *
s2s_model_ref (S2sModel *self)
{
  s2s_model_entry_ref (self->entry);
  return self;
}

/**
 * s2s_model_unref:
 * @self: (transfer full) (nullable): a model
 *
 * The last one frees it.
 */
void
s2s_model_unref (S2sModel *self)
{
  if (self != NULL && s2s_model_entry_unref (self->entry))
    model_free (self);
}

/**
 * s2s_model_get_name:
 * @self: a model
 *
 * Returns: (transfer none): the short name of the bundle, as `en-zh`
 */
const char *
s2s_model_get_name (const S2sModel *self)
{
  return self->config->name;
}

/**
 * s2s_model_get_task:
 * @self: a model
 *
 * Returns: (transfer none): `translate`, `condense` or `reply`
 */
const char *
s2s_model_get_task (const S2sModel *self)
{
  return self->config->task;
}

/**
 * s2s_model_get_source_language:
 * @self: a model
 *
 * Returns: (transfer none): a BCP 47 tag
 */
const char *
s2s_model_get_source_language (const S2sModel *self)
{
  return self->config->source_language;
}

/**
 * s2s_model_get_target_language:
 * @self: a model
 *
 * Returns: (transfer none): the BCP 47 tag of what it puts out unless a translator is asked for
 * another of s2s_model_get_target_languages()
 */
const char *
s2s_model_get_target_language (const S2sModel *self)
{
  return self->config->target_languages[0];
}

/**
 * s2s_model_get_target_languages:
 * @self: a model
 *
 * Returns: (transfer none) (array zero-terminated=1): BCP 47 tags of all that it can put out, one
 * or more, the default first
 */
const char *const *
s2s_model_get_target_languages (const S2sModel *self)
{
  return (const char *const *)self->config->target_languages;
}

/**
 * s2s_model_has_shortlist:
 * @self: a model
 *
 * Returns: whether the bundle has a shortlist of its target vocabulary, so that a translator may
 * use it
 */
gboolean
s2s_model_has_shortlist (const S2sModel *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->shortlist != NULL;
}

/**
 * s2s_model_has_length_control:
 * @self: a model
 *
 * Returns: whether a text of a certain length can be asked for, with the length ratio of #S2sInput
 */
gboolean
s2s_model_has_length_control (const S2sModel *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->config->n_length_tokens > 0;
}

/**
 * s2s_model_get_context_turns:
 * @self: a model
 *
 * Returns: how many earlier texts the model reads before a text, see the context of #S2sInput; 0
 * when it reads none
 */
guint
s2s_model_get_context_turns (const S2sModel *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->config->context_turns;
}

/**
 * s2s_model_get_weights_size:
 * @self: a model
 *
 * Returns: bytes that the packed weights take in memory
 */
gsize
s2s_model_get_weights_size (const S2sModel *self)
{
  return self->arch->get_n_bytes (self->net);
}

const S2sArch *
s2s_model_get_arch (const S2sModel *self)
{
  return self->arch;
}

gconstpointer
s2s_model_get_net (const S2sModel *self)
{
  return self->net;
}

const S2sConfig *
s2s_model_get_config (const S2sModel *self)
{
  return self->config;
}

const S2sHparams *
s2s_model_get_hparams (const S2sModel *self)
{
  return &self->config->hparams;
}

const S2sDecodingDefaults *
s2s_model_get_decoding_defaults (const S2sModel *self)
{
  return &self->config->decoding;
}

const S2sTokenizer *
s2s_model_get_source_tokenizer (const S2sModel *self)
{
  return self->source_tokenizer;
}

const S2sTokenizer *
s2s_model_get_target_tokenizer (const S2sModel *self)
{
  return self->target_tokenizer;
}

const S2sShortlist *
s2s_model_get_shortlist (const S2sModel *self)
{
  return self->shortlist;
}
