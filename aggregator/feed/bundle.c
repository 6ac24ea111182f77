/* In: a release: tables whose figures may leave, and what stands behind them. Out: the files of its
 * bundle, in memory. The manifest is made last but for its signature, over all other files. */

#include "aggregator/feed/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "aggregator/feed/bundle_files.h"
#include "aggregator/feed/datapackage.h"
#include "aggregator/feed/rows.h"
#include "proto/keys.h"

struct bundle_work {
	const struct bundle_release *release;
	struct zip_entries *files;
	struct manifest manifest; /* its lists of coverage and reports are the release's */
	struct changes_count *changes;
	struct err *err;
};

enum err_code bundle_rows(const char *path, const char *bytes, size_t len, int64_t *rows,
			  struct err *err)
{
	size_t path_len = strlen(path);
	struct rows r;
	int more = 1;
	enum err_code code;

	*rows = -1;
	if (path_len < 4 || strcmp(path + path_len - 4, ".csv") != 0)
		return ERR_OK;
	code = rows_open(&r, path, bytes, len, err);
	while (code == ERR_OK && more) {
		code = rows_next(&r, &more, NULL);
		*rows += code == ERR_OK && more;
	}
	rows_close(&r);
	if (code == ERR_NOMEM)
		return code;
	if (code != ERR_OK)
		*rows = -1;
	return ERR_OK;
}

/* ---- the files of ees/ */

static enum err_code bundle_table(const struct bundle_work *w, const struct ees_table *t)
{
	char path[MANIFEST_PATH_BYTES];
	struct text data = { .len = 0 };
	struct text meta = { .len = 0 };
	enum err_code code = ees_check(t, w->err);

	if (code == ERR_OK)
		code = ees_write_data(t, &data, w->err);
	(void)snprintf(path, sizeof path, "ees/%.200s.csv", t->name);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, path, &data, w->err);
	if (code == ERR_OK)
		code = ees_write_meta(t, &meta, w->err);
	(void)snprintf(path, sizeof path, "ees/%.200s.meta.csv", t->name);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, path, &meta, w->err);
	text_clear(&data);
	text_clear(&meta);
	return code;
}

/* The table whose data file that is; NULL for other files. */
static const struct ees_table *bundle_table_of(const struct bundle_release *r, const char *path)
{
	for (int i = 0; i < r->n_tables; i++) {
		char own[MANIFEST_PATH_BYTES];

		(void)snprintf(own, sizeof own, "ees/%.200s.csv", r->tables[i].name);
		if (strcmp(own, path) == 0)
			return &r->tables[i];
	}
	return NULL;
}

static enum err_code bundle_names(const struct bundle_work *w)
{
	struct text names = { .len = 0 };

	bundle_files_sort(w->files);
	text_puts(&names, "file_name,dataset_name\n");
	for (int i = 0; i < w->files->n; i++) {
		const struct ees_table *t = bundle_table_of(w->release, w->files->entries[i].name);

		if (t != NULL)
			text_printf(&names, "%s,%s\n", t->name, t->title);
	}
	return bundle_files_take(w->files, "ees/dataset_names.csv", &names, w->err);
}

static enum err_code bundle_ees(const struct bundle_work *w)
{
	struct text zip = { .len = 0 };
	enum err_code code = ERR_OK;

	for (int i = 0; code == ERR_OK && i < w->release->n_tables; i++)
		code = bundle_table(w, &w->release->tables[i]);
	if (code == ERR_OK)
		code = bundle_names(w);
	if (code == ERR_OK)
		code = bundle_files_zip(w->files, "ees/", "", &zip, w->err);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, "ees_upload.zip", &zip, w->err);
	text_clear(&zip);
	return code;
}

/* ---- the files beside them */

static enum err_code bundle_manifest_files(struct bundle_work *w)
{
	struct manifest *m = &w->manifest;
	enum err_code code = ERR_OK;

