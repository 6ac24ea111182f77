#ifndef AGENT_SANDBOX_H
#define AGENT_SANDBOX_H

#include "proto/err.h"

/* Takes dangers away from the calling process, for good: children inherit it, nothing gives it
 * back. Call before touching data and before the process has a second thread. Both return
 * ERR_DENIED when the kernel cannot do it, with a message that names allow_unsandboxed: a caller
 * whose configuration sets that goes on and says so in its status; any other stops. */

/* No sockets (neither made nor used: an inherited one cannot send either, short of write), no
 * io_uring, no ptrace or other ways into another process, no exec, no mounts or namespaces: a
 * seccomp filter on every thread; the calls fail with EPERM. Any file stays open to it. */
enum err_code sandbox_no_network(struct err *err);

/* Landlock: of the file system only `read` (may be read) and `write` (may be read, written, made
 * and removed), files or folders with all below; n_… of each; nothing may be executed. A `read`
 * path that is not there is passed over (nothing is opened up); a `write` path that is not there
 * is ERR_IO. Descriptors that are already open stay usable. Symbolic links are followed now: what
 * they point at later is not covered. The caller's arrays are borrowed for the call. */
enum err_code sandbox_paths(const char *const *read, int n_read, const char *const *write,
			    int n_write, struct err *err);

#endif
