#include "agent/delivered.h"

#include "tests/harness.h"

#include <stdio.h>
#include <string.h>

#include "agent/collect_state.h"
#include "proto/clock.h"
#include "proto/db.h"
#include "proto/embed.h"

#define NOW_US 1793016000000000 /* 2026-10-26 */
#define DAY_US (86400LL * 1000 * 1000)

static const uint8_t spool[FRAME_SPOOL_BYTES] = { 5 };
static struct agent_aggregator peers[2];
static struct agent_config config;

static void set_up(void)
{
	static char state[256], first[] = "birmingham", second[] = "region";

	(void)snprintf(state, sizeof state, "%s", harness_folder());
	(void)harness_text(harness_folder(), "delivery/.keep", "");
	config.state = state;
	config.keep_days = 400;
	config.peers = peers;
	config.n_aggregators = 2;
	peers[0].name = first;
	peers[1].name = second;
	clock_fix_us(NOW_US);
}

/* publish's side: its schema, and these rows. */
static void publish(const char *rows)
{
	const struct embed *schema = embed_find("agent/delivery.sql");
	char path[300];
	sqlite3 *db = NULL;
	struct err err = { .code = ERR_OK };

	(void)agent_config_path(&config, "delivery/delivery.db", path, sizeof path);
	assert_ok(db_open(path, DB_WRITE, &schema->text, 1, &db, &err), err);
	assert_ok(db_exec(db, rows, &err), err);
	db_close(&db);
}

static struct delivered read_it(void)
{
	struct delivered d;
	struct err err = { .code = ERR_OK };

	assert_ok(delivered_read(&config, spool, &d, &err), err);
	return d;
}

#define STORE(id, name, contact_us, difference_us)                                                 \
	"INSERT INTO store (id, aggregator, restore_epoch, last_contact_us, clock_difference_us) " \
	"VALUES (x'" id "', '" name "', 1, " contact_us ", " difference_us ");"
#define PROGRESS(id, up_to)                                                                   \
	"INSERT INTO progress (store, spool, generation, stored_up_to, beyond) VALUES (x'" id \
	"', x'05000000000000000000000000000000', 1, " up_to ", x'');"
#define LATELY "1793015000000000"
#define EARLIER "1793014000000000"

START_TEST(before_publish_has_run_nothing_is_stored_anywhere)
{
	struct delivered d = read_it();

	ck_assert_int_eq(d.stored_anywhere, 0);
	ck_assert_int_eq(d.stored_everywhere, 0);
	ck_assert_int_eq(d.renew, 0);
	ck_assert_int_eq(d.n_stores, 0);
}
END_TEST

START_TEST(anywhere_is_the_highest_and_everywhere_the_lowest_of_the_stores)
{
	struct delivered d;

	publish(STORE("aa", "birmingham", LATELY, "250000") STORE(
		"bb", "region", EARLIER, "-9000000") PROGRESS("aa", "40") PROGRESS("bb", "12"));
	d = read_it();
	ck_assert_int_eq(d.stored_anywhere, 40);
	ck_assert_int_eq(d.stored_everywhere, 12);
	ck_assert_int_eq(d.n_stores, 2);
	ck_assert_int_eq(d.clock_difference_us, 250000);
}
END_TEST

START_TEST(while_a_configured_aggregator_is_unheard_nothing_is_stored_everywhere)
{
	struct delivered d;

	publish(STORE("aa", "birmingham", LATELY, "0") PROGRESS("aa", "40"));
	d = read_it();
	ck_assert_int_eq(d.stored_anywhere, 40);
	ck_assert_int_eq(d.stored_everywhere, 0);
	config.n_aggregators = 1;
	d = read_it();
	ck_assert_int_eq(d.stored_everywhere, 40);
	config.n_aggregators = 2;
}
END_TEST