	bundle_files_sort(w->files);
	free(m->files);
	m->n_files = 0;
	m->files = calloc((size_t)w->files->n + 1, sizeof *m->files);
	if (m->files == NULL)
		return err_set(w->err, ERR_NOMEM, "manifest.json: out of memory");
	for (int i = 0; code == ERR_OK && i < w->files->n; i++) {
		const struct zip_entry *e = &w->files->entries[i];
		struct manifest_file *f = &m->files[m->n_files++];

		(void)snprintf(f->path, sizeof f->path, "%s", e->name);
		f->bytes = (int64_t)e->len;
		code = bundle_rows(e->name, e->bytes, e->len, &f->rows, w->err);
		(void)crypto_hash_sha256(f->sha256, (const uint8_t *)e->bytes, e->len);
	}
	return code;
}

static enum err_code bundle_datapackage(struct bundle_work *w)
{
	struct text package = { .len = 0 };
	enum err_code code = bundle_manifest_files(w);

	if (code == ERR_OK)
		code = datapackage_write(&w->manifest, w->release->tables, w->release->n_tables,
					 &package, w->err);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, "datapackage.json", &package, w->err);
	text_clear(&package);
	return code;
}

static enum err_code bundle_accounts(const struct bundle_work *w)
{
	const struct bundle_release *r = w->release;
	struct text coverage = { .len = 0 };
	struct text changes = { .len = 0 };
	enum err_code code = manifest_coverage_csv(&w->manifest, &coverage, w->err);

	if (code == ERR_OK)
		code = bundle_files_take(w->files, "coverage.csv", &coverage, w->err);
	if (code == ERR_OK)
		code = changes_write(r->previous, w->files, r->reason, r->reason_context, &changes,
				     w->changes, w->err);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, "changes.csv", &changes, w->err);
	text_clear(&coverage);
	text_clear(&changes);
	return code;
}

static enum err_code bundle_disclosure(const struct bundle_work *w)
{
	struct text out = { .len = 0 };
	char *dump = json_dumps(w->release->disclosure, JSON_INDENT(1) | JSON_SORT_KEYS);

	if (dump == NULL)
		return err_set(w->err, ERR_NOMEM, "disclosure.json: out of memory");
	text_printf(&out, "%s\n", dump);
	free(dump);
	return bundle_files_take(w->files, "disclosure.json", &out, w->err);
}

static enum err_code bundle_readme(const struct bundle_work *w, const struct minisign_public *key)
{
	const struct bundle_release *r = w->release;
	struct text out = { .len = 0 };
	char edition[PERIOD_TEXT_BYTES];
	char version[EDITION_VERSION_TEXT];
	char id[MINISIGN_ID_TEXT];

	text_printf(
		&out,
		"%s, edition %s, version %s (%s).\n"
		"Counts of 1 to 5 and what could reveal them are suppressed as disclosure.json "
		"says; c, x, z, u and low mean what the open data standard says.\n"
		"Open Government Licence v3.0. Questions: %s\n\n"
		"To check it, with the public key that you were given (its number is %s):\n"
		"    minisign -V -p feed.pub -m manifest.json\n"
		"    sha256sum -c SHA256SUMS\n"
		"or, which looks at everything: district-aggregator feed verify . --public-key "
		"feed.pub\n"
		"To publish it: give ees_upload.zip to Explore education statistics as it is.\n",
		r->feed, period_format(r->edition, edition),
		edition_version_format(r->version, version), manifest_status_name(r->status),
		r->contact, minisign_id_format(key, id));
	return bundle_files_take(w->files, "README.txt", &out, w->err);
}

static enum err_code bundle_extras(const struct bundle_work *w)
{
	enum err_code code = ERR_OK;

	for (int i = 0; code == ERR_OK && i < w->release->n_extra; i++) {
		const struct bundle_extra *e = &w->release->extra[i];
		struct text copy = { .len = 0 };

		if (!zip_name_is_safe(e->path) || strncmp(e->path, "ees/", 4) == 0)
			return err_set(w->err, ERR_CONFIG, "%s: no name for a file of a bundle",
				       e->path);
		text_add(&copy, e->bytes, e->len);
		code = bundle_files_take(w->files, e->path, &copy, w->err);
	}
	return code;
}

/* ---- digests and signature */

static enum err_code bundle_sums(struct bundle_work *w)
{
	struct text out = { .len = 0 };
	enum err_code code = bundle_manifest_files(w);
	char hex[65];

	for (int i = 0; code == ERR_OK && i < w->manifest.n_files; i++)
		text_printf(&out, "%s  %s\n", keys_hex(w->manifest.files[i].sha256, 32, hex),
			    w->manifest.files[i].path);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, "SHA256SUMS", &out, w->err);
	text_clear(&out);
	return code;
}

