/* The promise that no child's record leaves a district, tried on the real processes: collect cannot
 * reach anybody, publish cannot open an extract or the signing key. The tests stop the running
 * process as a debugger does, make it issue the system call itself, and look at what the kernel
 * answers; whatever filter it runs under is the one that answers. */

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fleet.h"
#include "tests/harness.h"

/* ---- making another process call */

#define SCRATCH_BELOW_STACK 4096 /* beyond the red zone */

struct puppet {
	pid_t pid;
	int memory;    /* /proc/<pid>/mem */
	uint64_t call; /* where a system call instruction stands */
	struct user_regs_struct saved;
};

static const uint8_t call_instruction[] = { 0x0F, 0x05 }; /* syscall */

static void puppet_until_stopped(const struct puppet *p)
{
	int status;

	do
		ck_assert_int_eq(waitpid(p->pid, &status, __WALL), p->pid);
	while (WIFSTOPPED(status) && WSTOPSIG(status) != SIGTRAP);
	ck_assert_msg(WIFSTOPPED(status), "process %d ended while it was looked at", (int)p->pid);
}

/* An instruction that is there already, in the vDSO: code written over where the process stands
 * would be run by its other threads as well. */
static uint64_t puppet_find_call(const struct puppet *p)
{
	char path[64], line[512];
	unsigned long from = 0, to = 0;
	static uint8_t code[65536];
	uint8_t *at;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)p->pid);
	maps = fopen(path, "re");
	ck_assert_ptr_nonnull(maps);
	while (to == 0 && fgets(line, sizeof line, maps) != NULL)
		if (strstr(line, "[vdso]") != NULL)
			ck_assert_int_eq(sscanf(line, "%lx-%lx", &from, &to), 2);
	(void)fclose(maps);
	ck_assert_msg(to > from && to - from <= sizeof code, "%s: no [vdso]", path);
	ck_assert_int_eq(pread(p->memory, code, to - from, (off_t)from), (ssize_t)(to - from));
	at = memmem(code, to - from, call_instruction, sizeof call_instruction);
	ck_assert_msg(at != NULL, "the vDSO makes no system call");
	return from + (uint64_t)(at - code);
}

static struct puppet puppet_seize(pid_t pid)
{
	struct puppet p = { .pid = pid };
	char path[64];

	ck_assert_msg(ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0,
		      "ptrace: %s: this test needs leave to trace its own children",
		      strerror(errno));
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, pid, NULL, NULL), 0);
	puppet_until_stopped(&p);
	ck_assert_int_eq(ptrace(PTRACE_GETREGS, pid, NULL, &p.saved), 0);
	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	p.memory = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(p.memory, 0);
	p.call = puppet_find_call(&p);
	return p;
}

/* It goes on where it was. */
static void puppet_release(struct puppet *p)
{
	ck_assert_int_eq(ptrace(PTRACE_SETREGS, p->pid, NULL, &p->saved), 0);
	ck_assert_int_eq(ptrace(PTRACE_DETACH, p->pid, NULL, NULL), 0);
	(void)close(p->memory);
}

/* The kernel's answer: ≥ 0, or −errno. */
static long puppet_call(const struct puppet *p, long number, uint64_t a, uint64_t b, uint64_t c)
{
	struct user_regs_struct regs = p->saved;

	regs.rip = p->call;
	regs.rax = (unsigned long long)number;
	regs.orig_rax = (unsigned long long)-1; /* nothing to restart */
	regs.rdi = a;
	regs.rsi = b;
	regs.rdx = c;
	regs.r10 = 0;
	ck_assert_int_eq(ptrace(PTRACE_SETREGS, p->pid, NULL, &regs), 0);
	ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, p->pid, NULL, NULL), 0);
	puppet_until_stopped(p);
	ck_assert_int_eq(ptrace(PTRACE_GETREGS, p->pid, NULL, &regs), 0);
	return (long)regs.rax;
}

