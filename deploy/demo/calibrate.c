#include "deploy/demo/calibrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "deploy/demo/truth.h"
#include "proto/out.h"

#define CALIBRATE_YEAR_MONTHS 12
#define CALIBRATE_FIELDS 7
#define CALIBRATE_LINE_BYTES 512
#define CALIBRATE_WORKING_DAYS 253
#define MILLION 1e6

struct calibrate_run {
	const struct sim *sim;
	struct span year; /* the last twelve months */
	struct span end;  /* the last day */
};

static double calibrate_numerator(const struct calibrate_run *r, const char *code, bool stock)
{
	return (double)truth_total(r->sim->city, &r->sim->log, truth_find(code),
				   stock ? r->end : r->year)
		.numerator;
}

/* A number of the whole authority, at the size of the real one. */
static double calibrate_flow(const struct calibrate_run *r, const char *code)
{
	return calibrate_numerator(r, code, false) / r->sim->city->scale;
}

static double calibrate_stock(const struct calibrate_run *r, const char *code)
{
	return calibrate_numerator(r, code, true) / r->sim->city->scale;
}

static double calibrate_percent(const struct calibrate_run *r, const char *code, bool stock)
{
	struct truth_cell cell =
		truth_total(r->sim->city, &r->sim->log, truth_find(code), stock ? r->end : r->year);

	return cell.denominator > 0 ? 100.0 * (double)cell.numerator / (double)cell.denominator : 0;
}

static bool calibrate_led_on(const struct events *e, const struct contact *c)
{
	for (int32_t i = e->children[c->child].episodes; i != NONE; i = e->episodes[i].before)
		if (e->episodes[i].start <= c->date + 30 && e->episodes[i].end > c->date)
			return true;
	for (int32_t i = e->children[c->child].helps; i != NONE; i = e->helps[i].before)
		if (e->helps[i].start <= c->date + 30 && e->helps[i].end > c->date)
			return true;
	for (int32_t i = e->children[c->child].referrals; i != NONE; i = e->referrals[i].before)
		if (e->referrals[i].date >= c->date && e->referrals[i].date <= c->date + 30)
			return true;
	return false;
}

static double calibrate_fruitless(const struct calibrate_run *r)
{
	const struct events *e = &r->sim->log;
	int n = 0;
	int fruitless = 0;

	for (int32_t i = 0; i < e->n[EVENT_CONTACT]; i++) {
		if (!truth_in(r->year, e->contacts[i].date))
			continue;
		n++;
		fruitless += !calibrate_led_on(e, &e->contacts[i]);
	}
	return n > 0 ? 100.0 * fruitless / n : 0;
}

static double calibrate_ratio(double numerator, double denominator)
{
	return denominator > 0 ? numerator / denominator : 0;
}

/* The simulated value of an indicator; false when there is no such indicator. */
static bool calibrate_workforce(const struct calibrate_run *r, const char *name, double *value)
{
	double in_post = calibrate_stock(r, "social_worker_fte");

	if (strcmp(name, "cases") == 0)
		*value = calibrate_stock(r, "cases_held");
	else if (strcmp(name, "case_holder_fte") == 0)
		*value = calibrate_stock(r, "case_holder_fte") / MILLION;
	else if (strcmp(name, "caseload") == 0)
		*value = calibrate_ratio(calibrate_stock(r, "cases_held") * MILLION,
					 calibrate_stock(r, "case_holder_fte"));
	else if (strcmp(name, "in_post") == 0)
		*value = in_post / MILLION;
	else if (strcmp(name, "vacancies") == 0)
		*value = 100 * calibrate_ratio(calibrate_stock(r, "vacancies_fte"),
					       calibrate_stock(r, "establishment_fte"));
	else if (strcmp(name, "agency") == 0)
		*value = 100 * calibrate_ratio(calibrate_stock(r, "agency_fte"),
					       calibrate_stock(r, "workforce_fte"));
	else if (strcmp(name, "turnover") == 0)
		*value = 100 * calibrate_ratio(calibrate_flow(r, "leavers"), in_post);
	else
		return false;
	return true;
}

/* Days are drawn month by month. */
static double calibrate_absence(const struct calibrate_run *r)
{
	const struct city *c = r->sim->city;
	double days = 0;

	for (int m = c->n_months - CALIBRATE_YEAR_MONTHS; m < c->n_months; m++) {
		struct span month = { 0, city_month_end(c, m) };

		month.from = m > 0 ? city_month_end(c, m - 1) + 1 : c->from;
		days += (double)truth_total(c, &r->sim->log, truth_find("absence_days"), month)
				.numerator /
			1000;
	}
	return 100 * days / c->scale /
	       (calibrate_stock(r, "social_worker_fte") / MILLION * CALIBRATE_WORKING_DAYS);
}

