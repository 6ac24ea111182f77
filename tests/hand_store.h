#ifndef TESTS_HAND_STORE_H
#define TESTS_HAND_STORE_H

#include <stdlib.h>
#include <string.h>

#include "aggregator/store.h"
#include "proto/area.h"
#include "proto/date.h"
#include "proto/period.h"
#include "tests/harness.h"

/* A store filled row by row, as the projection leaves it, for tests of what reads it. */

struct hand_store {
	struct store *store;
	struct area_tree *areas;
};

static inline int32_t hand_day(const char *iso)
{
	int32_t date = 0;
	struct err err = { ERR_OK, "" };

	assert_ok(date_parse_iso(iso, &date, &err), err);
	return date;
}

static inline struct period hand_period(const char *text)
{
	struct period p = { PERIOD_MONTH, 0 };
	struct err err = { ERR_OK, "" };

	assert_ok(period_parse(text, &p, &err), err);
	return p;
}

static inline int64_t hand_us(const char *iso)
{
	return (int64_t)hand_day(iso) * 86400 * 1000000;
}

/* Runs one statement; "sit" says the types of what is bound: string, int64_t, blob of 32 zeros
 * ("z", takes nothing). Returns the first column of the first row, or 0. */
static inline int64_t hand_sql(struct hand_store *h, const char *sql, const char *types, ...)
{
	static const uint8_t zeros[64];
	sqlite3_stmt *stmt = NULL;
	struct err err = { ERR_OK, "" };
	int64_t value = 0;
	int row = 0;
	va_list args;

	assert_ok(db_prepare(h->store->db, &stmt, sql, &err), err);
	va_start(args, types);
	for (int i = 0; types[i] != '\0'; i++) {
		if (types[i] == 's')
			db_bind_text(stmt, i + 1, va_arg(args, const char *));
		else if (types[i] == 'i')
			db_bind_int(stmt, i + 1, va_arg(args, int64_t));
		else
			db_bind_blob(stmt, i + 1, zeros, types[i] == 'z' ? 32 : 64);
	}
	va_end(args);
	assert_ok(db_step(stmt, &row, &err), err);
	if (row)
		value = sqlite3_column_int64(stmt, 0);
	db_finalize(&stmt);
	return value;
}

static inline void hand_store_open(struct hand_store *h, const char *areas, const char *populations)
{
	const char *folder = harness_folder();
	struct err err = { ERR_OK, "" };
	char path[256];

	(void)snprintf(path, sizeof path, "%s/store.db", folder);
	assert_ok(store_open(path, DB_WRITE, &h->store, &err), err);
	assert_ok(db_exec(h->store->db, "PRAGMA synchronous = OFF", &err), err);
	assert_ok(area_tree_load(harness_text(folder, "areas.csv", areas),
				 populations == NULL
					 ? NULL
					 : harness_text(folder, "populations.csv", populations),
				 &h->areas, &err),
		  err);
}

static inline void hand_store_close(struct hand_store *h)
{
	store_close(&h->store);
	area_tree_free(&h->areas);
}

/* The spool of the agent named like the area, enrolled on the day. */
static inline int64_t hand_agent(struct hand_store *h, const char *area, const char *enrolled)
{
	int64_t agent = hand_sql(
		h,
		"INSERT INTO agent (name, curve_key, signing_key, state, "
		"enrolled_us, changed_us) VALUES (?1, CAST(?1 AS BLOB), ?3, 'active', ?2, ?2) "
		"RETURNING id",
		"siz", area, hand_us(enrolled));

	(void)hand_sql(h, "INSERT INTO agent_area VALUES (?1, ?2)", "is", agent, area);
	return hand_sql(h,
			"INSERT INTO spool (agent, spool, generation, first_seen_us) VALUES (?1, "
			"CAST(?2 AS BLOB), 1, ?3) RETURNING id",
			"isi", agent, area, hand_us(enrolled));
}

static inline int64_t hand_spool(struct hand_store *h, const char *area)
{
	int64_t spool = hand_sql(h,
				 "SELECT max(p.id) FROM spool p JOIN agent a ON a.id = p.agent "
				 "WHERE a.name = ?1",
				 "s", area);

	return spool != 0 ? spool : hand_agent(h, area, "2012-01-01");
}

/* A stored entry without content; returns its report.id. */
static inline int64_t hand_entry(struct hand_store *h, const char *area, const char *received)
{
	int64_t spool = hand_spool(h, area);
	int64_t sequence =
		1 + hand_sql(h, "SELECT max(sequence) FROM report WHERE spool = ?1", "i", spool);

	return hand_sql(
		h,
		"INSERT INTO report (spool, sequence, received_us, digest, signature, payload) "
		"VALUES (?1, ?2, ?3, ?4, ?5, x'') RETURNING id",
		"iiizZ", spool, sequence, hand_us(received));
}

/* The header of a stored report. */
static inline void hand_header(struct hand_store *h, int64_t report, const char *area,
			       const char *period, const char *as_at, int64_t received_us)
{
	struct period p = hand_period(period);

	(void)hand_sql(h,
		       "INSERT INTO header (report, area, dataset, period, as_at, provisional, "
		       "sealed_us, rows_read, rows_rejected, measures_digest, extract_digest) "
		       "VALUES (?1, ?2, 'annex_a', ?3, ?4, ?5, ?6, 10, 0, ?7, ?8)",
		       "isiiiizz", report, area, period_key(p), (int64_t)hand_day(as_at),
		       (int64_t)(hand_day(as_at) < period_end(p)), received_us);
}

