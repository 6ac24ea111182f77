/* pack: the monthly pack as one HTML file, or as a mail that carries it, for a timer to send. In:
 * the store and the office database. Out: what the dashboard gives under /plan/pack.html. */
#include "aggregator/commands.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/web.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/period.h"

#define LINE_BYTES 57 /* of the file in one line of base64: 76 characters */
#define TARGET_BYTES 128
#define ADDRESS_MAX 254

enum {
	KEY_AS = 0x3001,
	KEY_MAIL_TO,
	KEY_MAIL_FROM,
	KEY_PERIOD,
};

struct options {
	struct command_common common;
	const char *to, *from, *period;
	enum role role;
};

static const struct argp_option pack_options[] = {
	{ "as", KEY_AS, "ROLE", 0,
	  "whose rights decide what is shown: commissioner (default: counts of 1 to 5 hidden) or "
	  "central (exact)",
	  1 },
	{ "period", KEY_PERIOD, "PERIOD", 0, "the month (2026-10); default: the newest settled one",
	  1 },
	{ "mail-to", KEY_MAIL_TO, "ADDRESS", 0, "write a mail to ADDRESS with the pack attached",
	  2 },
	{ "mail-from", KEY_MAIL_FROM, "ADDRESS", 0, "its sender; needed with --mail-to", 2 },
	{ 0 },
};

/* One plain address: no blank, no control byte, one @ with something on both sides. */
static int address_is_plain(const char *text)
{
	const char *at = strchr(text, '@');

	return at != NULL && at != text && at[1] != '\0' && strchr(at + 1, '@') == NULL &&
	       strlen(text) <= ADDRESS_MAX && strpbrk(text, " \t\r\n<>,;:\"\\") == NULL;
}

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case KEY_AS:
		o->role = role_parse(arg);
		if (o->role != ROLE_COMMISSIONER && o->role != ROLE_CENTRAL)
			argp_error(state, "--as takes commissioner or central");
		return 0;
	case KEY_PERIOD:
		o->period = arg;
		return 0;
	case KEY_MAIL_TO:
	case KEY_MAIL_FROM:
		if (!address_is_plain(arg))
			argp_error(state, "'%s' is no mail address; write name@example.org", arg);
		*(key == KEY_MAIL_TO ? &o->to : &o->from) = arg;
		return 0;
	case ARGP_KEY_END:
		if ((o->to == NULL) != (o->from == NULL))
			argp_error(state, "--mail-to and --mail-from belong together");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp pack_argp = {
	.options = pack_options,
	.parser = on_option,
	.children = children,
	.doc = "The monthly pack as one HTML file that needs nothing else, on standard output.\v"
	       "  district-aggregator pack > pack.html\n"
	       "  district-aggregator pack --mail-from figures@example.org --mail-to "
	       "panel@example.org | /usr/sbin/sendmail -t\n"
	       "\n"
	       "Figures, targets, signals and what was received, as the dashboard's page "
	       "'Improvement plan' prints them. A timer that runs the second line once a month "
	       "sends the report by mail.",
};

/* ---- the file */

static enum err_code pack_ask(struct web *web, const struct options *o, struct response *rs,
			      struct err *err)
{
	struct request rq;
	struct period period;
	char target[TARGET_BYTES] = "/plan/pack.html";
	enum err_code code = ERR_OK;

	request_init(&rq);
	rq.method = REQUEST_GET;
	rq.peer = "command line";
	rq.viewer.role = o->role;
	(void)snprintf(rq.viewer.full_name, sizeof rq.viewer.full_name, "the monthly report");
	if (o->period != NULL) {
		code = period_parse(o->period, &period, err);
		if (code == ERR_OK)
			(void)snprintf(target, sizeof target, "/plan/pack.html?period=%s",
				       o->period);
	}
	if (code == ERR_OK)
		code = request_target(&rq, target, strlen(target), err);
	if (code == ERR_OK)
		web_answer(web, &rq, rs);
	if (code == ERR_OK && rs->status != 200)
		code = err_set(err, ERR_MALFORMED,
			       "the pack cannot be made (status %d): is the month one that has "
			       "figures?",
			       rs->status);
	request_clear(&rq);
	return code;
}

/* ---- the mail (RFC 5322, RFC 2045) */

static void mail_write(const struct options *o, const char *name, const struct html *pack)
{
	char line[4 * LINE_BYTES];
	char boundary[41];
	uint8_t random[20];

	randombytes_buf(random, sizeof random);
	(void)sodium_bin2hex(boundary, sizeof boundary, random, sizeof random);
	printf("From: %s\nTo: %s\nSubject: Monthly pack: %s\nMIME-Version: 1.0\n"
	       "Content-Type: multipart/mixed; boundary=\"%s\"\n\n"
	       "--%s\nContent-Type: text/plain; charset=utf-8\n\n"
	       "The monthly pack is attached: open it in a browser, or print it.\n\n"
	       "--%s\nContent-Type: text/html; charset=utf-8\n"
	       "Content-Disposition: attachment; filename=\"pack.html\"\n"
	       "Content-Transfer-Encoding: base64\n\n",
	       o->from, o->to, name, boundary, boundary, boundary);
	for (size_t at = 0; at < pack->len; at += LINE_BYTES) {
		const size_t len = pack->len - at < LINE_BYTES ? pack->len - at : LINE_BYTES;

		printf("%s\n",
		       sodium_bin2base64(line, sizeof line, (const uint8_t *)pack->text + at, len,
					 sodium_base64_VARIANT_ORIGINAL));
	}
	printf("--%s--\n", boundary);
}

int command_pack(int argc, char **argv)
{
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT },
			     .role = ROLE_COMMISSIONER };
	struct web web = { 0 };
	struct response rs = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (argp_parse(&pack_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	code = sodium_init() < 0 ? err_set(&err, ERR_IO, "the random source does not start")
				 : web_open(o.common.config, &web, &err);
	if (code == ERR_OK)
		code = pack_ask(&web, &o, &rs, &err);
	if (code == ERR_OK && o.to != NULL)
		mail_write(&o, web.reading.config->name, &rs.body);
	else if (code == ERR_OK)
		(void)fwrite(rs.body.text, 1, rs.body.len, stdout);
	if (code == ERR_OK && (fflush(stdout) != 0 || ferror(stdout)))
		code = err_set(&err, ERR_IO, "standard output cannot be written");
	response_clear(&rs);
	web_close(&web);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
}
