#include "agent/cin_xml.h"

#include "tests/harness.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/date.h"

/* Yearly figures of a made-up message against figures that two others derived from it (a walk
 * through the XML, and SQL over the same records as CSV): every CINdetails counts, whatever its
 * ReferralNFA says, since all 402 say true. A year ends on 31 March; a re-referral has an earlier
 * referral of the same child within 12 calendar months; open at a date: referred by then, not
 * closed or closed later. */

#define SAMPLE "tests/data/cin_xml/fake_CIN_data.xml"
#define EPISODES_MAX 512

struct episode {
	char child[32];
	int32_t start, end; /* INT32_MAX: open */
};

static struct episode episodes[EPISODES_MAX];
static int n_episodes, n_referrals, n_nfa;
static const struct cin_xml_columns *current;

static enum err_code on_table(void *context, const char *name, struct err *err)
{
	(void)context;
	(void)err;
	for (current = cin_xml_columns; strcmp(current->list, name) != 0; current++)
		;
	return ERR_OK;
}

static const char *cell_of(const struct cell *cells, const char *name)
{
	for (int i = 0; i < current->n; i++)
		if (strcmp(current->names[i], name) == 0)
			return cells[i].text;
	ck_abort_msg("no cell %s", name);
}

static int32_t day_of(const char *text)
{
	int32_t day = INT32_MAX;
	struct err err;

	if (text[0] != '\0')
		assert_ok(date_parse_iso(text, &day, &err), err);
	return day;
}

static enum err_code on_row(void *context, int64_t row, const struct cell *cells, int n_cells,
			    struct err *err)
{
	struct episode *e = &episodes[n_episodes];

	(void)context;
	(void)row;
	(void)n_cells;
	(void)err;
	if (strcmp(current->list, "referrals") == 0) {
		n_referrals++;
		n_nfa += strcmp(cell_of(cells, "nfa"), "true") == 0;
	}
	if (strcmp(current->list, "cin_episodes") != 0)
		return ERR_OK;
	ck_assert_int_lt(n_episodes++, EPISODES_MAX);
	(void)snprintf(e->child, sizeof e->child, "%s", cell_of(cells, "child"));
	e->start = day_of(cell_of(cells, "start_date"));
	e->end = day_of(cell_of(cells, "end_date"));
	return ERR_OK;
}

static void read_sample(bool keep_nfa)
{
	const struct sink sink = { NULL, on_table, on_row, NULL };
	int fd = open(SAMPLE, O_RDONLY | O_CLOEXEC);
	struct err err;

	n_episodes = n_referrals = n_nfa = 0;
	assert_ok(cin_xml_read(fd, keep_nfa, &sink, &err), err);
	(void)close(fd);
}

static bool is_again(const struct episode *e)
{
	for (int i = 0; i < n_episodes; i++)
		if (strcmp(episodes[i].child, e->child) == 0 && episodes[i].start < e->start &&
		    date_add_months(episodes[i].start, 12) >= e->start)
			return true;
	return false;
}

START_TEST(yearly_figures_agree_with_two_independent_derivations)
{
	static const struct {
		int year, referrals, again, closed, open;
	} expected[] = {
		{ 2018, 28, 0, 18, 91 },  { 2019, 27, 1, 13, 105 }, { 2020, 32, 1, 29, 108 },
		{ 2021, 46, 0, 35, 119 }, { 2022, 54, 3, 34, 139 }, { 2023, 39, 7, 26, 152 },
	};

	read_sample(true);
	for (size_t y = 0; y < sizeof expected / sizeof *expected; y++) {
		int32_t from = date_from_ymd(expected[y].year - 1, 4, 1);
		int32_t to = date_from_ymd(expected[y].year, 3, 31);
		int referrals = 0, again = 0, closed = 0, open = 0;

		for (int i = 0; i < n_episodes; i++) {
			const struct episode *e = &episodes[i];
			bool started = e->start >= from && e->start <= to;

			referrals += started;
			again += started && is_again(e);
			closed += e->end >= from && e->end <= to;
			open += e->start <= to && e->end > to;
		}
		ck_assert_int_eq(referrals, expected[y].referrals);
		ck_assert_int_eq(again, expected[y].again);
		ck_assert_int_eq(closed, expected[y].closed);
		ck_assert_int_eq(open, expected[y].open);
	}
}
END_TEST

START_TEST(every_referral_of_it_is_nfa_so_as_a_return_it_has_no_episodes)
{
	read_sample(true);
	ck_assert_int_eq(n_episodes, 402);
	read_sample(false);
	ck_assert_int_eq(n_referrals, 402);
	ck_assert_int_eq(n_nfa, 402);
	ck_assert_int_eq(n_episodes, 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, yearly_figures_agree_with_two_independent_derivations);
	tcase_add_test(tc, every_referral_of_it_is_nfa_so_as_a_return_it_has_no_episodes);
}

HARNESS_MAIN("cin_sample", add)
