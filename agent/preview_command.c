/* preview: what would leave the office, or what did, figure by figure or byte by byte. */
#include "agent/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/collect.h"
#include "agent/config.h"
#include "agent/preview.h"
#include "proto/command.h"
#include "proto/date.h"

#define PATH_BYTES 1200
#define EXIT_FINDINGS 1

struct preview_options {
	struct command_common common;
	struct preview_wanted wanted;
	const char *period, *file;
	int64_t entry, sent;
	int all, bytes;
};

static int64_t number_parse(const char *text, struct argp_state *state)
{
	char *end;
	long long number;

	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || number < 1)
		argp_error(state, "'%s' is no entry number", text);
	return number;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct preview_options *o = state->input;

	switch (key) {
	case 'a':
		o->all = 1;
		return 0;
	case 'b':
		o->bytes = 1;
		return 0;
	case 'd':
		o->wanted.dataset = arg;
		return 0;
	case 'e':
		o->entry = number_parse(arg, state);
		return 0;
	case 'o':
		o->file = arg;
		return 0;
	case 'p':
		o->period = arg;
		return 0;
	case 's':
		o->sent = number_parse(arg, state);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (o->wanted.extract != NULL)
			argp_usage(state);
		o->wanted.extract = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "all", 'a', NULL, 0, "also periods whose figures would not be sent again", 0 },
	{ "bytes", 'b', NULL, 0, "write the exact bytes that would be signed, of one entry", 0 },
	{ "dataset", 'd', "NAME", 0, "only this dataset's extracts", 0 },
	{ "entry", 'e', "N", 0, "only the entry that would have this number", 0 },
	{ "output", 'o', "FILE", 0, "where --bytes writes; default: standard output", 0 },
	{ "period", 'p', "PERIOD", 0, "only the report of this period (2026-10, 2026-W44)", 0 },
	{ "sent", 's', "N", 0, "show entry N of the spool: what was said", 0 },
	{ 0 },
};
static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp preview_argp = {
	.options = options,
	.parser = on_option,
	.children = children,
	.args_doc = "[EXTRACT]",
	.doc = "Show what would be sent for an extract (the newest one, or the one named), or what "
	       "was sent. Nothing is written to the spool and nothing is sent.\v"
	       "The bytes are those of the code that packs what is sent; only the time of sealing "
	       "will differ, and, before the first collect, the spool's id.\n\n"
	       "  district-agent preview 2026-10-31 --csv\n"
	       "  district-agent preview --period 2026-10 --bytes -o report.bin\n",
};

/* ---- showing */

static int is_report(const District__Entry *e)
{
	return e->body_case == DISTRICT__ENTRY__BODY_REPORT;
}

static int is_provisional(const District__Report *r, uint32_t measure)
{
	for (size_t i = 0; i < r->n_provisional_measures; i++)
		if (r->provisional_measures[i] == measure)
			return 1;
	return r->provisional;
}

static void show_report(struct out *o, const District__Report *r, int64_t sequence)
{
	for (size_t i = 0; i < r->n_measure; i++) {
		if (sequence > 0)
			out_int(o, sequence);
		else
			out_text(o, NULL);
		out_text(o, r->period);
		out_text(o, r->dictionary[r->measure[i]]);
		out_text(o, r->dictionary[r->dimension[i]]);
		out_text(o, r->dictionary[r->category[i]]);
		out_int(o, r->numerator[i]);
		out_int(o, r->denominator[i]);
		out_bool(o, is_provisional(r, r->measure[i]));
	}
}

static struct out *show_begin(enum out_form form)
{
	static const char *const columns[] = { "entry>",       "period",     "measure",
					       "dimension",    "category",   "numerator>",
					       "denominator>", "provisional" };

	return out_begin(stdout, form, "figures", columns, sizeof columns / sizeof columns[0]);
}