START_TEST(a_store_not_heard_from_for_keep_days_is_not_waited_for)
{
	struct delivered d;

	config.n_aggregators = 1;
	publish(STORE("aa", "birmingham", LATELY, "0") STORE("cc", "birmingham", EARLIER, "0")
			PROGRESS("aa", "40") PROGRESS("cc", "3"));
	d = read_it();
	ck_assert_int_eq(d.stored_everywhere, 3);
	clock_fix_us(1793014500000000 + 400 * DAY_US);
	d = read_it();
	ck_assert_int_eq(d.stored_everywhere, 40);
	config.n_aggregators = 2;
}
END_TEST

START_TEST(a_renewal_is_asked_for_by_the_id_of_the_spool)
{
	struct delivered d;

	publish("INSERT INTO renew (spool, stored_up_to, reason, at_us) VALUES "
		"(x'05000000000000000000000000000000', 7, 'the store holds other bytes', 1), "
		"(x'06000000000000000000000000000000', 9, 'an earlier spool', 1)");
	d = read_it();
	ck_assert_int_eq(d.renew, 1);
	ck_assert_int_eq(d.renew_up_to, 7);
	ck_assert_str_eq(d.renew_reason, "the store holds other bytes");
}
END_TEST

START_TEST(a_file_that_is_no_database_is_an_error_with_its_path)
{
	struct delivered d;
	struct err err = { .code = ERR_OK };

	(void)harness_text(harness_folder(), "delivery/delivery.db",
			   "this is not a database, but it is long enough to look at");
	assert_error(delivered_read(&config, spool, &d, &err), ERR_DB, err, "delivery/delivery.db");
}
END_TEST

/* ---- collect.state */

START_TEST(the_state_of_collect_is_read_as_it_was_written)
{
	struct collect_state state = { .at_us = NOW_US, .code = ERR_FULL, .unsandboxed = 1 };
	struct collect_state read;
	struct err err = { .code = ERR_OK };
	char path[300];

	(void)agent_config_path(&config, "collect.state", path, sizeof path);
	assert_error(collect_state_read(path, &read, &err), ERR_MISSING, err, "collect.state");
	(void)snprintf(state.text, sizeof state.text, "the spool's 512 MiB are full");
	assert_ok(collect_state_write(path, &state, &err), err);
	assert_ok(collect_state_read(path, &read, &err), err);
	ck_assert_int_eq(read.at_us, NOW_US);
	ck_assert_int_eq((int)read.code, ERR_FULL);
	ck_assert_int_eq(read.unsandboxed, 1);
	ck_assert_str_eq(read.text, "the spool's 512 MiB are full");
	state.code = ERR_OK;
	state.text[0] = '\0';
	assert_ok(collect_state_write(path, &state, &err), err);
	assert_ok(collect_state_read(path, &read, &err), err);
	ck_assert_int_eq((int)read.code, ERR_OK);
	ck_assert_str_eq(read.text, "");
}
END_TEST

START_TEST(a_state_file_that_makes_no_sense_reads_as_missing)
{
	static const char *const texts[] = {
		"", "x", "collect 1", "collect 1 \n", "collect 1 5 0 0 7\n", "collect 2 5 0 0\n"
	};
	struct collect_state read;
	struct err err = { .code = ERR_OK };

	assert_error(collect_state_read(harness_text(harness_folder(), "collect.state", texts[_i]),
					&read, &err),
		     ERR_MISSING, err, "collect has not written it yet");
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_checked_fixture(tc, set_up, NULL);
	tcase_add_test(tc, before_publish_has_run_nothing_is_stored_anywhere);
	tcase_add_test(tc, anywhere_is_the_highest_and_everywhere_the_lowest_of_the_stores);
	tcase_add_test(tc, while_a_configured_aggregator_is_unheard_nothing_is_stored_everywhere);
	tcase_add_test(tc, a_store_not_heard_from_for_keep_days_is_not_waited_for);
	tcase_add_test(tc, a_renewal_is_asked_for_by_the_id_of_the_spool);
	tcase_add_test(tc, a_file_that_is_no_database_is_an_error_with_its_path);
	tcase_add_test(tc, the_state_of_collect_is_read_as_it_was_written);
	tcase_add_loop_test(tc, a_state_file_that_makes_no_sense_reads_as_missing, 0, 6);
}

HARNESS_MAIN("delivered", add)
