#include "aggregator/reading.h"

enum err_code reading_open(const char *config_path, struct reading *r, struct err *err)
{
	char path[4096];
	enum err_code code = aggregator_config_load(config_path, &r->config, err);

	if (code == ERR_OK)
		code = area_tree_load(r->config->areas, r->config->populations, &r->areas, err);
	if (code == ERR_OK)
		code = measures_load(r->config->measures, &r->measures, err);
	if (code == ERR_OK) {
		(void)aggregator_config_path(r->config, "store/store.db", path, sizeof path);
		code = store_open(path, DB_READ, &r->store, err);
	}
	return code;
}

void reading_close(struct reading *r)
{
	store_close(&r->store);
	measures_free(&r->measures);
	area_tree_free(&r->areas);
	aggregator_config_free(&r->config);
}

struct rollup_context reading_context(const struct reading *r)
{
	struct rollup_context context = { r->store, r->areas, r->measures, r->config };

	return context;
}
