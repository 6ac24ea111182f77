#ifndef AGGREGATOR_WEB_RATE_H
#define AGGREGATOR_WEB_RATE_H

#include <stdint.h>

#include "proto/err.h"

/* How many requests an address may send: a bucket of tokens for each, filled steadily. The table
 * has a fixed size; when it is full, the address that has used least of its share lately makes
 * room. */

#define RATE_KEY_BYTES 16 /* an IPv6 address; IPv4 mapped into it */
#define RATE_BURST 10     /* seconds' worth of tokens that a bucket holds */

struct rate;

enum err_code rate_new(int per_second, struct rate **out, struct err *err);
void rate_free(struct rate **rate); /* NULL-safe; leaves NULL */

/* Takes one token: 1, or 0 when there is none left. now_ms: clock_mono_ms. */
int rate_take(struct rate *rate, const uint8_t key[RATE_KEY_BYTES], int64_t now_ms);

#endif