static enum err_code bundle_sign(struct bundle_work *w, const struct minisign_secret *key)
{
	struct text manifest = { .len = 0 };
	struct text signature = { .len = 0 };
	char comment[MANIFEST_COMMENT_BYTES];
	char signed_text[MINISIGN_FILE_MAX];
	enum err_code code = bundle_manifest_files(w);

	if (code == ERR_OK)
		code = manifest_write(&w->manifest, &manifest, w->err);
	if (code == ERR_OK)
		code = minisign_sign(key, manifest.bytes, manifest.len,
				     manifest_comment(&w->manifest, comment), signed_text, w->err);
	if (code == ERR_OK)
		code = bundle_files_take(w->files, "manifest.json", &manifest, w->err);
	if (code == ERR_OK) {
		text_puts(&signature, signed_text);
		code = bundle_files_take(w->files, "manifest.json.minisig", &signature, w->err);
	}
	text_clear(&manifest);
	text_clear(&signature);
	return code;
}

static enum err_code bundle_begin(struct bundle_work *w)
{
	const struct bundle_release *r = w->release;
	struct manifest *m = &w->manifest;
	char name[EDITION_NAME_BYTES];
	enum err_code code = edition_folder(r->feed, r->edition, r->version, name, w->err);

	if (code != ERR_OK)
		return code;
	if ((r->supersedes == NULL) != (r->previous == NULL))
		return err_set(w->err, ERR_CONFIG,
			       "%s: a revision names what it supersedes and is compared with it",
			       name);
	if (r->supersedes != NULL && edition_version_compare(*r->supersedes, r->version) >= 0)
		return err_set(w->err, ERR_CONFIG,
			       "%s: does not come after the version that it supersedes", name);
	*m = (struct manifest){ .edition = r->edition,
				.version = r->version,
				.status = r->status,
				.n_coverage = r->n_coverage,
				.n_reports = r->n_reports };
	if (r->supersedes != NULL)
		m->supersedes = *r->supersedes;
	(void)snprintf(m->feed, sizeof m->feed, "%s", r->feed);
	(void)snprintf(m->produced_at, sizeof m->produced_at, "%s", r->produced_at);
	memcpy(m->measures_digest, r->measures_digest, sizeof m->measures_digest);
	m->coverage = (struct manifest_coverage *)(uintptr_t)r->coverage;
	m->reports = (struct manifest_report *)(uintptr_t)r->reports;
	m->disclosure = (json_t *)(uintptr_t)r->disclosure;
	return ERR_OK;
}

enum err_code bundle_build(const struct bundle_release *release, const struct minisign_secret *key,
			   struct zip_entries *out, struct changes_count *changes, struct err *err)
{
	struct bundle_work w = { .release = release, .files = out, .changes = changes, .err = err };
	enum err_code code = bundle_begin(&w);

	*out = (struct zip_entries){ .n = 0 };
	if (code == ERR_OK)
		code = bundle_ees(&w);
	if (code == ERR_OK)
		code = bundle_datapackage(&w);
	if (code == ERR_OK)
		code = bundle_accounts(&w);
	if (code == ERR_OK)
		code = bundle_disclosure(&w);
	if (code == ERR_OK)
		code = bundle_readme(&w, &key->public);
	if (code == ERR_OK)
		code = bundle_extras(&w);
	if (code == ERR_OK)
		code = bundle_sums(&w);
	if (code == ERR_OK)
		code = bundle_sign(&w, key);
	free(w.manifest.files);
	return code;
}

enum err_code bundle_write(const struct bundle_release *release, const struct minisign_secret *key,
			   const char *folder, char *path, size_t path_size, struct err *err)
{
	char name[EDITION_NAME_BYTES];
	struct changes_count changes;
	struct zip_entries files;
	enum err_code code = bundle_build(release, key, &files, &changes, err);

	if (code == ERR_OK)
		code = edition_folder(release->feed, release->edition, release->version, name, err);
	if (code == ERR_OK)
		code = bundle_store(&files, folder, name, err);
	if (code == ERR_OK && path != NULL)
		(void)snprintf(path, path_size, "%s/%s", folder, name);
	zip_entries_clear(&files);
	return code;
}
