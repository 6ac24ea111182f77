#include "agent/preview.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- which extract */

static const char *preview_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static int preview_is(const struct extract *e, const char *wanted, const char *resolved)
{
	char path[PATH_MAX];

	if (wanted == NULL || strcmp(e->path, wanted) == 0 ||
	    strcmp(preview_last_part(e->path), wanted) == 0)
		return 1;
	return resolved[0] != '\0' && realpath(e->path, path) != NULL &&
	       strcmp(path, resolved) == 0;
}

/* The scan is sorted by as-at: a later one that fits is newer. */
static enum err_code preview_scan(const struct agent_dataset *dataset, const char *wanted,
				  const char *resolved, struct preview *out, struct err *err)
{
	struct extract *found = NULL;
	int n = 0, n_skipped = 0;
	enum err_code code = extract_scan(dataset, &found, &n, &n_skipped, err);

	for (int i = 0; code == ERR_OK && i < n; i++) {
		if (!preview_is(&found[i], wanted, resolved))
			continue;
		if (out->dataset != NULL && out->dataset != dataset &&
		    out->extract.as_at >= found[i].as_at)
			continue;
		out->dataset = dataset;
		out->extract = found[i];
	}
	free(found);
	return code;
}

static enum err_code preview_find(const struct agent_config *config,
				  const struct preview_wanted *wanted, struct preview *out,
				  struct err *err)
{
	char resolved[PATH_MAX] = "";
	enum err_code code = ERR_OK;
	int n_datasets = 0;

	if (wanted->extract != NULL && realpath(wanted->extract, resolved) == NULL)
		resolved[0] = '\0';
	for (unsigned i = 0; i < config->n_datasets && code == ERR_OK; i++) {
		const struct agent_dataset *d = &config->datasets[i];

		if (wanted->dataset != NULL && strcmp(wanted->dataset, d->name) != 0)
			continue;
		n_datasets++;
		code = preview_scan(d, wanted->extract, resolved, out, err);
	}
	if (code != ERR_OK || out->dataset != NULL)
		return code;
	if (n_datasets == 0)
		return err_set(err, ERR_MISSING,
			       "no dataset '%s'; 'district-agent config show' lists them",
			       wanted->dataset);
	if (wanted->extract == NULL)
		return err_set(err, ERR_MISSING,
			       "no extract in any dataset's folder; an extract is a folder named "
			       "by its as-at, like 2026-10-31");
	return err_set(err, ERR_MISSING,
		       "no extract %s in a dataset's folder; 'district-agent config show' lists "
		       "the folders",
		       wanted->extract);
}

/* ---- what it would say */

static enum err_code preview_reports(struct spool *spool, struct preview *p, int64_t *last,
				     struct report_periods *periods, struct err *err)
{
	enum err_code code = ERR_OK;

	for (size_t i = 0; p->plan.reports != NULL && i < p->plan.reports->n && code == ERR_OK;
	     i++) {
		const struct report *r = &p->plan.reports->items[i];
		struct preview_entry *e = &p->entries[p->n_entries++];
		int news = 1;

		e->entry = r->entry;
		if (spool != NULL)
			code = spool_judge(spool, r->entry->report, r->period, &news, err);
		if (!news) {
			periods->confirmed[periods->n_confirmed++] = r->period;
			continue;
		}
		periods->changed[periods->n_changed++] = r->period;
		e->sequence = ++*last;
	}
	return code;
}

static enum err_code preview_entries(struct spool *spool, struct preview *p, struct err *err)
{
	size_t n = p->plan.reports != NULL ? p->plan.reports->n : 0;
	int64_t last = spool != NULL ? spool->last_sequence : 0;
	struct report_periods periods = { 0 };
	struct preview_entry *e;
	enum err_code code;

	p->entries = calloc(n + 1, sizeof *p->entries);
	periods.changed = calloc(2 * n + 1, sizeof *periods.changed);
	if (p->entries == NULL || periods.changed == NULL) {
		free(periods.changed);
		return err_set(err, ERR_NOMEM, "out of memory");
	}
	periods.confirmed = periods.changed + n;
	code = preview_reports(spool, p, &last, &periods, err);
	if (code == ERR_OK) {
		e = &p->entries[p->n_entries];
		code = report_build_return(p->plan.stage, !p->plan.refused, &periods, &e->entry,
					   &p->return_arena, err);
		e->sequence = last + 1;
		p->n_entries += code == ERR_OK;
	}
	free(periods.changed);
	return code;
}

enum err_code preview_make(const struct plan_base *base, struct spool *spool,
			   const struct preview_wanted *wanted, struct preview *out,
			   struct err *err)
{
	enum err_code code;

	memset(out, 0, sizeof *out);
	code = preview_find(base->config, wanted, out, err);
	if (code == ERR_OK)
		code = plan_make(base, out->dataset, &out->extract, &out->plan, err);
	if (code == ERR_OK && spool != NULL)
		code = spool_extract_done(spool, out->dataset->area, out->dataset->name,
					  out->extract.path, out->extract.identity, &out->collected,
					  err);
	if (code == ERR_OK)
		code = preview_entries(spool, out, err);
	for (size_t i = 0; out->collected && i < out->n_entries; i++)
		out->entries[i].sequence = 0;
	if (code != ERR_OK)
		preview_clear(out);
	return code;
}

void preview_clear(struct preview *p)
{
	report_arena_free(&p->return_arena);
	free(p->entries);
	p->entries = NULL;
	p->n_entries = 0;
	plan_clear(&p->plan);
}

enum err_code preview_pack(struct spool *spool, const char *agent, const struct preview_entry *e,
			   uint8_t **bytes, size_t *len, struct err *err)
{
	struct spool none = { 0 };

	(void)snprintf(none.agent, sizeof none.agent, "%s", agent);
	return spool_pack(spool != NULL ? spool : &none, e->entry, e->sequence, bytes, len, err);
}
