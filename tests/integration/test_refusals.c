/* What the city does not take, over real sockets: who is not let in, what is refused and why, and
 * that none of it touches the figures or the others. Every refusal is looked at where it counts
 * (the store), where it is told (the answer) and where people see it (commands, logs). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/clock.h"
#include "proto/date.h"
#include "proto/limits.h"
#include "tests/harness.h"
#include "tests/wire.h"

static struct fleet_aggregator centre;
static struct peer known;
static struct wire wire;

static void centre_start(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	fleet_aggregator_start(&centre);
}

/* A peer that is enrolled for its own area and has said Hello. */
static void known_connects(void)
{
	centre_start();
	wire_enrol(&known, &centre, "hodge-hill", NULL);
	wire_open(&wire, &known, &centre, WIRE_CURVE);
	(void)wire_hello(&wire);
}

/* Ends ingest, which writes its counters. */
static void centre_ends(void)
{
	wire_close(&wire);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}

static int64_t stored(void)
{
	return fleet_int(centre.store, "SELECT count(*) FROM report");
}

static void assert_says(const char *words, const char *text)
{
	ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%s", words, text);
}

/* `reports list --refused` as an operator reads it. */
static void assert_listed_as_refused(const char *words)
{
	char *text = fleet_must("district-aggregator", "reports", "list", "--refused", "--csv",
				"-c", centre.config, NULL);

	assert_says(words, text);
	free(text);
}

static void assert_refused(uint64_t sequence, const char *code, const char *reason)
{
	const District__Refusal *r = wire_refusal(wire_receipt(&wire, sequence), sequence);

	ck_assert_msg(r != NULL, "number %d is not refused", (int)sequence);
	ck_assert_str_eq(r->code, code);
	assert_says(reason, r->reason);
}

/* Days from today as the centre's clock has it, UTC. */
static const char *iso(int days_from_today, char out[DATE_TEXT_BYTES])
{
	return date_format((int32_t)(clock_wall_us() / 1000000 / 86400) + days_from_today, out);
}

/* ---- who is not let in */

START_TEST(a_key_that_nobody_enrolled_is_never_welcomed)
{
	struct peer stranger;

	centre_start();
	peer_init(&stranger, "hodge-hill", 1);
	wire_open(&wire, &stranger, &centre, WIRE_CURVE);
	wire.shut = true;
	wire_send_hello(&wire);
	wire_until_event(&wire, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	ck_assert_int_eq(wire.events & ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
	ck_assert_ptr_null(wire_hear(&wire, 500));
	centre_ends();
	ck_assert_int_ge(fleet_counter(&centre, "keys_refused"), 1);
	ck_assert_int_eq(fleet_counter(&centre, "hellos"), 0);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(*) FROM spool"), 0);
}
END_TEST

START_TEST(a_client_without_a_key_gets_nothing_through)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct wire bare;

	known_connects();
	wire_open(&bare, &known, &centre, WIRE_NO_CURVE);
	bare.shut = true;
	wire_send_hello(&bare);
	wire_say(&bare, &figure);
	wire_until_event(&bare, ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
					ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL);
	ck_assert_int_eq(bare.events & ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 0);
	ck_assert_ptr_null(wire_hear(&bare, 200));
	wire_close(&bare);
	/* one with a key goes on */
	(void)wire_hello(&wire);
	centre_ends();
	ck_assert_int_eq(stored(), 0);
	ck_assert_int_ge(fleet_counter(&centre, "handshakes_failed"), 1);
	ck_assert_int_eq(fleet_counter(&centre, "dropped_no_user"), 0);
	ck_assert_int_eq(fleet_counter(&centre, "hellos"), 2);
}
END_TEST

START_TEST(suspension_and_resumption_hold_from_the_next_message_of_an_open_connection)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	char *text;

	known_connects();
	wire_say(&wire, &figure);
	ck_assert_int_eq((int)wire_receipt(&wire, 1)->stored_up_to, 1);
	free(fleet_must("district-aggregator", "agents", "suspend", "-c", centre.config,
			"hodge-hill", NULL));
	figure.sequence = 2;
	wire_say(&wire, &figure);
	assert_says("agent hodge-hill is suspended", wire_goodbye(&wire)->reason);
	ck_assert_int_eq(stored(), 1);
	text = fleet_must("district-aggregator", "agents", "list", "--csv", "-c", centre.config,
			  NULL);
	assert_says("hodge-hill,suspended,hodge-hill,", text);
	free(text);
	free(fleet_must("district-aggregator", "agents", "resume", "-c", centre.config,
			"hodge-hill", NULL));
	wire_say(&wire, &figure);
	ck_assert_int_eq((int)wire_receipt(&wire, 2)->stored_up_to, 2);
	ck_assert_int_eq(stored(), 2);
	ck_assert_int_eq(wire.events & ZMQ_EVENT_DISCONNECTED, 0);
	centre_ends();
	ck_assert_int_eq(fleet_counter(&centre, "goodbye_not_active"), 1);
}
END_TEST