/* Entries without figures (a Return, a withdrawal, void numbers) in one line of JSON. */
static enum err_code show_note(struct out *o, const District__Entry *entry, struct err *err)
{
	static const char *const names[] = { "return", "withdraw", "void" };
	int at = (int)entry->body_case - (int)DISTRICT__ENTRY__BODY_EXTRACT_RETURN;
	char *json = NULL;
	enum err_code code = frame_entry_to_json(entry, &json, err);

	if (code == ERR_OK)
		out_note(o, at >= 0 && at < 3 ? names[at] : "entry", json);
	free(json);
	return code;
}

static int put_bytes(FILE *f, const uint8_t *bytes, size_t len)
{
	return fwrite(bytes, 1, len, f) != len || fflush(f) != 0;
}

static enum err_code write_bytes(const char *path, const uint8_t *bytes, size_t len,
				 struct err *err)
{
	int failed;
	FILE *f;

	if (path == NULL) {
		failed = put_bytes(stdout, bytes, len);
	} else {
		f = fopen(path, "wb");
		if (f == NULL)
			return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
		failed = put_bytes(f, bytes, len);
		failed |= fclose(f) != 0;
	}
	if (failed)
		return err_set(err, ERR_IO, "write %s: %s", path != NULL ? path : "the bytes",
			       strerror(errno));
	return ERR_OK;
}

/* ---- what was sent */

static enum err_code sent_decoded(const struct preview_options *o, const uint8_t *envelope,
				  size_t len, struct err *err)
{
	struct frame f = { 0 };
	struct out *out;
	enum err_code code = frame_decode(&f, envelope, len, err);

	if (code == ERR_OK && o->bytes) {
		code = write_bytes(o->file, f.envelope->entry->payload.data,
				   f.envelope->entry->payload.len, err);
		frame_clear(&f);
		return code;
	}
	if (code == ERR_OK)
		code = frame_decode_entry(&f, f.envelope->entry->payload.data,
					  f.envelope->entry->payload.len, err);
	if (code == ERR_OK) {
		out = show_begin(o->common.form);
		if (is_report(f.entry))
			show_report(out, f.entry->report, o->sent);
		else
			code = show_note(out, f.entry, err);
		if (out_end(&out) != 0 && code == ERR_OK)
			code = err_set(err, ERR_IO, "cannot write the table");
	}
	frame_clear(&f);
	return code;
}

static enum err_code preview_sent(const struct preview_options *o, struct spool *spool,
				  struct err *err)
{
	uint8_t *envelope = NULL;
	size_t len = 0;
	enum err_code code;

	if (spool == NULL)
		return err_set(err, ERR_MISSING, "there is no spool yet: nothing was sent");
	code = spool_envelope(spool, o->sent, &envelope, &len, err);
	if (code == ERR_OK)
		code = sent_decoded(o, envelope, len, err);
	free(envelope);
	return code;
}

/* ---- what would be sent */

static int is_wanted(const struct preview_options *o, const struct preview_entry *e)
{
	if (e->sequence == 0 && !o->all)
		return 0;
	if (o->entry > 0 && e->sequence != o->entry)
		return 0;
	return o->period == NULL ||
	       (is_report(e->entry) && strcmp(e->entry->report->period, o->period) == 0);
}

static enum err_code preview_bytes(const struct preview_options *o, const struct plan_base *base,
				   struct spool *spool, const struct preview *p, struct err *err)
{
	const struct preview_entry *only = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0, n = 0;
	enum err_code code;

	for (size_t i = 0; i < p->n_entries; i++) {
		if (!is_wanted(o, &p->entries[i]) || p->entries[i].sequence == 0)
			continue;
		only = &p->entries[i];
		n++;
	}
	if (n != 1)
		return err_set(err, ERR_MISSING,
			       "%zu entries would be sent; choose one with --entry N or --period P "
			       "('preview' lists them)",
			       n);
	code = preview_pack(spool, base->config->agent, only, &bytes, &len, err);
	if (code == ERR_OK)
		code = write_bytes(o->file, bytes, len, err);
	free(bytes);
	return code;
}

