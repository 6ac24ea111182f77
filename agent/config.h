#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

/* district-agent's settings: one YAML file; every key, its unit, default and bounds are in
 * deploy/agent.example.yaml. Strings are never NULL after agent_config_load unless said. */

#define AGENT_WINDOW_MONTHS_MIN 1
#define AGENT_WINDOW_MONTHS_DEFAULT 6 /* Annex A: events of the last six months */
#define AGENT_WINDOW_MONTHS_MAX 240
#define AGENT_REJECTED_PERCENT_DEFAULT 5
#define AGENT_SETTLE_S_DEFAULT 10
#define AGENT_SETTLE_S_MAX 3600
#define AGENT_MONTH_END_DAYS_DEFAULT 5
#define AGENT_MONTH_END_DAYS_MAX 14
#define AGENT_SPOOL_MIB_MIN 1
#define AGENT_SPOOL_MIB_DEFAULT 512
#define AGENT_SPOOL_MIB_MAX 65536
#define AGENT_KEEP_DAYS_MIN 400
#define AGENT_KEEP_DAYS_DEFAULT 800
#define AGENT_KEEP_DAYS_MAX 36500
#define AGENT_POLL_S_MIN 1
#define AGENT_POLL_S_DEFAULT 30
#define AGENT_POLL_S_MAX 86400
#define AGENT_HEARTBEAT_S_MIN 1
#define AGENT_HEARTBEAT_S_DEFAULT 15
#define AGENT_HEARTBEAT_S_MAX 60
#define AGENT_RETRY_S_MIN 1
#define AGENT_RETRY_S_DEFAULT 60
#define AGENT_RETRY_S_MAX 3600
#define AGENT_DATASETS_MAX 16
#define AGENT_AGGREGATORS_MAX 8
#define AGENT_CONFIG_DEFAULT "/etc/district-reporting/agent.yaml"

struct agent_heading {
	char *list;    /* "contacts" */
	char *heading; /* as the office writes it */
	char *means;   /* a heading of agent/lists.c */
};

struct agent_named_code {
	char *code;   /* [a-z0-9_.-] */
	char **names; /* spellings in the extract; the code itself always counts */
	unsigned n_names;
};

struct agent_dataset {
	char *name; /* "annex_a" */
	char *area; /* code in areas.csv */
	char *folder;
	char **lists; /* lists that make the extract complete */
	unsigned n_lists;
	char **measures; /* NULL: every measure whose needs the lists meet, unless another has it */
	unsigned n_measures;
	int window_months;
	int rejected_percent; /* a list with a larger share of bad rows is refused */
	int settle_s;
	int month_end_days; /* an as-at this many days after a month's end stands for it */
	struct {            /* as the file says; NULL: the default holds */
		int *window_months, *rejected_percent, *settle_s, *month_end_days;
	} given;
};

/* From a reply file (what `district-aggregator agents approve` prints). */
struct agent_aggregator {
	char *name;
	char **endpoints; /* tried in order */
	unsigned n_endpoints;
	char *server_key;  /* CURVE public, Z85 */
	char *receipt_key; /* Ed25519 public, hex */
};

struct agent_config {
	char *agent;        /* name as enrolled */
	char *state;        /* folder: keys/, spool/, delivery/ */
	char *areas;        /* areas.csv */
	char *code_aliases; /* CSV set,text,code; NULL: only the built-in ones */
	char *measures;     /* folder of measure files; NULL: built in */
	struct agent_dataset *datasets;
	unsigned n_datasets;
	struct agent_heading *headings;
	unsigned n_headings;
	struct agent_named_code *teams;
	unsigned n_teams;
	struct agent_named_code *organisations;
	unsigned n_organisations;
	char **aggregators; /* reply files */
	unsigned n_aggregators;
	int spool_mib;
	int keep_days;
	int poll_s; /* how often run looks at the folders */
	int heartbeat_s;
	int retry_s; /* longest wait before an aggregator is tried again */
	bool allow_unsandboxed;
	struct { /* as the file says; NULL: the default holds */
		int *spool_mib, *keep_days, *poll_s, *heartbeat_s, *retry_s;
	} given;
	/* filled by agent_config_load from the reply files, same order */
	struct agent_aggregator *peers;
};

/* Reads and checks file and reply files; relative paths are relative to the file's folder.
 * Errors: "path:line: key: what; mend". The caller owns *out. */
enum err_code agent_config_load(const char *path, struct agent_config **out, struct err *err);
void agent_config_free(struct agent_config **config); /* NULL-safe; leaves NULL */

/* state/<name>, e.g. "spool/spool.db". out has size bytes. */
const char *agent_config_path(const struct agent_config *c, const char *name, char *out, int size);

#endif