START_TEST(a_removed_agent_is_told_so_on_its_open_connection_and_not_let_in_again)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct wire again;

	known_connects();
	free(fleet_must("district-aggregator", "agents", "remove", "-c", centre.config,
			"hodge-hill", NULL));
	wire_say(&wire, &figure);
	assert_says("agent hodge-hill is removed", wire_goodbye(&wire)->reason);
	ck_assert_int_eq(stored(), 0);
	wire_open(&again, &known, &centre, WIRE_CURVE);
	wire_until_event(&again, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	wire_close(&again);
	centre_ends();
}
END_TEST

/* ---- bytes that are not what was signed */

/* Figures of 8 under the signature of 7. */
static void tampered(uint64_t sequence, struct payload *out)
{
	struct wire_figure figure = { .sequence = sequence, .contacts = 7 };
	struct payload honest;

	wire_figure(&known, &figure, &honest);
	figure.contacts = 8;
	wire_figure(&known, &figure, out);
	memcpy(out->signature, honest.signature, sizeof out->signature);
	free(honest.bytes);
}

START_TEST(bytes_changed_after_signing_are_refused_and_the_honest_ones_still_taken)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct payload p;

	known_connects();
	tampered(1, &p);
	wire_send_once(&wire, &p);
	assert_refused(1, "denied", "signature does not match");
	ck_assert_int_eq(stored(), 0);
	assert_listed_as_refused("signature does not match");
	wire_say(&wire, &figure);
	fleet_until_int(centre.store, "SELECT count(*) FROM report", 1);
	fleet_until_int(centre.store, "SELECT sum(numerator) FROM observation", 7);
	fleet_until_logged(&centre.process,
			   "refused entry agent=hodge-hill seq=1: signature does not match");
	centre_ends();
	ck_assert_int_eq(fleet_counter(&centre, "refused_signature"), 1);
	ck_assert_int_eq(fleet_counter(&centre, "stored"), 1);
}
END_TEST

START_TEST(other_bytes_under_a_stored_number_are_refused_and_alarmed)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct fleet_said said;

	known_connects();
	wire_say(&wire, &figure);
	ck_assert_int_eq((int)wire_receipt(&wire, 1)->stored_up_to, 1);
	figure.contacts = 8;
	wire_say(&wire, &figure);
	for (const District__Receipt *r = wire_receipt(&wire, 1); wire_refusal(r, 1) == NULL;)
		r = wire_receipt(&wire, 1);
	assert_says("other bytes are stored under number 1",
		    wire_refusal(wire.frame.receipt, 1)->reason);
	fleet_until_int(centre.store, "SELECT sum(numerator) FROM observation", 7);
	ck_assert_int_eq(stored(), 1);
	fleet_until_logged(&centre.process, "<3>ingest: refused entry agent=hodge-hill seq=1: "
					    "other bytes are stored under number 1");
	assert_listed_as_refused("other bytes are stored under number 1");
	wire_close(&wire);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_eq(fleet_counter(&centre, "conflicts"), 1);
	said = fleet_run("district-aggregator", "status", "--csv", "-c", centre.config, NULL);
	ck_assert_int_eq(said.status, 1);
	assert_says("\nconflicts,1", said.out);
	fleet_said_clear(&said);
}
END_TEST

/* ---- frames that cannot be read */

