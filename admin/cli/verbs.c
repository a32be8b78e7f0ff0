/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb of the command, in the order of the help. */
#include "admin/cli/verb.h"

/* clang-format off */
#define LIBRARY { "--library", OPTION_TEXT, "library", false, "NAME", \
		  "library name; needed only if there is more than one" }
#define BARCODE { "BARCODE", OPTION_TEXT, "barcode", true, NULL, "barcode of the cartridge" }
/* Several barcodes.  BARCODES is for a method that takes a list; EACH calls the method once for each. */
#define BARCODES(REQUIRED, HELP) { "BARCODE", OPTION_BARCODES, "barcodes", REQUIRED, NULL, HELP }
#define EACH    { "BARCODE", OPTION_BARCODES, "@barcodes", true, NULL, \
		  "barcodes, or ranges of them: E00001L8-E00050L8" }
/* JSON documents are compared over time: values that change by themselves are included only on request. */
#define DISK    { "--disk", OPTION_FLAG, "disk", false, NULL, "with --json: include free disk space, as tables do", \
		  .in_tables = true }
#define DRIVE   { "DRIVE", OPTION_DRIVE, "drive", true, NULL, "drive number, from 1 (N or drive:N)" }
#define FORMAT  { "--format", OPTION_TEXT, "format", false, "native|tap", \
		  "native: Evertape container; tap: SIMH; default: by the file name" }
#define FORCE(HELP) { "--force", OPTION_FLAG, "@force", false, NULL, HELP }
/* --force as a parameter of the request. */
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
			{ "last used by", "last_used_by.initiator" },
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
			{ "source element", "source" }, { "health", "health.text" },
			{ "since", "health.since", SHOW_TIME },
			{ "last verified", "health.verified.time", SHOW_TIME },
			{ "verify found", "health.verified.text" }, { "generation", "generation" },
			{ "capacity", "capacity", SHOW_SIZE }, { "worm", "worm" },
			{ "write protected", "write_protected" },
			{ "protected because", "write_protected_why" }, { "created", "created", SHOW_TIME },
			{ "activity", "activity" }, { "used", "usage.used", SHOW_SIZE },
			{ "remaining", "writable_bytes", SHOW_SIZE }, { "objects", "usage.objects" },
			{ "filemarks", "usage.filemarks" }, { "on disk", "usage.file_bytes", SHOW_SIZE },
			{ "loads", "loads" }, { "lifetime written", "bytes_written", SHOW_SIZE },
			{ "lifetime read", "bytes_read", SHOW_SIZE }, { "uuid", "uuid" }) },
	{ SECTION_TABLE, "errors", "health.faults", fault_columns, .empty = "" },
	{ 0 },
};

/* Output of an import or an export. */
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
			{ "uptime", "uptime_seconds", SHOW_DURATION }, { "state", "state" },
			{ "cartridges folder", "cartridges_folder" }, { "portals", "portals" },
			{ "workers", "workers" }, { "libraries", "libraries" },
			{ "cartridges", "cartridges" }, { "sessions", "sessions" },
			{ "read-only", "read_only" }, { "promised", "promised_bytes", SHOW_SIZE },
			{ "used", "used_bytes", SHOW_SIZE }, { "disk", "disk_bytes", SHOW_SIZE },
			{ "disk available", "disk_available_bytes", SHOW_SIZE }, { "disk state", "disk" }) },
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
		"no sessions" },
	{ 0 },
};

#define RULE_COLUMNS                                                                                      \
	COLUMNS({ "NAME", "name" }, { "ALLOWED", "allowed" }, { "AUTHENTICATION", "authentication" },     \
		{ "CHAP USER", "chap_user" }, { "TARGET USER", "target_user" }, { "FROM", "comes_from" }, \
		{ "SEES", "sees" })

