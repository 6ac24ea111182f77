/* What was accepted is never lost and never counted twice, whatever is killed and whenever, and
 * what comes late changes nothing that is newer. Real programs over real sockets; between them,
 * where an instant matters, a line that holds back what either says. */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness.h"
#include "tests/line.h"
#include "tests/wire.h"

static struct fleet_aggregator centre;
static struct fleet_agent office;

static void assert_says(const char *words, const char *text)
{
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%s", words, text);
}

static int64_t stored(void)
{
	return fleet_int(centre.store, "SELECT count(*) FROM report");
}

/* Waits until the figures follow from all that is stored. */
static void until_worked_off(void)
{
	fleet_until_int(centre.store,
			"SELECT (SELECT max(id) FROM report) - value + (SELECT count(*) FROM dirty)"
			" FROM meta WHERE key = 'projected'",
			0);
}

static void assert_contacts(const char *period, const char *line)
{
	char *text =
		fleet_must("district-aggregator", "rollup", "contacts", "--area", "hodge-hill",
			   "--from", period, "--to", period, "--csv", "-c", centre.config, NULL);

	assert_says(line, text);
	free(text);
}

/* ---- by hand */

static struct peer peer;
static struct wire wire;

static void peer_connects(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
	wire_enrol(&peer, &centre, "hodge-hill", NULL);
	wire_open(&wire, &peer, &centre, WIRE_CURVE);
	(void)wire_hello(&wire);
}

static void all_end(void)
{
	wire_close(&wire);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}

START_TEST(the_same_entry_twice_is_one_row_said_and_counted_as_a_duplicate)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct payload p;
	struct fleet_said said;

	peer_connects();
	wire_figure(&peer, &figure, &p);
	wire_send_entry(&wire, &p);
	ck_assert_int_eq((int)wire_receipt(&wire, 1)->stored_up_to, 1);
	ck_assert(!wire_is_already(wire.frame.receipt, 1));
	wire_send_once(&wire, &p);
	(void)wire_receipt(&wire, 1);
	ck_assert(wire_is_already(wire.frame.receipt, 1));
	ck_assert_int_eq((int)wire.frame.receipt->n_refused, 0);
	ck_assert_int_eq(stored(), 1);
	until_worked_off();
	assert_contacts("2025-10", "hodge-hill,2025-10,all,7,7,,1,1,final");
	all_end();
	ck_assert_int_eq(fleet_counter(&centre, "stored"), 1);
	ck_assert_int_eq(fleet_counter(&centre, "duplicates"), 1);
	said = fleet_run("district-aggregator", "status", "--csv", "-c", centre.config, NULL);
	assert_says("\nduplicates,1", said.out);
	fleet_said_clear(&said);
}
END_TEST

START_TEST(a_straggler_with_an_earlier_as_at_never_overwrites)
{
	struct wire_figure newer = { .sequence = 1, .contacts = 9, .as_at = "2025-12-31" };
	struct wire_figure straggler = { .sequence = 2, .contacts = 5, .as_at = "2025-11-30" };

	peer_connects();
	wire_say(&wire, &newer);
	(void)wire_receipt(&wire, 1);
	wire_say(&wire, &straggler);
	ck_assert_int_eq((int)wire_receipt(&wire, 2)->stored_up_to, 2);
	until_worked_off();
	ck_assert_int_eq(stored(), 2);
	assert_contacts("2025-10", "hodge-hill,2025-10,all,9,9,,1,1,final");
	ck_assert_int_eq(
		fleet_int(centre.store,
			  "SELECT sequence FROM current c JOIN report r ON r.id = c.report"),
		1);
	all_end();
}
END_TEST

START_TEST(void_numbers_advance_what_is_stored)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct payload p;

	peer_connects();
	wire_say(&wire, &figure);
	(void)wire_receipt(&wire, 1);
	payload_void(&peer, 5, 2, 4, &p);
	wire_send_once(&wire, &p);
	ck_assert_int_eq((int)wire_receipt(&wire, 5)->stored_up_to, 5);
	ck_assert_int_eq((int)wire.frame.receipt->n_beyond, 0);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT stored_up_to FROM spool"), 5);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT first * 10 + last FROM void"), 24);
	ck_assert_int_eq((int)wire_hello(&wire)->stored_up_to, 5);
	all_end();
}
END_TEST

