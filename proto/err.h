#ifndef PROTO_ERR_H
#define PROTO_ERR_H

/* Errors: a code for the program, a message for the person who must mend it.
 *
 * A function that can fail returns an enum err_code and takes a struct err * last. It writes
 * the message where the fault is first seen (err_set); each layer on the way up may put one
 * phrase before it (err_wrap), so that the whole reads "publish: open /var/…: no such file".
 * A struct err * may be NULL: the code alone is then returned.
 */

enum err_code {
	ERR_OK = 0,
	ERR_NOMEM,     /* out of memory: give up this item, go on with the others */
	ERR_CONFIG,    /* the operator's settings are wrong: say which and stop */
	ERR_IO,        /* the operating system refused a file or socket: retry later */
	ERR_MALFORMED, /* input breaks its format: refuse it, never retry it */
	ERR_TOO_BIG,   /* input breaks a limit of proto/limits.h: refuse it */
	ERR_VERSION,   /* the peer or file speaks a version that we do not: refuse it */
	ERR_DB,        /* SQLite refused: roll back, retry later */
	ERR_FULL,      /* no room left within a configured bound: stop loudly, drop nothing */
	ERR_BUSY,      /* somebody else holds it: try again */
	ERR_DENIED,    /* not allowed: key, signature, area, file mode or sandbox */
	ERR_MISSING,   /* the thing asked for does not exist */
};

#define ERR_TEXT_BYTES 1024

struct err {
	enum err_code code;
	char text[ERR_TEXT_BYTES];
};

/* Writes the message (printf format) into e, cut at ERR_TEXT_BYTES. Returns code. */
enum err_code err_set(struct err *e, enum err_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Analysers see one file at a time and must be told that err_set returns its code. */
#if defined(__clang_analyzer__) || defined(ERR_ANALYSED)
#define err_set(e, code, ...) ((void)(err_set)(e, code, __VA_ARGS__), (code))
#endif

/* Puts "<phrase>: " before the message in e; nothing when e is NULL. Returns nothing, so that a
 * caller returns the code that it was given and never one that a missing e has lost. */
void err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Empties e for reuse. */
void err_clear(struct err *e);

/* The constant's name without ERR_, lower case: "malformed". Never NULL. */
const char *err_name(enum err_code code);

/* The process exit status (sysexits) that fits the code: 0, 64…78. */
int err_exit_status(enum err_code code);

#endif
