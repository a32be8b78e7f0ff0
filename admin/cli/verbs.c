/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb of the command, in the order of the help. */
#include "admin/cli/verb.h"

/* clang-format off */
#define LIBRARY { "--library", OPTION_TEXT, "library", false, "NAME", \
		  "the library meant, where there are several" }
#define BARCODE { "BARCODE", OPTION_TEXT, "barcode", true, NULL, "the cartridge's label" }
/* Several of them.  For a method that takes a list; EACH: for one that is asked for each. */
#define BARCODES(REQUIRED, HELP) { "BARCODE", OPTION_BARCODES, "barcodes", REQUIRED, NULL, HELP }
#define EACH    { "BARCODE", OPTION_BARCODES, "@barcodes", true, NULL, \
		  "the cartridges' labels, or ranges of them: E00001L8-E00050L8" }
/* Documents are compared with later ones: what changes by itself is in them only for who asks. */
#define DISK    { "--disk", OPTION_FLAG, "disk", false, NULL, "also with --json: what the disk has for them now", \
		  .in_tables = true }
#define DRIVE   { "DRIVE", OPTION_DRIVE, "drive", true, NULL, "the drive's number, from 1" }
#define FORMAT  { "--format", OPTION_TEXT, "format", false, "native|tap", \
		  "our own container, or SIMH; else by the file's name" }
#define FORCE(HELP) { "--force", OPTION_FLAG, "@force", false, NULL, HELP }
/* For the daemon to know. */
#define FORCED(HELP) { "--force", OPTION_FLAG, "force", false, NULL, HELP }

/* clang-format off */
static const struct column drive_columns[] = {
	{ "DRIVE", "number" }, { "ACTIVITY", "activity" }, { "CARTRIDGE", "barcode" },
	{ "WRITTEN", "bytes_written", SHOW_SIZE }, { "READ", "bytes_read", SHOW_SIZE },
	{ "LUN", "lun" }, { "ADDRESS", "address", SHOW_ADDRESS }, { "PERSONALITY", "personality" },
	{ "SERIAL", "serial" }, { "NAA", "naa" }, { "LIBRARY", "library" }, { 0 },
};
/* clang-format on */

static const struct section library_show[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "library", "name" }, { "target", "target" }, { "portal group", "tpgt" },
			{ "portals", "portals" }, { "layout", "layout" }, { "cartridges", "cartridges" },
			{ "promised", "promised_bytes", SHOW_SIZE }) },
	{ SECTION_RECORD, "changer", "changer",
		COLUMNS({ "personality", "personality" }, { "revision", "revision" }, { "lun", "lun" },
			{ "serial", "serial" }, { "naa", "naa" }) },
	{ SECTION_TABLE, "drives", "drives",
		COLUMNS({ "DRIVE", "number" }, { "LUN", "lun" }, { "ADDRESS", "address", SHOW_ADDRESS },
			{ "PERSONALITY", "personality" }, { "REVISION", "revision" }, { "SERIAL", "serial" },
			{ "NAA", "naa" }, { "ACTIVITY", "activity" }, { "CARTRIDGE", "barcode" },
			{ "TARGET", "target" }),
		.empty = "no drives" },
	{ SECTION_TABLE, "elements", "element_kinds",
		COLUMNS({ "KIND", "kind" }, { "COUNT", "count" }, { "FULL", "full" },
			{ "FROM", "first_address", SHOW_ADDRESS }, { "TO", "last_address", SHOW_ADDRESS }) },
	{ 0 },
};

/* clang-format off */
static const struct column fault_columns[] = {
	{ "WHAT", "text" }, { "COUNT", "count" }, { "SINCE", "since", SHOW_TIME }, { "LAST", "last", SHOW_TIME },
	{ "OBJECT", "object" }, { "IN", "with" }, { "ERROR", "error" }, { 0 },
};
/* clang-format on */