/* clang-format off */
const struct verb verbs[] = {
	{ "library", "create", "library.create", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "name of the library" },
		{ "--drives", OPTION_NUMBER, "drives", false, "N", "number of drives (default 2)" },
		{ "--slots", OPTION_NUMBER, "slots", false, "N", "number of storage slots (default 20)" },
		{ "--mailslots", OPTION_NUMBER, "mailslots", false, "N", "number of mail slots (default 2)" },
		{ "--drive", OPTION_TEXT, "drive", false, "PERSONALITY",
		  "personality of the drives (default IBM ULT3580-TD8)" },
		{ "--changer", OPTION_TEXT, "changer", false, "PERSONALITY", "personality of the changer (default STK L700)" },
		{ "--layout", OPTION_TEXT, "layout", false, "one-target|target-per-device",
		  "one target with a LUN per device, or one target per device" }),
	  .say = "library {name}: {drives drive}, {slots slot}, {mailslots mail slot}\n"
		 "target {target}",
	  .help = "Create a library" },
	{ "library", "show", "library.show", OPTIONS(
		{ "NAME", OPTION_TEXT, "library", false, NULL, "library name; needed only if there is more than one" }),
	  library_show, .help = "Show a library: names, serials, LUNs, addresses, drives" },
	{ "library", "list", "library.list", OPTIONS(
		{ "--quick", OPTION_FLAG, "quick", false, NULL, "do not read the cartridges: USED is not shown" }, DISK),
	  SECTIONS(
		{ SECTION_TABLE, NULL, "libraries", COLUMNS(
			{ "NAME", "name" }, { "DRIVES", "drives" }, { "SLOTS", "slots" },
			{ "CARTRIDGES", "cartridges" }, { "PROMISED", "promised_bytes", SHOW_SIZE },
			{ "USED", "used_bytes", SHOW_SIZE }, { "AVAILABLE", "disk_available_bytes", SHOW_SIZE },
			{ "MAIL SLOTS", "mailslots" }, { "CHANGER", "personality" }, { "LAYOUT", "layout" }, { "TARGET", "target" }),
		  "no libraries; create one with: evertape library create NAME" }),
	  .help = "List the libraries" },
	{ "library", "delete", "library.delete", OPTIONS(
		{ "NAME", OPTION_TEXT, "library", true, NULL, "name of the library" },
		FORCED("even if hosts are logged in: their sessions end")),
	  .say = "library {name} deleted", .help = "Delete a library" },
	{ "library", "layout", "library.layout", OPTIONS(
		{ "LAYOUT", OPTION_TEXT, "layout", true, NULL, "one-target or target-per-device" },
		LIBRARY, FORCED("even if hosts are logged in: their sessions end; LUNs and targets change")),
	  .say = "library {name}: {layout}",
	  .help = "Present a library as one target, or as one target per device" },
	{ "library", "personality", "library.personality", OPTIONS(
		{ "PERSONALITY", OPTION_TEXT, "personality", true, NULL, "personality of the changer, such as IBM 03584L32" },
		LIBRARY, FORCED("even if hosts are logged in to it: their sessions end")),
	  .say = "library {name}: {personality}",
	  .help = "Change the personality of the changer" },
	{ "library", "personalities", "library.personalities", NO_OPTIONS, SECTIONS(
		{ SECTION_TABLE, NULL, "personalities", COLUMNS(
			{ "KIND", "kind" }, { "NAME", "name" }, { "VENDOR", "vendor" },
			{ "PRODUCT", "product" }, { "REVISION", "revision" },
			{ "GENERATION", "generation" }) }),
	  .run = run_personalities, .help = "List the drives and changers that can be emulated" },

	{ "drive", "list", "drive.list", OPTIONS(LIBRARY), SECTIONS(
		{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" }),
	  .help = "List the drives and their activity" },
	{ "drive", "show", "drive.show", OPTIONS(DRIVE, LIBRARY), drive_show,
	  .help = "Show a drive: names, cartridge, position, free space" },
	{ "drive", "add", "drive.add", OPTIONS(
		{ "PERSONALITY", OPTION_TEXT, "personality", false, NULL,
		  "personality of the drive (default IBM ULT3580-TD8)" },
		{ "--number", OPTION_DRIVE, "number", false, "N",
		  "put removed drive N back with its former identity" }, LIBRARY),
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}, lun {lun}",
	  .help = "Add a drive" },
	{ "drive", "remove", "drive.remove", OPTIONS(DRIVE, LIBRARY, FORCED("even if hosts are logged in to it: their sessions end")),
	  .say = "drive:{number} (serial {serial}) removed from library {library}",
	  .help = "Remove an empty drive" },
	{ "drive", "personality", "drive.personality", OPTIONS(DRIVE,
		{ "PERSONALITY", OPTION_TEXT, "personality", true, NULL, "personality of the drive, such as HP Ultrium 6-SCSI" },
		LIBRARY, FORCED("even if hosts are logged in to it: their sessions end")),
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}",
	  .help = "Change the personality of an empty drive" },
	{ "drive", "load", "drive.load", OPTIONS(DRIVE, BARCODE, LIBRARY,
		FORCED("even if the cartridge is in a drive that a host uses")),
	  .say = "cartridge {barcode}: {from} to {to}", .help = "Move a cartridge into a drive" },
	{ "drive", "unload", "drive.unload", OPTIONS(DRIVE,
		{ "ELEMENT", OPTION_TEXT, "element", false, NULL,
		  "destination; default: the source element" }, LIBRARY,
		FORCED("even if a host uses the drive")),
	  .say = "cartridge {barcode}: {from} to {to}", .help = "Move a drive's cartridge to another element" },

	{ "cartridge", "create", "cartridge.create", OPTIONS(
		BARCODES(false, "barcodes such as E00001L8, or ranges of them: E00001L8-E00050L8"),
		{ "--count", OPTION_NUMBER, "count", false, "N", "create N cartridges with generated numbers" },
		{ "--prefix", OPTION_TEXT, "prefix", false, "P", "characters before the generated numbers" },
		{ "--generation", OPTION_TEXT, "generation", false, "lto8",
		  "lto5 to lto9; default: from the barcode, else from the drives" },
		{ "--worm", OPTION_FLAG, "worm", false, NULL, "write once, read many" },
		{ "--capacity", OPTION_SIZE, "capacity", false, "SIZE",
		  "2500GB, 1.5TiB; default: that of the generation" }, LIBRARY),
	  SECTIONS({ SECTION_TABLE, NULL, "cartridges", COLUMNS(
		{ "BARCODE", "barcode" }, { "ELEMENT", "element" }, { "GENERATION", "generation" },
		{ "CAPACITY", "capacity", SHOW_SIZE }, { "WORM", "worm", SHOW_MARK }) }),
	  .help = "Create blank cartridges in free slots" },
	{ "cartridge", "list", "cartridge.list", OPTIONS(LIBRARY,
		{ "--deleted", OPTION_FLAG, "deleted", false, NULL, "the deleted cartridges in the wastebasket, oldest first" }, DISK),
	  SECTIONS(
		{ SECTION_TABLE, NULL, "cartridges", cartridge_columns, "no cartridges" }),
	  .run = run_cartridge_list, .help = "List all cartridges and their elements" },
	{ "cartridge", "show", "cartridge.show", OPTIONS(BARCODE, LIBRARY), cartridge_show,
	  .help = "Show a cartridge: label, element, usage" },
	{ "cartridge", "move", "cartridge.move", OPTIONS(EACH,
		{ "ELEMENT", OPTION_TEXT, "element", true, NULL,
		  "slot:1, drive:1 or mailslot:1; slot, drive or mailslot: the first free one" },
		LIBRARY, FORCED("even if the cartridge is in a drive that a host uses")),
	  .say = "cartridge {barcode}: {from} to {to}", .run = run_each,
	  .help = "Move cartridges to an element, or to free elements of a kind" },
	{ "cartridge", "import", "cartridge.import", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by cartridge export, or - for stdin" },
		{ "--barcode", OPTION_TEXT, "barcode", false, "BARCODE", "barcode of the new cartridge" }, FORMAT,
		{ "--generation", OPTION_TEXT, "generation", false, "lto8", "for a .tap file" },
		{ "--capacity", OPTION_SIZE, "capacity", false, "SIZE", "for a .tap file" }, LIBRARY),
	  transfer_show, .say = "cartridge {barcode} is in {element}", .run = run_cartridge_import,
	  .help = "Create a cartridge from a file" },
	{ "cartridge", "export", "cartridge.export", OPTIONS(
		{ "BARCODE|DIR", OPTION_BARCODES, "@barcodes", true, NULL,
		  "barcodes or ranges; or (with / or . in it) a cartridge folder, read without the daemon" },
		{ "FILE|FOLDER", OPTION_PATH, "@file", true, NULL,
		  "new file, - for stdout, or an existing folder for BARCODE.evt or BARCODE.tap" }, FORMAT,
		FORCE("overwrite the file"), LIBRARY),
	  transfer_show, .say = "cartridge {barcode} exported ({format})",
	  .say_each = "cartridge {barcode} exported ({format}): {file}", .run = run_cartridge_export,
	  .help = "Export each cartridge to one file" },
	{ "cartridge", "verify", "cartridge.verify", OPTIONS(
		{ "BARCODE|FILE", OPTION_BARCODES, "@what", true, NULL,
		  "barcodes or ranges; or (with / or . in it) an exported file or a cartridge folder" },
		LIBRARY), SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "checked", "name" }, { "result", "result" }, { "records", "records" },
			{ "filemarks", "filemarks" }, { "bytes", "bytes", SHOW_SIZE },
			{ "rate", "bytes_per_second", SHOW_RATE }, { "SHA-256 of the data", "data_sha256" },
			{ "SHA-256 of the file", "sha256" }, { "note", "note" }) }),
	  .say_each = "{name}: {result}", .run = run_cartridge_verify, .help = "Read all data and check every checksum" },
	{ "cartridge", "delete", "cartridge.delete", OPTIONS(
		BARCODES(true, "barcodes, or ranges of them; all are deleted or none"),
		{ "--reason", OPTION_TEXT, "reason", false, "TEXT", "shown by cartridge list --deleted" }, LIBRARY,
		FORCED("even if a cartridge is write-protected, WORM or holds data")),
	  .say = "{count cartridge} deleted: {barcodes} (cartridge restore can undo this for {kept_days day})",
	  .run = run_cartridge_delete, .help = "Delete cartridges; the wastebasket keeps them for some days" },
	{ "cartridge", "restore", "cartridge.restore", OPTIONS(EACH,
		{ "--id", OPTION_TEXT, "id", false, "ID", "first characters of its id; needed if several had the barcode" },
		LIBRARY),
	  .say = "cartridge {barcode} restored to {element} of library {library}", .run = run_each,
	  .help = "Restore deleted cartridges to free slots" },
	{ "cartridge", "purge", "cartridge.purge", OPTIONS(
		BARCODES(false, "deleted cartridges, or ranges of them"),
		{ "--id", OPTION_TEXT, "id", false, "ID", "first characters of its id; needed if several had the barcode" },
		{ "--all", OPTION_FLAG, "all", false, NULL, "all deleted cartridges" }),
	  .say = "{count deleted cartridge} destroyed: {barcodes}",
	  .say_none = "the wastebasket is empty",
	  .help = "Destroy deleted cartridges and their data permanently" },
	{ "cartridge", "protect", "cartridge.protect", OPTIONS(EACH, LIBRARY),
	  .say = "cartridge {barcode} is write-protected", .run = run_each, .help = "Set the write-protect tab" },
	{ "cartridge", "unprotect", "cartridge.unprotect", OPTIONS(EACH, LIBRARY),
	  .say = "cartridge {barcode} is writable", .run = run_each, .help = "Clear the write-protect tab" },

	{ "mailslot", "list", "mailslot.list", OPTIONS(LIBRARY, DISK), SECTIONS(
		{ SECTION_TABLE, "mail slots", "mailslots", COLUMNS(
			{ "ELEMENT", "element" }, { "ADDRESS", "address", SHOW_ADDRESS },
			{ "CARTRIDGE", "barcode" }, { "BY OPERATOR", "by_operator" }), "no mail slots" },
		{ SECTION_TABLE, "vault", "vault", cartridge_columns, "no cartridges in the vault" }),
	  .help = "List the mail slots and the cartridges in the vault" },
	{ "mailslot", "open", "mailslot.open", OPTIONS(
		BARCODES(false, "barcodes, or ranges of them; default: all in the mail slots"),
		LIBRARY),
	  .say = "{count cartridge} moved to the vault: {out}",
	  .say_none = "no cartridges in the mail slots of library {library}",
	  .help = "Open the door and move cartridges from mail slots to the vault" },
	{ "mailslot", "close", "mailslot.close", OPTIONS(
		BARCODES(false, "barcodes of vaulted cartridges, or ranges of them"),
		LIBRARY),
	  .say = "{count cartridge} moved to mail slots: {in}",
	  .say_none = "no cartridge was moved; name the vaulted cartridges to move to mail slots",
	  .help = "Move vaulted cartridges to free mail slots and close the door" },

	{ "identity", "show", "identity.show", NO_OPTIONS, identity_show,
	  .run = run_identity_show, .help = "Show the identities of this installation" },
	{ "identity", "verify", "identity.verify", NO_OPTIONS,
	  .say = "all identities are well formed and unique",
	  .help = "Check that serials, names and addresses are well formed and unique" },
	{ "identity", "export", "identity.export", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "new file, or - for stdout" },
		FORCE("overwrite the file")),
	  .say = "{file}: {bytes byte} written", .run = run_identity_export,
	  .help = "Save all identities in one file" },
	{ "identity", "import", "identity.import", OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by identity export" }),
	  .say = "libraries imported: {libraries}", .run = run_identity_import,
	  .help = "Give this installation, without libraries yet, the identities of another one" },

	{ "initiator", "allow", "initiator.allow", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL,
		  "iSCSI name of the initiator, or '*': all initiators without a rule" },
		{ "--chap-user", OPTION_TEXT, "chap_user", false, "U", "CHAP user name (default: the initiator's name)" },
		{ "--secret-file", OPTION_PATH, "@secret_file", false, "F",
		  "file (mode 0600) with the CHAP secret, or - for stdin" },
		{ "--target-user", OPTION_TEXT, "target_user", false, "U",
		  "mutual CHAP: the target's user name (default evertape)" },
		{ "--target-secret-file", OPTION_PATH, "@target_secret_file", false, "F",
		  "mutual CHAP: file with the target's secret, or - for stdin" },
		{ "--from", OPTION_TEXTS, "from", false, "ADDRESS[/BITS]|any",
		  "address or network it may log in from; may be repeated" },
		{ "--library", OPTION_TEXTS, "libraries", false, "L|all",
		  "library it may access; may be repeated" },
		{ "--device", OPTION_TEXTS, "devices", false, "changer|drive:N|all",
		  "device of these libraries it may access, from its next login; may be repeated" },
		{ "--no-chap", OPTION_FLAG, "no_chap", false, NULL, "do not require CHAP any more" },
		{ "--no-mutual", OPTION_FLAG, "no_mutual", false, NULL,
		  "do not use mutual CHAP any more" }),
	  .say = "{name} may log in (authentication: {authentication}; from {comes_from}; sees {sees})",
	  .run = run_initiator_allow,
	  .help = "Allow an initiator to log in, or change its rule; settings not named stay" },
	{ "initiator", "deny", "initiator.deny", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "iSCSI name of the initiator" }),
	  .say = "{name} may not log in",
	  .help = "Deny an initiator, whatever the default rule is; the rest of its rule stays" },
	{ "initiator", "remove", "initiator.remove", OPTIONS(
		{ "NAME", OPTION_TEXT, "name", true, NULL, "iSCSI name of the initiator" }),
	  .say = "{name}: rule removed; the default rule applies",
	  .help = "Remove an initiator's rule; the default rule applies to it again" },
	{ "initiator", "list", "initiator.list", NO_OPTIONS, SECTIONS(
		{ SECTION_TABLE, NULL, "initiators", RULE_COLUMNS,
		  "no rules: no initiator may log in" }),
	  .help = "List the rules that say who may log in" },
	{ "initiator", "default", "initiator.default", OPTIONS(
		{ "RULE", OPTION_TEXT, "@rule", false, NULL, "allow or deny; without it the rule is shown" }),
	  .say = "initiators without a rule: {rule} (authentication: {authentication}; "
		 "from {comes_from}; sees {sees})",
	  .say_none = "initiators without a rule: {rule}",
	  .run = run_initiator_default, .help = "Show or set the default rule, for initiators without a rule" },

	{ "session", "list", "session.list", NO_OPTIONS, session_list, .help = "List the sessions" },
	{ "session", "drop", "session.drop", OPTIONS(
		{ "TSIH|NAME", OPTION_TEXT, "@which", false, NULL, "TSIH of a session, or an initiator's name: all its sessions" },
		{ "--all", OPTION_FLAG, "all", false, NULL, "all sessions" }),
	  .say = "{dropped session} ended", .run = run_session_drop,
	  .help = "End sessions; an initiator that is still allowed may log in again" },

	{ "stream", NULL, .raw = verb_stream, .usage = "PORTAL ...",
	  .help = "Write to drives of any iSCSI target, read back and verify; see --help" },
	{ "passport", NULL, .raw = verb_passport, .usage = "save|compare|show PORTAL ...",
	  .help = "Save, compare or show what an initiator sees at a portal; see --help" },
	{ "status", NULL, "status", OPTIONS(
		{ "--check", OPTION_FLAG, "@check", false, NULL,
		  "for monitoring: exit 0 good, 1 warning, 2 critical; prints a line for each problem" }),
	  status_sections, .run = run_status,
	  .help = "Show health, drives, hosts and disk space" },
	{ "top", NULL, "status", OPTIONS(
		{ "--interval", OPTION_NUMBER, "@interval", false, "SECONDS", "time between two updates (default 1)" },
		{ "--count", OPTION_NUMBER, "@count", false, "N", "number of updates; default: until interrupted" }),
	  top_sections, .run = run_top,
	  .help = "Show the write and read rate of each drive, updated continuously" },
	{ "log", NULL, "log", OPTIONS(
		{ "[ROOM=]LEVEL", OPTION_TEXT, "levels", false, NULL,
		  "error, warning, info, debug or trace, for all rooms or one; several with commas; scsi=trace logs every command" }),
	  SECTIONS({ SECTION_TABLE, NULL, "rooms", COLUMNS({ "ROOM", "room" }, { "LEVEL", "level" }) }),
	  .help = "Show or set the log levels of the running daemon" },
	{ "version", NULL, "version", NO_OPTIONS, SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "evertape", "version" }, { "evertaped", "daemon" }) }),
	  .run = run_version, .help = "Show the versions of evertape and evertaped" },
	{ "help", NULL, NULL, OPTIONS(
		{ "NOUN", OPTION_TEXT, "@noun", false },
		{ "VERB", OPTION_TEXT, "@verb", false },
		{ "--roff", OPTION_FLAG, "@roff", false, NULL, "print the table of verbs for the manual" }),
	  .run = run_help, .help = "Show this help" },
	{ 0 },
};
/* clang-format on */
/* clang-format on */
