/* SPDX-License-Identifier: Apache-2.0 */
/* The table of checks, and the functions that find their conditions. */
#include "admin/rpc/checks.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "admin/view/keys.h"

enum { SUBJECT = 160, WHAT = 320, REMEDY = 240 };

struct checking {
	struct installation *inst;
	const struct facts *facts;
	json_t *problems;
};

/* The subject of a problem; members that do not apply are 0. */
struct about {
	const char *library, *cartridge;
	unsigned drive;
	uint64_t since; /* 0: unknown */
};

static void subject_text(const struct about *about, char out[static SUBJECT])
{
	char drive[24] = "";
	if (about->drive)
		snprintf(drive, sizeof drive, "drive:%u", about->drive);
	if (!about->library)
		snprintf(out, SUBJECT, "cartridges folder");
	else if (about->cartridge)
		snprintf(out, SUBJECT, "cartridge %s", about->cartridge);
	else
		snprintf(out, SUBJECT, "library %s: %s", about->library, drive);
}

/* What the rows of a problem read. */
struct problem_seen {
	const struct check *check;
	const struct about *about;
	char subject[SUBJECT], what[WHAT], remedy[REMEDY];
};

struct summary_seen {
	const char *state;
	char text[40];
	json_t *problems;
};

static json_t *line_of(const struct problem_seen *o)
{
	char when[64] = "";
	time_t at = (time_t)o->about->since;
	struct tm tm;
	if (at && localtime_r(&at, &tm))
		strftime(when, sizeof when, "; since %Y-%m-%d %H:%M:%S", &tm);
	return json_sprintf("%s: %s: %s%s; %s", severity_name(o->check->severity), o->subject, o->what, when,
		o->remedy);
}

/* clang-format off */
#include "admin/view/build.h"
#include "admin/view/problem.def"
#include "admin/view/end.h"
/* clang-format on */

/* details: what is known besides check->what; "" for nothing. */
static void problem(const struct check *check, struct checking *c, const struct about *about,
	const char *details)
{
	struct problem_seen seen = { .check = check, .about = about };
	subject_text(about, seen.subject);
	snprintf(seen.what, sizeof seen.what, *details ? "%s (%s)" : "%s%s", check->what, details);
	snprintf(seen.remedy, sizeof seen.remedy, check->remedy, about->cartridge ? about->cartridge : "");
	json_array_append_new(c->problems, problem_put(json_object(), &seen));
}

/* --- conditions -------------------------------------------------------------------------------------- */

