/* In: the files of a bundle, from whoever gave it to us. Out: what is wrong with it, file by file.
 * The signature vouches for the manifest, the manifest for every other file. */

#include "aggregator/feed/bundle.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "aggregator/feed/bundle_files.h"
#include "proto/keys.h"

static void bundle_find(struct bundle_verdict *v, const char *file, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void bundle_find(struct bundle_verdict *v, const char *file, const char *format, ...)
{
	va_list args;

	if (v->n_findings++ >= BUNDLE_FINDINGS_MAX)
		return;
	(void)snprintf(v->findings[v->n_findings - 1].file, sizeof v->findings[0].file, "%s", file);
	va_start(args, format);
	(void)vsnprintf(v->findings[v->n_findings - 1].what, sizeof v->findings[0].what, format,
			args);
	va_end(args);
}

/* ---- the manifest */

static void bundle_verify_signature(const struct zip_entries *files,
				    const struct minisign_public *key, struct bundle_verdict *v)
{
	const struct zip_entry *manifest = bundle_files_find(files, "manifest.json");
	const struct zip_entry *signature = bundle_files_find(files, "manifest.json.minisig");
	struct err why = { .code = ERR_OK };
	enum err_code code;

	if (signature == NULL) {
		bundle_find(v, "manifest.json.minisig", "is missing: the bundle is not signed");
		return;
	}
	if (key == NULL)
		return;
	code = minisign_verify(key, manifest->bytes, manifest->len, signature->bytes,
			       signature->len, v->comment, &why);
	v->signature_checked = code == ERR_OK;
	v->signature_denied = code == ERR_DENIED;
	if (code != ERR_OK)
		bundle_find(v, code == ERR_DENIED ? "manifest.json" : "manifest.json.minisig",
			    "%.240s", why.text);
}

static void bundle_verify_comment(struct bundle_verdict *v)
{
	char comment[MANIFEST_COMMENT_BYTES];

	if (v->signature_checked &&
	    strcmp(v->comment, manifest_comment(&v->manifest, comment)) != 0)
		bundle_find(v, "manifest.json.minisig", "was made for '%.60s', not for '%.60s'",
			    v->comment, comment);
}

/* ---- the files */

static const struct manifest_file *bundle_listed(const struct manifest *m, const char *path)
{
	for (int i = 0; i < m->n_files; i++)
		if (strcmp(m->files[i].path, path) == 0)
			return &m->files[i];
	return NULL;
}

static enum err_code bundle_verify_file(const struct zip_entries *files,
					const struct manifest_file *f, struct bundle_verdict *v,
					struct err *err)
{
	const struct zip_entry *e = bundle_files_find(files, f->path);
	uint8_t digest[32];
	int64_t rows;
	enum err_code code;

	if (e == NULL) {
		bundle_find(v, f->path, "is missing");
		return ERR_OK;
	}
	if ((int64_t)e->len != f->bytes) {
		bundle_find(v, f->path, "was changed: it has %zu bytes, the manifest says %lld",
			    e->len, (long long)f->bytes);
		return ERR_OK;
	}
	(void)crypto_hash_sha256(digest, (const uint8_t *)e->bytes, e->len);
	if (memcmp(digest, f->sha256, sizeof digest) != 0) {
		bundle_find(v, f->path, "was changed: its SHA-256 is not the manifest's");
		return ERR_OK;
	}
	code = bundle_rows(e->name, e->bytes, e->len, &rows, err);
	if (code == ERR_OK && rows != f->rows)
		bundle_find(v, f->path, "has %lld rows, the manifest says %lld", (long long)rows,
			    (long long)f->rows);
	return code;
}

static void bundle_verify_extra(const struct zip_entries *files, struct bundle_verdict *v)
{
	for (int i = 0; i < files->n; i++) {
		const char *name = files->entries[i].name;

		if (strcmp(name, "manifest.json") != 0 &&
		    strcmp(name, "manifest.json.minisig") != 0 &&
		    bundle_listed(&v->manifest, name) == NULL)
			bundle_find(v, name, "is not in the manifest: it does not belong here");
	}
}

/* SHA256SUMS says what the manifest says, line for line. */
static enum err_code bundle_verify_sums(const struct zip_entries *files, struct bundle_verdict *v,
					struct err *err)
{
	const struct zip_entry *sums = bundle_files_find(files, "SHA256SUMS");
	struct text wanted = { .len = 0 };
	char hex[65];
	enum err_code code;

	if (sums == NULL)
		return ERR_OK; /* missing: said by the manifest, or never listed there */
	for (int i = 0; i < v->manifest.n_files; i++)
		if (strcmp(v->manifest.files[i].path, "SHA256SUMS") != 0)
			text_printf(&wanted, "%s  %s\n",
				    keys_hex(v->manifest.files[i].sha256, 32, hex),
				    v->manifest.files[i].path);
	code = text_end(&wanted, err);
	if (code == ERR_OK &&
	    (wanted.len != sums->len || memcmp(wanted.bytes, sums->bytes, sums->len) != 0))
		bundle_find(v, "SHA256SUMS", "does not say what the manifest says");
	text_clear(&wanted);
	return code;
}

/* ---- the ZIP for the publication service */

static void bundle_verify_pair(const struct zip_entries *files, const struct zip_entries *inside,
			       struct bundle_verdict *v)
{
	for (int i = 0; i < inside->n; i++) {
		char path[MANIFEST_PATH_BYTES + 8];
		const struct zip_entry *e = &inside->entries[i];
		const struct zip_entry *same;

		(void)snprintf(path, sizeof path, "ees/%s", e->name);
		same = bundle_files_find(files, path);
		if (same == NULL)
			bundle_find(v, "ees_upload.zip", "%.150s does not belong in it", e->name);
		else if (same->len != e->len || memcmp(same->bytes, e->bytes, e->len) != 0)
			bundle_find(v, "ees_upload.zip", "%.150s in it is not that of ees/",
				    e->name);
	}
	for (int i = 0; i < files->n; i++) {
		const char *name = files->entries[i].name;

		if (strncmp(name, "ees/", 4) == 0 && bundle_files_find(inside, name + 4) == NULL)
			bundle_find(v, "ees_upload.zip", "lacks %.150s", name + 4);
	}
}

static enum err_code bundle_verify_zip(const struct zip_entries *files, struct bundle_verdict *v,
				       struct err *err)
{
	const struct zip_entry *zip = bundle_files_find(files, "ees_upload.zip");
	struct zip_entries inside;
	struct err why = { .code = ERR_OK };
	enum err_code code;

	if (zip == NULL)
		return ERR_OK;
	code = zip_read(zip->bytes, zip->len, &inside, &why);
	if (code == ERR_OK)
		bundle_verify_pair(files, &inside, v);
	else if (code == ERR_NOMEM)
		(void)err_set(err, code, "%s", why.text);
	else
		bundle_find(v, "ees_upload.zip", "%.240s", why.text);
	zip_entries_clear(&inside);
	return code == ERR_NOMEM ? code : ERR_OK;
}

enum err_code bundle_verify(const struct zip_entries *files, const struct minisign_public *key,
			    struct bundle_verdict *out, struct err *err)
{
	const struct zip_entry *manifest = bundle_files_find(files, "manifest.json");
	struct err why = { .code = ERR_OK };
	enum err_code code;

	*out = (struct bundle_verdict){ .n_findings = 0 };
	if (manifest == NULL) {
		bundle_find(out, "manifest.json",
			    "is missing: this is no bundle of the feed, or "
			    "not the whole of it");
		return ERR_OK;
	}
	bundle_verify_signature(files, key, out);
	code = manifest_read(manifest->bytes, manifest->len, &out->manifest, &why);
	if (code == ERR_NOMEM)
		return err_set(err, code, "%s", why.text);
	if (code != ERR_OK) {
		bundle_find(out, "manifest.json", "cannot be read: %.240s", why.text);
		return ERR_OK;
	}
	bundle_verify_comment(out);
	for (int i = 0; code == ERR_OK && i < out->manifest.n_files; i++)
		code = bundle_verify_file(files, &out->manifest.files[i], out, err);
	bundle_verify_extra(files, out);
	if (code == ERR_OK)
		code = bundle_verify_sums(files, out, err);
	return code == ERR_OK ? bundle_verify_zip(files, out, err) : code;
}

void bundle_verdict_clear(struct bundle_verdict *verdict)
{
	manifest_clear(&verdict->manifest);
}