START_TEST(a_frame_over_one_mebibyte_cuts_its_connection_and_no_other)
{
	struct wire_figure figure = { .sequence = 1, .area = "yardley", .contacts = 7 };
	struct peer other;
	struct wire line;
	uint8_t *large = calloc(1, LIMIT_FRAME_BYTES + 1);

	ck_assert_ptr_nonnull(large);
	known_connects();
	wire_enrol(&other, &centre, "yardley", NULL);
	wire_open(&line, &other, &centre, WIRE_CURVE);
	(void)wire_hello(&line);
	wire_send_bytes(&wire, large, LIMIT_FRAME_BYTES + 1);
	wire_until_event(&wire, ZMQ_EVENT_DISCONNECTED);
	free(large);
	wire_say(&line, &figure);
	ck_assert_int_eq((int)wire_receipt(&line, 1)->stored_up_to, 1);
	ck_assert_int_eq(line.events & ZMQ_EVENT_DISCONNECTED, 0);
	wire_close(&line);
	/* and the offender may come back with what fits */
	(void)wire_hello(&wire);
	centre_ends();
	ck_assert_int_eq(stored(), 1);
}
END_TEST

START_TEST(an_unknown_protocol_version_is_answered_with_the_versions_that_are_known)
{
	District__Envelope envelope = DISTRICT__ENVELOPE__INIT;
	District__Heartbeat beat = DISTRICT__HEARTBEAT__INIT;
	const District__Goodbye *goodbye;
	uint8_t bytes[256];

	known_connects();
	envelope.version = 99;
	envelope.body_case = DISTRICT__ENVELOPE__BODY_HEARTBEAT;
	envelope.heartbeat = &beat;
	wire_send_bytes(&wire, bytes, district__envelope__pack(&envelope, bytes));
	goodbye = wire_goodbye(&wire);
	ck_assert_str_eq(goodbye->code, "version");
	assert_says("version 99", goodbye->reason);
	ck_assert_int_eq((int)goodbye->n_versions, 1);
	ck_assert_int_eq((int)goodbye->versions[0], FRAME_VERSION);
	(void)wire_hello(&wire);
	centre_ends();
	ck_assert_int_eq(fleet_counter(&centre, "goodbye_version"), 1);
}
END_TEST

START_TEST(noise_is_answered_with_goodbye_and_the_connection_goes_on)
{
	static const char noise[] = "\xff\xff\xff\xff not a frame";

	known_connects();
	wire_send_bytes(&wire, noise, sizeof noise);
	ck_assert_str_eq(wire_goodbye(&wire)->code, "malformed");
	(void)wire_hello(&wire);
	centre_ends();
	ck_assert_int_eq(fleet_counter(&centre, "goodbye_malformed"), 1);
}
END_TEST

/* ---- dates that cannot be */

START_TEST(an_as_at_of_tomorrow_is_taken_and_one_beyond_is_refused)
{
	char date[DATE_TEXT_BYTES];
	struct wire_figure figure = { .sequence = 1, .contacts = 7, .as_at = iso(1, date) };

	known_connects();
	wire_say(&wire, &figure);
	ck_assert_int_eq((int)wire_receipt(&wire, 1)->stored_up_to, 1);
	ck_assert_ptr_null(wire_refusal(wire.frame.receipt, 1));
	figure.sequence = 2;
	figure.as_at = iso(3, date);
	wire_say(&wire, &figure);
	assert_refused(2, "denied", "the as-at lies in the future");
	assert_listed_as_refused("the as-at lies in the future");
	centre_ends();
	ck_assert_int_eq(stored(), 1);
	ck_assert_int_eq(fleet_counter(&centre, "refused_future"), 1);
}
END_TEST

/* ---- who says what */

START_TEST(an_entry_that_names_another_agent_is_refused)
{
	struct wire_figure figure = { .sequence = 1, .contacts = 7 };
	struct payload p;
	struct peer other;

	known_connects();
	other = known;
	(void)snprintf(other.name, sizeof other.name, "yardley");
	wire_figure(&other, &figure, &p);
	wire_send_once(&wire, &p);
	assert_refused(1, "denied", "the entry names another agent than its key's, hodge-hill");
	centre_ends();
	ck_assert_int_eq(stored(), 0);
	ck_assert_int_eq(fleet_counter(&centre, "refused_identity"), 1);
}
END_TEST

/* ---- real agents */

