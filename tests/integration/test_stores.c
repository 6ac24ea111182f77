/* Stores and machines that go away and come back as they were: fail-over between two aggregators, a
 * store put back from an older backup, an agent machine rolled back by a snapshot. At the end every
 * store has every number once and the city's figures are the truth, which is worked out here from
 * what fleet_extract_write says and from nothing that the programs say. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/date.h"
#include "tests/fleet.h"
#include "tests/harness.h"

#define N_OFFICES 2

static struct fleet_aggregator first, second;
static struct fleet_agent offices[N_OFFICES];
static const char *const names[N_OFFICES] = { "hodge-hill", "yardley" };

/* ---- a city */

static void offices_make(void)
{
	for (int i = 0; i < N_OFFICES; i++)
		fleet_agent_make(&offices[i], harness_folder(), names[i]);
}

static void offices_enrol(const struct fleet_aggregator *a)
{
	for (int i = 0; i < N_OFFICES; i++)
		fleet_agent_enrol(&offices[i], a);
}

/* The second office has ten more. */
static void offices_say(const char *as_at, int n)
{
	for (int i = 0; i < N_OFFICES; i++) {
		fleet_extract_write(&offices[i], as_at, n + 10 * i);
		free(fleet_agent_collect(&offices[i]));
	}
}

static void offices_publish(void)
{
	for (int i = 0; i < N_OFFICES; i++)
		fleet_agent_publish(&offices[i]);
}

static void offices_start(void)
{
	for (int i = 0; i < N_OFFICES; i++)
		fleet_agent_start_publish(&offices[i]);
}

static void offices_stop(void)
{
	for (int i = 0; i < N_OFFICES; i++)
		ck_assert_int_eq(fleet_stop(&offices[i].publish), 0);
}