static const struct section drive_show[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "drive", "number" }, { "library", "library" }, { "activity", "activity" },
			{ "health", "health.text" }, { "since", "health.since", SHOW_TIME },
			{ "last cleaned", "health.cleaned", SHOW_TIME }, { "cartridge", "barcode" },
			{ "loaded", "loaded" }, { "write protected", "write_protected" },
			{ "protected because", "write_protected_why" }, { "removal prevented", "prevented" },
			{ "used last by", "last_used_by.initiator" },
			{ "reserved by", "reserved_by.initiator" }, { "personality", "personality" },
			{ "revision", "revision" }, { "serial", "serial" }, { "naa", "naa" },
			{ "target", "target" }, { "lun", "lun" },
			{ "element address", "address", SHOW_ADDRESS },
			{ "written by hosts", "bytes_written", SHOW_SIZE },
			{ "read by hosts", "bytes_read", SHOW_SIZE }, { "at object", "position.object" },
			{ "at filemark", "position.filemarks" }, { "at beginning", "position.beginning" },
			{ "at end of data", "position.end_of_data" },
			{ "early warning", "position.early_warning" },
			{ "not yet on disk", "position.buffered_bytes", SHOW_SIZE },
			{ "capacity", "usage.capacity", SHOW_SIZE }, { "used", "usage.used", SHOW_SIZE },
			{ "remaining", "writable_bytes", SHOW_SIZE }, { "objects", "usage.objects" },
			{ "filemarks", "usage.filemarks" }, { "on disk", "usage.file_bytes", SHOW_SIZE }) },
	{ SECTION_TABLE, "alerts (TapeAlert flags that are set)", "health.alerts",
		COLUMNS({ "FLAG", "number" }, { "ALERT", "text" }, { "SINCE", "since", SHOW_TIME }),
		.empty = "" },
	{ SECTION_TABLE, "errors", "health.faults", fault_columns, .empty = "" },
	{ 0 },
};

static const struct section cartridge_show[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "barcode", "barcode" }, { "library", "library" }, { "element", "element" },
			{ "came from", "source" }, { "health", "health.text" },
			{ "since", "health.since", SHOW_TIME },
			{ "last verified", "health.verified.time", SHOW_TIME },
			{ "verify found", "health.verified.text" }, { "generation", "generation" },
			{ "capacity", "capacity", SHOW_SIZE }, { "worm", "worm" },
			{ "write protected", "write_protected" }, { "created", "created", SHOW_TIME },
			{ "activity", "activity" }, { "used", "usage.used", SHOW_SIZE },
			{ "remaining", "writable_bytes", SHOW_SIZE }, { "objects", "usage.objects" },
			{ "filemarks", "usage.filemarks" }, { "on disk", "usage.file_bytes", SHOW_SIZE },
			{ "loads", "loads" }, { "written in its life", "bytes_written", SHOW_SIZE },
			{ "read in its life", "bytes_read", SHOW_SIZE }, { "uuid", "uuid" }) },
	{ SECTION_TABLE, "what is wrong", "health.faults", fault_columns, .empty = "" },
	{ 0 },
};

/* An import or an export. */
static const struct section transfer_show[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "records", "records" }, { "filemarks", "filemarks" },
			{ "bytes", "bytes", SHOW_SIZE }, { "file", "file_bytes", SHOW_SIZE },
			{ "rate", "bytes_per_second", SHOW_RATE }, { "SHA-256", "sha256" },
			{ "note", "note" }) },
	{ 0 },
};

/* clang-format off */
static const struct column cartridge_columns[] = {
	{ "BARCODE", "barcode" }, { "ELEMENT", "element" }, { "HEALTH", "health.text" },
	{ "GENERATION", "generation" }, { "CAPACITY", "capacity", SHOW_SIZE }, { "USED", "usage.used", SHOW_SIZE },
	{ "REMAINING", "writable_bytes", SHOW_SIZE },
	{ "LOADS", "loads" }, { "WORM", "worm", SHOW_MARK },
	{ "PROTECTED", "write_protected", SHOW_MARK }, { "LIBRARY", "library" }, { 0 },
};
/* clang-format on */

