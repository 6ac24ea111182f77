#include "aggregator/web/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "proto/clock.h"

/* ---- read */

#define NOTES_COLUMNS                                                               \
	"SELECT id, signal, at_us, kind, period, account, who, role, text, owner, " \
	"coalesce(owner_account, 0) FROM signal_note "

static enum err_code notes_row(sqlite3_stmt *stmt, struct note *out, struct err *err)
{
	out->id = sqlite3_column_int64(stmt, 0);
	out->signal = sqlite3_column_int64(stmt, 1);
	out->at_us = sqlite3_column_int64(stmt, 2);
	out->kind = (enum note_kind)sqlite3_column_int(stmt, 3);
	out->period = period_from_key(sqlite3_column_int64(stmt, 4));
	out->account = sqlite3_column_int64(stmt, 5);
	(void)snprintf(out->who, sizeof out->who, "%s", db_text(stmt, 6));
	out->role = role_parse(db_text(stmt, 7));
	(void)snprintf(out->owner, sizeof out->owner, "%s", db_text(stmt, 9));
	out->owner_account = sqlite3_column_int64(stmt, 10);
	out->text = strdup(db_text(stmt, 8));
	return out->text != NULL ? ERR_OK : err_set(err, ERR_NOMEM, "notes: out of memory");
}

static enum err_code notes_collect(sqlite3_stmt *stmt, struct notes *out, struct err *err)
{
	size_t room = 0;
	int row = 0;
	enum err_code code;

	while ((code = db_step(stmt, &row, err)) == ERR_OK && row) {
		if (out->n == room) {
			size_t more = room == 0 ? 32 : room * 2;
			struct note *bigger = realloc(out->notes, more * sizeof *bigger);

			if (bigger == NULL) {
				code = err_set(err, ERR_NOMEM, "notes: out of memory");
				break;
			}
			out->notes = bigger;
			room = more;
		}
		memset(&out->notes[out->n], 0, sizeof *out->notes);
		code = notes_row(stmt, &out->notes[out->n++], err);
		if (code != ERR_OK)
			break;
	}
	(void)sqlite3_reset(stmt);
	return code;
}

static const char notes_list_sql[] = NOTES_COLUMNS "WHERE signal = $1 ORDER BY id";

enum err_code notes_list(struct office *o, int64_t signal, struct notes *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, notes_list_sql, &stmt, err);

	*out = (struct notes){ 0 };
	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, signal);
	return notes_collect(stmt, out, err);
}

/* Of each signal the newest owner (4), and the newest of acknowledged and reopened (2, 3). */
static const char notes_current_sql[] = NOTES_COLUMNS
	"WHERE id IN (SELECT max(id) FROM signal_note WHERE kind > 1 GROUP BY signal, kind = 4) "
	"ORDER BY signal, id";

enum err_code notes_current(struct office *o, struct notes *out, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, notes_current_sql, &stmt, err);

	*out = (struct notes){ 0 };
	return code == ERR_OK ? notes_collect(stmt, out, err) : code;
}

void notes_clear(struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->notes[i].text);
	free(notes->notes);
	*notes = (struct notes){ 0 };
}

static int notes_compare(const void *key, const void *element)
{
	const int64_t signal = *(const int64_t *)key;
	const struct note *note = element;

	return signal < note->signal ? -1 : signal > note->signal;
}

struct notes_state notes_state(const struct notes *notes, const struct signal *s)
{
	struct notes_state state = { 0 };
	const struct note *note = NULL;

	if (notes->n > 0)
		note = bsearch(&s->id, notes->notes, notes->n, sizeof *note, notes_compare);
	while (note != NULL && note > notes->notes && note[-1].signal == s->id)
		note--;
	for (; note != NULL && note < notes->notes + notes->n && note->signal == s->id; note++) {
		if (note->kind == NOTE_OWNER)
			state.owner = note->owner[0] == '\0' ? NULL : note;
		else if (note->kind == NOTE_ACKNOWLEDGED && note->at_us >= s->pending_us)
			state.acknowledged = note;
		else if (note->kind == NOTE_REOPENED)
			state.acknowledged = NULL;
	}
	state.held_again = state.acknowledged != NULL &&
			   period_key(s->last) > period_key(state.acknowledged->period);
	return state;
}

static const char notes_version_sql[] = "SELECT coalesce(max(id), 0) FROM signal_note";

