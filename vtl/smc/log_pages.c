/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages of a changer: temperature, move statistics, TapeAlert (SMC-3 7.2). */
#include "vtl/library/robot.h"
#include "vtl/smc/changer.h"
#include "vtl/smc/log_rows.h"

/* --- 0Dh ------------------------------------------------------------------------------------------ */

/* SPC-5 7.3.21: the value of a device without a thermometer. */
static uint64_t no_temperature(struct lu *lu, uint16_t code)
{
	return 0xff;
}

/* --- 14h: counted since the daemon started -------------------------------------------------------- */

static uint64_t moves(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->counts.moves;
}

static uint64_t doors(struct lu *lu, uint16_t code)
{
	return changer_library(lu)->counts.doors;
}

/* --- 2Eh ------------------------------------------------------------------------------------------ */

/* Flags that can be set (SMC-3, TapeAlert annex). */
enum { ALERT_HARDWARE_B = 2, ALERT_LOAD_RETRY = 15, ALERT_DRIVE_OFFLINE = 22 };

void smc_trouble(void *server, enum move_result result)
{
	struct changer *changer = server;
	events_add(&changer->events, result);
	lu_alert(&changer->lu, result == MOVE_LOAD_FAILED ? ALERT_LOAD_RETRY : ALERT_HARDWARE_B);
}

/* Set while an installed drive could not be started, whether the flag was read or not. */
static bool drive_offline(const struct library *library)
{
	const struct drive *drive;
	TAILQ_FOREACH(drive, &library->drives, link)
		if (!drive->ops)
			return true;
	return false;
}

static uint64_t alert(struct lu *lu, uint16_t code)
{
	return log_alert(lu, code) || (code == ALERT_DRIVE_OFFLINE && drive_offline(changer_library(lu)));
}

/* clang-format off */
static const struct log_param temperature_params[] = {
	{ .code = 0x0000, .len = 2, .control = 0x03, .value = no_temperature, .name = "temperature" },
	{ 0 },
};

#define COUNT(c, v, n) { .code = (c), .len = 8, .control = 0x43, .value = v, .name = n }
static const struct log_param statistics_params[] = {
	COUNT(0x0000, moves, "number of moves"),
	COUNT(0x0001, moves, "number of picks"),
	COUNT(0x0003, moves, "number of places"),
	COUNT(0x0008, doors, "number of import/export door opens"),
	{ 0 },
};

#define ALERT(n, byte) { .code = (n), .len = 1, .control = (byte), .flag = true, .value = alert, .name = "flag " #n }
#define ALERTS(t, byte) \
	ALERT(0x##t##1, byte), ALERT(0x##t##2, byte), ALERT(0x##t##3, byte), ALERT(0x##t##4, byte), ALERT(0x##t##5, byte), \
	ALERT(0x##t##6, byte), ALERT(0x##t##7, byte), ALERT(0x##t##8, byte), ALERT(0x##t##9, byte), ALERT(0x##t##a, byte), \
	ALERT(0x##t##b, byte), ALERT(0x##t##c, byte), ALERT(0x##t##d, byte), ALERT(0x##t##e, byte), ALERT(0x##t##f, byte)
#define ALL_ALERTS(byte) \
	ALERTS(0, byte), ALERT(0x10, byte), ALERTS(1, byte), ALERT(0x20, byte), ALERTS(2, byte), ALERT(0x30, byte), \
	ALERTS(3, byte), ALERT(0x40, byte)

static const struct log_param alert_params[] = { ALL_ALERTS(0xc0), { 0 } };
static const struct log_param alert_params_msl[] = { ALL_ALERTS(0x40), { 0 } };

#define PAGE_07(list)     { .page = 0x07, .name = "Last n Error Events", .params = list }
#define PAGE_0D(list)     { .page = 0x0d, .name = "Temperature", .params = list }
#define PAGE_2E(list)     { .page = 0x2e, .name = "TapeAlert", .params = list, .sent = log_alert_sent }
#define VENDOR(number, list) { .page = number, .name = "Vendor Specific", .params = list }

const struct log_page smc_log_pages[] = {
	PAGE_0D(temperature_params),
	{ .page = 0x14, .name = "Media Changer Statistics", .params = statistics_params },
	PAGE_2E(alert_params),
	{ 0 },
};

/* Oracle's SCSI reference of the SL150. */
const struct log_page smc_log_pages_sl150[] = { PAGE_07(events_all), PAGE_2E(alert_params), { 0 } };

/* As captured from an MSL3040. */
const struct log_page smc_log_pages_msl[] = {
	PAGE_07(events_there), PAGE_0D(msl_temperature), PAGE_2E(alert_params_msl), VENDOR(0x30, msl_usage),
	VENDOR(0x34, msl_nothing), VENDOR(0x36, msl_nothing), VENDOR(0x38, msl_nothing), VENDOR(0x3a, msl_nothing),
	VENDOR(0x3b, msl_nothing), VENDOR(0x3e, msl_status), { 0 },
};
/* clang-format on */
