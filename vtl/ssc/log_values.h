/* SPDX-License-Identifier: Apache-2.0 */
/* Values of log parameters, one function per value. */
#pragma once

#include "media/media.h"
#include "vtl/scsi/scsi.h"

struct tape;
/* Of the loaded cartridge; zeros without one. */
struct cart_usage log_usage_of(const struct tape *tape);
/* Of the partition where it is. */
struct cart_usage log_usage_here(const struct tape *tape);

uint64_t log_zero(struct lu *lu, uint16_t code);
uint64_t log_unknown(struct lu *lu, uint16_t code);       /* FFFFFFFFh: unknown */
uint64_t log_mount_written(struct lu *lu, uint16_t code); /* bytes, this mount */
uint64_t log_mount_read(struct lu *lu, uint16_t code);
uint64_t log_mount_written_mb(struct lu *lu, uint16_t code); /* 10^6 bytes */
uint64_t log_mount_read_mb(struct lu *lu, uint16_t code);
uint64_t log_mount_write_errors(struct lu *lu, uint16_t code);
uint64_t log_mount_read_errors(struct lu *lu, uint16_t code);
uint64_t log_life_written_mb(struct lu *lu, uint16_t code);
uint64_t log_life_read_mb(struct lu *lu, uint16_t code);
uint64_t log_life_left(struct lu *lu, uint16_t code);
uint64_t log_cleanings(struct lu *lu, uint16_t code); /* in the life of the drive */
/* since the last cleaning or the start of the daemon */
uint64_t log_since_cleaning_mb(struct lu *lu, uint16_t code);
uint64_t log_loads(struct lu *lu, uint16_t code); /* including the present load */
uint64_t log_loaded(struct lu *lu, uint16_t code);
uint64_t log_protected(struct lu *lu, uint16_t code);
uint64_t log_worm(struct lu *lu, uint16_t code);
uint64_t log_capacity_mb(struct lu *lu, uint16_t code); /* 10^6 bytes; unknown when empty */
uint64_t log_design_mb(struct lu *lu, uint16_t code);   /* what programs should count on */
uint64_t log_used_mb(struct lu *lu, uint16_t code);
uint64_t log_here_warning_mb(struct lu *lu,
	uint16_t code);                                    /* of the present partition: up to early warning */
uint64_t log_here_warned_mb(struct lu *lu, uint16_t code); /* behind it */
uint64_t log_here_used_mb(struct lu *lu, uint16_t code);
/* Of the partition that the code means: 2^20 bytes; 0 when empty or not there. */
/* Whether there are more than two partitions. */
bool log_many_partitions(struct lu *lu, uint16_t code);
uint64_t log_capacity_mib(struct lu *lu, uint16_t code);
uint64_t log_left_mib(struct lu *lu, uint16_t code);
uint64_t log_buffer_mb(struct lu *lu, uint16_t code);
uint64_t log_poll_ms(struct lu *lu, uint16_t code);
uint64_t log_read_ratio(struct lu *lu, uint16_t code); /* of compression, this mount, times 100 */
uint64_t log_write_ratio(struct lu *lu, uint16_t code);
uint64_t log_to_medium(struct lu *lu, uint16_t code); /* bytes as they are stored, this mount */
uint64_t log_from_medium(struct lu *lu, uint16_t code);
uint64_t log_mounted_ms(struct lu *lu, uint16_t code); /* since the load */

void log_very_high_frequency(struct lu *lu, uint16_t code, struct wire *w);
void log_volume_serial(struct lu *lu, uint16_t code, struct wire *w);
void log_barcode(struct lu *lu, uint16_t code, struct wire *w);
void log_manufacturer(struct lu *lu, uint16_t code, struct wire *w);
void log_first_encrypted(struct lu *lu, uint16_t code, struct wire *w);
void log_partition_native(struct lu *lu, uint16_t code, struct wire *w);
void log_partition_used(struct lu *lu, uint16_t code, struct wire *w);
void log_partition_left(struct lu *lu, uint16_t code, struct wire *w);