static struct fleet_agent office;

static const char *delivery(void)
{
	static char path[FLEET_PATH_BYTES * 2];

	(void)snprintf(path, sizeof path, "%s/state/delivery/delivery.db", office.folder);
	return path;
}

static int64_t n_said(void)
{
	return fleet_int(office.spool, "SELECT count(*) FROM entry WHERE voided = 0");
}

/* `district-agent status` must find something and say so, at once. */
static void assert_status_says(const char *words, const char *more)
{
	struct fleet_said said = fleet_run("district-agent", "status", "-c", office.config, NULL);

	ck_assert_int_eq(said.status, 1);
	assert_says(words, said.out);
	assert_says(more, said.out);
	fleet_said_clear(&said);
}

/* What publish logs, it records a moment later. */
static void until_status_says(const char *words)
{
	fleet_until_says(words, office.config, "district-agent", "status", NULL);
}

START_TEST(an_agent_whose_key_nobody_enrolled_says_so_and_is_let_in_once_it_is)
{
	struct fleet_agent other;
	char *line;

	memset(&other, 0, sizeof other);
	centre_start();
	fleet_agent_make(&other, harness_folder(), "yardley");
	fleet_agent_enrol(&other, &centre);
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_copy_reply(&office, &other);
	fleet_extract_write(&office, "2025-10-31", 20);
	free(fleet_agent_collect(&office));
	fleet_agent_start_publish(&office);
	fleet_until_logged(&office.publish, "our key is not enrolled there: send the line of "
					    "'district-agent keys show' to the central team");
	until_status_says("our key is not enrolled there");
	assert_status_says("refused", "our key is not enrolled there");
	ck_assert_int_eq(stored(), 0);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(*) FROM spool"), 0);

	line = fleet_must("district-agent", "keys", "show", "-c", office.config, NULL);
	line[strcspn(line, "\n")] = '\0';
	free(fleet_must("district-aggregator", "agents", "add", "-c", centre.config, "--area",
			"hodge-hill", line, NULL));
	free(fleet_must("district-aggregator", "agents", "approve", "-c", centre.config,
			"hodge-hill", NULL));
	free(line);
	fleet_until_int(centre.store, "SELECT count(*) FROM report", n_said());
	ck_assert_int_eq(fleet_stop(&office.publish), 0);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_ge(fleet_counter(&centre, "keys_refused"), 1);
}
END_TEST

START_TEST(entries_for_an_area_that_is_not_the_agents_become_dead_letters)
{
	static const char reason[] = "agent hodge-hill is not bound to area hodge-hill";
	int64_t n, n_refused;
	char *text;

	centre_start();
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol_for(&office, &centre, "yardley");
	fleet_extract_write(&office, "2025-10-31", 20);
	free(fleet_agent_collect(&office));
	n = n_said();
	ck_assert_int_gt(n, 5);
	fleet_agent_publish(&office);
	ck_assert_int_eq(stored(), 0);
	ck_assert_int_eq(fleet_int(centre.store, "SELECT count(*) FROM refusal"), n);
	ck_assert_int_eq(fleet_int(delivery(), "SELECT count(*) FROM refusal"), n);
	assert_status_says("denied", reason);
	assert_listed_as_refused(reason);
	text = fleet_must("district-agent", "receipts", "--verify", "-c", office.config, NULL);
	assert_says("valid", text);
	free(text);

	/* told again at every Hello, but never sent again, nor deleted */
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	n_refused = fleet_counter(&centre, "refused_area");
	ck_assert_int_ge(n_refused, n);
	fleet_aggregator_start(&centre);
	fleet_agent_publish(&office);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_eq(fleet_counter(&centre, "refused_area"), n_refused);
	ck_assert_int_eq(fleet_int(delivery(), "SELECT count(*) FROM refusal"), n);
	ck_assert_int_eq(fleet_int(office.spool, "SELECT count(*) FROM entry WHERE bytes IS NULL"),
			 0);
}
END_TEST

