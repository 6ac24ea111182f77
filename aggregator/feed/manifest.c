#include "aggregator/feed/manifest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/keys.h"

const char *manifest_state_name(enum manifest_state state)
{
	switch (state) {
	case MANIFEST_COMPLETE:
		return "complete";
	case MANIFEST_LATE:
		return "late";
	case MANIFEST_PARTIAL:
		return "partial";
	case MANIFEST_MISSING:
		return "missing";
	case MANIFEST_FAILED:
		return "failed";
	}
	return "";
}

const char *manifest_status_name(enum manifest_status status)
{
	return status == MANIFEST_FINAL ? "final" : "provisional";
}

const char *manifest_comment(const struct manifest *m, char out[MANIFEST_COMMENT_BYTES])
{
	char edition[PERIOD_TEXT_BYTES];
	char version[EDITION_VERSION_TEXT];

	(void)snprintf(out, MANIFEST_COMMENT_BYTES, "%s %s v%s", m->feed,
		       period_format(m->edition, edition),
		       edition_version_format(m->version, version));
	return out;
}

/* Sets a member, which takes the value; a NULL value or document makes the document NULL. */
static void manifest_set(json_t **document, const char *name, json_t *value)
{
	if (*document == NULL) {
		json_decref(value);
		return;
	}
	if (json_object_set_new(*document, name, value) != 0) {
		json_decref(*document);
		*document = NULL;
	}
}

static void manifest_append(json_t **list, json_t *value)
{
	if (*list == NULL) {
		json_decref(value);
		return;
	}
	if (json_array_append_new(*list, value) != 0) {
		json_decref(*list);
		*list = NULL;
	}
}

static json_t *manifest_hex(const uint8_t digest[32])
{
	char hex[65];

	return json_string(keys_hex(digest, 32, hex));
}

static json_t *manifest_period(struct period p)
{
	char text[PERIOD_TEXT_BYTES];

	return json_string(period_format(p, text));
}

static json_t *manifest_coverage_json(const struct manifest *m)
{
	json_t *list = json_array();

	for (int i = 0; i < m->n_coverage; i++) {
		const struct manifest_coverage *c = &m->coverage[i];
		json_t *row = json_object();

		manifest_set(&row, "period", manifest_period(c->period));
		manifest_set(&row, "area", json_string(c->area));
		manifest_set(&row, "name", json_string(c->name));
		manifest_set(&row, "state", json_string(manifest_state_name(c->state)));
		manifest_set(&row, "status", json_string(c->provisional ? "provisional" : "final"));
		manifest_set(&row, "reports", json_integer(c->reports));
		manifest_set(&row, "missing", json_string(c->missing));
		manifest_append(&list, row);
	}
	return list;
}

static json_t *manifest_reports_json(const struct manifest *m)
{
	json_t *list = json_array();

	for (int i = 0; i < m->n_reports; i++) {
		const struct manifest_report *r = &m->reports[i];
		json_t *row = json_object();

		manifest_set(&row, "area", json_string(r->area));
		manifest_set(&row, "dataset", json_string(r->dataset));
		manifest_set(&row, "agent", json_string(r->agent));
		manifest_set(&row, "period", manifest_period(r->period));
		manifest_set(&row, "sequence", json_integer(r->sequence));
		manifest_set(&row, "sha256", manifest_hex(r->digest));
		manifest_append(&list, row);
	}
	return list;
}

static json_t *manifest_files_json(const struct manifest *m)
{
	json_t *list = json_array();

	for (int i = 0; i < m->n_files; i++) {
		const struct manifest_file *f = &m->files[i];
		json_t *row = json_object();

		manifest_set(&row, "path", json_string(f->path));
		manifest_set(&row, "bytes", json_integer(f->bytes));
		manifest_set(&row, "sha256", manifest_hex(f->sha256));
		if (f->rows >= 0)
			manifest_set(&row, "rows", json_integer(f->rows));
		manifest_append(&list, row);
	}
	return list;
}

static json_t *manifest_json(const struct manifest *m)
{
	json_t *document = json_object();
	char version[EDITION_VERSION_TEXT];

	manifest_set(&document, "schema", json_integer(MANIFEST_SCHEMA));
	manifest_set(&document, "feed", json_string(m->feed));
	manifest_set(&document, "edition", manifest_period(m->edition));
	manifest_set(&document, "version",
		     json_string(edition_version_format(m->version, version)));
	manifest_set(&document, "supersedes",
		     m->supersedes.major == 0
			     ? json_null()
			     : json_string(edition_version_format(m->supersedes, version)));
	manifest_set(&document, "status", json_string(manifest_status_name(m->status)));
	manifest_set(&document, "produced_at", json_string(m->produced_at));
	manifest_set(&document, "measures_digest", manifest_hex(m->measures_digest));
	manifest_set(&document, "coverage", manifest_coverage_json(m));
	manifest_set(&document, "reports", manifest_reports_json(m));
	manifest_set(&document, "files", manifest_files_json(m));
	manifest_set(&document, "disclosure", json_incref(m->disclosure));
	return document;
}

enum err_code manifest_write(const struct manifest *m, struct text *out, struct err *err)
{
	json_t *document = manifest_json(m);
	char *dump =
		document == NULL ? NULL : json_dumps(document, JSON_INDENT(1) | JSON_SORT_KEYS);

	json_decref(document);
	if (dump == NULL)
		return err_set(err, ERR_NOMEM,
			       "manifest.json: out of memory, or text that is not "
			       "UTF-8");
	text_puts(out, dump);
	text_puts(out, "\n");
	free(dump);
	return text_end(out, err);
}

enum err_code manifest_coverage_csv(const struct manifest *m, struct text *out, struct err *err)
{
	text_puts(out, "period,area_code,area_name,state,status,reports,missing\n");
	for (int i = 0; i < m->n_coverage; i++) {
		const struct manifest_coverage *c = &m->coverage[i];
		char period[PERIOD_TEXT_BYTES];

		text_printf(out, "%s,%s,", period_format(c->period, period), c->area);
		text_field(out, c->name);
		text_printf(out, ",%s,%s,%d,", manifest_state_name(c->state),
			    c->provisional ? "provisional" : "final", c->reports);
		text_field(out, c->missing);
		text_puts(out, "\n");
	}
	return text_end(out, err);
}
