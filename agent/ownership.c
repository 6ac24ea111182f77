#include "agent/ownership.h"

#include <string.h>

static int ownership_names(const struct agent_dataset *d, const char *measure)
{
	for (unsigned i = 0; i < d->n_measures; i++)
		if (strcmp(d->measures[i], measure) == 0)
			return 1;
	return 0;
}

static int ownership_has_list(const struct agent_dataset *d, const char *name, size_t len)
{
	for (unsigned i = 0; i < d->n_lists; i++)
		if (strlen(d->lists[i]) == len && memcmp(d->lists[i], name, len) == 0)
			return 1;
	return 0;
}

/* The census's episodes and plans also fill the tables cin and cpp (stage_finish). */
static int ownership_meets(const struct agent_dataset *d, const char *need)
{
	size_t len = strcspn(need, ".");

	if (ownership_has_list(d, need, len))
		return 1;
	if (len == strlen("cin") && memcmp(need, "cin", len) == 0)
		return ownership_has_list(d, "cin_episodes", strlen("cin_episodes"));
	if (len == strlen("cpp") && memcmp(need, "cpp", len) == 0)
		return ownership_has_list(d, "cpp_plans", strlen("cpp_plans"));
	return 0;
}

static int ownership_meets_all(const struct agent_dataset *d, const struct measure *m)
{
	for (int i = 0; i < m->n_needs; i++)
		if (!ownership_meets(d, m->needs[i]))
			return 0;
	return 1;
}

/* NULL when no dataset of the area gives it. */
static const struct agent_dataset *ownership_of(const struct agent_config *config, const char *area,
						const struct measure *m)
{
	for (unsigned i = 0; i < config->n_datasets; i++)
		if (strcmp(config->datasets[i].area, area) == 0 &&
		    ownership_names(&config->datasets[i], m->code))
			return &config->datasets[i];
	for (unsigned i = 0; i < config->n_datasets; i++)
		if (strcmp(config->datasets[i].area, area) == 0 &&
		    config->datasets[i].n_measures == 0 &&
		    ownership_meets_all(&config->datasets[i], m))
			return &config->datasets[i];
	return NULL;
}

void ownership_mark(const struct agent_config *config, const struct agent_dataset *dataset,
		    const struct measure_set *set, uint8_t *owned)
{
	unsigned n_of_area = 0;

	for (unsigned i = 0; i < config->n_datasets; i++)
		n_of_area += strcmp(config->datasets[i].area, dataset->area) == 0;
	for (int i = 0; i < set->n_measures; i++)
		owned[i] = (n_of_area == 1 && dataset->n_measures == 0) ||
			   ownership_of(config, dataset->area, &set->measures[i]) == dataset;
}
