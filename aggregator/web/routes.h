#ifndef AGGREGATOR_WEB_ROUTES_H
#define AGGREGATOR_WEB_ROUTES_H

#include "aggregator/web/web.h"

/* One table per file of pages; listed in routes.c. */
extern const struct route api_catalogue_routes[];
extern const struct route api_figures_routes[];
extern const struct route api_openapi_routes[];
extern const struct route api_received_routes[];
extern const struct route account_routes[];
extern const struct route accounts_routes[];
extern const struct route api_signals_routes[];
extern const struct route asset_routes[];
extern const struct route audit_log_routes[];
extern const struct route city_routes[];
extern const struct route dictionary_routes[];
extern const struct route district_routes[];
extern const struct route help_routes[];
extern const struct route ops_routes[];
extern const struct route received_routes[];
extern const struct route reports_routes[];
extern const struct route trace_routes[];
extern const struct route password_routes[];
extern const struct route setup_routes[];
extern const struct route signal_routes[];
extern const struct route signals_routes[];
extern const struct route signin_routes[];
extern const struct route measure_routes[];
extern const struct route annotation_routes[];
extern const struct route api_plan_routes[];
extern const struct route downloads_routes[];
extern const struct route plan_routes[];
extern const struct route plan_new_routes[];
extern const struct route plan_pack_routes[];
extern const struct route plan_target_routes[];

#endif