START_TEST(an_aggregator_that_is_killed_knows_afterwards_what_it_had_acknowledged)
{
	peer_connects();
	for (uint64_t n = 1; n <= 6; n++) {
		struct wire_figure figure = { .sequence = n, .contacts = (int64_t)n };

		wire_say(&wire, &figure);
		(void)wire_receipt(&wire, n);
		fleet_kill(&centre.process);
		fleet_aggregator_start(&centre);
		wire_close(&wire);
		wire_open(&wire, &peer, &centre, WIRE_CURVE);
		ck_assert_int_eq((int)wire_hello(&wire)->stored_up_to, (int)n);
	}
	ck_assert_int_eq(stored(), 6);
	until_worked_off();
	assert_contacts("2025-10", "hodge-hill,2025-10,all,6,6,,1,1,final");
	all_end();
}
END_TEST

START_TEST(nothing_is_acknowledged_while_the_store_cannot_be_written)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	sqlite3 *db = NULL;

	peer_connects();
	ck_assert_int_eq(sqlite3_open(centre.store, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	wire_say(&wire, &figure);
	ck_assert_ptr_null(wire_hear(&wire, 500));
	ck_assert_int_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	ck_assert_int_eq((int)wire_receipt(&wire, 1)->stored_up_to, 1);
	ck_assert_int_eq(stored(), 1);
	all_end();
}
END_TEST

/* ---- real agents */

static struct line line;

/* The office reaches the centre by a line that the test can hold. */
static void office_behind_a_line(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	line_open(&line, centre.port);
	(void)snprintf(centre.extra, sizeof centre.extra, "endpoints: [\"tcp://127.0.0.1:%d\"]\n",
		       line.port);
	fleet_aggregator_configure(&centre);
	fleet_aggregator_start(&centre);
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
}

static void office_has_said(const char *as_at, int n)
{
	fleet_extract_write(&office, as_at, n);
	free(fleet_agent_collect(&office));
}

/* What the office said and the store must have: each once, with the very bytes. */
static void assert_all_stored_once(void)
{
	char *said = fleet_text(
		office.spool, "SELECT group_concat(d, '\n') FROM (SELECT sequence || ' ' || "
			      "hex(digest) AS d FROM entry e JOIN spool s ON s.id = e.spool WHERE "
			      "s.retired_us IS NULL AND voided = 0 ORDER BY sequence)");
	char *kept = fleet_text(centre.store,
				"SELECT group_concat(d, '\n') FROM (SELECT sequence || ' ' || "
				"hex(digest) AS d FROM report WHERE spool = (SELECT max(id) FROM "
				"spool) ORDER BY sequence)");

	ck_assert_str_eq(kept, said);
	free(said);
	free(kept);
	ck_assert_int_eq(
		fleet_int(centre.store, "SELECT stored_up_to FROM spool ORDER BY id DESC LIMIT 1"),
		fleet_int(office.spool, "SELECT max(sequence) FROM entry e JOIN spool s ON s.id = "
					"e.spool WHERE s.retired_us IS NULL"));
}

START_TEST(an_agent_killed_in_mid_stream_goes_on_where_it_was)
{
	int64_t all, third;

	office_behind_a_line();
	office_has_said("2025-10-31", 40);
	all = fleet_int(office.spool, "SELECT count(*) FROM entry WHERE voided = 0");
	third = fleet_int(office.spool, "SELECT sum(size_bytes) FROM entry") / 3;
	for (int round = 0; round < 2; round++) {
		int64_t before = round == 0 ? 0 : stored();

		line_allow(&line, LINE_TO_CITY, third);
		fleet_agent_start_publish(&office);
		fleet_until_least(centre.store, "SELECT count(*) FROM report", before + 1);
		fleet_kill(&office.publish);
		line_cut(&line);
	}
	ck_assert_int_lt(stored(), all);
	line_release(&line, LINE_TO_CITY);
	fleet_agent_publish(&office);
	assert_all_stored_once();
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	line_close(&line);
}
END_TEST

static const char *delivery(void)
{
	static char path[FLEET_PATH_BYTES * 2];

	(void)snprintf(path, sizeof path, "%s/state/delivery/delivery.db", office.folder);
	return path;
}

/* Until the office knows that everything it said is stored. */
static void until_acknowledged(void)
{
	fleet_until_int(delivery(), "SELECT max(stored_up_to) FROM progress",
			fleet_int(office.spool, "SELECT max(sequence) FROM entry"));
}

START_TEST(an_aggregator_killed_between_commit_and_receipt_loses_and_doubles_nothing)
{
	static const char *const as_ats[] = { "2025-10-31", "2025-11-30", "2025-12-31" };

	office_behind_a_line();
	office_has_said("2025-09-30", 40);
	fleet_agent_start_publish(&office);
	until_acknowledged();
	for (int round = 0; round < 3; round++) {
		int64_t before = stored();
		int64_t known = fleet_int(delivery(), "SELECT max(stored_up_to) FROM receipt");

		/* what is committed from here on is never heard of at the office */
		line_allow(&line, LINE_TO_OFFICE, 0);
		office_has_said(as_ats[round], 40 + 20 * round);
		fleet_until_least(centre.store, "SELECT count(*) FROM report", before + 1);
		fleet_kill(&centre.process);
		ck_assert_int_eq(fleet_int(delivery(), "SELECT max(stored_up_to) FROM receipt"),
				 known);
		line_cut(&line);
		line_release(&line, LINE_TO_OFFICE);
		fleet_aggregator_start(&centre);
		until_acknowledged();
		assert_all_stored_once();
	}
	ck_assert_int_eq(fleet_stop(&office.publish), 0);
	free(fleet_must("district-agent", "receipts", "--verify", "-c", office.config, NULL));
	free(fleet_must("district-aggregator", "rebuild", "--check", "-c", centre.config, NULL));
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	line_close(&line);
}
END_TEST

static void office_and_centre(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
}

static void forget(const char *name)
{
	char path[FLEET_PATH_BYTES * 2];

	(void)snprintf(path, sizeof path, "%s/%s", office.folder, name);
	fleet_remove_folder(path);
}

/* Child i's contact was 1 + i days before the as-at: as at 31 October, children 0 to 29 of 40 have
 * theirs on the 30th back to the 1st, 30 in October; as at 30 November, children 29 to 59 of 90
 * have theirs on the 31st back to the 1st, 31. */
START_TEST(a_reinstalled_agent_is_the_second_generation_and_old_figures_stand_until_newer_ones)
{
	int64_t n_first;

	office_and_centre();
	office_has_said("2025-10-31", 40);
	fleet_agent_publish(&office);
	n_first = stored();
	until_worked_off();
	assert_contacts("2025-10", "hodge-hill,2025-10,all,30,30,,1,1,final");
	/* the machine is set up anew with its keys only */
	forget("state/spool");
	forget("state/delivery");
	forget("extracts/2025-10-31");
	free(fleet_agent_collect(&office));
	fleet_agent_publish(&office);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT max(generation) FROM spool"), 2);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(DISTINCT spool) FROM spool"), 2);
	ck_assert_int_eq(stored(), n_first);
	assert_contacts("2025-10", "hodge-hill,2025-10,all,30,30,,1,1,final");
	/* the numbers start again at 1, and count as the newer ones */
	office_has_said("2025-11-30", 90);
	fleet_agent_publish(&office);
	assert_all_stored_once();
	until_worked_off();
	assert_contacts("2025-10", "hodge-hill,2025-10,all,31,31,,1,1,final");
	ck_assert_int_eq(fleet_int(centre.store,
				   "SELECT min(sequence) FROM report r JOIN spool s ON s.id = "
				   "r.spool WHERE s.generation = 2"),
			 1);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