static long puppet_open(const struct puppet *p, const char *path, int flags)
{
	uint64_t at = p->saved.rsp - SCRATCH_BELOW_STACK;
	size_t size = strlen(path) + 1;

	ck_assert_int_eq(pwrite(p->memory, path, size, (off_t)at), (ssize_t)size);
	return puppet_call(p, SYS_openat, (uint64_t)AT_FDCWD, at, (uint64_t)flags);
}

/* ---- an office */

static struct fleet_aggregator centre;
static struct fleet_agent office;

static void office_with_extract(void)
{
	fleet_agent_make(&office, harness_folder(), "hodge-hill");
	fleet_extract_write(&office, "2025-10-31", 40);
}

static const char *office_path(const char *name)
{
	static char paths[4][FLEET_PATH_BYTES * 2];
	static int at;
	char *path = paths[at++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", office.folder, name);
	return path;
}

static void assert_status_line(pid_t pid, const char *line)
{
	char path[64], text[4096];
	int fd;
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_msg(strstr(text, line) != NULL, "%s lacks \"%s\"", path, line);
}

static void assert_no_network(pid_t pid)
{
	static const int families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_VSOCK };
	static const long calls[] = { SYS_connect, SYS_bind,   SYS_sendto,         SYS_sendmsg,
				      SYS_accept,  SYS_execve, SYS_io_uring_setup, SYS_ptrace };
	struct puppet p;

	assert_status_line(pid, "\nSeccomp:\t2\n");
	assert_status_line(pid, "\nNoNewPrivs:\t1\n");
	p = puppet_seize(pid);
	ck_assert_int_eq(puppet_call(&p, SYS_getpid, 0, 0, 0), pid); /* calls do reach the kernel */
	for (size_t i = 0; i < sizeof families / sizeof *families; i++)
		ck_assert_int_eq(puppet_call(&p, SYS_socket, (uint64_t)families[i], SOCK_DGRAM, 0),
				 -EPERM);
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		ck_assert_int_eq(puppet_call(&p, calls[i], 0, 0, 0), -EPERM);
	ck_assert_int_ge(puppet_open(&p, office.extracts, O_RDONLY | O_DIRECTORY), 0);
	puppet_release(&p);
}

START_TEST(a_running_collect_can_read_extracts_and_reach_nobody)
{
	office_with_extract();
	fleet_agent_start_collect(&office);
	fleet_until_logged(&office.collect, "collect: accepted");
	assert_no_network(office.collect.pid);
	/* and it goes on with its work */
	fleet_extract_write(&office, "2025-11-30", 40);
	fleet_until_logged(&office.collect, "as_at=2025-11-30");
	ck_assert_int_eq(fleet_stop(&office.collect), 0);
}
END_TEST

/* A kernel without the call: a filter of ours, which the programs started here inherit. */
static void forget_call(int call)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	ck_assert_ptr_nonnull(filter);
	ck_assert_int_eq(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0), 0);
	ck_assert_int_eq(seccomp_load(filter), 0);
	seccomp_release(filter);
}

START_TEST(collect_does_not_start_where_the_kernel_cannot_take_the_network_away)
{
	struct fleet_said said;

	office_with_extract();
	forget_call(SCMP_SYS(seccomp));
	said = fleet_run("district-agent", "collect", "-c", office.config, NULL);
	ck_assert_int_eq(said.status, 77);
	ck_assert_ptr_nonnull(strstr(said.errors, "allow_unsandboxed: true"));
	ck_assert_int_ne(access(office_path("state/spool/spool.db"), F_OK), 0);
	fleet_said_clear(&said);
}
END_TEST

START_TEST(collect_starts_without_its_sandbox_when_the_settings_say_so)
{
	(void)snprintf(office.extra, sizeof office.extra, "allow_unsandboxed: true\n");
	office_with_extract();
	forget_call(SCMP_SYS(seccomp));
	free(fleet_must("district-agent", "collect", "-c", office.config, NULL));
	ck_assert_int_eq(access(office_path("state/spool/spool.db"), F_OK), 0);
}
END_TEST

