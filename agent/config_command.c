/* config check and config show: what district-agent's settings are and what is wrong with them. */
#include "agent/commands.h"
#include "agent/config.h"
#include "proto/area.h"
#include "proto/command.h"
#include "proto/config.h"
#include "proto/measures.h"

#include <stdio.h>
#include <stdlib.h>

static const char check_doc[] =
	"Check the settings, the area file and the measures that they name.";
static const char show_doc[] = "Show the settings in force: from the file, or the default.";

static enum err_code areas_check(const char *path, const struct agent_config *c, struct err *err)
{
	struct area_tree *tree = NULL;
	enum err_code code = area_tree_load(c->areas, NULL, &tree, err);

	for (unsigned i = 0; i < c->n_datasets && code == ERR_OK; i++) {
		char key[64];

		(void)snprintf(key, sizeof key, "datasets[%u].area", i);
		if (area_find(tree, c->datasets[i].area) < 0)
			code = config_error(err, path, key, "no area '%s' in %s",
					    c->datasets[i].area, c->areas);
	}
	area_tree_free(&tree);
	return code;
}

static enum err_code measures_check(const char *path, const struct agent_config *c, struct err *err)
{
	struct measure_set *set = NULL;
	enum err_code code = measures_load(c->measures, &set, err);

	for (unsigned i = 0; i < c->n_datasets && code == ERR_OK; i++) {
		const struct agent_dataset *d = &c->datasets[i];

		for (unsigned j = 0; j < d->n_measures && code == ERR_OK; j++) {
			const char *near;
			char key[64];

			if (measures_find(set, d->measures[j]) != NULL)
				continue;
			near = measures_nearest(set, d->measures[j]);
			(void)snprintf(key, sizeof key, "datasets[%u].measures[%u]", i, j);
			code = config_error(err, path, key, "no measure '%s'%s%s%s", d->measures[j],
					    near != NULL ? "; did you mean " : "",
					    near != NULL ? near : "", near != NULL ? "?" : "");
		}
	}
	measures_free(&set);
	return code;
}

int command_config_check(int argc, char **argv)
{
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *c = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;

	if (command_parse_plain(argc, argv, check_doc, &common) != 0)
		return EXIT_FAILURE;
	code = agent_config_load(common.config, &c, &err);
	if (code == ERR_OK)
		code = areas_check(common.config, c, &err);
	if (code == ERR_OK)
		code = measures_check(common.config, c, &err);
	if (code != ERR_OK) {
		agent_config_free(&c);
		return command_fail(argv, &err);
	}
	printf("%s: ok: agent %s, %u dataset%s, %u aggregator%s\n", common.config, c->agent,
	       c->n_datasets, c->n_datasets == 1 ? "" : "s", c->n_aggregators,
	       c->n_aggregators == 1 ? "" : "s");
	if (c->n_aggregators == 0)
		printf("next: name the reply file that 'district-aggregator agents approve' "
		       "printed "
		       "under 'aggregators'\n");
	agent_config_free(&c);
	return EXIT_SUCCESS;
}

static void row(struct out *o, const char *key, const char *value, int given)
{
	out_text(o, key);
	out_text(o, value);
	out_text(o, given ? "file" : "default");
}

static void row_int(struct out *o, const char *key, int value, const int *given)
{
	char text[16];

	(void)snprintf(text, sizeof text, "%d", value);
	row(o, key, text, given != NULL);
}

static void dataset_show(struct out *o, const struct agent_dataset *d, unsigned at)
{
	char key[64];

#define KEY(name) (snprintf(key, sizeof key, "datasets[%u]." name, at) < 0 ? "" : key)
	row(o, KEY("name"), d->name, 1);
	row(o, KEY("area"), d->area, 1);
	row(o, KEY("folder"), d->folder, 1);
	for (unsigned i = 0; i < d->n_lists; i++)
		row(o, KEY("lists"), d->lists[i], 1);
	for (unsigned i = 0; i < d->n_measures; i++)
		row(o, KEY("measures"), d->measures[i], 1);
	row_int(o, KEY("window_months"), d->window_months, d->given.window_months);
	row_int(o, KEY("rejected_percent"), d->rejected_percent, d->given.rejected_percent);
	row_int(o, KEY("settle_s"), d->settle_s, d->given.settle_s);
	row_int(o, KEY("month_end_days"), d->month_end_days, d->given.month_end_days);
#undef KEY
}

int command_config_show(int argc, char **argv)
{
	static const char *const columns[] = { "key", "value", "from" };
	struct command_common common = { .config = AGENT_CONFIG_DEFAULT };
	struct agent_config *c = NULL;
	struct err err = { .code = ERR_OK };
	struct out *o;

	if (command_parse_plain(argc, argv, show_doc, &common) != 0)
		return EXIT_FAILURE;
	if (agent_config_load(common.config, &c, &err) != ERR_OK)
		return command_fail(argv, &err);
	o = out_begin(stdout, common.form, "settings", columns, 3);
	row(o, "agent", c->agent, 1);
	row(o, "state", c->state, 1);
	row(o, "areas", c->areas, 1);
	row(o, "code_aliases", c->code_aliases, c->code_aliases != NULL);
	row(o, "measures", c->measures == NULL ? "built in" : c->measures, c->measures != NULL);
	for (unsigned i = 0; i < c->n_datasets; i++)
		dataset_show(o, &c->datasets[i], i);
	for (unsigned i = 0; i < c->n_aggregators; i++)
		row(o, "aggregators", c->aggregators[i], 1);
	row_int(o, "spool_mib", c->spool_mib, c->given.spool_mib);
	row_int(o, "keep_days", c->keep_days, c->given.keep_days);
	row_int(o, "poll_s", c->poll_s, c->given.poll_s);
	row_int(o, "heartbeat_s", c->heartbeat_s, c->given.heartbeat_s);
	row_int(o, "retry_s", c->retry_s, c->given.retry_s);
	row(o, "allow_unsandboxed", c->allow_unsandboxed ? "true" : "false", c->allow_unsandboxed);
	agent_config_free(&c);
	return out_end(&o) == 0 ? EXIT_SUCCESS : 74;
}
