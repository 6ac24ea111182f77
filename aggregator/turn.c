#include "aggregator/turn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/file.h>

#include "proto/clock.h"
#include "proto/limits.h"

#define TURN_PATH_BYTES 4096
#define TURN_MODE 0640
#define TURN_ASK_MS 1

int turn_open(const char *path)
{
	char name[TURN_PATH_BYTES];
	int n = snprintf(name, sizeof name, "%s-turn", path);

	if (n < 0 || (size_t)n >= sizeof name)
		return -1;
	return open(name, O_RDWR | O_CREAT | O_CLOEXEC, TURN_MODE);
}

/* Asked again and again, not waited for: whoever holds it may have been stopped. */
void turn_take(int fd)
{
	const int64_t end_ms = clock_mono_ms() + LIMIT_STORE_TURN_MS;

	while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_mono_ms() >= end_ms)
			return;
		(void)poll(NULL, 0, TURN_ASK_MS);
	}
}

void turn_pass(int fd)
{
	if (fd >= 0)
		(void)flock(fd, LOCK_UN);
}