static void preview_say(const struct preview *p)
{
	char as_at[DATE_TEXT_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < p->n_entries; i++)
		n += p->entries[i].sequence > 0;
	fprintf(stderr, "%s, as at %s: ", p->extract.path,
		p->plan.stage->as_at == INT32_MIN ? "unknown"
						  : date_format(p->plan.stage->as_at, as_at));
	if (p->collected)
		fprintf(stderr, "was collected; nothing would be sent. --all shows its figures\n");
	else if (p->plan.refused)
		fprintf(stderr,
			"would be refused (%s); 'district-agent validate %s' shows what to mend\n",
			plan_reason(&p->plan), p->extract.path);
	else
		fprintf(stderr, "%zu entr%s would be sent; next: 'district-agent collect'\n", n,
			n == 1 ? "y" : "ies");
}

static enum err_code preview_figures(const struct preview_options *o, const struct preview *p,
				     struct err *err)
{
	struct out *out = show_begin(o->common.form);
	enum err_code code = ERR_OK;

	for (size_t i = 0; i < p->n_entries && code == ERR_OK; i++) {
		const struct preview_entry *e = &p->entries[i];

		if (!is_wanted(o, e))
			continue;
		if (is_report(e->entry))
			show_report(out, e->entry->report, e->sequence);
		else if (e->sequence > 0)
			code = show_note(out, e->entry, err);
	}
	if (out_end(&out) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "cannot write the table");
	preview_say(p);
	return code;
}

static enum err_code preview_next(const struct preview_options *o,
				  const struct agent_config *config, struct spool *spool,
				  int *refused, struct err *err)
{
	struct plan_base base = { 0 };
	struct preview p = { 0 };
	enum err_code code = plan_base_open(config, &base, err);

	if (code == ERR_OK)
		code = preview_make(&base, spool, &o->wanted, &p, err);
	if (code == ERR_OK) {
		*refused = p.plan.refused;
		code = o->bytes ? preview_bytes(o, &base, spool, &p, err)
				: preview_figures(o, &p, err);
	}
	preview_clear(&p);
	plan_base_close(&base);
	return code;
}

static enum err_code preview_spool(const struct agent_config *config, struct spool **spool,
				   struct err *err)
{
	char path[PATH_BYTES];
	enum err_code code;

	(void)agent_config_path(config, "spool/spool.db", path, sizeof path);
	code = spool_open(path, config->agent, NULL, 0, spool, err);
	return code == ERR_MISSING ? ERR_OK : code;
}

int command_preview(int argc, char **argv)
{
	struct preview_options o = { .common = { .config = AGENT_CONFIG_DEFAULT } };
	struct agent_config *config = NULL;
	struct spool *spool = NULL;
	struct err err = { .code = ERR_OK };
	int refused = 0, unsandboxed;
	enum err_code code;

	if (argp_parse(&preview_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (o.file != NULL && !o.bytes)
		return command_usage(argv, "--output goes with --bytes");
	if (o.bytes && o.file == NULL && isatty(STDOUT_FILENO))
		return command_usage(argv, "--bytes is not for a terminal; add -o FILE");
	if (o.sent > 0 && o.wanted.extract != NULL)
		return command_usage(argv, "--sent shows an entry of the spool, not an extract");
	code = agent_config_load(o.common.config, &config, &err);
	if (code == ERR_OK)
		code = collect_sandbox(config, &unsandboxed, &err);
	if (code == ERR_OK)
		code = preview_spool(config, &spool, &err);
	if (code == ERR_OK)
		code = o.sent > 0 ? preview_sent(&o, spool, &err)
				  : preview_next(&o, config, spool, &refused, &err);
	spool_close(&spool);
	agent_config_free(&config);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return refused ? EXIT_FINDINGS : EXIT_SUCCESS;
}