START_TEST(what_compaction_dropped_is_void_at_the_store_and_everything_else_is_there)
{
	int64_t n_voided;

	office_and_centre();
	office_has_said("2025-09-30", 20);
	office_has_said("2025-10-31", 60);
	n_voided = fleet_int(office.spool, "SELECT sum(voided) FROM entry");
	ck_assert_int_gt(n_voided, 0);
	fleet_agent_publish(&office);
	assert_all_stored_once();
	ck_assert_int_eq(fleet_int(centre.store, "SELECT sum(last - first + 1) FROM void"),
			 n_voided);
	/* a late extract is said, and changes no figure of a newer one */
	until_worked_off();
	assert_contacts("2025-09", "hodge-hill,2025-09,all,30,30,,1,1,final");
	office_has_said("2025-09-29", 10);
	fleet_agent_publish(&office);
	assert_all_stored_once();
	until_worked_off();
	assert_contacts("2025-09", "hodge-hill,2025-09,all,30,30,,1,1,final");
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, the_same_entry_twice_is_one_row_said_and_counted_as_a_duplicate);
	tcase_add_test(tc, a_straggler_with_an_earlier_as_at_never_overwrites);
	tcase_add_test(tc, void_numbers_advance_what_is_stored);
	tcase_add_test(tc, an_aggregator_that_is_killed_knows_afterwards_what_it_had_acknowledged);
	tcase_add_test(tc, nothing_is_acknowledged_while_the_store_cannot_be_written);
	tcase_add_test(tc, an_agent_killed_in_mid_stream_goes_on_where_it_was);
	tcase_add_test(tc,
		       an_aggregator_killed_between_commit_and_receipt_loses_and_doubles_nothing);
	tcase_add_test(
		tc,
		a_reinstalled_agent_is_the_second_generation_and_old_figures_stand_until_newer_ones);
	tcase_add_test(tc,
		       what_compaction_dropped_is_void_at_the_store_and_everything_else_is_there);
}

HARNESS_MAIN("delivery", add)