static const char *path_in(const char *folder, const char *name)
{
	static char paths[4][FLEET_PATH_BYTES * 2];
	static int at;
	char *path = paths[at++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

/* ---- what must be there */

static void until_worked_off(const struct fleet_aggregator *a)
{
	fleet_until_int(a->store,
			"SELECT (SELECT max(id) FROM report) - value + (SELECT count(*) FROM dirty)"
			" FROM meta WHERE key = 'projected'",
			0);
}

/* Every number that the office has in use, with its bytes' digest. */
static char *said_by(const struct fleet_agent *g)
{
	return fleet_text(g->spool,
			  "SELECT group_concat(d, '\n') FROM (SELECT sequence || ' ' || hex(digest)"
			  " AS d FROM entry e JOIN spool s ON s.id = e.spool WHERE s.retired_us IS "
			  "NULL AND voided = 0 ORDER BY sequence)");
}

static char *kept_by(const struct fleet_aggregator *a, const struct fleet_agent *g)
{
	char sql[512];

	(void)snprintf(
		sql, sizeof sql,
		"SELECT group_concat(d, '\n') FROM (SELECT sequence || ' ' || hex(digest) AS "
		"d FROM report WHERE spool = (SELECT s.id FROM spool s JOIN agent a ON a.id "
		"= s.agent WHERE a.name = '%s' ORDER BY generation DESC LIMIT 1) ORDER BY "
		"sequence)",
		g->name);
	return fleet_text(a->store, sql);
}

static void assert_whole(const struct fleet_aggregator *a)
{
	for (int i = 0; i < N_OFFICES; i++) {
		char *said = said_by(&offices[i]), *kept = kept_by(a, &offices[i]);

		ck_assert_msg(strcmp(said, kept) == 0, "%s of %s: said:\n%s\nkept:\n%s", a->name,
			      offices[i].name, said, kept);
		free(said);
		free(kept);
	}
	ck_assert_int_eq(fleet_int(a->store, "SELECT count(*) FROM refusal"), 0);
}

/* Contacts that an extract of n children has in the month: child i's was 1 + i % 150 days before
 * the as-at. */
static int64_t contacts_in(const char *as_at, int n, const char *month)
{
	char first_day[16];
	int32_t day, start;
	int year, number, date;
	struct err err;
	int64_t count = 0;

	(void)snprintf(first_day, sizeof first_day, "%s-01", month);
	assert_ok(date_parse_iso(as_at, &day, &err), err);
	assert_ok(date_parse_iso(first_day, &start, &err), err);
	date_to_ymd(start, &year, &number, &date);
	for (int i = 0; i < n; i++) {
		int y, m, d;

		date_to_ymd(day - 1 - i % 150, &y, &m, &d);
		count += y == year && m == number;
	}
	return count;
}

/* The city's contacts of the month as two offices' extracts of this as-at have them. */
static void assert_city(const struct fleet_aggregator *a, const char *month, const char *as_at,
			int n)
{
	int64_t truth = contacts_in(as_at, n, month) + contacts_in(as_at, n + 10, month);
	char *text = fleet_must("district-aggregator", "rollup", "contacts", "--from", month,
				"--to", month, "--csv", "-c", a->config, NULL);
	char line[128];

	ck_assert_int_gt(truth, 0);
	(void)snprintf(line, sizeof line, "birmingham,%s,all,%lld,%lld,,2,10,partial", month,
		       (long long)truth, (long long)truth);
	ck_assert_msg(strstr(text, line) != NULL, "%s: \"%s\" is not in:\n%s", a->name, line, text);
	free(text);
}

static void assert_rebuilds_equal(const struct fleet_aggregator *a)
{
	free(fleet_must("district-aggregator", "rebuild", "--check", "-c", a->config, NULL));
}

/* Every figure of the city, as data. */
static char *city_figures(const struct fleet_aggregator *a)
{
	return fleet_text(a->store,
			  "SELECT group_concat(l, '\n') FROM (SELECT area || ' ' || "
			  "period || ' ' || s.measure || '/' || s.dimension || '/' || "
			  "s.category || ' ' || numerator || ' ' || denominator || ' ' || "
			  "n_areas AS l FROM rollup r JOIN series s ON s.id = r.series "
			  "ORDER BY l)");
}

static void assert_same_figures(const struct fleet_aggregator *a, const struct fleet_aggregator *b)
{
	char *x = city_figures(a), *y = city_figures(b);

	ck_assert_int_gt((int)strlen(x), 1000);
	ck_assert(strcmp(x, y) == 0);
	free(x);
	free(y);
}

/* ---- fail-over */

static bool is_delivered(void *context)
{
	const struct fleet_agent *g = context;
	int64_t last = fleet_int(g->spool, "SELECT max(sequence) FROM entry");

	return fleet_int(
		       path_in(g->folder, "state/delivery/delivery.db"),
		       "SELECT min(stored_up_to) FROM progress p JOIN store s ON s.id = p.store") ==
	       last;
}

static void until_delivered(void)
{
	for (int i = 0; i < N_OFFICES; i++)
		fleet_until(is_delivered, &offices[i], "everything to be acknowledged");
}

START_TEST(two_aggregators_that_are_away_in_turn_both_end_with_every_number_once)
{
	fleet_aggregator_make(&first, harness_folder(), "city-a");
	fleet_aggregator_make(&second, harness_folder(), "city-b");
	fleet_aggregator_start(&first);
	fleet_aggregator_start(&second);
	offices_make();
	offices_enrol(&first);
	offices_enrol(&second);
	offices_say("2025-10-31", 40);
	offices_publish();
	assert_whole(&first);
	assert_whole(&second);

	offices_start();
	fleet_kill(&first.process);
	offices_say("2025-11-30", 60);
	fleet_until_least(second.store, "SELECT max(as_at) FROM header",
			  fleet_int(offices[1].spool, "SELECT max(as_at) FROM entry"));
	ck_assert_int_lt(fleet_int(first.store, "SELECT count(*) FROM report"),
			 fleet_int(second.store, "SELECT count(*) FROM report"));
	fleet_aggregator_start(&first);
	until_delivered();
	ck_assert_int_eq(fleet_stop(&second.process), 0);
	offices_say("2025-12-31", 80);
	fleet_until_least(first.store, "SELECT max(as_at) FROM header",
			  fleet_int(offices[1].spool, "SELECT max(as_at) FROM entry"));
	fleet_aggregator_start(&second);
	until_delivered();
	offices_stop();

	assert_whole(&first);
	assert_whole(&second);
	until_worked_off(&first);
	until_worked_off(&second);
	assert_same_figures(&first, &second);
	assert_city(&first, "2025-12", "2025-12-31", 80);
	assert_city(&second, "2025-12", "2025-12-31", 80);
	ck_assert_int_eq(fleet_stop(&first.process), 0);
	ck_assert_int_eq(fleet_stop(&second.process), 0);
}
END_TEST

/* ---- a backup put back */

static void put_back(const char *from, const char *to)
{
	fleet_remove_folder(to);
	fleet_copy_folder(from, to);
}

START_TEST(a_store_put_back_from_a_backup_is_filled_again_by_the_offices)
{
	char backup[FLEET_PATH_BYTES], *before, *after;
	int64_t n_reports, n_backup;

	(void)snprintf(backup, sizeof backup, "%s/backup", harness_folder());
	fleet_aggregator_make(&first, harness_folder(), "city-a");
	fleet_aggregator_start(&first);
	offices_make();
	offices_enrol(&first);
	offices_say("2025-10-31", 40);
	offices_publish();
	ck_assert_int_eq(fleet_stop(&first.process), 0);
	n_backup = fleet_int(first.store, "SELECT count(*) FROM report");
	fleet_copy_folder(path_in(first.folder, "state/store"), backup);

	fleet_aggregator_start(&first);
	offices_say("2025-11-30", 60);
	offices_publish();
	until_worked_off(&first);
	before = city_figures(&first);
	n_reports = fleet_int(first.store, "SELECT count(*) FROM report");
	ck_assert_int_eq(fleet_stop(&first.process), 0);
	put_back(backup, path_in(first.folder, "state/store"));
	ck_assert_int_eq(fleet_int(first.store, "SELECT count(*) FROM report"), n_backup);
	ck_assert_int_lt(n_backup, n_reports);

	fleet_aggregator_start(&first);
	offices_publish();
	until_worked_off(&first);
	assert_whole(&first);
	ck_assert_int_eq(fleet_int(first.store, "SELECT count(*) FROM report"), n_reports);
	after = city_figures(&first);
	ck_assert_str_eq(after, before);
	free(before);
	free(after);
	assert_city(&first, "2025-11", "2025-11-30", 60);
	assert_rebuilds_equal(&first);
	ck_assert_int_eq(fleet_stop(&first.process), 0);
}
END_TEST

/* ---- a machine rolled back */

static int64_t n_of_generation(const struct fleet_aggregator *a, int generation)
{
	char sql[256];

	(void)snprintf(sql, sizeof sql,
		       "SELECT count(*) FROM report r JOIN spool s ON s.id = r.spool JOIN agent a "
		       "ON a.id = s.agent WHERE a.name = '%s' AND generation = %d",
		       names[0], generation);
	return fleet_int(a->store, sql);
}

START_TEST(an_agent_machine_that_was_rolled_back_starts_a_new_spool_and_loses_nothing)
{
	char snapshot[FLEET_PATH_BYTES], *text;
	int64_t n_first;

	(void)snprintf(snapshot, sizeof snapshot, "%s/snapshot", harness_folder());
	fleet_aggregator_make(&first, harness_folder(), "city-a");
	fleet_aggregator_start(&first);
	offices_make();
	offices_enrol(&first);
	offices_say("2025-09-30", 40);
	offices_publish();
	fleet_copy_folder(path_in(offices[0].folder, "state"), snapshot);
	offices_say("2025-10-31", 60);
	offices_publish();
	n_first = n_of_generation(&first, 1);

	/* The machine is as it was in September; the extract of October is still in its folder but
	 * for the machine it is new, and another one comes before it is connected again. */
	put_back(snapshot, path_in(offices[0].folder, "state"));
	offices_say("2025-11-30", 80);
	offices_start();
	fleet_agent_start_collect(&offices[0]);
	fleet_until_least(first.store,
			  "SELECT max(stored_up_to) FROM spool s JOIN agent a ON a.id = s.agent "
			  "WHERE a.name = 'hodge-hill' AND generation = 2",
			  1);
	fleet_until_int(offices[0].spool, "SELECT count(*) FROM spool WHERE retired_us IS NULL", 1);
	ck_assert_int_eq(fleet_stop(&offices[0].collect), 0);
	offices_stop();
	offices_publish();

	assert_whole(&first);
	ck_assert_int_eq(n_of_generation(&first, 1), n_first);
	ck_assert_int_eq(fleet_int(offices[0].spool, "SELECT count(*) FROM spool"), 2);
	text = fleet_text(offices[0].spool, "SELECT reason FROM spool WHERE retired_us IS NULL");
	ck_assert_msg(strstr(text, "was this machine restored or copied?") != NULL, "%s", text);
	free(text);
	until_worked_off(&first);
	assert_city(&first, "2025-11", "2025-11-30", 80);
	assert_city(&first, "2025-10", "2025-11-30", 80);
	assert_city(&first, "2025-09", "2025-11-30", 80);
	assert_rebuilds_equal(&first);
	ck_assert_int_eq(fleet_stop(&first.process), 0);
	ck_assert_int_eq(fleet_counter(&first, "conflicts"), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, two_aggregators_that_are_away_in_turn_both_end_with_every_number_once);
	tcase_add_test(tc, a_store_put_back_from_a_backup_is_filled_again_by_the_offices);
	tcase_add_test(tc,
		       an_agent_machine_that_was_rolled_back_starts_a_new_spool_and_loses_nothing);
}

HARNESS_MAIN("stores", add)
