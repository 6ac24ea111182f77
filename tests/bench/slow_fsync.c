/* Loaded with LD_PRELOAD: adds BENCH_FSYNC_MS milliseconds to every fsync and fdatasync, as a disk
 * with a slow flush has. */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_a_little(void)
{
	const char *text = getenv("BENCH_FSYNC_MS");
	long ms = text == NULL ? 0 : strtol(text, NULL, 10);
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

static int call(const char *name, int fd)
{
	int (*real)(int);

	*(void **)&real = dlsym(RTLD_NEXT, name);
	return real(fd);
}

int fsync(int fd)
{
	wait_a_little();
	return call("fsync", fd);
}

int fdatasync(int fd)
{
	wait_a_little();
	return call("fdatasync", fd);
}
