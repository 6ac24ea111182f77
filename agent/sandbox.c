#include "agent/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEND                                                                                   \
	"use a kernel that can, or set allow_unsandboxed: true in the configuration to go on " \
	"without this protection"

/* Later than the oldest headers that we build with (ABI 2). */
#define RIGHT_TRUNCATE (1ULL << 14) /* ABI 3, Linux 6.2 */
#define ABI_TRUNCATE 3
#define ABI_REFER 2

#define RIGHTS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_MAKE                                                       \
	(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG)
#define RIGHTS_NEVER                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |   \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | \
	 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define RIGHTS_OF_A_FILE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE)

static bool sandbox_entered;

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* The leak checker asks this at exit. It traces its own process, which the sandbox forbids. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return sandbox_entered;
}
#endif

/* ---- seccomp */

static const int sandbox_denied[] = {
	/* reaching anybody, also over a socket that was inherited */
	SCMP_SYS(socket),
	SCMP_SYS(socketpair),
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
	SCMP_SYS(sendto),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(recvmmsg),
	/* asking the kernel to do one of these for us */
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
	/* borrowing another process's hands */
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(execve),
	SCMP_SYS(execveat),
	/* changing what the machine is */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(move_mount),
	SCMP_SYS(open_tree),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsmount),
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(keyctl),
};

/* Calls of another architecture (32-bit, x32) kill the process: libseccomp's default. */
static int sandbox_fill(scmp_filter_ctx filter)
{
	int failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	/* or every refusal of the kernel would read "operation canceled" */
	if (failed == 0)
		failed = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
	for (size_t i = 0; failed == 0 && i < sizeof sandbox_denied / sizeof *sandbox_denied; i++)
		failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), sandbox_denied[i], 0);
	return failed;
}

enum err_code sandbox_no_network(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failed;

	if (filter == NULL)
		return err_set(err, ERR_NOMEM, "sandbox: out of memory");
	failed = sandbox_fill(filter);
	if (failed == 0)
		failed = seccomp_load(filter);
	seccomp_release(filter);
	if (failed == -ENOMEM)
		return err_set(err, ERR_NOMEM, "sandbox: out of memory");
	if (failed != 0)
		return err_set(err, ERR_DENIED,
			       "sandbox: the kernel does not take network access away from this "
			       "process (seccomp: %s): " MEND,
			       strerror(failed < 0 ? -failed : EBUSY));
	sandbox_entered = true;
	return ERR_OK;
}

/* ---- Landlock; glibc has no functions for it */

static int landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, (size_t)0,
			    LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t landlock_handled(int abi)
{
	uint64_t handled = RIGHTS_READ | RIGHTS_MAKE | RIGHTS_NEVER | LANDLOCK_ACCESS_FS_WRITE_FILE;

	if (abi >= ABI_REFER)
		handled |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= ABI_TRUNCATE)
		handled |= RIGHT_TRUNCATE;
	return handled;
}

static enum err_code landlock_failed(const char *what, struct err *err)
{
	return err_set(err, ERR_DENIED,
		       "sandbox: the kernel does not limit which files this process may open "
		       "(Landlock, %s: %s): " MEND,
		       what, strerror(errno));
}

static enum err_code landlock_allow(int ruleset, const char *path, uint64_t rights, bool optional,
				    struct err *err)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };
	struct stat st;
	long failed;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0 && optional && (errno == ENOENT || errno == ENOTDIR))
		return ERR_OK;
	if (rule.parent_fd < 0)
		return err_set(err, ERR_IO, "sandbox: open %s: %s", path, strerror(errno));
	if (fstat(rule.parent_fd, &st) != 0) {
		(void)close(rule.parent_fd);
		return err_set(err, ERR_IO, "sandbox: %s: %s", path, strerror(errno));
	}
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= RIGHTS_OF_A_FILE;
	failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	if (failed != 0)
		(void)landlock_failed(path, err);
	(void)close(rule.parent_fd);
	return failed != 0 ? ERR_DENIED : ERR_OK;
}

/* A thread that runs already would keep every right: a mistake of ours, but one to notice. */
static bool sandbox_is_single_threaded(void)
{
	struct stat st;

	return stat("/proc/self/task", &st) != 0 || st.st_nlink <= 3;
}

static enum err_code landlock_enter(int ruleset, struct err *err)
{
	if (!sandbox_is_single_threaded())
		return err_set(err, ERR_DENIED,
			       "sandbox: entered after a second thread was started, which would "
			       "stay outside: this is a mistake in the program; report it");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return landlock_failed("giving up new privileges", err);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return landlock_failed("entering", err);
	sandbox_entered = true;
	return ERR_OK;
}

enum err_code sandbox_paths(const char *const *read, int n_read, const char *const *write,
			    int n_write, struct err *err)
{
	int abi = landlock_abi();
	struct landlock_ruleset_attr attr = { .handled_access_fs = landlock_handled(abi) };
	enum err_code code = ERR_OK;
	int ruleset;

	if (abi < 1)
		return landlock_failed("asked for its version", err);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	if (ruleset < 0)
		return landlock_failed("making the rules", err);
	for (int i = 0; code == ERR_OK && i < n_read; i++)
		code = landlock_allow(ruleset, read[i], RIGHTS_READ, true, err);
	for (int i = 0; code == ERR_OK && i < n_write; i++)
		code = landlock_allow(ruleset, write[i], attr.handled_access_fs & ~RIGHTS_NEVER,
				      false, err);
	if (code == ERR_OK)
		code = landlock_enter(ruleset, err);
	(void)close(ruleset);
	return code;
}
