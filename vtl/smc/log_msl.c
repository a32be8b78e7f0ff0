/* SPDX-License-Identifier: Apache-2.0 */
/* Log parameters of an MSL3040 as captured from one: codes and lengths are its own, values those of this changer. What a
 * parameter means is not published; it is named where the captured values show it, and zero otherwise. */
#include "vtl/base/timer.h"
#include "vtl/smc/changer.h"
#include "vtl/smc/log_rows.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };

static uint64_t no_temperature(struct lu *lu, uint16_t code)
{
	return 0xff;
}

static uint64_t reference_temperature(struct lu *lu, uint16_t code)
{
	return 95;
}

static uint64_t on_ms(const struct lu *lu)
{
	const struct changer *changer = lu->device;
	return (uint64_t)(now_ms() - changer->began_ms);
}

static uint64_t on_minutes(struct lu *lu, uint16_t code)
{
	return on_ms(lu) / MINUTE_MS;
}

static uint64_t on_seconds(struct lu *lu, uint16_t code)
{
	return on_ms(lu) / SECOND_MS;
}

static uint64_t one(struct lu *lu, uint16_t code)
{
	return 1;
}

static uint64_t moves(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->counts.moves;
}

static uint64_t slots(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->n_slots;
}

static uint64_t mailslots(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->n_mailslots;
}

static uint64_t drives(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->n_drive_elements;
}

static uint64_t transports(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->n_transports;
}

static uint64_t zero(struct lu *lu, uint16_t code)
{
	return 0;
}

/* clang-format off */
#define ROW(c, l, v, t, ...) { .code = c, .len = l, .control = 0x40, .value = v, .name = t, .flag = true, __VA_ARGS__ }
#define VENDOR(c, l)         ROW(c, l, zero, "vendor counter")

const struct log_param msl_temperature[] = {
	ROW(0x0000, 2, no_temperature, "temperature"),
	ROW(0x0001, 2, reference_temperature, "reference temperature", .unit = "degrees Celsius"),
	{ 0 } };

const struct log_param msl_usage[] = {
	ROW(0x0001, 4, on_minutes, "power on", .unit = "minutes"),
	ROW(0x0002, 4, one, "power cycles"),
	VENDOR(0x0003, 4),
	ROW(0x0004, 4, moves, "moves"),
	{ 0 } };

const struct log_param msl_status[] = {
	VENDOR(0x0000, 4), VENDOR(0x0001, 4),
	ROW(0x0002, 4, moves, "moves"),
	{ .code = 0x0003, .len = 4, .control = 0x00, .value = zero, .name = "vendor counter", .flag = true },
	VENDOR(0x0004, 8),
	ROW(0x1000, 4, on_seconds, "power on", .unit = "seconds"),
	ROW(0x1001, 4, on_seconds, "power on since the last power cycle", .unit = "seconds"),
	ROW(0x1004, 4, one, "power cycles"),
	VENDOR(0x1005, 4),
	ROW(0x1006, 4, slots, "storage elements"),
	ROW(0x1007, 4, mailslots, "import/export elements"),
	VENDOR(0x1008, 4),
	ROW(0x1009, 4, drives, "data transfer elements"),
	ROW(0x100a, 4, transports, "medium transport elements"),
	ROW(0x100b, 4, moves, "moves"),
	VENDOR(0x100c, 4), VENDOR(0x100d, 4),
	{ 0 } };

const struct log_param msl_nothing[] = { { 0 } };
/* clang-format on */
