/* measures list and measures explain: what is counted, how, and which dataset gives it. */
#include "agent/commands.h"
#include "agent/config.h"
#include "agent/ownership.h"
#include "proto/command.h"
#include "proto/limits.h"
#include "proto/measures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

struct command_input {
	struct command_common common;
	const char *code; /* explain: the measure; NULL when it is not given */
	int n_codes;      /* how many arguments may be given */
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct command_input *input = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &input->common;
		return 0;
	case ARGP_KEY_ARG:
		if ((int)state->arg_num >= input->n_codes)
			argp_usage(state);
		input->code = arg;
		return 0;
	case ARGP_KEY_END:
		if (input->n_codes > 0 && input->code == NULL)
			argp_error(state, "name a measure; 'measures list' has them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp list_argp = {
	.parser = on_option,
	.children = children,
	.doc = "List the measures and the dataset that gives each.",
};
static const struct argp explain_argp = {
	.parser = on_option,
	.children = children,
	.args_doc = "MEASURE",
	.doc = "Explain a measure: what it counts, where the definition comes from, what it cannot "
	       "show, and which of the configured datasets gives it.",
};

/* Settings and set. Without a settings file at the usual place the built-in set is shown alone. */
static enum err_code load(const char *path, struct agent_config **config, struct measure_set **set,
			  struct err *err)
{
	enum err_code rc = ERR_OK;

	*config = NULL;
	if (strcmp(path, AGENT_CONFIG_DEFAULT) != 0 || access(path, F_OK) == 0)
		rc = agent_config_load(path, config, err);
	if (rc == ERR_OK)
		rc = measures_load(*config == NULL ? NULL : (*config)->measures, set, err);
	if (rc != ERR_OK)
		agent_config_free(config);
	return rc;
}

/* Whether the dataset gives the measure; it depends on the settings alone. */
static int gives(const struct agent_config *config, const struct agent_dataset *d,
		 const struct measure_set *set, const struct measure *m)
{
	uint8_t owned[LIMIT_MEASURES];

	ownership_mark(config, d, set, owned);
	return m->kind != MEASURE_DERIVED && owned[m - set->measures];
}

/* "annex_a, staff": the datasets that give the measure, for whichever area. */
static const char *given_by(const struct agent_config *config, const struct measure_set *set,
			    const struct measure *m, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	if (m->kind == MEASURE_DERIVED)
		return "the centre";
	for (unsigned i = 0; config != NULL && i < config->n_datasets && used < size; i++)
		if (gives(config, &config->datasets[i], set, m))
			used += (size_t)snprintf(out + used, size - used, "%s%s",
						 used > 0 ? ", " : "", config->datasets[i].name);
	return out;
}

int command_measures_list(int argc, char **argv)
{
	static const char *const columns[] = { "measure", "title", "theme",
					       "kind",    "unit",  "given by" };
	struct command_input input = { .common = { .config = AGENT_CONFIG_DEFAULT } };
	struct agent_config *config = NULL;
	struct measure_set *set = NULL;
	struct err err = { .code = ERR_OK };
	struct out *o;

	if (argp_parse(&list_argp, argc, argv, 0, NULL, &input) != 0)
		return EXIT_FAILURE;
	if (load(input.common.config, &config, &set, &err) != ERR_OK)
		return command_fail(argv, &err);
	o = out_begin(stdout, input.common.form, "measures", columns, 6);
	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *m = &set->measures[i];
		char names[256];

		out_text(o, m->code);
		out_text(o, m->title);
		out_text(o, m->theme);
		out_text(o, measure_kind_name(m->kind));
		out_text(o, measure_unit_name(m->unit));
		out_text(o, given_by(config, set, m, names, sizeof names));
	}
	measures_free(&set);
	agent_config_free(&config);
	return out_end(&o) == 0 ? EXIT_SUCCESS : EX_IOERR;
}

/* ---- explain */

static void explain_row(struct out *o, const char *what, const char *text)
{
	if (text[0] == '\0')
		return;
	out_text(o, what);
	out_text(o, text);
}

static void explain_days(struct out *o, const char *what, int days, const char *unit)
{
	char text[64];

	if (days == 0)
		return;
	(void)snprintf(text, sizeof text, "%d %s", days, unit);
	explain_row(o, what, text);
}

/* "a, b, c" of n strings that lie `step` bytes apart. */
static const char *join(const char *strings, size_t step, int n, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < n && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "",
					 strings + (size_t)i * step);
	return out;
}

/* What the measure needs, as one text. */
static const char *needs_of(const struct measure *m, char *out, size_t size)
{
	return join(m->needs[0], sizeof m->needs[0], m->n_needs, out, size);
}

