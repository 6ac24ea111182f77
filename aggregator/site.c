#include "aggregator/site.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SITE_LOCK "ingest.lock"

const char *site_path(const struct site *s, const char *name, char out[SITE_PATH_BYTES])
{
	return aggregator_config_path(s->config, name, out, SITE_PATH_BYTES);
}

enum err_code site_open(const char *config_path, struct site *s, struct err *err)
{
	enum err_code code = aggregator_config_load(config_path, &s->config, err);

	if (code == ERR_OK)
		(void)site_path(s, "store/store.db", s->store_path);
	return code;
}

void site_close(struct site *s)
{
	store_close(&s->store);
	area_tree_free(&s->areas);
	aggregator_config_free(&s->config);
}

enum err_code site_make_folder(const struct site *s, const char *name, unsigned mode,
			       struct err *err)
{
	char path[SITE_PATH_BYTES];

	if (mkdir(s->config->state, 0755) != 0 && errno != EEXIST)
		return err_set(err, ERR_IO, "make %s: %s", s->config->state, strerror(errno));
	(void)site_path(s, name, path);
	if (mkdir(path, (mode_t)mode) != 0 && errno != EEXIST)
		return err_set(err, ERR_IO, "make %s: %s", path, strerror(errno));
	return ERR_OK;
}

enum err_code site_store(struct site *s, enum db_mode mode, struct err *err)
{
	enum err_code code = mode == DB_WRITE ? site_make_folder(s, "store", 0750, err) : ERR_OK;

	if (code == ERR_OK)
		code = store_open(s->store_path, mode, &s->store, err);
	if (code == ERR_MISSING)
		err_wrap(err, "nothing was received or enrolled yet");
	return code;
}

enum err_code site_areas(struct site *s, struct err *err)
{
	return area_tree_load(s->config->areas, s->config->populations, &s->areas, err);
}

enum err_code site_keys(const struct site *s, struct keys_curve *server, struct keys_sign *receipt,
			struct err *err)
{
	char path[SITE_PATH_BYTES];
	enum err_code code = keys_curve_load(site_path(s, "keys/server.key", path), server, err);

	if (code == ERR_OK)
		code = keys_sign_load(site_path(s, "keys/receipt.key", path), receipt, err);
	if (code == ERR_MISSING)
		err_wrap(err, "run 'district-aggregator keys init' first");
	return code;
}

enum err_code site_lock(const struct site *s, int *fd, struct err *err)
{
	char path[SITE_PATH_BYTES];
	int error;

	(void)site_path(s, SITE_LOCK, path);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (*fd < 0)
		return err_set(err, ERR_IO, "open %s: %s", path, strerror(errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return ERR_OK;
	error = errno;
	(void)close(*fd);
	*fd = -1;
	if (error == EWOULDBLOCK)
		return err_set(err, ERR_BUSY, "ingest (or rebuild) is running on %s: stop it first",
			       s->config->state);
	return err_set(err, ERR_IO, "lock %s: %s", path, strerror(error));
}

int site_is_locked(const struct site *s)
{
	char path[SITE_PATH_BYTES];
	int fd = open(site_path(s, SITE_LOCK, path), O_RDONLY | O_CLOEXEC);
	int locked;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	locked = flock(fd, LOCK_SH | LOCK_NB) != 0;
	(void)close(fd);
	return locked;
}

const char *site_instant(int64_t us, char out[SITE_INSTANT_BYTES])
{
	time_t seconds = (time_t)(us / 1000000);
	struct tm utc;

	out[0] = '\0';
	if (us != 0 && gmtime_r(&seconds, &utc) != NULL)
		(void)strftime(out, SITE_INSTANT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return out;
}
