/* status: how collect and publish fare, from what each of them has written. */
#include "agent/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/collect_state.h"
#include "agent/config.h"
#include "agent/delivery.h"
#include "agent/publish.h"
#include "agent/spool_look.h"
#include "proto/clock.h"
#include "proto/command.h"
#include "proto/date.h"
#include "proto/limits.h"

#define PATH_BYTES 1200
#define SECOND_US 1000000LL
#define MIB (1024LL * 1024)
#define TIME_BYTES 24
#define LATE_S 60 /* beyond two looks: collect is not running */

static const char status_doc[] =
	"Show when extracts were last taken in, what waits, and how far each aggregator "
	"is.\vExit status 1: something needs somebody.\n\n  district-agent status\n";

struct status {
	const struct agent_config *config;
	struct out *out;
	struct collect_state collect;
	struct spool *spool;       /* NULL: there is none */
	struct delivery *delivery; /* NULL: publish never ran */
	struct spool_health health;
	int64_t n_waiting; /* at the aggregator that lacks most */
	int collect_runs, publish_runs, publish_unsandboxed;
	int n_refused, n_findings;
};

static const char *status_time(int64_t at_us, char out[TIME_BYTES])
{
	time_t at = (time_t)(at_us / SECOND_US);
	struct tm utc;

	if (at_us == 0)
		return NULL;
	if (gmtime_r(&at, &utc) == NULL ||
	    strftime(out, TIME_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
		return NULL;
	return out;
}

/* ---- gathering */

static enum err_code status_open(struct status *s, struct err *err)
{
	const struct agent_config *config = s->config;
	char path[PATH_BYTES];
	enum err_code code;
	int64_t started_us;

	(void)agent_config_path(config, "spool/collect.state", path, sizeof path);
	code = collect_state_read(path, &s->collect, err);
	if (code != ERR_OK && code != ERR_MISSING)
		return code;
	s->collect_runs =
		s->collect.at_us + (2LL * config->poll_s + LATE_S) * SECOND_US > clock_wall_us();
	s->publish_runs = publish_is_running(config);
	(void)agent_config_path(config, "spool/spool.db", path, sizeof path);
	code = spool_open(path, config->agent, NULL, config->spool_mib * MIB, &s->spool, err);
	if (code == ERR_OK)
		code = spool_health(s->spool, &s->health, err);
	if (code != ERR_OK && code != ERR_MISSING)
		return code;
	(void)agent_config_path(config, DELIVERY_FILE, path, sizeof path);
	code = delivery_open(path, DB_READ, &s->delivery, err);
	if (code != ERR_OK)
		return code == ERR_MISSING ? ERR_OK : code;
	code = delivery_process(s->delivery, &started_us, &s->publish_unsandboxed, err);
	return code == ERR_MISSING ? ERR_OK : code;
}

static void status_close(struct status *s)
{
	spool_close(&s->spool);
	delivery_close(&s->delivery);
}

/* ---- one aggregator */

struct status_peer {
	struct delivery_link link;
	struct delivery_store store;
	struct spool_waiting waiting;
	int is_known; /* a store of it has answered */
};

static enum err_code status_peer(struct status *s, const char *name, struct status_peer *p,
				 struct err *err)
{
	static const uint8_t none[FRAME_SPOOL_BYTES];
	const uint8_t *spool = s->spool != NULL ? s->spool->id : none;
	enum err_code code = ERR_MISSING;

	memset(p, 0, sizeof *p);
	if (s->delivery != NULL) {
		code = delivery_link_get(s->delivery, name, &p->link, err);
		if (code != ERR_OK && code != ERR_MISSING)
			return code;
		code = delivery_store_get(s->delivery, name, spool, &p->store, err);
	}
	p->is_known = code == ERR_OK;
	if (code != ERR_OK && code != ERR_MISSING)
		return code;
	return s->spool == NULL ? ERR_OK
				: spool_waiting(s->spool, p->store.stored_up_to, &p->waiting, err);
}

static const char *status_connection(const struct status *s, const struct status_peer *p)
{
	if (!s->publish_runs)
		return "not running";
	return p->link.since_us == 0 ? "not tried" : delivery_state_name(p->link.state);
}

static void status_peer_row(struct status *s, const char *name, const struct status_peer *p)
{
	char time[TIME_BYTES];
	int64_t clock_s = p->store.clock_difference_us / SECOND_US;
	int is_wrong = clock_s > LIMIT_CLOCK_SKEW_S || clock_s < -LIMIT_CLOCK_SKEW_S;

	out_text(s->out, name);
	out_text(s->out, status_connection(s, p));
	out_text(s->out, status_time(p->store.last_contact_us, time));
	out_int(s->out, p->store.stored_up_to);
	out_int(s->out, s->spool == NULL ? 0 : s->spool->last_sequence);
	out_int(s->out, p->waiting.n_entries);
	out_text(s->out, status_time(p->waiting.oldest_us, time));
	if (p->is_known)
		out_int(s->out, clock_s);
	else
		out_text(s->out, NULL);
	if (is_wrong)
		out_text(s->out, "OUR CLOCK IS MORE THAN A DAY OUT: set it");
	else
		out_text(s->out, p->link.reason[0] != '\0' ? p->link.reason : NULL);
	s->n_findings += is_wrong || !s->publish_runs || p->link.state == DELIVERY_REFUSED ||
			 p->link.state == DELIVERY_HELD;
}

static enum err_code status_peers(struct status *s, struct err *err)
{
	static const char *const columns[] = {
		"aggregator", "connection",     "last_contact",        "stored_up_to>", "of>",
		"waiting>",   "oldest_waiting", "clock_difference_s>", "reason"
	};
	enum err_code code = ERR_OK;

	out_table(s->out, "aggregators", columns, sizeof columns / sizeof *columns);
	for (unsigned i = 0; i < s->config->n_aggregators && code == ERR_OK; i++) {
		struct status_peer p;

		code = status_peer(s, s->config->peers[i].name, &p, err);
		if (code == ERR_OK)
			status_peer_row(s, s->config->peers[i].name, &p);
	}
	return code;
}

static void status_refused_begin(struct status *s)
{
	static const char *const columns[] = { "aggregator", "sequence>", "code", "reason", "at" };

	if (s->n_refused++ == 0)
		out_table(s->out, "refused", columns, sizeof columns / sizeof *columns);
}

static int on_refusal(void *context, const struct delivery_refusal *r)
{
	struct status *s = context;
	char time[TIME_BYTES];

	status_refused_begin(s);
	out_text(s->out, r->aggregator);
	out_int(s->out, r->sequence);
	out_text(s->out, r->code);
	out_text(s->out, r->reason);
	out_text(s->out, status_time(r->at_us, time));
	s->n_findings++;
	return 0;
}

/* People are not shown an empty table; programs are. */
static enum err_code status_refused(struct status *s, enum out_form form, struct err *err)
{
	if (form == OUT_JSON)
		status_refused_begin(s);
	if (s->delivery == NULL)
		return ERR_OK;
	return delivery_refusals(s->delivery, on_refusal, s, err);
}

/* ---- this agent */

static enum err_code status_count_waiting(struct status *s, struct err *err)
{
	enum err_code code = ERR_OK;

	for (unsigned i = 0; i < s->config->n_aggregators && code == ERR_OK; i++) {
		struct status_peer p;

		code = status_peer(s, s->config->peers[i].name, &p, err);
		if (p.waiting.n_entries > s->n_waiting)
			s->n_waiting = p.waiting.n_entries;
	}
	return code;
}

static const char *status_next(const struct status *s, char out[64])
{
	char time[TIME_BYTES];

	if (!s->collect_runs || !s->publish_runs)
		return "start 'district-agent run'";
	(void)snprintf(out, 64, "look at the folders by %s",
		       status_time(s->collect.at_us + s->config->poll_s * SECOND_US, time));
	return out;
}

static const char *status_sandbox(const struct status *s)
{
	if (s->collect.unsandboxed && s->publish_unsandboxed)
		return "NONE";
	if (s->collect.unsandboxed)
		return "NOT COLLECT";
	return s->publish_unsandboxed ? "NOT PUBLISH" : "yes";
}

static void status_agent(struct status *s)
{
	char time[TIME_BYTES], next[64], as_at[DATE_TEXT_BYTES];

	out_text(s->out, s->config->agent);
	out_text(s->out, status_time(s->collect.at_us, time));
	out_text(s->out,
		 s->health.newest_as_at == 0 ? NULL : date_format(s->health.newest_as_at, as_at));
	out_text(s->out, status_time(s->health.accepted_us, time));
	out_int(s->out, s->health.n_extracts);
	out_int(s->out, s->health.n_refused);
	out_int(s->out, s->n_waiting);
	out_text(s->out, status_next(s, next));
	out_text(s->out, s->health.last_fault[0] != '\0' ? s->health.last_fault : NULL);
	out_text(s->out, status_sandbox(s));
	s->n_findings += !s->collect_runs || s->collect.code != ERR_OK ||
			 s->health.last_fault[0] != '\0' || s->collect.unsandboxed ||
			 s->publish_unsandboxed;
	if (s->collect.code != ERR_OK)
		out_note(s->out, "collect", s->collect.text);
	if (clock_offset_s() != 0) {
		(void)snprintf(next, sizeof next, "%lld", (long long)clock_offset_s());
		out_note(s->out, "clock_offset_s", next);
	}
}

static enum err_code status_show(struct status *s, enum out_form form, struct err *err)
{
	static const char *const columns[] = { "agent",       "last_run",  "last_accepted",
					       "accepted_at", "extracts>", "refused>",
					       "waiting>",    "next",      "last_fault",
					       "sandboxed" };
	enum err_code code = status_open(s, err);

	if (code == ERR_OK)
		code = status_count_waiting(s, err);
	if (code != ERR_OK)
		return code;
	s->out = out_begin(stdout, form, "agent", columns, sizeof columns / sizeof *columns);
	status_agent(s);
	code = status_peers(s, err);
	if (code == ERR_OK)
		code = status_refused(s, form, err);
	if (out_end(&s->out) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "cannot write the table");
	return code;
}

int command_status(int argc, char **argv)
{
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *config = NULL;
	struct status s = { 0 };
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, status_doc, &common) != 0)
		return EXIT_FAILURE;
	code = agent_config_load(common.config, &config, &err);
	s.config = config;
	if (code == ERR_OK)
		code = status_show(&s, common.form, &err);
	status_close(&s);
	agent_config_free(&config);
	if (code != ERR_OK)
		return command_fail(argv, &err);
	return s.n_findings > 0 ? 1 : EXIT_SUCCESS;
}
