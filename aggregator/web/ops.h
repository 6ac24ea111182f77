#ifndef AGGREGATOR_WEB_OPS_H
#define AGGREGATOR_WEB_OPS_H

#include "aggregator/web/web.h"

/* One integer of the store; ERR_MISSING when the statement gives no row, or NULL. */
enum err_code ops_number(struct web *web, const char *sql, int64_t *value, struct err *err);

/* GET /metrics: OpenMetrics text. Answered to whoever asks from this machine and not through a
 * proxy, and to central and admin accounts (API tokens). Holds no value of any measure. */
enum err_code ops_metrics(struct web *web, const struct request *rq, struct response *rs,
			  struct err *err);

#endif
