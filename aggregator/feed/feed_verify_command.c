/* feed verify: what a recipient runs on what arrived. */
#include "aggregator/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/feed/bundle.h"
#include "proto/command.h"

static const char verify_doc[] =
	"Check a bundle of the feed, a folder or its ZIP: signature, every file's SHA-256, size "
	"and "
	"rows, that nothing else is in it, and that ees_upload.zip holds the same files.\v"
	"Needs no settings and no store: a recipient needs this program and the sender's public "
	"key "
	"alone. Names each file that was changed, is missing or does not belong.\n\n"
	"  district-aggregator feed verify inbox/city_2026-27-Q2_v1.0 --public-key feed.pub\n"
	"  district-aggregator feed verify city_2026-27-Q2_v1.0.zip -k RWT...\n\n"
	"Exit status: 0 genuine and whole; 1 whole, but no key was given, so anybody may have made "
	"it; 65 changed or damaged; 66 no such bundle; 77 signed with another key, or the manifest "
	"was changed.";

#define EXIT_UNCHECKED 1

struct verify_options {
	const char *bundle, *key;
	enum out_form form;
};

enum {
	KEY_JSON = 0x1001,
	KEY_CSV,
};

static const struct argp_option verify_argp_options[] = {
	{ "public-key", 'k', "FILE|KEY", 0, "the sender's: a .pub file, or the key itself", 0 },
	{ "json", KEY_JSON, NULL, 0, "write JSON for machines", 1 },
	{ "csv", KEY_CSV, NULL, 0, "write CSV", 1 },
	{ 0 },
};

static error_t verify_parse(int key, char *arg, struct argp_state *state)
{
	struct verify_options *o = state->input;

	switch (key) {
	case 'k':
		o->key = arg;
		return 0;
	case KEY_JSON:
		o->form = OUT_JSON;
		return 0;
	case KEY_CSV:
		o->form = OUT_CSV;
		return 0;
	case ARGP_KEY_ARG:
		if (o->bundle != NULL)
			argp_error(state, "one bundle at a time");
		o->bundle = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name the bundle: its folder or its ZIP");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int verify_status(const struct bundle_verdict *v)
{
	if (v->signature_denied)
		return err_exit_status(ERR_DENIED);
	if (v->n_findings > 0)
		return err_exit_status(ERR_MALFORMED);
	return v->signature_checked ? EXIT_SUCCESS : EXIT_UNCHECKED;
}

static const char *verify_words(const struct bundle_verdict *v)
{
	if (v->n_findings > 0)
		return "not genuine or not whole: do not use it";
	return v->signature_checked ? "genuine and whole"
				    : "whole, but not known to be genuine: give --public-key";
}

static void verify_notes(const struct bundle_verdict *v, struct out *o)
{
	char text[PERIOD_TEXT_BYTES];
	char version[EDITION_VERSION_TEXT];
	char count[32];
	const struct manifest *m = &v->manifest;

	out_note(o, "verdict", verify_words(v));
	out_note(o, "signature",
		 v->signature_checked  ? "holds"
		 : v->signature_denied ? "does not hold"
				       : "not checked");
	if (m->feed[0] != '\0' && m->edition.kind != 0) {
		out_note(o, "feed", m->feed);
		out_note(o, "edition", period_format(m->edition, text));
		out_note(o, "version", edition_version_format(m->version, version));
		out_note(o, "status", manifest_status_name(m->status));
		(void)snprintf(count, sizeof count, "%d", m->n_files);
		out_note(o, "files", count);
	}
	if (v->n_findings > BUNDLE_FINDINGS_MAX) {
		(void)snprintf(count, sizeof count, "%d", v->n_findings);
		out_note(o, "findings_in_all", count);
	}
}

static int verify_print(const struct bundle_verdict *v, enum out_form form)
{
	static const char *const columns[] = { "file", "finding" };
	struct out *o = out_begin(stdout, form, "findings", columns, 2);
	int kept = v->n_findings < BUNDLE_FINDINGS_MAX ? v->n_findings : BUNDLE_FINDINGS_MAX;

	for (int i = 0; i < kept; i++) {
		out_text(o, v->findings[i].file);
		out_text(o, v->findings[i].what);
	}
	verify_notes(v, o);
	return out_end(&o);
}

static enum err_code verify_bundle(const struct verify_options *o, struct bundle_verdict *verdict,
				   struct err *err)
{
	struct minisign_public key;
	struct zip_entries files = { .n = 0 };
	enum err_code code = ERR_OK;

	if (o->key != NULL)
		code = minisign_public_load(o->key, &key, err);
	if (code == ERR_OK)
		code = bundle_open(o->bundle, &files, err);
	if (code == ERR_OK)
		code = bundle_verify(&files, o->key != NULL ? &key : NULL, verdict, err);
	zip_entries_clear(&files);
	return code;
}

int command_feed_verify(int argc, char **argv)
{
	const struct argp argp = { .options = verify_argp_options,
				   .parser = verify_parse,
				   .args_doc = "BUNDLE",
				   .doc = verify_doc };
	struct verify_options options = { .form = OUT_TEXT };
	struct bundle_verdict *verdict;
	struct err err = { .code = ERR_OK };
	int status;

	if (argp_parse(&argp, argc, argv, 0, NULL, &options) != 0)
		return EXIT_FAILURE;
	verdict = calloc(1, sizeof *verdict);
	if (verdict == NULL) {
		(void)err_set(&err, ERR_NOMEM, "out of memory");
		return command_fail(argv, &err);
	}
	if (verify_bundle(&options, verdict, &err) != ERR_OK)
		status = command_fail(argv, &err);
	else if (verify_print(verdict, options.form) != 0)
		status = err_exit_status(ERR_IO);
	else
		status = verify_status(verdict);
	bundle_verdict_clear(verdict);
	free(verdict);
	return status;
}
