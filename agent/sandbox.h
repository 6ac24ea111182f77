#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "proto/err.h"

/* Takes dangers away from the calling process, for good. Call before touching data. */

/* No sockets, no io_uring, no ptrace, no exec: seccomp filter on every thread. */
enum err_code sandbox_no_network(struct err *err);

/* Landlock: of the file system only `read` (may be read) and `write` (may be read and written),
 * files or folders; n_… of each. ERR_DENIED when the kernel cannot. */
enum err_code sandbox_paths(const char *const *read, int n_read, const char *const *write,
			    int n_write, struct err *err);

#endif
