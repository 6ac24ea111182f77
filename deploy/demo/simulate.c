#include <argp.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "deploy/demo/book.h"
#include "deploy/demo/calibrate.h"
#include "deploy/demo/extracts.h"
#include "deploy/demo/sim.h"
#include "deploy/demo/truth.h"
#include "proto/period.h"

/* simulate: children's journeys in a synthetic authority, the extracts that its district offices
 * would export each month, and what was true. */

#define SIMULATE_MONTHS_MIN 1
#define SIMULATE_MONTHS_DEFAULT 30
#define SIMULATE_SCALE_MIN 0.001
#define SIMULATE_SCALE_MAX 20.0
#define SIMULATE_WINDOW_MIN 1
#define SIMULATE_WINDOW_DEFAULT 6
#define SIMULATE_WINDOW_MAX 48

struct simulate_options {
	const char *out, *areas, *populations, *calibration;
	bool check;
	int32_t from;
	int months, window_months;
	uint64_t seed;
	double scale;
	char areas_found[1024], populations_found[1100];
};

enum {
	OPTION_OUT = 'o',
	OPTION_FROM = 256,
	OPTION_MONTHS,
	OPTION_SEED,
	OPTION_SCALE,
	OPTION_AREAS,
	OPTION_POPULATIONS,
	OPTION_WINDOW,
	OPTION_CHECK,
	OPTION_CALIBRATION,
};

static const struct argp_option simulate_options_known[] = {
	{ "out", OPTION_OUT, "DIR", 0, "folder for the extracts and the truth", 0 },
	{ "from", OPTION_FROM, "YYYY-MM", 0, "first month of extracts (default 2024-04)", 0 },
	{ "months", OPTION_MONTHS, "N", 0, "how many (default 30, at most 120)", 0 },
	{ "seed", OPTION_SEED, "N", 0, "the same seed gives the same bytes (default 1)", 0 },
	{ "scale", OPTION_SCALE, "X", 0,
	  "size against the real authority (default 1.0; 0.05 for quick tests)", 0 },
	{ "areas", OPTION_AREAS, "FILE", 0,
	  "area file (default: the areas.csv below deploy/ when there is one)", 0 },
	{ "populations", OPTION_POPULATIONS, "FILE", 0,
	  "population file (default: populations.csv beside the area file)", 0 },
	{ "window-months", OPTION_WINDOW, "N", 0, "months that the lists look back (default 6)",
	  0 },
	{ "check-calibration", OPTION_CHECK, NULL, 0,
	  "print the last year beside what was published, exit 1 if it strays", 0 },
	{ "calibration", OPTION_CALIBRATION, "FILE", 0,
	  "what was published (default deploy/demo/calibration.csv)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static long simulate_whole(struct argp_state *state, const char *name, const char *text, long least,
			   long most)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < least || value > most)
		argp_error(state, "--%s %s: give a whole number from %ld to %ld", name, text, least,
			   most);
	return value;
}

static void simulate_set_from(struct argp_state *state, struct simulate_options *o,
			      const char *text)
{
	struct period p = { PERIOD_MONTH, 0 };
	struct err err = { 0 };

	if (period_parse(text, &p, &err) != ERR_OK || p.kind != PERIOD_MONTH)
		argp_error(state, "--from %s: give a month as YYYY-MM", text);
	o->from = p.start;
}

static void simulate_set_scale(struct argp_state *state, struct simulate_options *o,
			       const char *text)
{
	char *end;

	o->scale = strtod(text, &end);
	if (end == text || *end != '\0' || !(o->scale >= SIMULATE_SCALE_MIN) ||
	    o->scale > SIMULATE_SCALE_MAX)
		argp_error(state, "--scale %s: give a number from %g to %g", text,
			   SIMULATE_SCALE_MIN, SIMULATE_SCALE_MAX);
}