static void explain_measure(struct out *o, const struct measure *m)
{
	static const char *const polarities[] = { "low is good", "neutral", "high is good" };
	char text[1200];

	explain_row(o, "measure", m->code);
	explain_row(o, "title", m->title);
	explain_row(o, "definition", m->definition);
	explain_row(o, "source", m->source);
	explain_row(o, "limits", m->limits);
	explain_row(o, "theme", m->theme);
	explain_row(o, "kind", measure_kind_name(m->kind));
	explain_row(o, "unit", measure_unit_name(m->unit));
	explain_row(o, "polarity", polarities[m->polarity + 1]);
	explain_row(o, "periods", m->weeks ? "week, month" : "month");
	explain_row(o, "dimensions",
		    join(m->dimensions[0], sizeof m->dimensions[0], m->n_dimensions, text,
			 sizeof text));
	explain_row(
		o, "buckets",
		join(m->buckets[0].code, sizeof m->buckets[0], m->n_buckets, text, sizeof text));
	explain_row(o, "needs",
		    join(m->needs[0], sizeof m->needs[0], m->n_needs, text, sizeof text));
	if (m->kind != MEASURE_DERIVED)
		explain_row(o, "valid", measure_valid_name(m->valid));
	explain_days(o, "look back", m->look_back_days, "days before the period");
	explain_days(o, "follow up", m->follow_up_days, "days until it is final");
	explain_days(o, "statutory limit", m->statutory_limit_days, "working days");
	explain_row(o, "within district",
		    m->within_district ? "yes: other offices are not seen" : "");
	explain_row(o, "part of", m->part_of);
	explain_row(o, "opens", m->opens);
	explain_row(o, "closes", m->closes);
	explain_row(o, "numerator", m->numerator);
	explain_row(o, "denominator", m->denominator);
	if (m->denominator_scale != 1)
		explain_days(o, "denominator scale", (int)m->denominator_scale, "times");
	explain_row(o, "annualised", m->annualised ? "yes" : "");
}

/* Another dataset that gives the measure for the same area; NULL when none does. */
static const struct agent_dataset *other_giver(const struct agent_config *config,
					       const struct agent_dataset *d,
					       const struct measure_set *set,
					       const struct measure *m)
{
	for (unsigned i = 0; i < config->n_datasets; i++) {
		const struct agent_dataset *other = &config->datasets[i];

		if (other != d && strcmp(other->area, d->area) == 0 && gives(config, other, set, m))
			return other;
	}
	return NULL;
}

static const char *lists_of(const struct agent_dataset *d, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < d->n_lists && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "",
					 d->lists[i]);
	return out;
}

static void explain_dataset(struct out *o, const struct agent_config *config,
			    const struct agent_dataset *d, const struct measure_set *set,
			    const struct measure *m)
{
	const struct agent_dataset *other = other_giver(config, d, set, m);
	char name[192], text[1200], needs[600], lists[400];

	(void)needs_of(m, needs, sizeof needs);
	(void)snprintf(name, sizeof name, "dataset %.80s (%.80s)", d->name, d->area);
	if (m->kind == MEASURE_DERIVED)
		(void)snprintf(text, sizeof text, "the centre works it out of %s and %s",
			       m->numerator, m->denominator);
	else if (gives(config, d, set, m))
		(void)snprintf(text, sizeof text, "gives it%s%s",
			       needs[0] == '\0' ? "" : " from every extract that has ", needs);
	else if (other != NULL)
		(void)snprintf(text, sizeof text, "does not: dataset %.80s gives it for this area",
			       other->name);
	else if (d->n_measures > 0)
		(void)snprintf(text, sizeof text,
			       "does not: its measures leave it out; add %s there to have it",
			       m->code);
	else
		(void)snprintf(text, sizeof text, "cannot: it needs %s; the dataset declares %s",
			       needs, lists_of(d, lists, sizeof lists));
	explain_row(o, name, text);
}

int command_measures_explain(int argc, char **argv)
{
	static const char *const columns[] = { "what", "says" };
	struct command_input input = { .common = { .config = AGENT_CONFIG_DEFAULT }, .n_codes = 1 };
	struct agent_config *config = NULL;
	struct measure_set *set = NULL;
	struct err err = { .code = ERR_OK };
	const struct measure *m;
	struct out *o;

	if (argp_parse(&explain_argp, argc, argv, 0, NULL, &input) != 0)
		return EXIT_FAILURE;
	if (load(input.common.config, &config, &set, &err) != ERR_OK)
		return command_fail(argv, &err);
	m = measures_find(set, input.code);
	if (m == NULL) {
		const char *near = measures_nearest(set, input.code);

		(void)err_set(&err, ERR_MISSING, "no measure '%s'%s%s%s", input.code,
			      near != NULL ? "; did you mean " : "; 'measures list' has them",
			      near != NULL ? near : "", near != NULL ? "?" : "");
		measures_free(&set);
		agent_config_free(&config);
		return command_fail(argv, &err);
	}
	o = out_begin(stdout, input.common.form, "measure", columns, 2);
	explain_measure(o, m);
	for (unsigned i = 0; config != NULL && i < config->n_datasets; i++)
		explain_dataset(o, config, &config->datasets[i], set, m);
	measures_free(&set);
	agent_config_free(&config);
	return out_end(&o) == 0 ? EXIT_SUCCESS : EX_IOERR;
}
