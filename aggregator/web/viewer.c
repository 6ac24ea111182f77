#include "aggregator/web/viewer.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name, *label;
} roles[] = {
	[ROLE_NONE] = { "", "" },
	[ROLE_CENTRAL] = { "central", "Central team" },
	[ROLE_DISTRICT] = { "district", "District" },
	[ROLE_COMMISSIONER] = { "commissioner", "Commissioner" },
	[ROLE_DFE] = { "dfe", "Department for Education" },
	[ROLE_ADMIN] = { "admin", "Administrator" },
};
#define N_ROLES (sizeof roles / sizeof roles[0])

const char *role_name(enum role role)
{
	return roles[role].name;
}

const char *role_label(enum role role)
{
	return roles[role].label;
}

enum role role_parse(const char *name)
{
	for (size_t i = ROLE_NONE + 1; i < N_ROLES; i++) {
		if (strcmp(roles[i].name, name) == 0)
			return (enum role)i;
	}
	return ROLE_NONE;
}

int viewer_sees_exact(const struct viewer *v, const char *area)
{
	return v->role == ROLE_CENTRAL ||
	       (v->role == ROLE_DISTRICT && v->area[0] != '\0' && strcmp(v->area, area) == 0);
}

int viewer_sees_area(const struct viewer *v, const char *area, const char *city)
{
	if (v->role == ROLE_DISTRICT)
		return strcmp(v->area, area) == 0 || strcmp(city, area) == 0;
	return v->role == ROLE_CENTRAL || v->role == ROLE_COMMISSIONER || v->role == ROLE_ADMIN;
}

int viewer_may_note(const struct viewer *v)
{
	return v->role == ROLE_CENTRAL;
}