START_TEST(a_clock_two_days_out_is_shown_at_both_ends_and_what_it_dates_ahead_is_refused)
{
	char date[DATE_TEXT_BYTES];
	char *text;
	int64_t n;

	centre_start();
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
	fleet_extract_write(&office, iso(2, date), 20);
	ck_assert_int_eq(setenv("DISTRICT_CLOCK_OFFSET_S", "172800", 1), 0);
	free(fleet_agent_collect(&office)); /* today, as this machine sees it */
	fleet_agent_start_publish(&office);
	n = n_said();
	fleet_until_logged(&office.publish, "HOURS AHEAD: extracts of today may be refused; set "
					    "this machine's clock");
	fleet_until_int(centre.store, "SELECT count(*) FROM refusal", n);
	until_status_says("the as-at lies in the future");
	assert_status_says("OUR CLOCK IS MORE THAN A DAY OUT: set it",
			   "the as-at lies in the future: check the clock and the extract's date");
	ck_assert_int_eq(unsetenv("DISTRICT_CLOCK_OFFSET_S"), 0);
	ck_assert_int_eq(stored(), 0);
	fleet_until_least(centre.store, "SELECT clock_difference_us / 1000000 FROM health", 172790);
	text = fleet_must("district-aggregator", "agents", "status", "--csv", "-c", centre.config,
			  NULL);
	ck_assert(strstr(text, ",172799.") != NULL || strstr(text, ",172800.") != NULL);
	free(text);
	ck_assert_int_eq(fleet_stop(&office.publish), 0);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
	ck_assert_int_eq(fleet_counter(&centre, "refused_future"), n);
}
END_TEST

START_TEST(a_suspended_agent_goes_on_by_itself_once_it_is_resumed)
{
	centre_start();
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_agent_enrol(&office, &centre);
	fleet_extract_write(&office, "2025-10-31", 20);
	free(fleet_agent_collect(&office));
	fleet_agent_start_publish(&office);
	fleet_until_int(centre.store, "SELECT count(*) FROM report", n_said());
	free(fleet_must("district-aggregator", "agents", "suspend", "-c", centre.config,
			"hodge-hill", NULL));
	fleet_extract_write(&office, "2025-11-30", 40);
	free(fleet_agent_collect(&office));
	fleet_until_logged(&office.publish, "agent hodge-hill is suspended: ask the central team");
	until_status_says("agent hodge-hill is suspended");
	assert_status_says("refused", "agent hodge-hill is suspended");
	ck_assert_int_lt(stored(), n_said());
	free(fleet_must("district-aggregator", "agents", "resume", "-c", centre.config,
			"hodge-hill", NULL));
	fleet_until_int(centre.store, "SELECT count(*) FROM report", n_said());
	ck_assert_int_eq(fleet_stop(&office.publish), 0);
	ck_assert_int_eq(fleet_stop(&centre.process), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_key_that_nobody_enrolled_is_never_welcomed);
	tcase_add_test(tc, a_client_without_a_key_gets_nothing_through);
	tcase_add_test(tc,
		       suspension_and_resumption_hold_from_the_next_message_of_an_open_connection);
	tcase_add_test(tc, a_removed_agent_is_told_so_on_its_open_connection_and_not_let_in_again);
	tcase_add_test(tc, bytes_changed_after_signing_are_refused_and_the_honest_ones_still_taken);
	tcase_add_test(tc, other_bytes_under_a_stored_number_are_refused_and_alarmed);
	tcase_add_test(tc, a_frame_over_one_mebibyte_cuts_its_connection_and_no_other);
	tcase_add_test(tc,
		       an_unknown_protocol_version_is_answered_with_the_versions_that_are_known);
	tcase_add_test(tc, noise_is_answered_with_goodbye_and_the_connection_goes_on);
	tcase_add_test(tc, an_as_at_of_tomorrow_is_taken_and_one_beyond_is_refused);
	tcase_add_test(tc, an_entry_that_names_another_agent_is_refused);
	tcase_add_test(tc, an_agent_whose_key_nobody_enrolled_says_so_and_is_let_in_once_it_is);
	tcase_add_test(tc, entries_for_an_area_that_is_not_the_agents_become_dead_letters);
	tcase_add_test(
		tc, a_clock_two_days_out_is_shown_at_both_ends_and_what_it_dates_ahead_is_refused);
	tcase_add_test(tc, a_suspended_agent_goes_on_by_itself_once_it_is_resumed);
}

HARNESS_MAIN("refusals", add)
