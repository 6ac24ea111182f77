#ifndef DEPLOY_DEMO_JOURNEY_H
#define DEPLOY_DEMO_JOURNEY_H

#include "deploy/demo/sim.h"

/* What happens to children: contact, early help, referral, assessment, section 47 enquiry, initial
 * conference, child protection plan, closure. */

/* The contacts and referrals of one day in one district and all that follows from them. */
void journey_day(struct sim *s, int district, int32_t day);

/* A child whose case was closed on moving becomes known to the office of the new district. */
void journey_arrive(struct sim *s, int32_t child, int district, int32_t day);

/* The most records of any kind that one day can add, all districts together. */
int32_t journey_records_a_day(const struct sim *s);

/* An episode of need that follows from a referral (episode.c). known: the child comes from another
 * office of the authority, whose assessment and conference are carried on. Returns its index. */
int32_t episode_new(struct sim *s, int32_t child, int district, int32_t date, bool known);

/* Early help from a day on (journey.c). */
void journey_help(struct sim *s, int32_t child, int district, int32_t start);

#endif