/* ---- publish */

static void assert_no_extracts(pid_t pid)
{
	char list[FLEET_PATH_BYTES * 2];
	struct puppet p;

	(void)snprintf(list, sizeof list, "%s/2025-10-31/list_1.csv", office.extracts);
	ck_assert_int_eq(access(list, R_OK), 0);
	assert_status_line(pid, "\nNoNewPrivs:\t1\n");
	p = puppet_seize(pid);
	/* what it works with shows that opening works at all, and that it has the network */
	ck_assert_int_ge(puppet_open(&p, office_path("state/spool/spool.db"), O_RDONLY), 0);
	ck_assert_int_ge(puppet_call(&p, SYS_socket, AF_INET, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(puppet_open(&p, list, O_RDONLY), -EACCES);
	ck_assert_int_eq(puppet_open(&p, office.extracts, O_RDONLY | O_DIRECTORY), -EACCES);
	ck_assert_int_eq(puppet_open(&p, office_path("state/keys/signing.key"), O_RDONLY), -EACCES);
	ck_assert_int_eq(puppet_open(&p, office_path("state/spool/spool.db"), O_RDWR), -EACCES);
	ck_assert_int_eq(puppet_open(&p, "/etc/passwd", O_RDONLY), -EACCES);
	puppet_release(&p);
}

static void enrolled_office_with_spool(void)
{
	fleet_aggregator_make(&centre, harness_folder(), "birmingham");
	office_with_extract();
	fleet_agent_enrol(&office, &centre);
	free(fleet_must("district-agent", "collect", "-c", office.config, NULL));
	fleet_aggregator_start(&centre);
}

START_TEST(a_running_publish_has_the_network_and_can_open_no_extract)
{
	enrolled_office_with_spool();
	fleet_agent_start_publish(&office);
	fleet_until_says("hodge-hill", centre.config, "district-aggregator", "reports", "list",
			 NULL);
	assert_no_extracts(office.publish.pid);
	ck_assert_int_eq(fleet_stop(&office.publish), 0);
}
END_TEST

START_TEST(publish_does_not_start_where_the_kernel_cannot_limit_files)
{
	struct fleet_said said;

	enrolled_office_with_spool();
	forget_call(SCMP_SYS(landlock_create_ruleset));
	said = fleet_run("district-agent", "publish", "-c", office.config, NULL);
	ck_assert_int_eq(said.status, 77);
	ck_assert_ptr_nonnull(strstr(said.errors, "allow_unsandboxed: true"));
	fleet_said_clear(&said);
}
END_TEST

START_TEST(run_keeps_both_processes_in_their_sandboxes)
{
	struct fleet_process supervisor = { 0 };

	enrolled_office_with_spool();
	fleet_start(&supervisor, office_path("run.log"), "district-agent", "run", "-c",
		    office.config, NULL);
	/* then each is inside its sandbox, and not on its way there */
	fleet_until_logged(&supervisor, "publish: started");
	assert_no_network(fleet_child_of(supervisor.pid, "\nNoNewPrivs:\t1\nSeccomp:\t2\n"));
	assert_no_extracts(fleet_child_of(supervisor.pid, "\nNoNewPrivs:\t1\nSeccomp:\t0\n"));
	ck_assert_int_eq(fleet_stop(&supervisor), 0);
}
END_TEST

static void add(TCase *tc)
{
	tcase_add_test(tc, a_running_collect_can_read_extracts_and_reach_nobody);
	tcase_add_test(tc, collect_does_not_start_where_the_kernel_cannot_take_the_network_away);
	tcase_add_test(tc, collect_starts_without_its_sandbox_when_the_settings_say_so);
	tcase_add_test(tc, a_running_publish_has_the_network_and_can_open_no_extract);
	tcase_add_test(tc, publish_does_not_start_where_the_kernel_cannot_limit_files);
	tcase_add_test(tc, run_keeps_both_processes_in_their_sandboxes);
}

HARNESS_MAIN("sandbox_processes", add)
