/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests that follow from the rows of commands: every row of a unit is exercised, and a new row without a sample fails.
 * They run behind a door, so that drive and changer use the same ones.
 */
#pragma once

#include "vtl/scsi/scsi.h"

struct rows_answer {
	uint8_t status;
	uint8_t sense[SENSE_LEN];
	uint32_t in_done, out_done;
	uint64_t want;
};

/* A CDB that ends with GOOD, for a row where all zeros (and the largest allocation length) do not. */
struct rows_sample {
	uint8_t code;
	int16_t sa;
	const char *cdb;                /* hex */
	const char *list;               /* data-out, in hex */
	const char *after, *after_list; /* what must run before, and its data-out */
	bool varies;                    /* the bytes differ between two calls (a clock) */
	bool refused;                   /* it cannot end with GOOD here */
};

struct rows_door {
	const struct lu *lu;
	void *arg;
	/* One command of the first initiator. */
	void (*run)(void *arg, const uint8_t *cdb, unsigned cdb_len, const void *out, uint32_t out_len,
		void *in, uint32_t in_len, struct rows_answer *ret);
	/* Brings the unit into the state in which the samples end with GOOD. */
	void (*prepare)(void *arg);
	/* What a refused command must not change, as bytes; returns how many. */
	size_t (*image)(void *arg, uint8_t *image, size_t size);
	void (*wrong)(void *arg, const char *text);
	const struct rows_sample *samples; /* ends with cdb NULL */
};

/* Each reserved bit of each CDB, alone: 5/24/00 that points at it, without effect. */
void rows_reserved_bits(const struct rows_door *door);
/* Each row with an expected data transfer length of 0, too short and too long: the data are cut, the residual is
 * right, nothing is written behind the buffer, and a list that is too short changes nothing. */
void rows_lengths(const struct rows_door *door);
