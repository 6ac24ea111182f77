/* In: the bytes of manifest.json, signed by whom we trust or not yet known to be. Out: the same as
 * a struct. Refused: a missing member, another type, a path that leads out of the bundle. */

#include "aggregator/feed/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/zip.h"
#include "proto/keys.h"
#include "proto/limits.h"

static enum err_code manifest_fault(const char *member, const char *why, struct err *err)
{
	return err_set(err, ERR_MALFORMED, "manifest.json: %s: %s", member, why);
}

static enum err_code manifest_text(const json_t *from, const char *member, char *out, size_t size,
				   struct err *err)
{
	const json_t *value = json_object_get(from, member);
	const char *text = json_string_value(value);

	if (text == NULL)
		return manifest_fault(member, "no text", err);
	if (json_string_length(value) >= size || strlen(text) != json_string_length(value))
		return manifest_fault(member, "longer than it may be", err);
	memcpy(out, text, strlen(text) + 1);
	return ERR_OK;
}

static enum err_code manifest_number(const json_t *from, const char *member, int64_t *out,
				     struct err *err)
{
	const json_t *value = json_object_get(from, member);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return manifest_fault(member, "no whole number from 0", err);
	*out = json_integer_value(value);
	return ERR_OK;
}

static enum err_code manifest_digest(const json_t *from, const char *member, uint8_t out[32],
				     struct err *err)
{
	char hex[65];
	enum err_code code = manifest_text(from, member, hex, sizeof hex, err);

	if (code == ERR_OK && (strlen(hex) != 64 || keys_unhex(hex, out, 32, NULL) != ERR_OK))
		return manifest_fault(member, "no SHA-256 in hex", err);
	return code;
}

static enum err_code manifest_get_period(const json_t *from, const char *member, struct period *out,
					 struct err *err)
{
	char text[PERIOD_TEXT_BYTES];
	enum err_code code = manifest_text(from, member, text, sizeof text, err);

	if (code == ERR_OK && period_parse(text, out, NULL) != ERR_OK)
		return manifest_fault(member, "no period", err);
	return code;
}

static enum err_code manifest_read_file(const json_t *row, struct manifest_file *f, struct err *err)
{
	enum err_code code = manifest_text(row, "path", f->path, sizeof f->path, err);

	if (code == ERR_OK && !zip_name_is_safe(f->path))
		return manifest_fault("path", "leads out of the bundle", err);
	if (code == ERR_OK)
		code = manifest_number(row, "bytes", &f->bytes, err);
	if (code == ERR_OK)
		code = manifest_digest(row, "sha256", f->sha256, err);
	f->rows = -1;
	if (code == ERR_OK && json_object_get(row, "rows") != NULL)
		code = manifest_number(row, "rows", &f->rows, err);
	return code;
}

static enum err_code manifest_read_coverage(const json_t *row, struct manifest_coverage *c,
					    struct err *err)
{
	char word[16] = "";
	int64_t reports = 0;
	enum err_code code = manifest_get_period(row, "period", &c->period, err);

	if (code == ERR_OK)
		code = manifest_text(row, "area", c->area, sizeof c->area, err);
	if (code == ERR_OK)
		code = manifest_text(row, "name", c->name, sizeof c->name, err);
	if (code == ERR_OK)
		code = manifest_text(row, "missing", c->missing, sizeof c->missing, err);
	if (code == ERR_OK)
		code = manifest_number(row, "reports", &reports, err);
	if (code == ERR_OK)
		code = manifest_text(row, "status", word, sizeof word, err);
	c->reports = reports > INT32_MAX ? INT32_MAX : (int)reports;
	c->provisional = strcmp(word, "final") != 0;
	if (code == ERR_OK)
		code = manifest_text(row, "state", word, sizeof word, err);
	for (int s = MANIFEST_COMPLETE; s <= MANIFEST_FAILED; s++)
		if (strcmp(word, manifest_state_name((enum manifest_state)s)) == 0)
			c->state = (enum manifest_state)s;
	if (code == ERR_OK && c->state == 0)
		return manifest_fault("state", "no state of a district", err);
	return code;
}

static enum err_code manifest_read_report(const json_t *row, struct manifest_report *r,
					  struct err *err)
{
	enum err_code code = manifest_text(row, "area", r->area, sizeof r->area, err);

	if (code == ERR_OK)
		code = manifest_text(row, "dataset", r->dataset, sizeof r->dataset, err);
	if (code == ERR_OK)
		code = manifest_text(row, "agent", r->agent, sizeof r->agent, err);
	if (code == ERR_OK)
		code = manifest_get_period(row, "period", &r->period, err);
	if (code == ERR_OK)
		code = manifest_number(row, "sequence", &r->sequence, err);
	return code == ERR_OK ? manifest_digest(row, "sha256", r->digest, err) : code;
}

