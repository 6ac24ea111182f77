/* measures list and measures explain: the catalogue in words. */

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aggregator/commands.h"
#include "aggregator/config.h"
#include "proto/command.h"
#include "proto/measures.h"

struct options {
	struct command_common common;
	const char *code;
	int wants_code;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->common;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->wants_code || o->code != NULL)
			argp_usage(state);
		o->code = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (o->wants_code)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { &command_common_argp, 0, NULL, 0 }, { 0 } };
static const struct argp list_argp = {
	.parser = on_option,
	.children = children,
	.doc = "List the measures: those of the settings' folder, else the built-in ones.",
};
static const struct argp explain_argp = {
	.parser = on_option,
	.args_doc = "CODE",
	.children = children,
	.doc = "Say what a measure counts, where its definition comes from and what it cannot "
	       "show.",
};

/* The built-in measures need no settings file. */
static enum err_code load(const struct options *o, struct measure_set **set, struct err *err)
{
	struct aggregator_config *config = NULL;
	enum err_code code = ERR_OK;

	if (strcmp(o->common.config, AGGREGATOR_CONFIG_DEFAULT) != 0 ||
	    access(o->common.config, F_OK) == 0)
		code = aggregator_config_load(o->common.config, &config, err);
	if (code == ERR_OK)
		code = measures_load(config == NULL ? NULL : config->measures, set, err);
	aggregator_config_free(&config);
	return code;
}

static const char *periods_of(const struct measure *m)
{
	if (m->weeks)
		return m->months ? "week, month" : "week";
	return m->months ? "month" : "as its parts";
}

int command_catalogue_list(int argc, char **argv)
{
	static const char *const columns[] = {
		"code", "theme", "kind", "unit", "periods", "title"
	};
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT } };
	struct measure_set *set = NULL;
	struct err err = { .code = ERR_OK };
	struct out *out;

	if (argp_parse(&list_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (load(&o, &set, &err) != ERR_OK)
		return command_fail(argv, &err);
	out = out_begin(stdout, o.common.form, "measures", columns, 6);
	for (int i = 0; i < set->n_measures; i++) {
		const struct measure *m = &set->measures[i];

		out_text(out, m->code);
		out_text(out, m->theme);
		out_text(out, measure_kind_name(m->kind));
		out_text(out, measure_unit_name(m->unit));
		out_text(out, periods_of(m));
		out_text(out, m->title);
	}
	measures_free(&set);
	return out_end(&out) == 0 ? EXIT_SUCCESS : err_exit_status(ERR_IO);
}

static void row(struct out *out, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	out_text(out, key);
	out_text(out, value);
}

static void row_days(struct out *out, const char *key, int days, const char *unit)
{
	char text[32];

	if (days == 0)
		return;
	(void)snprintf(text, sizeof text, "%d %s", days, unit);
	row(out, key, text);
}

static void row_words(struct out *out, const char *key, const char *words, size_t stride, int n)
{
	char text[1024] = "";

	for (int i = 0; i < n; i++) {
		size_t len = strlen(text);

		(void)snprintf(text + len, sizeof text - len, "%s%s", i == 0 ? "" : ", ",
			       words + (size_t)i * stride);
	}
	row(out, key, text);
}

static void explain_derived(struct out *out, const struct measure *m)
{
	char text[32];

	row(out, "numerator", m->numerator);
	row(out, "denominator", m->denominator);
	if (m->denominator_scale > 1) {
		(void)snprintf(text, sizeof text, "%lld", (long long)m->denominator_scale);
		row(out, "denominator times", text);
	}
	if (m->annualised)
		row(out, "annualised", "yes");
}

static void explain(struct out *out, const struct measure *m)
{
	row(out, "code", m->code);
	row(out, "title", m->title);
	row(out, "theme", m->theme);
	row(out, "kind", measure_kind_name(m->kind));
	row(out, "unit", measure_unit_name(m->unit));
	row(out, "good when",
	    m->polarity == MEASURE_NEUTRAL       ? "neutral"
	    : m->polarity == MEASURE_LOW_IS_GOOD ? "low"
						 : "high");
	row(out, "definition", m->definition);
	row(out, "source", m->source);
	row(out, "limits", m->limits);
	row(out, "periods", periods_of(m));
	row_words(out, "breakdowns", m->dimensions[0], sizeof m->dimensions[0], m->n_dimensions);
	row_words(out, "needs", m->needs[0], sizeof m->needs[0], m->n_needs);
	if (m->n_buckets > 0)
		row_words(out, "buckets", m->buckets[0].code, sizeof m->buckets[0], m->n_buckets);
	if (m->kind != MEASURE_DERIVED)
		row(out, "valid", measure_valid_name(m->valid));
	row_days(out, "looks back", m->look_back_days, "days");
	row_days(out, "final after", m->follow_up_days, "days");
	row_days(out, "statutory limit", m->statutory_limit_days, "working days");
	if (m->within_district)
		row(out, "within district", "yes: a child known elsewhere before is not seen");
	row(out, "part of", m->part_of);
	row(out, "opens", m->opens);
	row(out, "closes", m->closes);
	if (m->kind == MEASURE_DERIVED)
		explain_derived(out, m);
}

int command_catalogue_explain(int argc, char **argv)
{
	static const char *const columns[] = { "what", "value" };
	struct options o = { .common = { .config = AGGREGATOR_CONFIG_DEFAULT }, .wants_code = 1 };
	struct measure_set *set = NULL;
	struct err err = { .code = ERR_OK };
	const struct measure *m;
	const char *near;
	struct out *out;
	int written;

	if (argp_parse(&explain_argp, argc, argv, 0, NULL, &o) != 0)
		return EXIT_FAILURE;
	if (load(&o, &set, &err) != ERR_OK)
		return command_fail(argv, &err);
	m = measures_find(set, o.code);
	if (m == NULL) {
		near = measures_nearest(set, o.code);
		(void)err_set(&err, ERR_MISSING, "no measure '%.64s'%s%s%s", o.code,
			      near == NULL ? ": measures list names them" : "; did you mean '",
			      near == NULL ? "" : near, near == NULL ? "" : "'?");
		measures_free(&set);
		return command_fail(argv, &err);
	}
	out = out_begin(stdout, o.common.form, "measure", columns, 2);
	explain(out, m);
	if (m->select != NULL && o.common.form != OUT_TEXT)
		row(out, "select", m->select);
	written = out_end(&out);
	if (m->select != NULL && o.common.form == OUT_TEXT)
		printf("\n%s\n", m->select);
	measures_free(&set);
	return written == 0 ? EXIT_SUCCESS : err_exit_status(ERR_IO);
}