static error_t simulate_option(int key, char *arg, struct argp_state *state)
{
	struct simulate_options *o = state->input;

	switch (key) {
	case OPTION_OUT:
		o->out = arg;
		return 0;
	case OPTION_FROM:
		simulate_set_from(state, o, arg);
		return 0;
	case OPTION_MONTHS:
		o->months = (int)simulate_whole(state, "months", arg, SIMULATE_MONTHS_MIN,
						CITY_MONTHS_MAX);
		return 0;
	case OPTION_SEED:
		o->seed = (uint64_t)simulate_whole(state, "seed", arg, 0, INT32_MAX);
		return 0;
	case OPTION_SCALE:
		simulate_set_scale(state, o, arg);
		return 0;
	case OPTION_AREAS:
		o->areas = arg;
		return 0;
	case OPTION_POPULATIONS:
		o->populations = arg;
		return 0;
	case OPTION_WINDOW:
		o->window_months = (int)simulate_whole(state, "window-months", arg,
						       SIMULATE_WINDOW_MIN, SIMULATE_WINDOW_MAX);
		return 0;
	case OPTION_CHECK:
		o->check = true;
		return 0;
	case OPTION_CALIBRATION:
		o->calibration = arg;
		return 0;
	case ARGP_KEY_END:
		if (o->out == NULL && !o->check)
			argp_error(state, "--out DIR is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The programs know no place by name: without --areas the one area file below deploy/ is taken. */
static enum err_code simulate_find_files(struct simulate_options *o, struct err *err)
{
	glob_t found = { 0 };
	const char *slash;

	if (o->areas == NULL) {
		int status = glob("deploy/*/areas.csv", 0, NULL, &found);

		if (status != 0 || found.gl_pathc != 1) {
			size_t n = status == 0 ? found.gl_pathc : 0;

			globfree(&found);
			return err_set(err, ERR_CONFIG,
				       "%zu files deploy/*/areas.csv here: name one with --areas",
				       n);
		}
		(void)snprintf(o->areas_found, sizeof o->areas_found, "%s", found.gl_pathv[0]);
		globfree(&found);
		o->areas = o->areas_found;
	}
	if (o->populations == NULL) {
		slash = strrchr(o->areas, '/');
		(void)snprintf(o->populations_found, sizeof o->populations_found,
			       "%.*spopulations.csv",
			       slash != NULL ? (int)(slash - o->areas + 1) : 0, o->areas);
		o->populations = o->populations_found;
	}
	return ERR_OK;
}

static enum err_code simulate_write(const struct simulate_options *o, const struct sim *s,
				    struct err *err)
{
	size_t n = (size_t)s->city->n_districts * (size_t)s->city->n_months * LISTS;
	struct extract_rows *rows = calloc(n, sizeof *rows);
	enum err_code code;

	if (rows == NULL)
		return err_set(err, ERR_NOMEM, "out of memory for the row counts");
	code = book_make_folder(o->out, err);
	if (code == ERR_OK)
		code = extracts_write_names(s, o->out, err);
	if (code == ERR_OK)
		code = extracts_write(s, o->out, rows, err);
	if (code == ERR_OK)
		code = truth_write(s, o->out, rows, err);
	free(rows);
	return code;
}

static enum err_code simulate(struct simulate_options *o, bool *within, struct err *err)
{
	static struct city city; /* large */
	struct sim sim = { 0 };
	enum err_code code;

	city.scale = o->scale;
	city.seed = o->seed;
	city.window_months = o->window_months;
	code = simulate_find_files(o, err);
	if (code == ERR_OK)
		code = city_init(&city, o->areas, o->populations, o->from, o->months, err);
	if (code == ERR_OK)
		code = sim_run(&sim, &city, err);
	if (code == ERR_OK && o->check)
		code = calibrate(&sim, o->calibration, stdout, within, err);
	if (code == ERR_OK && o->out != NULL)
		code = simulate_write(o, &sim, err);
	sim_clear(&sim);
	city_clear(&city);
	return code;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		simulate_options_known,
		simulate_option,
		NULL,
		"simulate -- a synthetic authority: children's journeys, the extracts of its "
		"district offices, and what was true",
		NULL,
		NULL,
		NULL
	};
	struct simulate_options o = { .months = SIMULATE_MONTHS_DEFAULT,
				      .seed = 1,
				      .scale = 1,
				      .window_months = SIMULATE_WINDOW_DEFAULT,
				      .calibration = "deploy/demo/calibration.csv" };
	bool within = true;
	struct period first;
	struct err err = { 0 };

	(void)period_parse("2024-04", &first, &err);
	o.from = first.start;
	argp_err_exit_status = EX_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o) != 0)
		return EX_USAGE;
	if (simulate(&o, &within, &err) == ERR_OK)
		return within ? EX_OK : 1;
	(void)fprintf(stderr, "simulate: %s\n", err.text);
	return err_exit_status(err.code);
}
