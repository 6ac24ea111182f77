#ifndef TESTS_BENCH_CITY_H
#define TESTS_BENCH_CITY_H

#include <stddef.h>
#include <stdint.h>

#include "proto/frame.h"
#include "proto/measures.h"
#include "proto/period.h"

/* What the benches share: districts that report every measure of the catalogue with every
 * breakdown, as a real month does. Fails by exiting: a bench has nobody to report to. */

struct city_agent {
	char name[65]; /* also the code of its area */
	uint8_t spool[FRAME_SPOOL_BYTES];
	uint8_t sign_public[32], sign_secret[64];
	char curve_public[41], curve_secret[41];
};

struct city_entry {
	uint8_t *payload; /* owned */
	size_t payload_len;
	uint8_t signature[FRAME_SIGNATURE_BYTES];
	int n_observations;
};

void city_agents(struct city_agent *agents, int n); /* area-0001, area-0002, … */

/* areas.csv with one authority, `city`, and n districts. */
void city_write_areas(const char *path, int n);
/* populations.csv for them, 2012 to 2023. */
void city_write_populations(const char *path, int n);

/* A signed report of every non-derived measure of the set that is reported in the period's kind. */
void city_report(const struct measure_set *set, const struct city_agent *agent, uint64_t sequence,
		 struct period p, struct city_entry *out);

void city_die(const char *what, const char *why) __attribute__((noreturn));
double city_seconds(void);                               /* monotonic */
double city_percentile(double *values, int n, double p); /* sorts them; 0 of none */

#endif
