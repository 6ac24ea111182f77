/* config check and config show: what district-aggregator's settings are and what is wrong. */
#include "aggregator/commands.h"
#include "aggregator/config.h"
#include "aggregator/web/shapes.h"
#include "proto/area.h"
#include "proto/command.h"
#include "proto/config.h"
#include "proto/measures.h"

#include <stdio.h>
#include <stdlib.h>

static const char check_doc[] =
	"Check the settings, the area, population and boundary files and the measures.";
static const char show_doc[] = "Show the settings in force: from the file, or the default.";

static enum err_code areas_check(const char *path, const struct aggregator_config *c, int *n_areas,
				 struct err *err)
{
	struct area_tree *tree = NULL;
	struct shapes *shapes = NULL;
	enum err_code code = area_tree_load(c->areas, c->populations, &tree, err);

	if (code != ERR_OK)
		return code;
	*n_areas = tree->n_areas;
	if (area_find(tree, c->area) < 0)
		code = config_error(err, path, "area", "no area '%s' in %s", c->area, c->areas);
	for (unsigned i = 0; i < c->n_expected && code == ERR_OK; i++) {
		char key[64];

		(void)snprintf(key, sizeof key, "expected[%u].area", i);
		if (area_find(tree, c->expected[i].area) < 0)
			code = config_error(err, path, key, "no area '%s' in %s",
					    c->expected[i].area, c->areas);
	}
	if (code == ERR_OK && c->boundaries != NULL)
		code = shapes_load(c->boundaries, tree, &shapes, err);
	shapes_free(&shapes);
	area_tree_free(&tree);
	return code;
}

int command_config_check(int argc, char **argv)
{
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct aggregator_config *c = NULL;
	struct measure_set *set = NULL;
	struct err err = { .code = ERR_OK };
	enum err_code code;
	int n_areas = 0;

	if (command_parse_plain(argc, argv, check_doc, &common) != 0)
		return EXIT_FAILURE;
	code = aggregator_config_load(common.config, &c, &err);
	if (code == ERR_OK)
		code = areas_check(common.config, c, &n_areas, &err);
	if (code == ERR_OK)
		code = measures_load(c->measures, &set, &err);
	if (code == ERR_OK)
		printf("%s: ok: aggregator %s, %d areas, %d measures, listens on %s%s%s\n",
		       common.config, c->name, n_areas, set->n_measures, c->listen[0],
		       c->web == NULL ? "" : ", dashboard on ",
		       c->web == NULL ? "" : c->web->listen);
	measures_free(&set);
	aggregator_config_free(&c);
	return code == ERR_OK ? EXIT_SUCCESS : command_fail(argv, &err);
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

static void rows_web(struct out *o, const struct aggregator_web *w)
{
	row(o, "web.listen", w->listen, w->given.listen != NULL);
	row(o, "web.origin", w->origin == NULL ? "as listen" : w->origin, w->origin != NULL);
	row(o, "web.proxy_socket", w->proxy_socket, w->proxy_socket != NULL);
	row(o, "web.identity_header", w->identity_header, w->given.identity_header != NULL);
	row(o, "web.certificate", w->certificate, w->certificate != NULL);
	row(o, "web.key", w->key, w->key != NULL);
	row(o, "web.allow_unencrypted", w->allow_unencrypted ? "true" : "false",
	    w->allow_unencrypted);
	row_int(o, "web.idle_minutes", w->idle_minutes, w->given.idle_minutes);
	row_int(o, "web.session_hours", w->session_hours, w->given.session_hours);
	row_int(o, "web.connections", w->connections, w->given.connections);
	row_int(o, "web.connections_per_address", w->connections_per_address,
		w->given.connections_per_address);
	row_int(o, "web.requests_per_second", w->requests_per_second, w->given.requests_per_second);
}

int command_config_show(int argc, char **argv)
{
	static const char *const columns[] = { "key", "value", "from" };
	struct command_common common = { .config = AGGREGATOR_CONFIG_DEFAULT };
	struct aggregator_config *c = NULL;
	struct err err = { .code = ERR_OK };
	struct out *o;

	if (command_parse_plain(argc, argv, show_doc, &common) != 0)
		return EXIT_FAILURE;
	if (aggregator_config_load(common.config, &c, &err) != ERR_OK)
		return command_fail(argv, &err);
	o = out_begin(stdout, common.form, "settings", columns, 3);
	row(o, "name", c->name, 1);
	row(o, "state", c->state, 1);
	row(o, "areas", c->areas, 1);
	row(o, "populations", c->populations, c->populations != NULL);
	row(o, "boundaries", c->boundaries, c->boundaries != NULL);
	row(o, "measures", c->measures == NULL ? "built in" : c->measures, c->measures != NULL);
	row(o, "area", c->area, 1);
	for (unsigned i = 0; i < c->n_listen; i++)
		row(o, "listen", c->listen[i], 1);
	for (unsigned i = 0; i < c->n_endpoints; i++)
		row(o, "endpoints", c->endpoints[i], 1);
	for (unsigned i = 0; i < c->n_expected; i++) {
		char text[256];

		(void)snprintf(text, sizeof text, "%s %s from %s%s%s", c->expected[i].area,
			       c->expected[i].dataset, c->expected[i].from,
			       c->expected[i].to == NULL ? "" : " to ",
			       c->expected[i].to == NULL ? "" : c->expected[i].to);
		row(o, "expected", text, 1);
	}
	row_int(o, "due_working_days", c->due_working_days, c->given.due_working_days);
	row_int(o, "credit_kib", c->credit_kib, c->given.credit_kib);
	row_int(o, "memory_mib", c->memory_mib, c->given.memory_mib);
	if (c->web != NULL)
		rows_web(o, c->web);
	else
		row(o, "web", "no dashboard", 0);
	aggregator_config_free(&c);
	return out_end(&o) == 0 ? EXIT_SUCCESS : 74;
}
