#ifndef AGGREGATOR_WEB_API_OPENAPI_H
#define AGGREGATOR_WEB_API_OPENAPI_H

#include <jansson.h>

#include "proto/err.h"

/* openapi.yaml as JSON; the caller owns it. NULL says why in err. */
json_t *openapi_json(struct err *err);

#endif