enum err_code notes_version(struct office *o, int64_t *version, struct err *err)
{
	sqlite3_stmt *stmt;
	int row = 0;
	enum err_code code = office_prepare(o, notes_version_sql, &stmt, err);

	*version = 0;
	if (code != ERR_OK)
		return code;
	code = db_step(stmt, &row, err);
	if (code == ERR_OK && row)
		*version = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return code;
}

const char *note_kind_name(enum note_kind kind)
{
	switch (kind) {
	case NOTE_TEXT:
		return "note";
	case NOTE_ACKNOWLEDGED:
		return "acknowledged";
	case NOTE_REOPENED:
		return "reopened";
	case NOTE_OWNER:
		return "owner";
	}
	return "";
}

/* ---- check */

static size_t notes_characters(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int notes_is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

static enum err_code notes_check_text(const char *text, struct err *err)
{
	size_t n = notes_characters(text);

	if (notes_is_blank(text))
		return err_set(err, ERR_MALFORMED, "Enter a note");
	if (n > NOTES_TEXT_MAX)
		return err_set(err, ERR_MALFORMED,
			       "The note must be %d characters or fewer; it has %zu",
			       NOTES_TEXT_MAX, n);
	return ERR_OK;
}

/* ---- write */

static const char notes_add_sql[] =
	"INSERT INTO signal_note (signal, at_us, kind, period, account, who, role, text, owner, "
	"owner_account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

static enum err_code notes_insert(struct office *o, const struct viewer *who,
				  const struct signal *s, const struct note *note, struct err *err)
{
	sqlite3_stmt *stmt;
	enum err_code code = office_prepare(o, notes_add_sql, &stmt, err);

	if (code != ERR_OK)
		return code;
	db_bind_int(stmt, 1, s->id);
	db_bind_int(stmt, 2, clock_wall_us());
	db_bind_int(stmt, 3, note->kind);
	db_bind_int(stmt, 4, period_key(s->last));
	db_bind_int(stmt, 5, who->account);
	db_bind_text(stmt, 6, who->full_name[0] == '\0' ? who->name : who->full_name);
	db_bind_text(stmt, 7, role_name(who->role));
	db_bind_text(stmt, 8, note->text);
	db_bind_text(stmt, 9, note->owner);
	if (note->owner_account == 0)
		db_bind_null(stmt, 10);
	else
		db_bind_int(stmt, 10, note->owner_account);
	return db_run(stmt, err);
}

/* The row and what the audit log says of it, in the caller's transaction. */
static enum err_code notes_put(struct office *o, const struct viewer *who, const char *peer,
			       const struct signal *s, const struct note *note, const char *detail,
			       struct err *err)
{
	static const char *const actions[] = { [NOTE_TEXT] = "signal note",
					       [NOTE_ACKNOWLEDGED] = "signal acknowledged",
					       [NOTE_REOPENED] = "signal reopened",
					       [NOTE_OWNER] = "signal owner" };
	char about[32];
	enum err_code code = notes_insert(o, who, s, note, err);

	(void)snprintf(about, sizeof about, "signal %" PRId64, s->id);
	if (code == ERR_OK)
		code = office_audit(o, who, peer, actions[note->kind], about, detail, err);
	return code;
}

/* What holds now, inside the transaction that changes it. */
static enum err_code notes_now(struct office *o, const struct signal *s, struct notes *out,
			       struct notes_state *state, struct err *err)
{
	enum err_code code = notes_list(o, s->id, out, err);

	*state = code == ERR_OK ? notes_state(out, s) : (struct notes_state){ 0 };
	return code;
}

static enum err_code notes_may(enum note_kind kind, const struct signal *s,
			       const struct notes_state *state, struct err *err)
{
	if (kind == NOTE_ACKNOWLEDGED && s->state == SIGNAL_CLOSED)
		return err_set(err, ERR_MALFORMED,
			       "The signal has closed, so there is nothing to acknowledge; add a "
			       "note instead");
	if (kind == NOTE_ACKNOWLEDGED && state->acknowledged != NULL && !state->held_again)
		return err_set(err, ERR_MALFORMED,
			       "%s has acknowledged the signal already; add a note instead",
			       state->acknowledged->who);
	if (kind == NOTE_REOPENED && state->acknowledged == NULL)
		return err_set(err, ERR_MALFORMED,
			       "The signal is not acknowledged, so there is nothing to take back");
	return ERR_OK;
}

static enum err_code notes_say(struct office *o, const struct viewer *who, const char *peer,
			       const struct signal *s, enum note_kind kind, const char *text,
			       struct err *err)
{
	struct note note = { .kind = kind };
	struct notes notes = { 0 };
	struct notes_state state;
	enum err_code code = notes_check_text(text, err);

	if (code == ERR_OK)
		code = office_begin(o, err);
	if (code != ERR_OK)
		return code;
	code = notes_now(o, s, &notes, &state, err);
	if (code == ERR_OK)
		code = notes_may(kind, s, &state, err);
	if (code == ERR_OK) {
		note.text = strdup(text);
		code = note.text == NULL ? err_set(err, ERR_NOMEM, "notes: out of memory")
					 : notes_put(o, who, peer, s, &note, text, err);
		free(note.text);
	}
	notes_clear(&notes);
	return office_end(o, code, err);
}

enum err_code notes_add(struct office *o, const struct viewer *who, const char *peer,
			const struct signal *s, const char *text, struct err *err)
{
	return notes_say(o, who, peer, s, NOTE_TEXT, text, err);
}

enum err_code notes_acknowledge(struct office *o, const struct viewer *who, const char *peer,
				const struct signal *s, const char *text, struct err *err)
{
	return notes_say(o, who, peer, s, NOTE_ACKNOWLEDGED, text, err);
}

enum err_code notes_reopen(struct office *o, const struct viewer *who, const char *peer,
			   const struct signal *s, const char *text, struct err *err)
{
	return notes_say(o, who, peer, s, NOTE_REOPENED, text, err);
}

/* ---- owner */

static enum err_code notes_read_owner(struct office *o, int64_t account, const char *name,
				      struct note *note, struct err *err)
{
	struct account found;
	enum err_code code;

	if (account == 0) {
		if (notes_characters(name) > NOTES_OWNER_MAX)
			return err_set(err, ERR_MALFORMED,
				       "The owner's name must be %d characters or fewer",
				       NOTES_OWNER_MAX);
		if (strpbrk(name, "\t\n") != NULL || (name[0] != '\0' && notes_is_blank(name)))
			return err_set(err, ERR_MALFORMED, "Enter the owner's name on one line");
		(void)snprintf(note->owner, sizeof note->owner, "%s", name);
		return ERR_OK;
	}
	code = account_find_id(o, account, &found, err);
	if (code == ERR_MISSING ||
	    (code == ERR_OK &&
	     (!found.active || (found.role != ROLE_CENTRAL && found.role != ROLE_DISTRICT))))
		return err_set(err, ERR_MALFORMED,
			       "Choose an owner from the list, or enter another name");
	if (code != ERR_OK)
		return code;
	note->owner_account = found.id;
	(void)snprintf(note->owner, sizeof note->owner, "%s",
		       found.full_name[0] == '\0' ? found.name : found.full_name);
	return ERR_OK;
}

static enum err_code notes_change_owner(struct office *o, const struct viewer *who,
					const char *peer, const struct signal *s, struct note *note,
					struct err *err)
{
	struct notes notes = { 0 };
	struct notes_state state;
	char detail[2 * NOTES_NAME_BYTES + 32];
	const char *before;
	enum err_code code = notes_now(o, s, &notes, &state, err);

	if (code == ERR_OK) {
		before = state.owner == NULL ? "" : state.owner->owner;
		if (strcmp(before, note->owner) == 0 &&
		    (state.owner == NULL ? 0 : state.owner->owner_account) == note->owner_account)
			code = err_set(err, ERR_MALFORMED, "%s owns the signal already",
				       before[0] == '\0' ? "Nobody" : before);
		(void)snprintf(detail, sizeof detail, "%s, was %s",
			       note->owner[0] == '\0' ? "nobody" : note->owner,
			       before[0] == '\0' ? "nobody" : before);
	}
	if (code == ERR_OK)
		code = notes_put(o, who, peer, s, note, detail, err);
	notes_clear(&notes);
	return code;
}

enum err_code notes_set_owner(struct office *o, const struct viewer *who, const char *peer,
			      const struct signal *s, int64_t account, const char *name,
			      struct err *err)
{
	char none[] = "";
	struct note note = { .kind = NOTE_OWNER, .text = none };
	enum err_code code = office_begin(o, err);

	if (code != ERR_OK)
		return code;
	code = notes_read_owner(o, account, name, &note, err);
	if (code == ERR_OK)
		code = notes_change_owner(o, who, peer, s, &note, err);
	return office_end(o, code, err);
}
