#ifndef TESTS_BENCH_PROCESS_H
#define TESTS_BENCH_PROCESS_H

#include <stddef.h>
#include <sys/types.h>

/* The real programs under a bench: started, asked what they used, stopped. */

struct process {
	const char *program, *log;   /* log: where its stderr is added to */
	const char *shim, *fsync_ms; /* slow_fsync.so and its milliseconds; NULL: none */
};

/* argv[0] is the program's own name for itself. Waits for its success. */
void process_run(const struct process *p, char *const argv[]);
pid_t process_start(const struct process *p, char *const argv[]);
void process_stop(pid_t pid);

double process_cpu_s(pid_t pid);
/* The same to the nanosecond, of threads that live; and how long they stood in the queue for a
 * processor, which others had. */
double process_ran_s(pid_t pid);
double process_queued_s(pid_t pid);
long process_peak_kib(pid_t pid);

/* The public half of an aggregator's state/keys/server.key. */
void process_server_key(const char *state, char out[41]);

/* Waits until every stored report has its rows (rolled_up: and every sum is up to date); returns
 * the moment (city_seconds). */
double process_wait_projected(const char *store, int rolled_up, double patience_s);

#endif
