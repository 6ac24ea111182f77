#include "proto/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>
#include <zmq.h>

#include "proto/file.h"

#define KEY_BYTES 32
#define LINE_BYTES 128 /* kind, space, 64 characters, newline */
#define CURVE_KIND "curve-secret"
#define SIGN_KIND "sign-secret"

static enum err_code keys_ready(struct err *err)
{
	if (sodium_init() < 0)
		return err_set(err, ERR_IO, "libsodium cannot start: no random numbers");
	return ERR_OK;
}

/* ---- files */

static enum err_code keys_write(int fd, const char *line, struct err *err)
{
	size_t len = strlen(line);
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(fd, line + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "write: %s",
				       strerror(errno));
		done += (size_t)n;
	}
	if (fchmod(fd, 0600) != 0 || fsync(fd) != 0)
		return err_set(err, ERR_IO, "sync: %s", strerror(errno));
	return ERR_OK;
}

/* Writes "<kind> <text>\n" to a file that must not exist yet. */
static enum err_code keys_create_file(const char *path, const char *kind, const char *text,
				      struct err *err)
{
	char line[LINE_BYTES];
	enum err_code code;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return err_set(err, ERR_BUSY,
			       "%s: exists already; a key that is in use must not be replaced: "
			       "move it away first if you mean to",
			       path);
	if (fd < 0)
		return err_set(err, ERR_IO, "create %s: %s", path, strerror(errno));
	(void)snprintf(line, sizeof line, "%s %s\n", kind, text);
	code = keys_write(fd, line, err);
	sodium_memzero(line, sizeof line);
	(void)close(fd);
	if (code != ERR_OK) {
		(void)unlink(path);
		err_wrap(err, "%s", path);
		return code;
	}
	return file_sync_folder(path, err);
}

static enum err_code keys_read_line(const char *path, char line[LINE_BYTES], struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum err_code code;
	ssize_t n;

	if (fd < 0)
		return err_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO, "open %s: %s", path,
			       strerror(errno));
	code = file_check_secret(fd, path, err);
	if (code == ERR_OK) {
		n = read(fd, line, LINE_BYTES - 1);
		if (n < 0)
			code = err_set(err, ERR_IO, "read %s: %s", path, strerror(errno));
		else
			line[n] = '\0';
	}
	(void)close(fd);
	return code;
}

/* Reads "<kind> <text>" and copies text, which must have text_len characters. */
static enum err_code keys_load_file(const char *path, const char *kind, char *text, size_t text_len,
				    struct err *err)
{
	char line[LINE_BYTES] = { 0 };
	size_t kind_len = strlen(kind);
	enum err_code code = keys_read_line(path, line, err);

	if (code == ERR_OK) {
		line[strcspn(line, "\r\n")] = '\0';
		if (strncmp(line, kind, kind_len) != 0 || line[kind_len] != ' ')
			code = err_set(err, ERR_MALFORMED, "%s: does not start with \"%s \"", path,
				       kind);
		else if (strlen(line + kind_len + 1) != text_len)
			code = err_set(err, ERR_MALFORMED, "%s: the key must have %zu characters",
				       path, text_len);
		else
			memcpy(text, line + kind_len + 1, text_len + 1);
	}
	sodium_memzero(line, sizeof line);
	return code;
}

/* ---- CURVE */

static enum err_code keys_curve_fill(struct keys_curve *out, const char *path, struct err *err)
{
	if (zmq_z85_decode(out->secret_key, out->secret_text) == NULL ||
	    zmq_curve_public(out->public_text, out->secret_text) != 0 ||
	    zmq_z85_decode(out->public_key, out->public_text) == NULL) {
		keys_curve_wipe(out);
		return err_set(err, ERR_MALFORMED, "%s: not a Z85 key", path);
	}
	return ERR_OK;
}

enum err_code keys_curve_create(const char *path, struct keys_curve *out, struct err *err)
{
	enum err_code code;

	memset(out, 0, sizeof *out);
	if (zmq_curve_keypair(out->public_text, out->secret_text) != 0)
		return err_set(err, ERR_IO, "libzmq was built without CURVE: %s",
			       zmq_strerror(zmq_errno()));
	code = keys_curve_fill(out, path, err);
	if (code == ERR_OK)
		code = keys_create_file(path, CURVE_KIND, out->secret_text, err);
	if (code != ERR_OK)
		keys_curve_wipe(out);
	return code;
}

enum err_code keys_curve_load(const char *path, struct keys_curve *out, struct err *err)
{
	enum err_code code;

	memset(out, 0, sizeof *out);
	code = keys_load_file(path, CURVE_KIND, out->secret_text, KEYS_CURVE_TEXT - 1, err);
	return code == ERR_OK ? keys_curve_fill(out, path, err) : code;
}

void keys_curve_wipe(struct keys_curve *keys)
{
	sodium_memzero(keys, sizeof *keys);
}

/* ---- Ed25519: the file holds the seed */

static void keys_sign_fill(struct keys_sign *out, const uint8_t seed[KEY_BYTES])
{
	(void)crypto_sign_seed_keypair(out->public_key, out->secret_key, seed);
	(void)keys_hex(out->public_key, KEY_BYTES, out->public_text);
}

