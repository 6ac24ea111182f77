#ifndef DEPLOY_DEMO_STAFF_H
#define DEPLOY_DEMO_STAFF_H

#include "deploy/demo/sim.h"

/* Social workers: posts, joiners, leavers, agency cover, who holds which case. */

/* Fills the offices on the first day. */
void staff_begin(struct sim *s);

/* Leavers, joiners and agency cover of one day in one district. */
void staff_day(struct sim *s, int district, int32_t day);

/* A new episode waits for its worker; its end is noted. */
void staff_await(struct sim *s, int32_t episode);

/* Tasks that came due. */
void staff_allocate(struct sim *s, int32_t episode, int32_t day);
void staff_close(struct sim *s, int32_t episode, int32_t day);

/* Posts of a role in a district, filled or not, in millionths. */
int64_t staff_establishment(const struct city *c, int district, int role);

/* Working days lost by a worker in the month that begins on the day, in thousandths. */
int32_t staff_days_lost(const struct city *c, int32_t worker, int32_t month_start);

/* The most workers that one day can add. */
int32_t staff_records_a_day(const struct sim *s);

#endif