/* A report entry and its header. */
static inline int64_t hand_report(struct hand_store *h, const char *area, const char *period,
				  const char *as_at, const char *received)
{
	int64_t report = hand_entry(h, area, received);

	hand_header(h, report, area, period, as_at, hand_us(received));
	return report;
}

/* Points `current` at the right report and marks the areas above as out of date. */
static inline void hand_current(struct hand_store *h, const char *area, int64_t period,
				int64_t measure)
{
	(void)hand_sql(h, "DELETE FROM current WHERE measure = ?1 AND period = ?2 AND area = ?3",
		       "iis", measure, period, area);
	(void)hand_sql(
		h,
		"INSERT INTO current SELECT ?1, ?2, ?3, c.report, c.provisional, 1 "
		"FROM carried c JOIN header h ON h.report = c.report JOIN report r ON r.id = "
		"c.report JOIN spool p ON p.id = r.spool WHERE c.measure = ?1 AND c.period = "
		"?2 AND c.area = ?3 AND h.withdrawn IS NULL "
		"ORDER BY h.as_at DESC, p.generation DESC, r.sequence DESC LIMIT 1",
		"iis", measure, period, area);
	for (int a = area_find(h->areas, area); a >= 0; a = h->areas->areas[a].parent)
		if (h->areas->areas[a].level < AREA_DISTRICT)
			(void)hand_sql(h, "INSERT OR IGNORE INTO dirty VALUES (?1, ?2, 1)", "si",
				       h->areas->areas[a].code, period);
}

/* A category's figure of a report; dimension and category "" for the total, which comes first. */
static inline void hand_figure(struct hand_store *h, int64_t report, const char *measure,
			       const char *dimension, const char *category, int64_t numerator,
			       int64_t denominator)
{
	int64_t series;

	(void)hand_sql(h,
		       "INSERT OR IGNORE INTO series (measure, dimension, category) "
		       "VALUES (?1, ?2, ?3)",
		       "sss", measure, dimension, category);
	series = hand_sql(h,
			  "SELECT id FROM series WHERE measure = ?1 AND dimension = ?2 AND "
			  "category = ?3",
			  "sss", measure, dimension, category);
	(void)hand_sql(h, "INSERT INTO observation VALUES (?1, ?2, ?3, ?4)", "iiii", report, series,
		       numerator, denominator);
}

static inline void hand_total(struct hand_store *h, int64_t report, const char *measure,
			      int64_t numerator, int64_t denominator, int provisional)
{
	char area[65];
	int64_t period = hand_sql(h, "SELECT period FROM header WHERE report = ?1", "i", report);
	sqlite3_stmt *stmt = NULL;
	struct err err = { ERR_OK, "" };
	int row = 0;
	int64_t series;

	assert_ok(
		db_prepare(h->store->db, &stmt, "SELECT area FROM header WHERE report = ?1", &err),
		err);
	db_bind_int(stmt, 1, report);
	assert_ok(db_step(stmt, &row, &err), err);
	(void)snprintf(area, sizeof area, "%s", db_text(stmt, 0));
	db_finalize(&stmt);
	hand_figure(h, report, measure, "", "", numerator, denominator);
	series = hand_sql(h,
			  "SELECT id FROM series WHERE measure = ?1 AND dimension = '' AND "
			  "category = ''",
			  "s", measure);
	(void)hand_sql(h, "INSERT INTO carried VALUES (?1, ?2, ?3, ?4, ?5)", "siiii", area, period,
		       series, report, (int64_t)provisional);
	hand_current(h, area, period, series);
}

/* One report with one total, as at the period's end and received five days later. */
static inline int64_t hand_put(struct hand_store *h, const char *area, const char *period,
			       const char *measure, int64_t numerator, int64_t denominator)
{
	char as_at[DATE_TEXT_BYTES];
	char received[DATE_TEXT_BYTES];
	int32_t end = period_end(hand_period(period));
	int64_t report = hand_report(h, area, period, date_format(end, as_at),
				     date_format(end + 5, received));

	hand_total(h, report, measure, numerator, denominator, 0);
	return report;
}

/* Withdraws a report by an entry of its area received on the day. */
static inline void hand_withdraw(struct hand_store *h, const char *area, int64_t report,
				 const char *received)
{
	int64_t entry = hand_entry(h, area, received);
	int64_t period = hand_sql(h, "SELECT period FROM header WHERE report = ?1", "i", report);
	int64_t last = 0;
	int64_t measure;

	(void)hand_sql(h, "UPDATE header SET withdrawn = ?2 WHERE report = ?1", "ii", report,
		       entry);
	while ((measure =
			hand_sql(h,
				 "SELECT min(measure) FROM carried WHERE report = ?1 AND measure > "
				 "?2",
				 "ii", report, last)) > last) {
		hand_current(h, area, period, measure);
		last = measure;
	}
}

#endif
