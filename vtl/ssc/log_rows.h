/* SPDX-License-Identifier: Apache-2.0 */
/* How rows of log parameters are written, and the lists of parameters that other files hold. */
#pragma once

#include "vtl/ssc/log_values.h"

/* clang-format off */
enum { COUNTER = 0x40, ASCII_LIST = 0x41, BINARY_LIST = 0x43, ALERT = 0xc0 };

#define VALUE(c, l, v, t, ...) { .code = c, .len = l, .control = COUNTER, .value = v, .name = t, __VA_ARGS__ }
#define BUILT(c, l, b, t)      { .code = c, .len = l, .control = BINARY_LIST, .build = b, .name = t }
#define FACT(c, l, v, t, ...)  { .code = c, .len = l, .control = BINARY_LIST, .value = v, .name = t, __VA_ARGS__ }
#define TEXT(c, l, b, t)       { .code = c, .len = l, .control = ASCII_LIST, .build = b, .name = t }
#define END                    { 0 }
/* clang-format on */

/* log_transfer.c: data of this mount. */
extern const struct log_param log_write_errors[], log_read_errors[], log_compression_1b[],
	log_compression_32[], log_transferred[];
/* Clears the counters of one page, from now on. */
void log_forget_writes(struct lu *lu);
void log_forget_reads(struct lu *lu);
void log_forget_compression(struct lu *lu);
void log_forget_transferred(struct lu *lu);

/* log_drive.c: errors and life of the drive. */
extern const struct log_param log_non_medium[], log_alert_response[], log_recovery[], log_device_statistics[],
	log_service_buffers[], log_diagnostic_data[], log_port[], log_power[], log_usage_ibm[],
	log_usage_hp[], log_write_forward[], log_read_forward[], log_quality_mount[], log_quality_life[],
	log_commands_mount[], log_commands_life[];
