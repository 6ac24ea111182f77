#ifndef PROTO_CLOCK_H
#define PROTO_CLOCK_H

#include <stdint.h>

/* The only source of time. Instants are UTC microseconds since 1970; dates are civil dates in
 * England as day numbers (days since 1970-01-01, proto/date.h).
 *
 * The environment variable DISTRICT_CLOCK_OFFSET_S (a signed number of seconds, read once)
 * shifts the wall clock: it lets a rehearsal or a test run "two days out" with the real
 * binaries. clock_offset_s() lets status show that it is set.
 */

int64_t clock_wall_us(void); /* UTC, µs since 1970 */
int64_t clock_mono_ms(void); /* monotonic, ms, not shifted */
int64_t clock_mono_us(void); /* the same in µs */
int32_t clock_today(void);   /* today's civil date in England (GMT/BST), day number */
int64_t clock_offset_s(void);

/* What is added to an instant for civil time in England: 3600 s in summer, else 0; in µs. */
int64_t clock_england_us(int64_t wall_us);

/* For unit tests: fixes the wall clock at us (0 = back to the real one). */
void clock_fix_us(int64_t us);

#endif
