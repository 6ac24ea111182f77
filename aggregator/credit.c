#include "aggregator/credit.h"

#include "proto/limits.h"

/* What an entry's frame has beside the payload, which is what credit counts. */
#define CREDIT_AROUND_BYTES 256

void credit_init(struct credit *c, int64_t pool_bytes, int64_t most_bytes)
{
	*c = (struct credit){ .pool = pool_bytes, .most = most_bytes };
}

static int64_t credit_reserve(const struct credit *c)
{
	int64_t quarter = c->pool / 4;

	return quarter > LIMIT_FRAME_BYTES ? quarter : LIMIT_FRAME_BYTES;
}

static int64_t credit_shares(const struct credit *c)
{
	return c->pool - credit_reserve(c);
}

static int64_t credit_fair(const struct credit *c)
{
	int64_t fair = credit_shares(c) / (c->n_agents > 0 ? c->n_agents : 1);

	return fair < c->most ? fair : c->most;
}

void credit_join(struct credit *c, struct credit_share *s)
{
	if (!s->joined)
		c->n_agents++;
	s->joined = 1;
}

void credit_leave(struct credit *c, struct credit_share *s)
{
	if (!s->joined)
		return;
	credit_return(c, s);
	c->told -= s->told;
	c->n_agents--;
	*s = (struct credit_share){ 0 };
}

int64_t credit_tell(struct credit *c, struct credit_share *s, int64_t now_ms)
{
	int64_t left = credit_shares(c) - (c->told - s->told);
	int64_t now = credit_fair(c);

	if (now > left)
		now = left > 0 ? left : 0;
	if (now < s->told) {
		s->former = s->told;
		s->former_until_ms = now_ms + CREDIT_GRACE_MS;
	}
	c->told += now - s->told;
	s->told = now;
	return s->told + s->lent;
}

int credit_due(const struct credit *c, const struct credit_share *s)
{
	int64_t fair = credit_fair(c);
	int64_t left = credit_shares(c) - c->told;

	if (!s->joined)
		return 0;
	if (s->told > fair + fair / 4)
		return 1; /* others need it */
	return s->told < fair / 2 && left >= fair / 2;
}

int credit_lend(struct credit *c, struct credit_share *s, int64_t now_ms)
{
	if (!s->joined || s->lent > 0 || s->told >= LIMIT_FRAME_BYTES ||
	    c->lent + LIMIT_FRAME_BYTES > credit_reserve(c))
		return 0;
	c->lent += LIMIT_FRAME_BYTES;
	s->lent = LIMIT_FRAME_BYTES;
	s->lent_until_ms = now_ms + CREDIT_LEND_MS;
	return 1;
}

void credit_return(struct credit *c, struct credit_share *s)
{
	c->lent -= s->lent;
	s->lent = 0;
}

int credit_allows(const struct credit_share *s, int64_t waiting_bytes, int64_t frame_bytes,
		  int64_t now_ms)
{
	int64_t most = s->told + s->lent;

	if (now_ms < s->former_until_ms && s->former + s->lent > most)
		most = s->former + s->lent;
	return waiting_bytes == 0 || waiting_bytes + frame_bytes - CREDIT_AROUND_BYTES <= most;
}
