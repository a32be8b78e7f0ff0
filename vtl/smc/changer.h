/* SPDX-License-Identifier: Apache-2.0 */
/* Private header of this room: the changer's device server. */
#pragma once

#include "vtl/smc/events.h"
#include "vtl/smc/profile.h"
#include "vtl/library/robot.h"
#include "vtl/smc/smc.h"

struct changer {
	struct lu lu;
	struct library *library;
	const struct profile *profile;
	/* from the profile, with this device's serial if the profile has one */
	uint8_t inquiry[INQUIRY_MAX];
	int64_t began_ms;
	struct events events;
};

extern const struct scsi_op smc_ops[];
extern const struct scsi_refused smc_refused[]; /* ends with name NULL */
extern const struct log_page smc_log_pages[], smc_log_pages_sl150[], smc_log_pages_msl[];

static inline struct library *changer_library(const struct lu *lu)
{
	const struct changer *changer = lu->device;
	return changer->library;
}

/* Handlers, by file. */
void smc_read_element_status(struct task *task); /* element_status.c */
void smc_send_volume_tag(struct task *task);     /* volume_tag.c */
void smc_request_volume_element_address(struct task *task);
void volume_tag_forget(struct lu *lu, struct lu_nexus *nexus);
void smc_initialize_element_status(struct task *task); /* init_status.c */
void smc_initialize_element_range(struct task *task);
void smc_move_medium(struct task *task); /* move.c */
void smc_exchange_medium(struct task *task);
void smc_position_to_element(struct task *task); /* position.c */
void smc_rezero_unit(struct task *task);
void smc_prevent_allow(struct task *task); /* prevent.c */
void smc_import_export(struct task *task);
/* log_pages.c: sets a TapeAlert flag for a failed move, and notes the event. */
void smc_trouble(void *server, enum move_result result);
