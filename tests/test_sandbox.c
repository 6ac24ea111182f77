#include "agent/sandbox.h"

#include "tests/harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sandbox is for good, so each one is entered in a child of the test, which leaves by _exit. */

struct outcome {
	int line; /* of the first must() that did not hold; 0: all held */
	int error;
	enum err_code code;
	struct err err;
	char folder[256];
	char note[256];
};

static struct outcome *outcome;

#define must(condition)                           \
	do {                                      \
		if (!(condition)) {               \
			outcome->line = __LINE__; \
			outcome->error = errno;   \
			return;                   \
		}                                 \
	} while (0)

static void in_child(void (*body)(void))
{
	int status;
	pid_t child;

	outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	ck_assert_ptr_ne(outcome, MAP_FAILED);
	(void)snprintf(outcome->folder, sizeof outcome->folder, "%s", harness_folder());
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		body();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "the child was ended by signal %d", WTERMSIG(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
	ck_assert_msg(outcome->line == 0, "line %d: errno %s; error \"%s\"; %s", outcome->line,
		      strerror(outcome->error), outcome->err.text, outcome->note);
}

static const char *path_of(const char *name)
{
	static char paths[4][512];
	static int at;
	char *path = paths[at++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", outcome->folder, name);
	return path;
}

static bool status_says(const char *line)
{
	char text[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

	(void)close(fd);
	return n > 0 && strstr(text, line) != NULL;
}

/* ---- no network */

static void no_network(void)
{
	outcome->code = sandbox_no_network(&outcome->err);
	must(outcome->code == ERR_OK);
}

static void try_network(void)
{
	static const long calls[] = {
		SYS_socket,
		SYS_socketpair,
		SYS_connect,
		SYS_bind,
		SYS_listen,
		SYS_accept,
		SYS_accept4,
		SYS_sendto,
		SYS_sendmsg,
		SYS_sendmmsg,
		SYS_recvfrom,
		SYS_recvmsg,
		SYS_io_uring_setup,
		SYS_io_uring_enter,
		SYS_io_uring_register,
		SYS_ptrace,
		SYS_process_vm_readv,
		SYS_process_vm_writev,
		SYS_pidfd_getfd,
		SYS_execve,
		SYS_execveat,
		SYS_unshare,
		SYS_setns,
		SYS_mount,
		SYS_bpf,
		SYS_keyctl,
	};

	must(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	no_network();
	for (size_t i = 0; outcome->line == 0 && i < sizeof calls / sizeof *calls; i++) {
		(void)snprintf(outcome->note, sizeof outcome->note, "call number %ld", calls[i]);
		errno = 0;
		must(syscall(calls[i], 0, 0, 0, 0, 0, 0) == -1 && errno == EPERM);
	}
	for (int family = AF_UNIX; outcome->line == 0 && family <= AF_VSOCK; family++)
		must(socket(family, SOCK_DGRAM, 0) == -1 && errno == EPERM);
}

START_TEST(every_call_that_reaches_others_fails_with_eperm)
{
	in_child(try_network);
}
END_TEST

static void try_inherited_socket(void)
{
	int pair[2];

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	must(send(pair[0], "x", 1, 0) == 1);
	no_network();
	must(send(pair[0], "x", 1, 0) == -1 && errno == EPERM);
	must(recv(pair[1], outcome->note, 1, 0) == -1 && errno == EPERM);
}

START_TEST(an_inherited_socket_can_neither_send_nor_receive)
{
	in_child(try_inherited_socket);
}
END_TEST

static int gate[2];

static void *socket_after_gate(void *result)
{
	char byte;

	if (read(gate[0], &byte, 1) == 1)
		*(int *)result = socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0;
	return NULL;
}

static void try_thread(void)
{
	int result = -1;
	pthread_t thread;

	must(pipe(gate) == 0);
	must(pthread_create(&thread, NULL, socket_after_gate, &result) == 0);
	no_network();
	must(write(gate[1], "x", 1) == 1);
	must(pthread_join(thread, NULL) == 0);
	must(result == EPERM);
}

START_TEST(a_thread_that_ran_before_loses_the_network_too)
{
	in_child(try_thread);
}
END_TEST

static void try_child(void)
{
	int status;
	pid_t child;

	no_network();
	child = fork();
	must(child >= 0);
	if (child == 0)
		_exit(socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM ? 7 : 8);
	must(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
}

START_TEST(a_child_has_no_network_either)
{
	in_child(try_child);
}
END_TEST

static void try_files_without_network(void)
{
	int fd;

	must(!status_says("NoNewPrivs:\t1"));
	no_network();
	must(status_says("Seccomp:\t2"));
	must(status_says("NoNewPrivs:\t1"));
	fd = open(path_of("made"), O_CREAT | O_RDWR, 0600);
	must(fd >= 0 && write(fd, "abc", 3) == 3 && fsync(fd) == 0 && close(fd) == 0);
	must(rename(path_of("made"), path_of("moved")) == 0);
	must(unlink(path_of("moved")) == 0);
}

START_TEST(files_stay_usable_and_the_kernel_shows_the_filter)
{
	in_child(try_files_without_network);
}
END_TEST

/* A kernel without the call, by a filter of our own. */
static void forget_call(int call, int error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	must(filter != NULL);
	must(seccomp_rule_add(filter, SCMP_ACT_ERRNO((unsigned)error), call, 0) == 0);
	must(seccomp_load(filter) == 0);
	seccomp_release(filter);
}

static void try_old_seccomp(void)
{
	forget_call(SCMP_SYS(seccomp), ENOSYS);
	outcome->code = sandbox_no_network(&outcome->err);
}

START_TEST(a_kernel_without_seccomp_is_refused_with_the_mend)
{
	in_child(try_old_seccomp);
	assert_error(outcome->code, ERR_DENIED, outcome->err, "allow_unsandboxed: true");
	assert_error(outcome->code, ERR_DENIED, outcome->err, "seccomp: ");
}
END_TEST

/* ---- paths */

static void make_folders(void)
{
	(void)harness_text(outcome->folder, "read/a", "a");
	(void)harness_text(outcome->folder, "read/below/b", "b");
	(void)harness_text(outcome->folder, "write/c", "c");
	(void)harness_text(outcome->folder, "extract/children.csv", "d");
	(void)harness_text(outcome->folder, "extract/named", "e");
}

/* read/ and one file of extract/ to be read, write/ to be written. */
static void enter_paths(void)
{
	const char *read[] = { path_of("read"), path_of("extract/named") };
	const char *write[] = { path_of("write") };

	outcome->code = sandbox_paths(read, 2, write, 1, &outcome->err);
	must(outcome->code == ERR_OK);
}

static bool opens(const char *name, int flags)
{
	int fd = open(path_of(name), flags, 0600);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void try_extract(void)
{
	int inside;
	char byte;

	make_folders();
	inside = open(path_of("extract/children.csv"), O_RDONLY);
	must(opens("extract/children.csv", O_RDONLY));
	enter_paths();
	must(!opens("extract/children.csv", O_RDONLY) && errno == EACCES);
	must(!opens("extract", O_RDONLY | O_DIRECTORY) && errno == EACCES);
	must(!opens("extract/new", O_WRONLY | O_CREAT) && errno == EACCES);
	must(!opens("write/../extract/children.csv", O_RDONLY) && errno == EACCES);
	must(truncate(path_of("extract/children.csv"), 0) == -1 && errno == EACCES);
	must(link(path_of("extract/children.csv"), path_of("write/link")) == -1);
	must(rename(path_of("extract/children.csv"), path_of("write/moved")) == -1);
	must(symlink(path_of("extract/children.csv"), path_of("write/soft")) == -1);
	must(opendir("/") == NULL && errno == EACCES);
	must(opens("extract/named", O_RDONLY));
	must(!opens("extract/named", O_WRONLY) && errno == EACCES);
	must(read(inside, &byte, 1) == 1);
}

START_TEST(a_folder_that_was_not_named_cannot_be_read_listed_linked_or_moved)
{
	in_child(try_extract);
}
END_TEST

static void try_allowed(void)
{
	make_folders();
	enter_paths();
	must(opens("read/a", O_RDONLY) && opens("read/below/b", O_RDONLY));
	must(opens("read/below", O_RDONLY | O_DIRECTORY));
	must(!opens("read/a", O_WRONLY) && errno == EACCES);
	must(!opens("read/new", O_WRONLY | O_CREAT) && errno == EACCES);
	must(unlink(path_of("read/a")) == -1 && errno == EACCES);
	must(opens("write/new", O_RDWR | O_CREAT));
	must(opens("write/c", O_RDWR | O_TRUNC));
	must(rename(path_of("write/new"), path_of("write/newer")) == 0);
	must(mkdir(path_of("write/folder"), 0700) == 0);
	must(rename(path_of("write/newer"), path_of("write/folder/newest")) == 0);
	must(truncate(path_of("write/c"), 0) == 0);
	must(unlink(path_of("write/c")) == 0);
}

START_TEST(named_folders_can_be_read_or_written_as_named)
{
	in_child(try_allowed);
}
END_TEST

static void try_exec(void)
{
	char *argv[] = { NULL, NULL };
	char name[] = "true";
	const char *read[] = { "/" };

	argv[0] = name;
	outcome->code = sandbox_paths(read, 1, NULL, 0, &outcome->err);
	must(outcome->code == ERR_OK);
	must(execv("/bin/true", argv) == -1 && errno == EACCES);
}

START_TEST(nothing_may_be_executed)
{
	in_child(try_exec);
}
END_TEST

static void try_missing_read_path(void)
{
	const char *read[] = { path_of("not-there"), path_of("read") };

	make_folders();
	outcome->code = sandbox_paths(read, 2, NULL, 0, &outcome->err);
	must(outcome->code == ERR_OK);
	must(opens("read/a", O_RDONLY));
	must(!opens("write/c", O_RDONLY));
}

START_TEST(a_read_path_that_is_not_there_is_passed_over)
{
	in_child(try_missing_read_path);
}
END_TEST

static void try_missing_write_path(void)
{
	const char *write[] = { path_of("not-there") };

	outcome->code = sandbox_paths(NULL, 0, write, 1, &outcome->err);
}

START_TEST(a_write_path_that_is_not_there_is_an_error_with_its_name)
{
	in_child(try_missing_write_path);
	assert_error(outcome->code, ERR_IO, outcome->err, "not-there: No such file or directory");
}
END_TEST

static void try_old_landlock(void)
{
	forget_call(SCMP_SYS(landlock_create_ruleset), ENOSYS);
	outcome->code = sandbox_paths(NULL, 0, NULL, 0, &outcome->err);
}

START_TEST(a_kernel_without_landlock_is_refused_with_the_mend)
{
	in_child(try_old_landlock);
	assert_error(outcome->code, ERR_DENIED, outcome->err, "allow_unsandboxed: true");
	assert_error(outcome->code, ERR_DENIED, outcome->err, "Function not implemented");
}
END_TEST

static void try_landlock_refused(void)
{
	forget_call(SCMP_SYS(landlock_restrict_self), EPERM);
	outcome->code = sandbox_paths(NULL, 0, NULL, 0, &outcome->err);
}

START_TEST(a_kernel_that_does_not_enter_landlock_is_refused)
{
	in_child(try_landlock_refused);
	assert_error(outcome->code, ERR_DENIED, outcome->err, "entering");
}
END_TEST

static void try_second_thread(void)
{
	int result;
	pthread_t thread;

	must(pipe(gate) == 0);
	must(pthread_create(&thread, NULL, socket_after_gate, &result) == 0);
	outcome->code = sandbox_paths(NULL, 0, NULL, 0, &outcome->err);
}

START_TEST(paths_are_not_limited_beside_a_thread_that_would_stay_outside)
{
	in_child(try_second_thread);
	assert_error(outcome->code, ERR_DENIED, outcome->err, "second thread");
}
END_TEST

static void try_ordinary_end(void)
{
	no_network();
	outcome->code = sandbox_paths(NULL, 0, NULL, 0, &outcome->err);
	must(outcome->code == ERR_OK);
	exit(0);
}

/* Under the leak checker too, which would trace its own process. */
START_TEST(both_can_be_entered_and_the_process_ends_as_usual)
{
	in_child(try_ordinary_end);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, every_call_that_reaches_others_fails_with_eperm);
	tcase_add_test(tc, an_inherited_socket_can_neither_send_nor_receive);
	tcase_add_test(tc, a_thread_that_ran_before_loses_the_network_too);
	tcase_add_test(tc, a_child_has_no_network_either);
	tcase_add_test(tc, files_stay_usable_and_the_kernel_shows_the_filter);
	tcase_add_test(tc, a_kernel_without_seccomp_is_refused_with_the_mend);
	tcase_add_test(tc, a_folder_that_was_not_named_cannot_be_read_listed_linked_or_moved);
	tcase_add_test(tc, named_folders_can_be_read_or_written_as_named);
	tcase_add_test(tc, nothing_may_be_executed);
	tcase_add_test(tc, a_read_path_that_is_not_there_is_passed_over);
	tcase_add_test(tc, a_write_path_that_is_not_there_is_an_error_with_its_name);
	tcase_add_test(tc, a_kernel_without_landlock_is_refused_with_the_mend);
	tcase_add_test(tc, a_kernel_that_does_not_enter_landlock_is_refused);
	tcase_add_test(tc, both_can_be_entered_and_the_process_ends_as_usual);
	tcase_add_test(tc, paths_are_not_limited_beside_a_thread_that_would_stay_outside);
}

HARNESS_MAIN("sandbox", add)