static void join(char out[static WHAT], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void join(char out[static WHAT], const char *format, ...)
{
	size_t n = strlen(out);
	va_list args;
	n += (size_t)snprintf(out + n, WHAT - n, "%s", n ? ", " : "");
	va_start(args, format);
	vsnprintf(out + n, WHAT - n, format, args);
	va_end(args);
}

/* Writes "3 times, object 18, in drive:1, why"; "2 files, from object 11". */
static void fault_text(enum health_kind kind, const struct health_fault *f, char out[static WHAT])
{
	const struct health_row *row = &health_rows[kind];
	const char *why = health_error_text(kind, f->err);
	*out = '\0';
	if (row->unit)
		join(out, "%" PRIu64 " %s%s", f->count, row->unit, f->count == 1 ? "" : "s");
	else if (f->count > 1)
		join(out, "%" PRIu64 " times", f->count);
	if (f->object != NO_OBJECT)
		join(out, row->unit ? "from object %" PRIu64 : "object %" PRIu64, f->object);
	if (*f->with)
		join(out, "in %s", f->with);
	if (*why && !row->unit)
		join(out, "%s", why);
}

static void look_cartridges(const struct check *check, struct checking *c)
{
	enum health_kind kind = (enum health_kind)check->detail;
	const struct cartridge *cartridge;
	/* If the whole folder is missing, that is one problem, not one for each cartridge. */
	if (c->facts->folder && health_rows[kind].ends_with_open)
		return;
	for (struct library *l = library_first(c->inst); l; l = library_next(l))
		TAILQ_FOREACH(cartridge, &l->cartridges, link) {
			const struct health *h = cartridge_health(cartridge);
			char details[WHAT];
			if (health_worst(h) != kind)
				continue;
			fault_text(kind, &h->faults[kind], details);
			problem(check, c,
				&(struct about){ .library = l->name,
					.cartridge = cartridge->label.barcode,
					.since = h->faults[kind].since },
				details);
		}
}

static void look_lost(const struct check *check, struct checking *c)
{
	if (c->facts->folder)
		return;
	const struct lost_cartridge *lost;
	for (size_t i = 0; (lost = cartridge_lost_at(c->inst, i)); i++)
		problem(check, c,
			&(struct about){ .library = lost->library,
				.cartridge = lost->barcode,
				.since = lost->since },
			"");
}

static void look_alerts(const struct check *check, struct checking *c)
{
	const struct drive *drive;
	for (struct library *l = library_first(c->inst); l; l = library_next(l))
		TAILQ_FOREACH(drive, &l->drives, link)
			for (size_t i = 0; i < N_DRIVE_ALERTS; i++) {
				uint64_t since = drive_health(drive)->alerts[i];
				if (since && alert_rows[i].number == check->detail)
					problem(check, c,
						&(struct about){ .library = l->name,
							.drive = drive->number,
							.since = since },
						"");
			}
}

static void look_unserved(const struct check *check, struct checking *c)
{
	const struct drive *drive;
	for (struct library *l = library_first(c->inst); l; l = library_next(l))
		TAILQ_FOREACH(drive, &l->drives, link)
			if (!drive->ops)
				problem(check, c,
					&(struct about){ .library = l->name, .drive = drive->number }, "");
}

/* Uses the activity in the drives' views. */
static void look_stalled(const struct check *check, struct checking *c)
{
	size_t i;
	json_t *drive;
	json_array_foreach((json_t *)c->facts->drives, i, drive) {
		const char *activity = json_string_value(json_object_get(drive, drive_keys.activity));
		if (activity && strcmp(activity, drive_activity_name(DRIVE_STALLED)) == 0)
			problem(check, c,
				&(struct about){ .library = json_string_value(
							 json_object_get(drive, drive_keys.library)),
					.drive = (unsigned)json_integer_value(
						json_object_get(drive, drive_keys.number)) },
				"");
	}
}

static void look_no_answer(const struct check *check, struct checking *c)
{
	if (c->facts->no_answer)
		problem(check, c, &(struct about){ 0 }, "");
}

/* check->detail is the error of installation_cartridges_there(). */
static void look_folder(const struct check *check, struct checking *c)
{
	if (c->facts->folder == check->detail)
		problem(check, c, &(struct about){ 0 }, "");
}

static void look_read_only(const struct check *check, struct checking *c)
{
	if (atomic_load(&c->facts->disk->read_only) && !c->facts->folder)
		problem(check, c, &(struct about){ 0 }, "");
}

/* check->detail is the level of the disk. */
static void look_disk(const struct check *check, struct checking *c)
{
	const struct disk *disk = c->facts->disk;
	char details[WHAT];
	if (c->facts->folder || disk_level(disk) != (enum disk_level)check->detail)
		return;
	snprintf(details, sizeof details, "%.1f GB of %.1f GB are available", (double)disk_left(disk) / 1e9,
		(double)atomic_load(&disk->total) / 1e9);
	problem(check, c, &(struct about){ 0 }, details);
}

/* --- the table ---------------------------------------------------------------------------------------- */

/* clang-format off */
#define OF_CARTRIDGE(KIND, name) { .id = "cartridge-" name, .look = look_cartridges, .detail = KIND }

/* A cartridge check takes its texts from the row of health. */
static const struct check rows[] = {
	{ "folder-missing", SEVERITY_CRITICAL, "the folder is missing, or its disk is not mounted",
	  "mount the disk", look_folder, -ESTALE },
	{ "folder-failing", SEVERITY_CRITICAL, "the disk reports I/O errors",
	  "check the disk and its file system, then mount it again", look_folder, -EIO },
	{ "folder-no-answer", SEVERITY_CRITICAL, "files do not respond", "check the disk", look_no_answer },
	{ "cartridge-folder-missing", SEVERITY_CRITICAL, "folder missing, its slot stays reserved",
	  "put the folder %s back, then restart evertaped", look_lost },
	OF_CARTRIDGE(HEALTH_TAMPERED, "worm-tampered"),
	OF_CARTRIDGE(HEALTH_FILES, "files-missing"),
	OF_CARTRIDGE(HEALTH_OPEN, "not-opened"),
	OF_CARTRIDGE(HEALTH_DAMAGED, "damaged"),
	OF_CARTRIDGE(HEALTH_SYNC, "data-lost"),
	OF_CARTRIDGE(HEALTH_READ, "read-errors"),
	{ "drive-hard-error", SEVERITY_CRITICAL, "hard error (TapeAlert flag 3)",
	  "check the disk and the cartridge that was loaded; the next load clears the alert", look_alerts, ALERT_HARD_ERROR },
	{ "drive-stalled", SEVERITY_CRITICAL, "cartridge files do not respond",
	  "check the disk; the drive continues when the files respond", look_stalled },
	{ "drive-not-served", SEVERITY_CRITICAL, "the drive is not served", "read the log of evertaped", look_unserved },
	{ "folder-read-only", SEVERITY_CRITICAL, "the file system is read-only",
	  "check the disk and mount it read-write again", look_read_only },
	{ "disk-full", SEVERITY_CRITICAL, "the disk is full, blank cartridges are write-protected",
	  "delete cartridges, or enlarge the disk", look_disk, DISK_FULL },
	OF_CARTRIDGE(HEALTH_WRITE, "write-errors"),
	{ "cleaner-expired", SEVERITY_WARNING, "cleaning cartridge expired",
	  "remove and delete the cleaning cartridge; create a new one", look_alerts, ALERT_CLEANER_EXPIRED },
	{ "disk-nearly-full", SEVERITY_WARNING, "the disk is nearly full",
	  "delete cartridges, or enlarge the disk", look_disk, DISK_NEARLY_FULL },
};
/* clang-format on */

bool check_at(size_t i, struct check *ret_check)
{
	if (i >= sizeof rows / sizeof *rows)
		return false;
	*ret_check = rows[i];
	if (rows[i].look == look_cartridges) {
		ret_check->severity = health_rows[rows[i].detail].severity;
		ret_check->what = health_rows[rows[i].detail].what;
		ret_check->remedy = health_rows[rows[i].detail].remedy;
	}
	return true;
}

json_t *health_now(struct installation *inst, const struct facts *facts)
{
	struct checking c = { .inst = inst, .facts = facts, .problems = json_array() };
	struct summary_seen seen = { .state = "good", .text = "good", .problems = c.problems };
	struct check check;
	for (size_t i = 0; check_at(i, &check); i++)
		check.look(&check, &c); /* the rows are sorted by severity */
	size_t n = json_array_size(c.problems);
	if (n) {
		const json_t *worst = json_array_get(c.problems, 0);
		seen.state = json_string_value(json_object_get(worst, problem_keys.severity));
		snprintf(seen.text, sizeof seen.text, "%zu problem%s", n, n == 1 ? "" : "s");
	}
	return summary_put(json_object(), &seen);
}