const struct section cartridge_list_deleted[] = {
	{ SECTION_TABLE, NULL, "cartridges",
		COLUMNS({ "BARCODE", "barcode" }, { "DELETED", "deleted", SHOW_TIME },
			{ "KEPT UNTIL", "kept_until", SHOW_TIME }, { "USED", "usage.used", SHOW_SIZE },
			{ "GENERATION", "generation" }, { "WORM", "worm", SHOW_MARK },
			{ "PROTECTED", "write_protected", SHOW_MARK }, { "LIBRARY", "library" },
			{ "BY", "by" }, { "REASON", "reason" }, { "ID", "id" }),
		"no deleted cartridges" },
	{ 0 },
};

static const struct section identity_show[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "installation", "installation" }, { "revision", "revision" }) },
	{ SECTION_TABLE, "libraries", "libraries",
		COLUMNS({ "LIBRARY", "name" }, { "TARGET", "target" }, { "TPGT", "tpgt" },
			{ "LAYOUT", "layout" }),
		"no libraries" },
	{ SECTION_TABLE, "devices", "devices",
		COLUMNS({ "DEVICE", "device" }, { "VENDOR", "vendor" }, { "PRODUCT", "product" },
			{ "REVISION", "revision" }, { "SERIAL", "serial" }, { "NAA", "naa" },
			{ "LUN", "lun" }, { "ADDRESS", "element", SHOW_ADDRESS }, { "LIBRARY", "library" },
			{ "TARGET", "target" }),
		"no devices" },
	{ 0 },
};

static const struct section status_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "health", "health.text" }, { "evertaped", "version" }, { "process", "pid" },
			{ "up", "uptime_seconds", SHOW_DURATION }, { "state", "state" },
			{ "cartridges in", "cartridges_folder" }, { "portals", "portals" },
			{ "workers", "workers" }, { "libraries", "libraries" },
			{ "cartridges", "cartridges" }, { "sessions", "sessions" },
			{ "read-only", "read_only" }, { "promised", "promised_bytes", SHOW_SIZE },
			{ "used", "used_bytes", SHOW_SIZE }, { "disk", "disk_bytes", SHOW_SIZE },
			{ "disk available", "disk_available_bytes", SHOW_SIZE }, { "disk is", "disk" }) },
	{ SECTION_LINES, "problems", "health.problems", COLUMNS({ "PROBLEM", "line" }), .empty = "" },
	{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" },
	{ SECTION_TABLE, NULL, "hosts",
		COLUMNS({ "HOST", "initiator" }, { "ADDRESS", "address" }, { "DRIVES", "drives" },
			{ "SINCE", "seconds", SHOW_DURATION }, { "TARGET", "target" }),
		"no host is logged in" },
	{ 0 },
};

static const struct section top_sections[] = {
	{ SECTION_ROW, NULL, NULL,
		COLUMNS({ "HEALTH", "health.text" }, { "WRITES", "write_rate", SHOW_RATE },
			{ "READS", "read_rate", SHOW_RATE }, { "SESSIONS", "sessions" },
			{ "AVAILABLE", "disk_available_bytes", SHOW_SIZE },
			{ "UP", "uptime_seconds", SHOW_DURATION }) },
	{ SECTION_TABLE, NULL, "drives",
		COLUMNS({ "DRIVE", "number" }, { "ACTIVITY", "activity" }, { "CARTRIDGE", "barcode" },
			{ "WRITING", "write_rate", SHOW_RATE }, { "READING", "read_rate", SHOW_RATE },
			{ "WRITTEN", "bytes_written", SHOW_SIZE }, { "READ", "bytes_read", SHOW_SIZE },
			{ "LIBRARY", "library" }),
		"no drives" },
	{ 0 },
};