enum err_code keys_sign_create(const char *path, struct keys_sign *out, struct err *err)
{
	uint8_t seed[KEY_BYTES];
	char text[2 * KEY_BYTES + 1];
	enum err_code code = keys_ready(err);

	memset(out, 0, sizeof *out);
	if (code != ERR_OK)
		return code;
	randombytes_buf(seed, sizeof seed);
	code = keys_create_file(path, SIGN_KIND, keys_hex(seed, KEY_BYTES, text), err);
	if (code == ERR_OK)
		keys_sign_fill(out, seed);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text, sizeof text);
	return code;
}

enum err_code keys_sign_load(const char *path, struct keys_sign *out, struct err *err)
{
	uint8_t seed[KEY_BYTES];
	char text[2 * KEY_BYTES + 1];
	enum err_code code = keys_ready(err);

	memset(out, 0, sizeof *out);
	if (code == ERR_OK)
		code = keys_load_file(path, SIGN_KIND, text, 2 * KEY_BYTES, err);
	if (code == ERR_OK) {
		code = keys_unhex(text, seed, KEY_BYTES, err);
		if (code == ERR_OK)
			keys_sign_fill(out, seed);
		else
			err_wrap(err, "%s", path);
	}
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(text, sizeof text);
	return code;
}

void keys_sign_wipe(struct keys_sign *keys)
{
	sodium_memzero(keys, sizeof *keys);
}

/* ---- enrolment line */

static const char *const part_names[] = { "\"district-enrol\"", "the format's number", "the agent",
					  "the CURVE key", "the signing key" };
#define N_PARTS (int)(sizeof part_names / sizeof *part_names)

static enum err_code keys_enrolment_split(const char *line, char parts[][81], struct err *err)
{
	static const char space[] = " \t\r\n";

	for (int i = 0; i < N_PARTS; i++) {
		size_t len;

		line += strspn(line, space);
		len = strcspn(line, space);
		if (len == 0)
			return err_set(err, ERR_MALFORMED, "enrolment line: %s is missing",
				       part_names[i]);
		if (len > 80)
			return err_set(err, ERR_MALFORMED, "enrolment line: %s is too long",
				       part_names[i]);
		memcpy(parts[i], line, len);
		parts[i][len] = '\0';
		line += len;
	}
	if (line[strspn(line, space)] != '\0')
		return err_set(err, ERR_MALFORMED,
			       "enrolment line: something follows the signing key");
	return ERR_OK;
}

enum err_code keys_enrolment_parse(const char *line, struct keys_enrolment *out, struct err *err)
{
	char parts[N_PARTS][81] = { { 0 } };
	enum err_code code = keys_ready(err);

	memset(out, 0, sizeof *out);
	if (code == ERR_OK)
		code = keys_enrolment_split(line, parts, err);
	if (code != ERR_OK)
		return code;
	if (strcmp(parts[0], "district-enrol") != 0)
		return err_set(err, ERR_MALFORMED,
			       "enrolment line: must start with \"district-enrol\"");
	if (strcmp(parts[1], "1") != 0)
		return err_set(err, ERR_VERSION,
			       "enrolment line: format %.16s is not known; this program reads "
			       "format 1",
			       parts[1]);
	if (!keys_name_valid(parts[2]))
		return err_set(err, ERR_MALFORMED,
			       "enrolment line: the agent's name may have a–z, 0–9 and -, 1–64 of "
			       "them, and starts with a letter");
	if (strlen(parts[3]) != KEYS_CURVE_TEXT - 1 ||
	    zmq_z85_decode(out->curve_public, parts[3]) == NULL)
		return err_set(err, ERR_MALFORMED,
			       "enrolment line: the CURVE key is not 40 characters of Z85");
	if (keys_unhex(parts[4], out->sign_public, KEY_BYTES, NULL) != ERR_OK ||
	    crypto_core_ed25519_is_valid_point(out->sign_public) != 1)
		return err_set(err, ERR_MALFORMED,
			       "enrolment line: the signing key is not an Ed25519 key in 64 "
			       "hexadecimal digits");
	memcpy(out->agent, parts[2], sizeof out->agent);
	memcpy(out->curve_text, parts[3], sizeof out->curve_text);
	return ERR_OK;
}

int keys_enrolment_format(const char *agent, const struct keys_curve *curve,
			  const struct keys_sign *sign, char *out, int size)
{
	return snprintf(out, (size_t)size, "district-enrol 1 %s %s %s", agent, curve->public_text,
			sign->public_text);
}

/* ---- text */

const char *keys_hex(const uint8_t *bytes, int len, char *out)
{
	return sodium_bin2hex(out, (size_t)len * 2 + 1, bytes, (size_t)len);
}

enum err_code keys_unhex(const char *text, uint8_t *out, int len, struct err *err)
{
	size_t n = 0;
	size_t text_len = strlen(text);

	if (text_len != (size_t)len * 2 ||
	    sodium_hex2bin(out, (size_t)len, text, text_len, NULL, &n, NULL) != 0 ||
	    n != (size_t)len)
		return err_set(err, ERR_MALFORMED, "must be %d hexadecimal digits", len * 2);
	return ERR_OK;
}

int keys_name_valid(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > 64 || name[0] < 'a' || name[0] > 'z')
		return 0;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}
