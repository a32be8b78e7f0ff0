/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of cartridges and drives, in words. */
#include "vtl/library/health.h"

#include <errno.h>

/* clang-format off */
const struct health_row health_rows[N_HEALTH_KINDS] = {
	[HEALTH_NONE] = { .id = "good", .text = "good", .what = "no faults recorded", .remedy = "" },
	[HEALTH_READ] = { .id = "read-errors", .text = "read errors", .severity = SEVERITY_CRITICAL,
		.what = "data could not be read",
		.remedy = "check the disk, then: evertape cartridge verify %s" },
	[HEALTH_WRITE] = { .id = "write-errors", .text = "write errors", .severity = SEVERITY_WARNING,
		.what = "a write failed",
		.remedy = "check the disk, then: evertape cartridge verify %s" },
	[HEALTH_SYNC] = { .id = "data-lost", .text = "data lost", .severity = SEVERITY_CRITICAL,
		.what = "written data were lost",
		.remedy = "check the disk and memory, load it again if writes fail, repeat the job that wrote the "
		"data, then: evertape cartridge verify %s" },
	[HEALTH_OPEN] = { .id = "not-opened", .text = "cannot be opened", .severity = SEVERITY_CRITICAL,
		.what = "the cartridge could not be opened", .ends_with_open = true,
		.remedy = "check the disk, then: evertape cartridge verify %s" },
	[HEALTH_FILES] = { .id = "files-missing", .text = "files missing", .severity = SEVERITY_CRITICAL,
		.what = "data files are missing", .unit = "file", .ends_with_open = true,
		.remedy = "restore the files of the cartridge's folder, or: evertape cartridge delete %s" },
	[HEALTH_DAMAGED] = { .id = "damaged", .text = "damaged", .severity = SEVERITY_CRITICAL,
		.what = "some objects cannot be read", .unit = "object",
		.remedy = "copy the readable objects, then overwrite the cartridge, or: evertape "
		"cartridge delete %s" },
	[HEALTH_TAMPERED] = { .id = "worm-tampered", .text = "WORM tampered with", .severity = SEVERITY_CRITICAL,
		.what = "files of the WORM cartridge were changed, not by a drive", .ends_with_open = true,
		.remedy = "restore the files of the folder %s from a copy; hosts read it while WTRE of mode page 10h is 01b" },
};
/* clang-format on */

#define ALERT_ROW(name, number, severity, id, text) { number, SEVERITY_##severity, id, text },
const struct alert_row alert_rows[N_DRIVE_ALERTS] = { DRIVE_ALERTS(ALERT_ROW) };
#undef ALERT_ROW
/* clang-format on */

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[SEVERITY_NONE] = "none",
		[SEVERITY_WARNING] = "warning",
		[SEVERITY_CRITICAL] = "critical",
	};
	return (unsigned)severity < sizeof names / sizeof *names ? names[severity] : "?";
}

const char *health_error_text(enum health_kind kind, int err)
{
	bool writing = kind == HEALTH_WRITE || kind == HEALTH_SYNC;
	if (!err)
		return "";
	/* For a cartridge's files this error means something else. */
	return writing && err == -EUCLEAN ? "the file system reports damage" : media_error_text(err);
}

/* Among equally severe faults, the most specific one. */
enum health_kind health_worst(const struct health *health)
{
	static const enum health_kind order[] = { HEALTH_TAMPERED, HEALTH_FILES, HEALTH_OPEN, HEALTH_DAMAGED,
		HEALTH_SYNC, HEALTH_READ, HEALTH_WRITE };
	enum health_kind worst = HEALTH_NONE;
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (health->faults[order[i]].count &&
			health_rows[order[i]].severity > health_rows[worst].severity)
			worst = order[i];
	return worst;
}
