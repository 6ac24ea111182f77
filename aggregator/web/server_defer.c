/* server_defer: slow work beside the thread that answers. In: exchanges whose response carries a
 * struct defer. Out: the same, work done, in order. The mutex guards the two queues; what hangs on
 * an exchange belongs to one side at a time. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "aggregator/web/server_private.h"
#include "proto/limits.h"

struct queue {
	struct exchange *first, **last;
};

struct deferrals {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct queue waiting, done;
	int n_waiting; /* with the one under way */
	int quit, running;
	int fd;
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void queue_put(struct queue *q, struct exchange *x)
{
	x->next = NULL;
	*q->last = x;
	q->last = &x->next;
}

static struct exchange *queue_take(struct queue *q)
{
	struct exchange *x = q->first;

	if (x == NULL)
		return NULL;
	q->first = x->next;
	if (q->first == NULL)
		q->last = &q->first;
	return x;
}

/* Under the mutex. */
static void deferrals_done(struct deferrals *d, struct exchange *x)
{
	const uint64_t one = 1;

	queue_put(&d->done, x);
	d->n_waiting--;
	(void)!write(d->fd, &one, sizeof one); /* full: it is readable already */
}

static void *deferrals_work(void *context)
{
	struct deferrals *d = context;
	struct exchange *x;

	(void)pthread_mutex_lock(&d->mutex);
	while (!d->quit) {
		x = queue_take(&d->waiting);
		if (x == NULL) {
			(void)pthread_cond_wait(&d->wake, &d->mutex);
			continue;
		}
		(void)pthread_mutex_unlock(&d->mutex);
		x->rs.defer->work(x->rs.defer->context);
		(void)pthread_mutex_lock(&d->mutex);
		deferrals_done(d, x);
	}
	while ((x = queue_take(&d->waiting)) != NULL) {
		x->skipped = 1;
		deferrals_done(d, x);
	}
	(void)pthread_mutex_unlock(&d->mutex);
	return NULL;
}

/* Signals are for the main thread. */
static int thread_start(struct deferrals *d)
{
	sigset_t all;
	sigset_t before;
	int said;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	said = pthread_create(&d->thread, NULL, deferrals_work, d);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return said;
}

enum err_code deferrals_open(struct deferrals **out, struct err *err)
{
	struct deferrals *d = calloc(1, sizeof *d);
	int said;

	*out = NULL;
	if (d == NULL)
		return err_set(err, ERR_NOMEM, "out of memory");
	queue_init(&d->waiting);
	queue_init(&d->done);
	(void)pthread_mutex_init(&d->mutex, NULL);
	(void)pthread_cond_init(&d->wake, NULL);
	d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	said = d->fd < 0 ? errno : thread_start(d);
	d->running = said == 0;
	*out = d;
	if (said == 0)
		return ERR_OK;
	deferrals_close(out);
	return err_set(err, ERR_IO, "worker thread: %s", strerror(said));
}

void deferrals_stop(struct deferrals *d)
{
	if (d == NULL || !d->running)
		return;
	(void)pthread_mutex_lock(&d->mutex);
	d->quit = 1;
	(void)pthread_cond_signal(&d->wake);
	(void)pthread_mutex_unlock(&d->mutex);
	(void)pthread_join(d->thread, NULL);
	d->running = 0;
}

void deferrals_close(struct deferrals **deferrals)
{
	struct deferrals *d = *deferrals;

	if (d == NULL)
		return;
	deferrals_stop(d);
	if (d->fd >= 0)
		(void)close(d->fd);
	(void)pthread_cond_destroy(&d->wake);
	(void)pthread_mutex_destroy(&d->mutex);
	free(d);
	*deferrals = NULL;
}

int deferrals_fd(const struct deferrals *d)
{
	return d->fd;
}

int deferrals_put(struct deferrals *d, struct exchange *x)
{
	int taken;

	(void)pthread_mutex_lock(&d->mutex);
	taken = d->running && !d->quit && d->n_waiting < LIMIT_WEB_DEFERRED;
	if (taken) {
		queue_put(&d->waiting, x);
		d->n_waiting++;
		(void)pthread_cond_signal(&d->wake);
	}
	(void)pthread_mutex_unlock(&d->mutex);
	return taken;
}

struct exchange *deferrals_take(struct deferrals *d)
{
	struct exchange *x;
	uint64_t n;

	(void)pthread_mutex_lock(&d->mutex);
	x = queue_take(&d->done);
	if (x == NULL)
		(void)!read(d->fd, &n, sizeof n); /* nothing more to tell of */
	(void)pthread_mutex_unlock(&d->mutex);
	return x;
}
