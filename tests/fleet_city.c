/* Agents and aggregators of a small city for integration tests: settings, keys, enrolment and
 * extracts, by the programs' own commands (tests/fleet.h). */

#include "tests/fleet.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/date.h"
#include "tests/harness.h"

#define AREAS "deploy/birmingham/areas.csv"
#define POPULATIONS "deploy/birmingham/populations.csv"

static void fleet_write(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	ck_assert_msg(f != NULL, "%s: %s", path, strerror(errno));
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void fleet_make_folder(const char *path)
{
	ck_assert_msg(mkdir(path, 0700) == 0 || errno == EEXIST, "%s: %s", path, strerror(errno));
}

static void fleet_absolute(const char *path, char out[FLEET_PATH_BYTES])
{
	char *absolute = realpath(path, NULL);

	ck_assert_msg(absolute != NULL, "%s: %s: run the tests at the top of the tree", path,
		      strerror(errno));
	(void)snprintf(out, FLEET_PATH_BYTES, "%s", absolute);
	free(absolute);
}

/* ---- the centre */

void fleet_aggregator_configure(const struct fleet_aggregator *a)
{
	char areas[FLEET_PATH_BYTES], populations[FLEET_PATH_BYTES], text[4096];

	fleet_absolute(AREAS, areas);
	fleet_absolute(POPULATIONS, populations);
	(void)snprintf(text, sizeof text,
		       "name: %s\nstate: %s/state\nareas: %s\npopulations: %s\narea: birmingham\n"
		       "listen: [\"tcp://127.0.0.1:%d\"]\n%s",
		       a->name, a->folder, areas, populations, a->port, a->extra);
	if (a->web_port != 0) {
		size_t n = strlen(text);

		(void)snprintf(text + n, sizeof text - n, "web:\n  listen: 127.0.0.1:%d\n%s",
			       a->web_port, a->web_extra);
	}
	fleet_write(a->config, text);
}

void fleet_aggregator_make(struct fleet_aggregator *a, const char *folder, const char *name)
{
	char path[FLEET_PATH_BYTES];
	char *keys;

	memset(&a->process, 0, sizeof a->process);
	(void)snprintf(a->name, sizeof a->name, "%s", name);
	(void)snprintf(a->folder, sizeof a->folder, "%s/%s", folder, name);
	(void)snprintf(a->config, sizeof a->config, "%s/aggregator.yaml", a->folder);
	(void)snprintf(a->store, sizeof a->store, "%s/state/store/store.db", a->folder);
	a->port = fleet_port();
	a->web_port = a->web_port == 0 ? 0 : fleet_port();
	fleet_make_folder(a->folder);
	fleet_aggregator_configure(a);
	keys = fleet_must("district-aggregator", "keys", "init", "-c", a->config, NULL);
	(void)snprintf(path, sizeof path, "%s/keys.txt", a->folder);
	fleet_write(path, keys);
	free(keys);
}

void fleet_aggregator_start(struct fleet_aggregator *a)
{
	char log[FLEET_PATH_BYTES];

	(void)snprintf(log, sizeof log, "%s/ingest.log", a->folder);
	fleet_start(&a->process, log, "district-aggregator", "ingest", "-c", a->config, NULL);
	fleet_until_logged(&a->process, "ingest: listening on ");
}

/* ---- an office */

static void fleet_agent_write_config(const struct fleet_agent *g)
{
	char areas[FLEET_PATH_BYTES], text[8192];
	int n;

	fleet_absolute(AREAS, areas);
	n = snprintf(
		text, sizeof text,
		"agent: %s\nstate: %s/state\nareas: %s\n"
		"datasets:\n  - name: %s\n    area: %s\n    folder: %s\n"
		"    lists: [contacts, early_help, referrals, assessments, section47, cin, cpp, "
		"staff]\n"
		"    settle_s: 0\npoll_s: 1\nheartbeat_s: 1\nretry_s: 1\nspool_mib: 16\n%s",
		g->name, g->folder, areas, g->dataset, g->area, g->extracts, g->extra);
	if (g->n_replies > 0)
		n += snprintf(text + n, sizeof text - (size_t)n, "aggregators:\n");
	for (int i = 0; i < g->n_replies; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "  - %s\n", g->replies[i]);
	ck_assert_int_lt(n, (int)sizeof text);
	fleet_write(g->config, text);
}

void fleet_agent_make(struct fleet_agent *g, const char *folder, const char *name)
{
	(void)snprintf(g->name, sizeof g->name, "%s", name);
	(void)snprintf(g->folder, sizeof g->folder, "%s/%s", folder, name);
	(void)snprintf(g->config, sizeof g->config, "%s/agent.yaml", g->folder);
	(void)snprintf(g->extracts, sizeof g->extracts, "%s/extracts", g->folder);
	(void)snprintf(g->spool, sizeof g->spool, "%s/state/spool/spool.db", g->folder);
	if (g->area[0] == '\0')
		(void)snprintf(g->area, sizeof g->area, "%s", name);
	if (g->dataset[0] == '\0')
		(void)snprintf(g->dataset, sizeof g->dataset, "annex_a");
	g->n_replies = 0;
	memset(&g->collect, 0, sizeof g->collect);
	memset(&g->publish, 0, sizeof g->publish);
	fleet_make_folder(g->folder);
	fleet_make_folder(g->extracts);
	fleet_agent_write_config(g);
	free(fleet_must("district-agent", "keys", "init", "-c", g->config, NULL));
}

void fleet_agent_enrol(struct fleet_agent *g, const struct fleet_aggregator *a)
{
	fleet_agent_enrol_for(g, a, g->area);
}

void fleet_agent_enrol_for(struct fleet_agent *g, const struct fleet_aggregator *a,
			   const char *area)
{
	char *line = fleet_must("district-agent", "keys", "show", "-c", g->config, NULL);
	char *reply;

	line[strcspn(line, "\n")] = '\0';
	free(fleet_must("district-aggregator", "agents", "add", "-c", a->config, "--area", area,
			line, NULL));
	free(line);
	reply = fleet_must("district-aggregator", "agents", "approve", "-c", a->config, g->name,
			   NULL);
	ck_assert_int_lt(g->n_replies, FLEET_REPLIES);
	(void)snprintf(g->replies[g->n_replies], sizeof g->replies[0], "%s/%s.reply.yaml",
		       g->folder, a->name);
	fleet_write(g->replies[g->n_replies++], reply);
	free(reply);
	fleet_agent_write_config(g);
}

void fleet_agent_copy_reply(struct fleet_agent *g, const struct fleet_agent *from)
{
	ck_assert_int_lt(g->n_replies, FLEET_REPLIES);
	(void)snprintf(g->replies[g->n_replies++], sizeof g->replies[0], "%s", from->replies[0]);
	fleet_agent_write_config(g);
}

char *fleet_agent_collect(struct fleet_agent *g)
{
	return fleet_must("district-agent", "collect", "-c", g->config, NULL);
}

void fleet_agent_publish(struct fleet_agent *g)
{
	free(fleet_must("district-agent", "publish", "--once", "-c", g->config, NULL));
}

void fleet_agent_start_collect(struct fleet_agent *g)
{
	char log[FLEET_PATH_BYTES];

	(void)snprintf(log, sizeof log, "%s/collect.log", g->folder);
	fleet_start(&g->collect, log, "district-agent", "collect", "--watch", "-c", g->config,
		    NULL);
}

void fleet_agent_start_publish(struct fleet_agent *g)
{
	char log[FLEET_PATH_BYTES];

	(void)snprintf(log, sizeof log, "%s/publish.log", g->folder);
	fleet_start(&g->publish, log, "district-agent", "publish", "-c", g->config, NULL);
}

/* ---- extracts */

#define PERSON "Child Unique ID,Gender,Ethnicity,Date of Birth,Age of Child (Years)"

static const struct {
	const char *file, *headings;
} fleet_lists[] = {
	{ "list_1.csv", PERSON ",Date of Contact,Contact Source" },
	{ "list_2.csv", PERSON ",Assessment start date,Assessment completion date,Organisation "
			       "completing assessment" },
	{ "list_3.csv", PERSON ",Date of referral,Referral Source,Referral NFA?,Number of "
			       "Referrals in Last 12 Months,Allocated Team,Allocated Worker" },
	{ "list_4.csv",
	  PERSON ",Does the Child have a Disability,Continuous Assessment Start Date,Child Seen "
		 "During Continuous Assessment,Continuous Assessment Date of Authorisation,Was the "
		 "child assessed as requiring LA children's social care support?,Allocated "
		 "Team,Allocated Worker" },
	{ "list_5.csv",
	  PERSON ",Does the Child have a Disability,Strategy discussion initiating Section 47 "
		 "Enquiry Start Date,Was an Initial Child Protection Conference deemed "
		 "unnecessary?,Date of Initial Child Protection Conference,Did the Initial Child "
		 "Protection Conference Result in a Child Protection Plan,Allocated Team,Allocated "
		 "Worker" },
	{ "list_6.csv",
	  PERSON ",Does the Child have a Disability,CIN Start Date,Primary Need Code,Date Child "
		 "Was Last Seen,CIN Closure Date,Reason for Closure,Case Status,Allocated "
		 "Team,Allocated Worker" },
	{ "list_7.csv",
	  PERSON ",Does the Child have a Disability,Child Protection Plan Start Date,Initial "
		 "Category of Abuse,Latest Category of Abuse,Date of the Last Statutory Visit,Was "
		 "the Child Seen Alone?,Date of latest review conference,Child Protection Plan End "
		 "Date,Number of Previous Child Protection Plans,Allocated Team,Allocated Worker" },
	{ "staff.csv", "Worker ID,Agency Worker,Org Role,FTE,Role Start Date,Cases" },
};

static void fleet_day(int32_t day, char out[16])
{
	int year, month, date;

	date_to_ymd(day, &year, &month, &date);
	(void)snprintf(out, 16, "%02d/%02d/%04d", date, month, year);
}

/* Child i: its contact, and what follows from it. */
static void fleet_write_child(FILE *const *files, int32_t as_at, int i)
{
	char person[96], day[16];

	fleet_day(as_at - 365 * (1 + i % 17) - 40, day);
	(void)snprintf(person, sizeof person, "SYN%06d,%s,WBRI,%s,", i + 1,
		       i % 2 == 0 ? "a) Male" : "b) Female", day);
	fleet_day(as_at - 1 - i % 150, day);
	(void)fprintf(files[0], "%s,%s,q) 6: Police\n", person, day);
	if (i % 2 == 0)
		(void)fprintf(files[2], "%s,%s,q) 6: Police,b) No,0,Test Team A,Test Worker 1\n",
			      person, day);
	if (i % 4 == 0)
		(void)fprintf(files[5],
			      "%s,b) No,%s,N1,%s,,,c) Child in need plan,Test Team A,Test "
			      "Worker 1\n",
			      person, day, day);
}

/* An extract that is there already is corrected file by file. */
static void fleet_replace(const char *making, const char *there)
{
	for (size_t i = 0; i < sizeof fleet_lists / sizeof *fleet_lists; i++) {
		char from[FLEET_PATH_BYTES + 96], to[FLEET_PATH_BYTES + 96];

		(void)snprintf(from, sizeof from, "%s/%s", making, fleet_lists[i].file);
		(void)snprintf(to, sizeof to, "%s/%s", there, fleet_lists[i].file);
		ck_assert_msg(rename(from, to) == 0, "%s: %s", to, strerror(errno));
	}
	ck_assert_int_eq(rmdir(making), 0);
}

void fleet_extract_write(const struct fleet_agent *g, const char *as_at, int n)
{
	const size_t n_files = sizeof fleet_lists / sizeof *fleet_lists;
	FILE *files[sizeof fleet_lists / sizeof *fleet_lists];
	char making[FLEET_PATH_BYTES + 32], path[FLEET_PATH_BYTES + 64];
	int32_t day;
	struct err err;

	assert_ok(date_parse_iso(as_at, &day, &err), err);
	(void)snprintf(making, sizeof making, "%s/.making", g->extracts);
	fleet_make_folder(making);
	for (size_t i = 0; i < n_files; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", making, fleet_lists[i].file);
		files[i] = fopen(path, "we");
		ck_assert_msg(files[i] != NULL, "%s: %s", path, strerror(errno));
		(void)fprintf(files[i], "%s\n", fleet_lists[i].headings);
	}
	for (int i = 0; i < n; i++)
		fleet_write_child(files, day, i);
	(void)fprintf(files[n_files - 1], "Test Worker 1,0,5,1.0,01/04/2020,%d\n", (n + 3) / 4);
	for (size_t i = 0; i < n_files; i++)
		ck_assert_int_eq(fclose(files[i]), 0);
	(void)snprintf(path, sizeof path, "%s/%s", g->extracts, as_at);
	if (rename(making, path) != 0)
		fleet_replace(making, path);
}
