#ifndef PROTO_LOG_H
#define PROTO_LOG_H

#include <stddef.h>

/* One line per event on stderr, with the priority prefix that systemd reads ("<4>"), dropped
 * when stderr is a terminal. Only main and the stage loops log: functions below return errors.
 * The text is "<stage>: <what happened> key=value …". Never a value from a child's record.
 */

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/* Lines above this level are not written. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Writes one line (printf format, no newline). Control bytes become '?'; cut at 2 KiB. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies peer text for a log line: at most size-1 bytes, everything but printable ASCII
 * becomes \xNN. Returns out. */
const char *log_escape(const char *text, size_t len, char *out, size_t size);

/* Rate limit for one kind of repeated line: log_repeat_due says whether to write it now (the
 * first one and then at most one a minute); *n_suppressed is how many were held back since. */
struct log_repeat {
	long long last_ms;
	unsigned long n_held;
};
int log_repeat_due(struct log_repeat *repeat, unsigned long *n_suppressed);

#endif
