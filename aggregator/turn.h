#ifndef AGGREGATOR_TURN_H
#define AGGREGATOR_TURN_H

/* Whose turn it is to write. SQLite has no queue: whoever waits for the write lock asks again every
 * 100 ms, and between two transactions of a busy writer there are microseconds, so a command could
 * wait in vain for minutes. Here each writer takes the turn before it begins and passes it on once
 * it has begun: who waits holds it, and the busy one waits behind.
 *
 * A courtesy, not a safeguard: SQLite's lock is the lock. Whoever cannot take the turn goes on
 * without it, at the latest after LIMIT_STORE_TURN_MS. */

/* For the database at `path`: a descriptor on `<path>-turn`, created like a database (0640), for
 * close(); −1 when it cannot be had. */
int turn_open(const char *path);
void turn_take(int fd); /* waits; does nothing for −1 */
void turn_pass(int fd);

#endif
