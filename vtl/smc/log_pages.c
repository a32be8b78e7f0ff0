/* SPDX-License-Identifier: Apache-2.0 */
/* Log pages of a changer: temperature, move statistics, TapeAlert (SMC-3 7.2). */
#include "vtl/smc/changer.h"
#include "vtl/library/robot.h"

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

#define ALERT(n) { .code = (n), .len = 1, .control = 0xc0, .flag = true, .value = alert, .name = "flag " #n }
#define ALERTS(t) \
	ALERT(0x##t##1), ALERT(0x##t##2), ALERT(0x##t##3), ALERT(0x##t##4), ALERT(0x##t##5), \
	ALERT(0x##t##6), ALERT(0x##t##7), ALERT(0x##t##8), ALERT(0x##t##9), ALERT(0x##t##a), \
	ALERT(0x##t##b), ALERT(0x##t##c), ALERT(0x##t##d), ALERT(0x##t##e), ALERT(0x##t##f)

/* clang-format off */
static const struct log_param alert_params[] = {
	ALERTS(0), ALERT(0x10), ALERTS(1), ALERT(0x20), ALERTS(2), ALERT(0x30), ALERTS(3), ALERT(0x40),
	{ 0 },
};
/* clang-format on */

const struct log_page smc_log_pages[] = {
	{ .page = 0x0d, .name = "Temperature", .params = temperature_params },
	{ .page = 0x14, .name = "Media Changer Statistics", .params = statistics_params },
	{ .page = 0x2e, .name = "TapeAlert", .params = alert_params, .sent = log_alert_sent },
	{ 0 },
};
/* clang-format on */
