/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up device type for tests of the core: a few commands, pages, and knobs to turn. */
#pragma once

#include "tests/lib/fake_port.h"

/* A store in memory, with knobs. */
struct shelf {
	struct {
		char key[16];
		uint8_t blob[32768];
		size_t len;
		bool there;
	} slots[4];
	int fail; /* -errno for the next saves */
	unsigned saves;
};

struct device {
	struct target *target;
	uint16_t lun;
	struct lu lu;
	struct shelf *shelf;
	bool not_ready, read_only;
	atomic_uint runs; /* handlers that came to their end; any thread may look */
	unsigned resets, gone;
	atomic_bool closed; /* C1h and C4h/01h wait while it is; any thread may open */
	bool deaf;          /* C1h does not hear of aborts */
	int late_data;      /* what its data came to, once it was let go */
	uint8_t specific;   /* mode header: device-specific parameter */
	uint32_t counter;   /* log page 02h */
	unsigned sent, commits;
	int refuse_commit; /* the byte commit() of page 0Ah calls wrong */
	enum sense current;
};

/* Bytes of data C2h and C3h move are in CDB bytes 2-4. */
extern const struct scsi_op device_ops[];

/* Makes the LU at lun of target on the given worker, opened and added; shelf may be NULL. */
void device_new(struct device *d, struct target *target, uint16_t lun, struct worker *worker,
	struct shelf *shelf);
void device_free(struct device *d);
/* Lets C1h go on. */
void device_let_go(struct device *d);