static const struct section session_list[] = {
	{ SECTION_TABLE, NULL, "sessions",
		COLUMNS({ "TSIH", "tsih" }, { "INITIATOR", "initiator" }, { "ADDRESS", "address" },
			{ "TYPE", "type" }, { "TARGET", "target" }, { "CHAP", "chap" },
			{ "DIGESTS", "data_digest" }, { "SINCE", "seconds", SHOW_DURATION },
			{ "COMMANDS", "commands" }, { "IN", "bytes_in", SHOW_SIZE },
			{ "OUT", "bytes_out", SHOW_SIZE }),
		"nobody is logged in" },
	{ 0 },
};

#define RULE_COLUMNS                                                                                      \
	COLUMNS({ "NAME", "name" }, { "ALLOWED", "allowed" }, { "AUTHENTICATION", "authentication" },     \
		{ "CHAP USER", "chap_user" }, { "TARGET USER", "target_user" }, { "FROM", "comes_from" }, \
		{ "SEES", "sees" })

/* clang-format off */
const struct verb verbs[] = {
	{ "library", "create", "library.create", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "what to call it" },
		{ "--drives", OPTION_NUMBER, "drives", false, "N", "how many (2)" },
		{ "--slots", OPTION_NUMBER, "slots", false, "N", "how many storage slots (20)" },
		{ "--mailslots", OPTION_NUMBER, "mailslots", false, "N", "how many mail slots (2)" },
		{ "--drive", OPTION_TEXT, "drive", false, "PERSONALITY",
		  "whose drives (IBM ULT3580-TD8)" },
		{ "--changer", OPTION_TEXT, "changer", false, "PERSONALITY", "whose changer (STK L700)" },
		{ "--layout", OPTION_TEXT, "layout", false, "one-target|target-per-device",
		  "changer and drives as LUNs of one target, or a target each" }),
	  .say = "library {name}: {drives drive}, {slots slot}, {mailslots mail slot}\n"
		 "target {target}",
	  .help = "Make a library" },
	{ "library", "show", "library.show", OPTIONS(
		{ "NAME", OPTION_TEXT, "library", false, NULL, "which, where there are several" }),
	  library_show, .help = "Names, serials, LUNs, addresses and drives of a library" },
	{ "library", "list", "library.list", OPTIONS(
		{ "--quick", OPTION_FLAG, "quick", false, NULL, "without a look at each cartridge: used is not told" }, DISK),
	  SECTIONS(
		{ SECTION_TABLE, NULL, "libraries", COLUMNS(
			{ "NAME", "name" }, { "DRIVES", "drives" }, { "SLOTS", "slots" },
			{ "CARTRIDGES", "cartridges" }, { "PROMISED", "promised_bytes", SHOW_SIZE },
			{ "USED", "used_bytes", SHOW_SIZE }, { "AVAILABLE", "disk_available_bytes", SHOW_SIZE },
			{ "MAIL SLOTS", "mailslots" }, { "CHANGER", "personality" }, { "LAYOUT", "layout" }, { "TARGET", "target" }),
		  "no libraries; make one with: evertape library create NAME" }),
	  .help = "The libraries of this installation" },
	{ "library", "delete", "library.delete", OPTIONS(
		{ "NAME", OPTION_TEXT, "library", true, NULL, "which" },
		FORCED("also while hosts are logged in: their sessions end")),
	  .say = "library {name} is gone", .help = "Remove a library" },
	{ "library", "layout", "library.layout", OPTIONS(
		{ "LAYOUT", OPTION_TEXT, "layout", true, NULL, "one-target or target-per-device" },
		LIBRARY, FORCED("also while hosts are logged in: their sessions end, LUNs and targets move")),
	  .say = "library {name}: {layout}",
	  .help = "Present a library as one target, or one target per device" },
	{ "library", "personality", "library.personality", OPTIONS(
		{ "PERSONALITY", OPTION_TEXT, "personality", true, NULL, "whose changer (IBM 03584L32)" },
		LIBRARY, FORCED("also while hosts see it: their sessions end")),
	  .say = "library {name}: {personality}",
	  .help = "Let the changer speak as another machine" },
	{ "library", "personalities", "library.personalities", NO_OPTIONS, SECTIONS(
		{ SECTION_TABLE, NULL, "personalities", COLUMNS(
			{ "KIND", "kind" }, { "NAME", "name" }, { "VENDOR", "vendor" },
			{ "PRODUCT", "product" }, { "REVISION", "revision" },
			{ "GENERATION", "generation" }) }),
	  .run = run_personalities, .help = "Whose drives and changers can be imitated" },

	{ "drive", "list", "drive.list", OPTIONS(LIBRARY), SECTIONS(
		{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" }),
	  .help = "The drives and what they are doing" },
	{ "drive", "show", "drive.show", OPTIONS(DRIVE, LIBRARY), drive_show,
	  .help = "One drive: names, cartridge, position, room left" },
	{ "drive", "add", "drive.add", OPTIONS(
		{ "PERSONALITY", OPTION_TEXT, "personality", false, NULL,
		  "whose drive (IBM ULT3580-TD8)" },
		{ "--number", OPTION_DRIVE, "number", false, "N",
		  "put removed drive N back, with the identity it had" }, LIBRARY),
	  .say = "drive {number} of library {library}: {personality}, serial {serial}, lun {lun}",
	  .help = "Install one more drive" },
	{ "drive", "remove", "drive.remove", OPTIONS(DRIVE, LIBRARY, FORCED("also while hosts see it")),
	  .say = "drive {number} (serial {serial}) is gone from library {library}",
	  .help = "Take an empty drive out" },
	{ "drive", "personality", "drive.personality", OPTIONS(DRIVE,
		{ "PERSONALITY", OPTION_TEXT, "personality", true, NULL, "whose drive (HP Ultrium 6-SCSI)" },
		LIBRARY, FORCED("also while hosts see it: their sessions end")),
	  .say = "drive {number} of library {library}: {personality}, serial {serial}",
	  .help = "Let an empty drive speak as another machine" },
	{ "drive", "load", "drive.load", OPTIONS(DRIVE, BARCODE, LIBRARY,
		FORCED("also out of a drive that a host uses")),
	  .say = "cartridge {barcode}: {from} to {to}", .help = "Move a cartridge into a drive" },
	{ "drive", "unload", "drive.unload", OPTIONS(DRIVE,
		{ "ELEMENT", OPTION_TEXT, "element", false, NULL,
		  "where to, else back to where it came from" }, LIBRARY,
		FORCED("also while a host uses it")),
	  .say = "cartridge {barcode}: {from} to {to}", .help = "Take a drive's cartridge out" },

	{ "cartridge", "create", "cartridge.create", OPTIONS(
		BARCODES(false, "labels like E00001L8, or ranges of them: E00001L8-E00050L8"),
		{ "--count", OPTION_NUMBER, "count", false, "N", "that many, numbered by us" },
		{ "--prefix", OPTION_TEXT, "prefix", false, "P", "what stands before the numbers" },
		{ "--generation", OPTION_TEXT, "generation", false, "lto8",
		  "lto5 to lto9; else the barcode's, or the drives'" },
		{ "--worm", OPTION_FLAG, "worm", false, NULL, "write once, read many" },
		{ "--capacity", OPTION_SIZE, "capacity", false, "SIZE",
		  "2500GB, 1.5TiB; else the generation's" }, LIBRARY),
	  SECTIONS({ SECTION_TABLE, NULL, "cartridges", COLUMNS(
		{ "BARCODE", "barcode" }, { "ELEMENT", "element" }, { "GENERATION", "generation" },
		{ "CAPACITY", "capacity", SHOW_SIZE }, { "WORM", "worm", SHOW_MARK }) }),
	  .help = "Make blank cartridges and put them into free slots" },
	{ "cartridge", "list", "cartridge.list", OPTIONS(LIBRARY,
		{ "--deleted", OPTION_FLAG, "deleted", false, NULL, "those in the wastebasket, the oldest first" }, DISK),
	  SECTIONS(
		{ SECTION_TABLE, NULL, "cartridges", cartridge_columns, "no cartridges" }),
	  .run = run_cartridge_list, .help = "All cartridges and where they are" },
	{ "cartridge", "show", "cartridge.show", OPTIONS(BARCODE, LIBRARY), cartridge_show,
	  .help = "One cartridge: label, place, use" },
	{ "cartridge", "move", "cartridge.move", OPTIONS(EACH,
		{ "ELEMENT", OPTION_TEXT, "element", true, NULL,
		  "slot:1, drive:1 or mailslot:1; slot, drive or mailslot: the first that is free" },
		LIBRARY, FORCED("also out of a drive that a host uses")),
	  .say = "cartridge {barcode}: {from} to {to}", .run = run_each,
	  .help = "Let the robot carry cartridges to an element, or to free elements of a kind" },
	{ "cartridge", "import", "cartridge.import", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "what cartridge export wrote, or - for stdin" },
		{ "--barcode", OPTION_TEXT, "barcode", false, "BARCODE", "its new label" }, FORMAT,
		{ "--generation", OPTION_TEXT, "generation", false, "lto8", "of a .tap file" },
		{ "--capacity", OPTION_SIZE, "capacity", false, "SIZE", "of a .tap file" }, LIBRARY),
	  transfer_show, .say = "cartridge {barcode} is in {element}", .run = run_cartridge_import,
	  .help = "Make a cartridge from a file" },
	{ "cartridge", "export", "cartridge.export", OPTIONS(
		{ "BARCODE|DIR", OPTION_BARCODES, "@barcodes", true, NULL,
		  "a cartridge or a range of them, or (with / or . in it) a cartridge's folder, read without the daemon" },
		{ "FILE|FOLDER", OPTION_PATH, "@file", true, NULL,
		  "a new file, or - for stdout; or a folder: BARCODE.evt or BARCODE.tap in it" }, FORMAT,
		FORCE("write over the file"), LIBRARY),
	  transfer_show, .say = "cartridge {barcode} exported ({format})",
	  .say_each = "cartridge {barcode} exported ({format}): {file}", .run = run_cartridge_export,
	  .help = "Copy each cartridge into one file" },
	{ "cartridge", "verify", "cartridge.verify", OPTIONS(
		{ "BARCODE|FILE", OPTION_BARCODES, "@what", true, NULL,
		  "a cartridge or a range of them, or (with / or . in it) an exported file or a cartridge's folder" },
		LIBRARY), SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "checked", "name" }, { "result", "result" }, { "records", "records" },
			{ "filemarks", "filemarks" }, { "bytes", "bytes", SHOW_SIZE },
			{ "rate", "bytes_per_second", SHOW_RATE }, { "SHA-256 of the data", "data_sha256" },
			{ "SHA-256 of the file", "sha256" }, { "note", "note" }) }),
	  .say_each = "{name}: {result}", .run = run_cartridge_verify, .help = "Read everything and check every checksum" },
	{ "cartridge", "delete", "cartridge.delete", OPTIONS(
		BARCODES(true, "the cartridges' labels, or ranges of them; all are deleted or none"),
		{ "--reason", OPTION_TEXT, "reason", false, "TEXT", "shown by cartridge list --deleted" }, LIBRARY,
		FORCED("also one that is write-protected, WORM or holds data")),
	  .say = "{count cartridge} gone: {barcodes} (cartridge restore brings back what is deleted, for {kept_days day})",
	  .run = run_cartridge_delete, .help = "Delete cartridges; the wastebasket keeps them for some days" },
	{ "cartridge", "restore", "cartridge.restore", OPTIONS(EACH,
		{ "--id", OPTION_TEXT, "id", false, "ID", "the beginning of its id, where several had the barcode" },
		LIBRARY),
	  .say = "cartridge {barcode} is back, in {element} of library {library}", .run = run_each,
	  .help = "Bring deleted cartridges back into free slots" },
	{ "cartridge", "purge", "cartridge.purge", OPTIONS(
		BARCODES(false, "deleted cartridges, or ranges of them"),
		{ "--id", OPTION_TEXT, "id", false, "ID", "the beginning of its id, where several had the barcode" },
		{ "--all", OPTION_FLAG, "all", false, NULL, "all that are deleted" }),
	  .say = "{count deleted cartridge} destroyed: {barcodes}",
	  .say_none = "the wastebasket is empty",
	  .help = "Destroy deleted cartridges and their data for good" },
	{ "cartridge", "protect", "cartridge.protect", OPTIONS(EACH, LIBRARY),
	  .say = "cartridge {barcode} is write-protected", .run = run_each, .help = "Set the write-protect tab" },
	{ "cartridge", "unprotect", "cartridge.unprotect", OPTIONS(EACH, LIBRARY),
	  .say = "cartridge {barcode} can be written", .run = run_each, .help = "Take the write-protect tab back" },

	{ "mailslot", "list", "mailslot.list", OPTIONS(LIBRARY, DISK), SECTIONS(
		{ SECTION_TABLE, "mail slots", "mailslots", COLUMNS(
			{ "ELEMENT", "element" }, { "ADDRESS", "address", SHOW_ADDRESS },
			{ "CARTRIDGE", "barcode" }, { "BY OPERATOR", "by_operator" }), "no mail slots" },
		{ SECTION_TABLE, "vault", "vault", cartridge_columns, "no cartridge is outside" }),
	  .help = "The mail slots, and the cartridges in the vault" },
	{ "mailslot", "open", "mailslot.open", OPTIONS(
		BARCODES(false, "these, or ranges of them; else all that are there"),
		LIBRARY),
	  .say = "{count cartridge} taken out into the vault: {out}",
	  .say_none = "there is no cartridge in the mail slots of library {library}",
	  .help = "Open the door and take cartridges out into the vault" },
	{ "mailslot", "close", "mailslot.close", OPTIONS(
		BARCODES(false, "vaulted cartridges to put in, or ranges of them"),
		LIBRARY),
	  .say = "{count cartridge} put into mail slots: {in}",
	  .say_none = "nothing is put in; name the vaulted cartridges to put into mail slots",
	  .help = "Put vaulted cartridges into free mail slots and close the door" },

	{ "identity", "show", "identity.show", NO_OPTIONS, identity_show,
	  .run = run_identity_show, .help = "The names this installation is known by" },
	{ "identity", "verify", "identity.verify", NO_OPTIONS,
	  .say = "every identity is well formed and unique",
	  .help = "Check serials, names and addresses" },
	{ "identity", "export", "identity.export", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "a new file, or - for stdout" },
		FORCE("write over the file")),
	  .say = "{file}: {bytes byte}", .run = run_identity_export,
	  .help = "Keep every identity in one small file" },
	{ "identity", "import", "identity.import", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "what identity export wrote" }),
	  .say = "libraries taken over: {libraries}", .run = run_identity_import,
	  .help = "Give a new installation the identities of an old one" },

	{ "initiator", "allow", "initiator.allow", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL,
		  "the initiator's iSCSI name, or '*': all without a rule of their own" },
		{ "--chap-user", OPTION_TEXT, "chap_user", false, "U", "else the initiator's name" },
		{ "--secret-file", OPTION_PATH, "@secret_file", false, "F",
		  "file (mode 0600) with the CHAP secret, or - for stdin" },
		{ "--target-user", OPTION_TEXT, "target_user", false, "U",
		  "mutual CHAP: what the target calls itself (evertape)" },
		{ "--target-secret-file", OPTION_PATH, "@target_secret_file", false, "F",
		  "mutual CHAP: the target's secret" },
		{ "--from", OPTION_TEXTS, "from", false, "ADDRESS[/BITS]|any",
		  "an address or network it may come from, may be repeated" },
		{ "--library", OPTION_TEXTS, "libraries", false, "L|all",
		  "a library it sees, may be repeated" },
		{ "--device", OPTION_TEXTS, "devices", false, "changer|drive:N|all",
		  "a device it sees of these, may be repeated. From its next login on" },
		{ "--no-chap", OPTION_FLAG, "no_chap", false, NULL, "its name is enough from now on" },
		{ "--no-mutual", OPTION_FLAG, "no_mutual", false, NULL,
		  "the target need not prove itself any more" }),
	  .say = "{name} may log in (authentication: {authentication}; from {comes_from}; sees {sees})",
	  .run = run_initiator_allow,
	  .help = "Let an initiator log in, or change its rule: what is not named stays" },
	{ "initiator", "deny", "initiator.deny", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "the initiator's iSCSI name" }),
	  .say = "{name} may not log in",
	  .help = "Refuse an initiator, whatever the default is; the rest of its rule is kept" },
	{ "initiator", "remove", "initiator.remove", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "the initiator's iSCSI name" }),
	  .say = "{name} has no rule of its own any more",
	  .help = "Forget an initiator's rule: the default counts for it again" },
	{ "initiator", "list", "initiator.list", NO_OPTIONS, SECTIONS(
		{ SECTION_TABLE, NULL, "initiators", RULE_COLUMNS,
		  "no rules: nobody may log in" }),
	  .help = "The rules about who may log in" },
	{ "initiator", "default", "initiator.default", OPTIONS(
		{ "RULE", OPTION_TEXT, "@rule", false, NULL, "allow or deny, to set it" }),
	  .say = "initiators without a rule of their own: {rule} (authentication: {authentication}; "
		 "from {comes_from}; sees {sees})",
	  .say_none = "initiators without a rule of their own: {rule}",
	  .run = run_initiator_default, .help = "What holds for everybody else" },

	{ "session", "list", "session.list", NO_OPTIONS, session_list, .help = "Who is logged in" },
	{ "session", "drop", "session.drop", OPTIONS(
		{ "TSIH|NAME", OPTION_TEXT, "@which", false, NULL, "a session, or all of an initiator" },
		{ "--all", OPTION_FLAG, "all", false, NULL, "everybody's" }),
	  .say = "{dropped session} ended", .run = run_session_drop,
	  .help = "End sessions; who is still allowed will come back" },

	{ "stream", NULL, .raw = verb_stream, .usage = "PORTAL ...",
	  .help = "Write, read back and verify at a portal, ours or anybody's; see --help" },
	{ "passport", NULL, .raw = verb_passport, .usage = "save|compare|show PORTAL ...",
	  .help = "What an initiator sees at a portal, saved and compared; see --help" },
	{ "status", NULL, "status", OPTIONS(
		{ "--check", OPTION_FLAG, "@check", false, NULL,
		  "for monitoring: exit 0 all is well, 1 warning, 2 critical; a line for each problem" }),
	  status_sections, .run = run_status,
	  .help = "The front panel: health, what the drives are doing, who is connected, room left" },
	{ "top", NULL, "status", OPTIONS(
		{ "--interval", OPTION_NUMBER, "@interval", false, "SECONDS", "from one look to the next (1)" },
		{ "--count", OPTION_NUMBER, "@count", false, "N", "how often; else until it is stopped" }),
	  top_sections, .run = run_top,
	  .help = "The front panel, kept up to date: how fast each drive writes and reads" },
	{ "version", NULL, "version", NO_OPTIONS, SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "evertape", "version" }, { "evertaped", "daemon" }) }),
	  .run = run_version, .help = "Which version this is, and the daemon" },
	{ "help", NULL, NULL, OPTIONS(
		{ "NOUN", OPTION_TEXT, "@noun", false },
		{ "VERB", OPTION_TEXT, "@verb", false },
		{ "--roff", OPTION_FLAG, "@roff", false, NULL, "the table of verbs for the manual" }),
	  .run = run_help, .help = "What there is" },
	{ 0 },
};
/* clang-format on */
/* clang-format on */
