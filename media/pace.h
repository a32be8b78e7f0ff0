/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pace of compression that must not slow a stream down (CART_COMPRESS_AUTO).  A record is compressed while the data
 * become smaller, the crew keeps up and has a core for itself; else it is received in place, as without compression.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cart;
struct staged;
struct record;

enum {
	PACE_SHORTEST = 4 << 10, /* shorter records are not worth a job of their own */
	PACE_LOOK = 1
		<< 20, /* of records that are stored as they came, one is looked at after so many bytes */
	PACE_REST = 4
		<< 20, /* bytes that are stored as they came after the crew was behind; then twice as many ... */
	PACE_REST_MAX = 1 << 30, /* ... up to this */
	PACE_STEADY = 256 << 20, /* compressed without falling behind: the next rest is a short one again */
	PACE_DISAPPOINTED = 2,   /* records in a row that did not become smaller */
	PACE_CORE_LOST_US = 500, /* that a thread of the crew waited for a core during one job */
};

struct pace {
	bool on;            /* the only stage applied is optional, or there is one beside others */
	bool shrinks;       /* what was looked at last becomes smaller */
	unsigned in_vain;   /* records in a row that did not */
	uint64_t look_in;   /* bytes until the next look */
	uint64_t rest;      /* bytes still to be stored as they come */
	uint64_t rest_next; /* of the next rest */
	uint64_t steady;    /* bytes compressed since the last one */
};

/* on: an optional stage is applied. */
void pace_begin(struct pace *pace, bool on);
/* Whether a record of len bytes, which comes next, passes the optional stages. */
bool pace_allows(struct cart *cart, uint32_t len);
/* The crew was behind. */
void pace_behind(struct pace *pace);
/* The record has passed the stages. */
void pace_passed(struct pace *pace, const struct staged *slot);
/* A record of which these are the last bytes comes in place: it is looked at now and then. */
void pace_look(struct pace *pace, uint32_t record_len, const uint8_t *p, uint32_t len);
