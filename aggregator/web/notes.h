#ifndef AGGREGATOR_WEB_NOTES_H
#define AGGREGATOR_WEB_NOTES_H

#include "aggregator/signals.h"
#include "aggregator/web/office.h"

/* What people say of signals, in the office database: notes, acknowledgements, owners. Append-only:
 * what holds now is the newest row of its kind. Nothing here changes a signal or a figure. An
 * acknowledgement says who looks into a signal; it does not close it. One that was given before the
 * signal became pending (it had passed and came back under the same number) no longer counts. */

#define NOTES_TEXT_MAX 2000 /* characters of a note */
#define NOTES_OWNER_MAX 80  /* characters of an owner's name */
#define NOTES_NAME_BYTES 322

enum note_kind {
	NOTE_TEXT = 1,
	NOTE_ACKNOWLEDGED,
	NOTE_REOPENED, /* the acknowledgement was taken back */
	NOTE_OWNER,
};

struct note {
	int64_t id, signal, at_us;
	enum note_kind kind;
	struct period period; /* the last in which the signal had held then */
	int64_t account;
	char who[129];                /* full name, as it was then */
	enum role role;               /* as it was then */
	char *text;                   /* owned by the list; "" of NOTE_OWNER */
	char owner[NOTES_NAME_BYTES]; /* NOTE_OWNER: "" nobody */
	int64_t owner_account;        /* 0: none, or no account */
};

struct notes { /* starts as zeros */
	struct note *notes;
	size_t n;
};

/* What is said of a signal, oldest first. The caller clears, also after an error. */
enum err_code notes_list(struct office *o, int64_t signal, struct notes *out, struct err *err);
/* What holds now of every signal that anything is said of, by its number: of each the newest owner,
 * and the newest acknowledgement or taking back. The caller clears. */
enum err_code notes_current(struct office *o, struct notes *out, struct err *err);
void notes_clear(struct notes *notes);

/* What holds now of one signal, from either list; pointers are borrowed from it. */
struct notes_state {
	const struct note *acknowledged; /* NULL: not */
	const struct note *owner;        /* NULL: nobody */
	int held_again;                  /* 1: it has held in a later period since acknowledged */
};
struct notes_state notes_state(const struct notes *notes, const struct signal *s);

/* Each is one transaction with its row of the audit log. text: 1 to NOTES_TEXT_MAX characters that
 * are not all blank. ERR_MALFORMED is a sentence for whoever wrote it. Whether `who` may is the
 * caller's to check. */
enum err_code notes_add(struct office *o, const struct viewer *who, const char *peer,
			const struct signal *s, const char *text, struct err *err);
/* ERR_MALFORMED also when the signal is closed, or acknowledged and has not held again since. */
enum err_code notes_acknowledge(struct office *o, const struct viewer *who, const char *peer,
				const struct signal *s, const char *text, struct err *err);
/* Takes the acknowledgement back. ERR_MALFORMED also when there is none. */
enum err_code notes_reopen(struct office *o, const struct viewer *who, const char *peer,
			   const struct signal *s, const char *text, struct err *err);
/* account: an active one of role central or district (its full name is kept), or 0 and a name; ""
 * for nobody. ERR_MALFORMED also when it is the owner already. */
enum err_code notes_set_owner(struct office *o, const struct viewer *who, const char *peer,
			      const struct signal *s, int64_t account, const char *name,
			      struct err *err);

/* Changes with every row: part of ETags. */
enum err_code notes_version(struct office *o, int64_t *version, struct err *err);

/* "note", "acknowledged", "reopened", "owner". */
const char *note_kind_name(enum note_kind kind);

#endif
