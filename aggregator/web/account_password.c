/* Passwords: which are refused, how they are hashed. Refused: shorter than 12 characters, longer
 * than 256 bytes, the account's name, and what is tried first by whoever guesses: a common one, a
 * common one with digits and signs around it, the same few characters over and over, a run of the
 * alphabet or of digits. Nothing is demanded beyond that. */

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "aggregator/web/account.h"
#include "proto/embed.h"

/* Of a random password that nobody knows, with the same cost as ours: what an account without a
 * password, or no account at all, is compared with. */
static const char password_dummy[] = "$argon2id$v=19$m=262144,t=3,p=1$6KKOBxu5o8peEkGPeeD1XQ$1UaIr+"
				     "852lbZIf53VjwF+mW0PK9J42yK0mPpM29uUVY";

/* ---- common ones */

static int password_listed(const char *text, size_t len)
{
	const struct embed *file = embed_find("aggregator/web/common_passwords.txt");
	const char *at = file == NULL ? "" : file->text;

	while (*at != '\0') {
		size_t line = strcspn(at, "\n");

		if (line == len && *at != '#' && memcmp(at, text, len) == 0)
			return 1;
		at += line + (at[line] == '\n');
	}
	return 0;
}

static int password_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* "1liverpool2026!!" is "liverpool". */
static int password_decorated(const char *text, size_t len)
{
	while (len > 0 && !password_is_letter(text[len - 1]))
		len--;
	while (len > 0 && !password_is_letter(*text)) {
		text++;
		len--;
	}
	return len > 0 && password_listed(text, len);
}

/* "abcabcabcabc", "passwordpassword": a short or listed unit repeated, the last perhaps cut. */
static int password_repeats(const char *text, size_t len)
{
	for (size_t unit = 1; unit <= len / 2; unit++) {
		if (memcmp(text, text + unit, len - unit) == 0)
			return unit <= 4 || password_listed(text, unit);
	}
	return 0;
}

/* "abcdefghijkl", "098765432109". */
static int password_runs(const char *text, size_t len)
{
	for (int step = -1; step <= 1; step += 2) {
		size_t i = 1;

		while (i < len) {
			int next = text[i - 1] + step;

			if (text[i - 1] >= '0' && text[i - 1] <= '9')
				next = (text[i - 1] - '0' + step + 10) % 10 + '0';
			if (text[i] != next)
				break;
			i++;
		}
		if (i == len)
			return 1;
	}
	return 0;
}

static int password_common(const char *small)
{
	size_t len = strlen(small);

	return password_listed(small, len) || password_decorated(small, len) ||
	       password_repeats(small, len) || password_runs(small, len);
}

/* ---- rules */

static size_t password_characters(const char *password)
{
	size_t n = 0;

	for (; *password != '\0'; password++)
		n += ((unsigned char)*password & 0xc0) != 0x80;
	return n;
}

static void password_small(const char *text, char *out, size_t size)
{
	(void)snprintf(out, size, "%s", text);
	for (; *out != '\0'; out++) {
		if (*out >= 'A' && *out <= 'Z')
			*out = (char)(*out - 'A' + 'a');
	}
}

/* A name of three letters or fewer may well occur in a good password by chance. */
static int password_holds_name(const char *small, const char *name)
{
	char small_name[ACCOUNT_NAME_MAX + 1];

	password_small(name, small_name, sizeof small_name);
	return strlen(small_name) > 3 && strstr(small, small_name) != NULL;
}

enum err_code account_check_password(const char *name, const char *password, struct err *err)
{
	char small[ACCOUNT_PASSWORD_MAX + 1];
	enum err_code code = ERR_OK;

	if (password[0] == '\0')
		return err_set(err, ERR_MALFORMED, "Enter a password");
	if (password_characters(password) < ACCOUNT_PASSWORD_MIN)
		return err_set(err, ERR_MALFORMED,
			       "Password must be %d characters or more; three random words are "
			       "easy to remember",
			       ACCOUNT_PASSWORD_MIN);
	if (strlen(password) > ACCOUNT_PASSWORD_MAX)
		return err_set(err, ERR_MALFORMED, "Password must be %d characters or fewer",
			       ACCOUNT_PASSWORD_MAX);
	password_small(password, small, sizeof small);
	if (password_holds_name(small, name))
		code = err_set(err, ERR_MALFORMED, "Password must not hold the account's name");
	else if (password_common(small))
		code = err_set(err, ERR_MALFORMED,
			       "Password is too easy to guess: choose one that is not a common "
			       "password, a run or a repetition");
	sodium_memzero(small, sizeof small);
	return code;
}

/* ---- hashes */

enum err_code account_hash_password(const char *password, char hash[ACCOUNT_HASH_BYTES],
				    struct err *err)
{
	_Static_assert(crypto_pwhash_STRBYTES <= ACCOUNT_HASH_BYTES, "a hash fits");
	if (crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_MODERATE,
			      crypto_pwhash_MEMLIMIT_MODERATE) != 0)
		return err_set(err, ERR_NOMEM,
			       "no memory to hash a password: %d MiB are needed for a moment",
			       (int)(crypto_pwhash_MEMLIMIT_MODERATE / (1024 * 1024)));
	return ERR_OK;
}

int account_password_matches(const char *hash, const char *password)
{
	int known = hash[0] != '\0';
	int matches = crypto_pwhash_str_verify(known ? hash : password_dummy, password,
					       strlen(password)) == 0;

	return known && matches;
}
