#include "proto/log.h"

#include "proto/clock.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 2048
#define REPEAT_MS 60000

static enum log_level level_max = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	level_max = level;
}

/* One write(2) per line, so that lines of several processes never interleave. */
void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_BYTES];
	size_t start = 0;
	size_t len;
	va_list args;
	int n;

	if (level > level_max)
		return;
	if (!isatty(STDERR_FILENO))
		start = (size_t)snprintf(line, sizeof line, "<%d>", (int)level);
	va_start(args, format);
	n = vsnprintf(line + start, sizeof line - start - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	len = strlen(line);
	for (size_t i = start; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len++] = '\n';
	if (write(STDERR_FILENO, line, len) < 0)
		return; /* nowhere left to complain to */
}

const char *log_escape(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool plain = c >= 0x20 && c < 0x7f && c != '\\';
		size_t need = plain ? 1 : 4;

		if (used + need + 1 > size)
			break;
		if (plain)
			out[used++] = (char)c;
		else
			used += (size_t)snprintf(out + used, size - used, "\\x%02x", c);
	}
	if (size > 0)
		out[used] = '\0';
	return out;
}

int log_repeat_due(struct log_repeat *repeat, unsigned long *n_suppressed)
{
	int64_t now = clock_mono_ms();

	*n_suppressed = repeat->n_held;
	if (repeat->last_ms != 0 && now - repeat->last_ms < REPEAT_MS) {
		repeat->n_held++;
		return 0;
	}
	repeat->last_ms = now == 0 ? 1 : now;
	repeat->n_held = 0;
	return 1;
}
