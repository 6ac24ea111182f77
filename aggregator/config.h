#ifndef AGGREGATOR_CONFIG_H
#define AGGREGATOR_CONFIG_H

#include <stdbool.h>

#include "aggregator/config_web.h"
#include "proto/err.h"

/* district-aggregator's settings: one YAML file; every key, its unit, default and bounds are in
 * deploy/aggregator.example.yaml. */

#define AGGREGATOR_DUE_WORKING_DAYS_DEFAULT 10 /* after a month's end */
#define AGGREGATOR_DUE_WORKING_DAYS_MAX 120
#define AGGREGATOR_CREDIT_KIB_MIN 1024     /* one frame must fit */
#define AGGREGATOR_CREDIT_KIB_DEFAULT 1024 /* per agent; shrinks with many agents */
#define AGGREGATOR_CREDIT_KIB_MAX 65536
#define AGGREGATOR_MEMORY_MIB_MIN 2
#define AGGREGATOR_MEMORY_MIB_DEFAULT 32 /* all agents' credit together */
#define AGGREGATOR_MEMORY_MIB_MAX 4096
#define AGGREGATOR_CONFIG_DEFAULT "/etc/district-reporting/aggregator.yaml"
#define AGGREGATOR_AGENTS_MAX 16384

struct aggregator_expected {
	char *area;    /* a reporting area, or one above (all reporting areas below it) */
	char *dataset; /* "annex_a" */
	char *from;    /* first month expected, "2024-04" */
	char *to;      /* last month; NULL: open */
};

struct aggregator_config {
	char *name;        /* shown in reply files: "birmingham" */
	char *state;       /* folder: keys/, store/ */
	char *areas;       /* areas.csv */
	char *populations; /* populations.csv; NULL: no rates per 10,000 */
	char *boundaries;  /* boundaries.geojson; NULL: no map */
	char *measures;    /* folder; NULL: built in */
	char *area;        /* the area shown by default: "birmingham" */
	char **listen;     /* ZeroMQ endpoints to bind: "tcp://127.0.0.1:5560" */
	unsigned n_listen;
	char **endpoints; /* what agents connect to; NULL: as listen */
	unsigned n_endpoints;
	struct aggregator_expected *expected;
	unsigned n_expected;
	struct aggregator_web *web; /* NULL: no dashboard */
	int due_working_days;
	int credit_kib;
	int memory_mib;
	struct { /* as the file says; NULL: the default holds */
		int *due_working_days, *credit_kib, *memory_mib;
	} given;
};

enum err_code aggregator_config_load(const char *path, struct aggregator_config **out,
				     struct err *err);
void aggregator_config_free(struct aggregator_config **config); /* NULL-safe; leaves NULL */

/* state/<name>, e.g. "store/store.db". */
const char *aggregator_config_path(const struct aggregator_config *c, const char *name, char *out,
				   int size);

#endif
