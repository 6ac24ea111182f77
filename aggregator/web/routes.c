#include "aggregator/web/routes.h"

#include <stddef.h>

const struct route *const route_tables[] = {
	ops_routes,
	received_routes,
	reports_routes,
	asset_routes,
	dictionary_routes,
	help_routes,
	NULL,
};
