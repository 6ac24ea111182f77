#include "aggregator/web/routes.h"

#include <stddef.h>

/* One a line, so that two changes seldom meet. */
/* clang-format off */
const struct route *const route_tables[] = {
	api_catalogue_routes,
	api_figures_routes,
	api_received_routes,
	api_signals_routes,
	api_openapi_routes,
	city_routes,
	ops_routes,
	received_routes,
	signals_routes,
	signal_routes,
	reports_routes,
	trace_routes,
	measure_routes,
	annotation_routes,
	api_plan_routes,
	downloads_routes,
	plan_routes,
	plan_new_routes,
	plan_pack_routes,
	plan_target_routes,
	asset_routes,
	dictionary_routes,
	district_routes,
	help_routes,
	signin_routes,
	setup_routes,
	account_routes,
	password_routes,
	accounts_routes,
	audit_log_routes,
	NULL,
};
/* clang-format on */