static bool calibrate_value(const struct calibrate_run *r, const char *name, double *value)
{
	static const struct {
		const char *name, *measure;
		enum {
			FLOW,
			STOCK,
			PERCENT,
			PERCENT_OF_STOCK
		} kind;
	} plain[] = {
		{ "referrals", "referrals", FLOW },
		{ "rereferrals", "referrals_repeat_12m", PERCENT },
		{ "referrals_nfa", "referrals_nfa", PERCENT },
		{ "assessments", "assessments_completed", FLOW },
		{ "assessments_in_time", "assessments_in_45wd", PERCENT },
		{ "section47", "section47_started", FLOW },
		{ "icpc", "icpc_held", FLOW },
		{ "icpc_in_time", "icpc_in_15wd", PERCENT },
		{ "cin", "cin_open", STOCK },
		{ "cpp", "cpp_open", STOCK },
		{ "cpp_repeat", "cpp_repeat", PERCENT },
		{ "reviews_on_time", "cpp_review_on_time", PERCENT_OF_STOCK },
	};

	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (strcmp(name, plain[i].name) != 0)
			continue;
		if (plain[i].kind == FLOW)
			*value = calibrate_flow(r, plain[i].measure);
		else if (plain[i].kind == STOCK)
			*value = calibrate_stock(r, plain[i].measure);
		else
			*value = calibrate_percent(r, plain[i].measure,
						   plain[i].kind == PERCENT_OF_STOCK);
		return true;
	}
	if (strcmp(name, "contacts_per_referral") == 0)
		*value = calibrate_ratio(calibrate_flow(r, "contacts"),
					 calibrate_flow(r, "referrals"));
	else if (strcmp(name, "contacts_fruitless") == 0)
		*value = calibrate_fruitless(r);
	else if (strcmp(name, "absence") == 0)
		*value = calibrate_absence(r);
	else
		return calibrate_workforce(r, name, value);
	return true;
}

/* Splits a line of CSV in place; quotes only around whole fields. */
static int calibrate_split(char *line, char *fields[CALIBRATE_FIELDS])
{
	int n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (line != NULL && n < CALIBRATE_FIELDS) {
		char *end;

		if (*line == '"') {
			fields[n++] = ++line;
			end = strchr(line, '"');
			if (end == NULL)
				return -1;
			*end++ = '\0';
			line = *end == ',' ? end + 1 : NULL;
			continue;
		}
		fields[n++] = line;
		end = strchr(line, ',');
		if (end != NULL)
			*end++ = '\0';
		line = end;
	}
	return n;
}

static enum err_code calibrate_line(const struct calibrate_run *r, char *line, int number,
				    const char *path, struct out *out, bool *within,
				    struct err *err)
{
	char *fields[CALIBRATE_FIELDS];
	double value;
	double least;
	double most;

	if (calibrate_split(line, fields) != CALIBRATE_FIELDS)
		return err_set(err, ERR_MALFORMED, "%s:%d: %d fields are needed", path, number,
			       CALIBRATE_FIELDS);
	if (!calibrate_value(r, fields[0], &value))
		return err_set(err, ERR_CONFIG, "%s:%d: no indicator \"%.40s\": see calibrate.c",
			       path, number, fields[0]);
	least = strtod(fields[5], NULL);
	most = strtod(fields[6], NULL);
	out_text(out, fields[1]);
	out_real(out, value, value < 1000 ? 1 : 0);
	for (int i = 2; i < CALIBRATE_FIELDS; i++)
		out_text(out, fields[i][0] != '\0' ? fields[i] : NULL);
	out_text(out, value >= least && value <= most ? "" : "outside");
	if (value < least || value > most)
		*within = false;
	return ERR_OK;
}

enum err_code calibrate(const struct sim *s, const char *published, FILE *to, bool *within,
			struct err *err)
{
	static const char *const columns[] = { "indicator", "simulated>", "2022>", "2023>",
					       "2024>",     "least>",     "most>", "" };
	const struct city *c = s->city;
	struct calibrate_run r = { .sim = s };
	char line[CALIBRATE_LINE_BYTES];
	struct out *out;
	FILE *f;
	enum err_code code = ERR_OK;

	if (c->n_months < CALIBRATE_YEAR_MONTHS)
		return err_set(err, ERR_CONFIG, "calibration needs a year: give --months 12");
	r.end.from = r.end.to = r.year.to = city_month_end(c, c->n_months - 1);
	r.year.from = c->n_months > CALIBRATE_YEAR_MONTHS
			      ? city_month_end(c, c->n_months - 1 - CALIBRATE_YEAR_MONTHS) + 1
			      : c->from;
	f = fopen(published, "r");
	if (f == NULL)
		return err_set(err, ERR_IO, "open %s: %s", published, strerror(errno));
	out = out_begin(to, OUT_TEXT, "calibration", columns, 8);
	*within = true;
	for (int n = 1; code == ERR_OK && fgets(line, sizeof line, f) != NULL; n++)
		if (n > 1) /* headings */
			code = calibrate_line(&r, line, n, published, out, within, err);
	(void)fclose(f);
	if (out_end(&out) != 0 && code == ERR_OK)
		code = err_set(err, ERR_IO, "write the table: %s", strerror(errno));
	return code;
}