/* Room for the list's rows; *n says how many. */
static void *manifest_list(const json_t *document, const char *member, size_t row_size, int *n,
			   enum err_code *code, struct err *err)
{
	const json_t *list = json_object_get(document, member);
	void *room;

	*n = 0;
	if (*code != ERR_OK)
		return NULL;
	if (!json_is_array(list) || json_array_size(list) > LIMIT_FEED_MANIFEST_BYTES) {
		*code = manifest_fault(member, "no list", err);
		return NULL;
	}
	room = calloc(json_array_size(list) + 1, row_size);
	if (room == NULL)
		*code = err_set(err, ERR_NOMEM, "manifest.json: out of memory");
	else
		*n = (int)json_array_size(list);
	return room;
}

static enum err_code manifest_read_lists(const json_t *document, struct manifest *m,
					 struct err *err)
{
	enum err_code code = ERR_OK;

	m->files = manifest_list(document, "files", sizeof *m->files, &m->n_files, &code, err);
	m->coverage = manifest_list(document, "coverage", sizeof *m->coverage, &m->n_coverage,
				    &code, err);
	m->reports =
		manifest_list(document, "reports", sizeof *m->reports, &m->n_reports, &code, err);
	for (int i = 0; code == ERR_OK && i < m->n_files; i++)
		code = manifest_read_file(
			json_array_get(json_object_get(document, "files"), (size_t)i), &m->files[i],
			err);
	for (int i = 0; code == ERR_OK && i < m->n_coverage; i++)
		code = manifest_read_coverage(
			json_array_get(json_object_get(document, "coverage"), (size_t)i),
			&m->coverage[i], err);
	for (int i = 0; code == ERR_OK && i < m->n_reports; i++)
		code = manifest_read_report(
			json_array_get(json_object_get(document, "reports"), (size_t)i),
			&m->reports[i], err);
	return code;
}

static enum err_code manifest_read_versions(const json_t *document, struct manifest *m,
					    struct err *err)
{
	char word[EDITION_VERSION_TEXT] = "";
	enum err_code code = manifest_text(document, "version", word, sizeof word, err);

	if (code == ERR_OK)
		code = edition_version_parse(word, &m->version, err);
	if (code == ERR_OK && !json_is_null(json_object_get(document, "supersedes"))) {
		code = manifest_text(document, "supersedes", word, sizeof word, err);
		if (code == ERR_OK)
			code = edition_version_parse(word, &m->supersedes, err);
	}
	return code;
}

static enum err_code manifest_read_members(const json_t *document, struct manifest *m,
					   struct err *err)
{
	char word[16] = "";
	enum err_code code = manifest_text(document, "feed", m->feed, sizeof m->feed, err);

	if (code == ERR_OK && !keys_name_valid(m->feed))
		return manifest_fault("feed", "no name of a feed", err);
	if (code == ERR_OK)
		code = manifest_get_period(document, "edition", &m->edition, err);
	if (code == ERR_OK)
		code = manifest_read_versions(document, m, err);
	if (code == ERR_OK)
		code = manifest_text(document, "status", word, sizeof word, err);
	m->status = strcmp(word, "final") == 0 ? MANIFEST_FINAL : MANIFEST_PROVISIONAL;
	if (code == ERR_OK)
		code = manifest_text(document, "produced_at", m->produced_at, sizeof m->produced_at,
				     err);
	if (code == ERR_OK)
		code = manifest_digest(document, "measures_digest", m->measures_digest, err);
	if (code == ERR_OK && !json_is_object(json_object_get(document, "disclosure")))
		return manifest_fault("disclosure", "no object", err);
	return code == ERR_OK ? manifest_read_lists(document, m, err) : code;
}

enum err_code manifest_read(const char *bytes, size_t len, struct manifest *out, struct err *err)
{
	json_error_t why;
	json_t *document;
	enum err_code code;

	*out = (struct manifest){ .n_files = 0 };
	if (len > LIMIT_FEED_MANIFEST_BYTES)
		return err_set(err, ERR_TOO_BIG, "manifest.json: more than %d bytes",
			       LIMIT_FEED_MANIFEST_BYTES);
	document = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &why);
	if (document == NULL)
		return err_set(err, ERR_MALFORMED, "manifest.json:%d: %s", why.line, why.text);
	if (json_integer_value(json_object_get(document, "schema")) != MANIFEST_SCHEMA)
		code = err_set(err, ERR_VERSION,
			       "manifest.json: this program reads schema %d; take the version that "
			       "made the bundle, or a later one",
			       MANIFEST_SCHEMA);
	else
		code = manifest_read_members(document, out, err);
	if (code == ERR_OK)
		out->disclosure = json_incref(json_object_get(document, "disclosure"));
	json_decref(document);
	return code;
}

void manifest_clear(struct manifest *m)
{
	free(m->coverage);
	free(m->reports);
	free(m->files);
	json_decref(m->disclosure);
	*m = (struct manifest){ .n_files = 0 };
}
