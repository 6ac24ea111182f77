#include "tests/bench/city.h"

#include "proto/codes.h"
#include "proto/limits.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

#define WARDS 4
#define TEAMS 3
#define ROOM 16384

void city_die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

double city_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int city_by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

double city_percentile(double *values, int n, double p)
{
	qsort(values, (size_t)n, sizeof *values, city_by_value);
	return n == 0 ? 0 : values[(int)((double)(n - 1) * p)];
}

void city_agents(struct city_agent *agents, int n)
{
	if (sodium_init() < 0)
		city_die("libsodium", "cannot start");
	for (int i = 0; i < n; i++) {
		struct city_agent *a = &agents[i];

		(void)snprintf(a->name, sizeof a->name, "area-%04d", i + 1);
		randombytes_buf(a->spool, sizeof a->spool);
		(void)crypto_sign_keypair(a->sign_public, a->sign_secret);
		if (zmq_curve_keypair(a->curve_public, a->curve_secret) != 0)
			city_die("CURVE", zmq_strerror(zmq_errno()));
	}
}

static FILE *file_open(const char *path)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		city_die(path, "cannot create");
	return f;
}

void city_write_areas(const char *path, int n)
{
	FILE *f = file_open(path);

	fprintf(f, "code,name,level,parent,gss_code,valid_from,valid_to,dfe_name\n"
		   "city,City,authority,,,,,\n");
	for (int i = 1; i <= n; i++)
		fprintf(f, "area-%04d,Area %d,district,city,,,,\n", i, i);
	(void)fclose(f);
}

void city_write_populations(const char *path, int n)
{
	FILE *f = file_open(path);

	fprintf(f, "area,year,age_from,age_to,population,estimate,source\n");
	for (int year = 2012; year <= 2023; year++) {
		fprintf(f, "city,%d,0,17,%d,0,bench\n", year, 28000 * n);
		for (int i = 1; i <= n; i++)
			fprintf(f, "area-%04d,%d,0,17,28000,1,bench\n", i, year);
	}
	(void)fclose(f);
}

/* ---- one report's columns */

struct columns {
	char *dictionary[4096];
	uint32_t n_dictionary;
	uint32_t measure[ROOM], dimension[ROOM], category[ROOM];
	int64_t numerator[ROOM], denominator[ROOM];
	size_t n;
	uint64_t random;
};

static uint32_t word(struct columns *c, const char *text)
{
	for (uint32_t i = 0; i < c->n_dictionary; i++)
		if (strcmp(c->dictionary[i], text) == 0)
			return i;
	c->dictionary[c->n_dictionary] = strdup(text);
	return c->n_dictionary++;
}

static int64_t small(struct columns *c)
{
	c->random = c->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (int64_t)(c->random >> 58);
}

static void add(struct columns *c, uint32_t measure, uint32_t dimension, uint32_t category)
{
	if (c->n == ROOM)
		city_die("report", "too many observations");
	c->measure[c->n] = measure;
	c->dimension[c->n] = dimension;
	c->category[c->n] = category;
	c->numerator[c->n] = small(c);
	c->denominator[c->n] = c->numerator[c->n] + small(c);
	c->n++;
}

static void add_dimension(struct columns *c, const struct measure *m, const char *name,
			  const struct city_agent *agent)
{
	uint32_t measure = word(c, m->code);
	uint32_t dimension = word(c, name);
	const struct code *codes;
	size_t n_codes = 0;
	char text[2 * LIMIT_STRING_BYTES];
	size_t total = c->n;

	add(c, measure, dimension, 0);
	codes = codes_all(&n_codes);
	for (size_t i = 0; i < n_codes; i++)
		if (strcmp(codes[i].dimension, name) == 0)
			add(c, measure, dimension, word(c, codes[i].code));
	if (strcmp(name, "days") == 0 || strcmp(name, "cases") == 0)
		for (int i = 0; i < m->n_buckets; i++)
			add(c, measure, dimension, word(c, m->buckets[i].code));
	for (int i = 0; i < WARDS && strcmp(name, "ward") == 0; i++) {
		(void)snprintf(text, sizeof text, "%s-ward-%d", agent->name, i);
		add(c, measure, dimension, word(c, text));
	}
	for (int i = 0; i < TEAMS && strcmp(name, "team") == 0; i++) {
		(void)snprintf(text, sizeof text, "team-%d", i);
		add(c, measure, dimension, word(c, text));
	}
	c->numerator[total] = 0;
	c->denominator[total] = 0;
	for (size_t i = total + 1; i < c->n; i++) { /* a breakdown's row is the sum of the others */
		c->numerator[total] += c->numerator[i];
		c->denominator[total] += c->denominator[i];
	}
}

static void columns_fill(struct columns *c, const struct measure_set *set,
			 const struct city_agent *agent, struct period p)
{
	(void)word(c, "");
	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *m = &set->measures[i];

		if (m->kind == MEASURE_DERIVED || (p.kind == PERIOD_WEEK ? !m->weeks : !m->months))
			continue;
		add(c, word(c, m->code), 0, 0);
		for (int j = 0; j < m->n_dimensions; j++)
			add_dimension(c, m, m->dimensions[j], agent);
	}
}

void city_report(const struct measure_set *set, const struct city_agent *agent, uint64_t sequence,
		 struct period p, struct city_entry *out)
{
	static struct columns c;
	District__Report report = DISTRICT__REPORT__INIT;
	District__Entry entry = DISTRICT__ENTRY__INIT;
	uint8_t digest[32] = { 7 };
	char text[PERIOD_TEXT_BYTES];
	struct err err = { .code = ERR_OK };

	c.n = 0;
	c.n_dictionary = 0;
	c.random = sequence * 2654435761u + agent->spool[0];
	columns_fill(&c, set, agent, p);
	report.area = (char *)(uintptr_t)agent->name;
	report.dataset = (char[]){ "annex_a" };
	report.period = (char *)(uintptr_t)period_format(p, text);
	report.as_at = period_end(p);
	report.measures_digest.data = (uint8_t *)(uintptr_t)set->digest;
	report.measures_digest.len = sizeof set->digest;
	report.extract_digest.data = digest;
	report.extract_digest.len = sizeof digest;
	report.rows_read = 6000;
	report.dictionary = c.dictionary;
	report.n_dictionary = c.n_dictionary;
	report.n_measure = report.n_dimension = report.n_category = c.n;
	report.n_numerator = report.n_denominator = c.n;
	report.measure = c.measure;
	report.dimension = c.dimension;
	report.category = c.category;
	report.numerator = c.numerator;
	report.denominator = c.denominator;
	entry.agent = (char *)(uintptr_t)agent->name;
	entry.spool.data = (uint8_t *)(uintptr_t)agent->spool;
	entry.spool.len = sizeof agent->spool;
	entry.sequence = sequence;
	entry.sealed_us = (int64_t)(period_end(p) + 1) * 86400000000;
	entry.body_case = DISTRICT__ENTRY__BODY_REPORT;
	entry.report = &report;
	if (frame_pack_entry(&entry, &out->payload, &out->payload_len, &err) != ERR_OK)
		city_die("report", err.text);
	frame_sign(out->payload, out->payload_len, agent->sign_secret, out->signature);
	out->n_observations = (int)c.n;
	for (uint32_t i = 0; i < c.n_dictionary; i++)
		free(c.dictionary[i]);
}
