/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb of the command, in the order of the help. */
#include "admin/cli/verb.h"

/* clang-format off */
/* Several barcodes, for each of which the method is called once. */
#define EACH { "BARCODE", OPTION_BARCODES, "@barcodes", true, NULL, \
	       "barcodes, or ranges of them: E00001L8-E00050L8", .in_place_of = "barcode" }
#define OVERWRITE { "--force", OPTION_FLAG, "@force", false, NULL, "overwrite the file" }
/* clang-format on */

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
	{ "library", "create", "library.create",
	  .say = "library {name}: {drives drive}, {slots slot}, {mailslots mail slot}\n"
		 "target {target}" },
	{ "library", "show", "library.show", library_show },
	{ "library", "list", "library.list", SECTIONS(
		{ SECTION_TABLE, NULL, "libraries", COLUMNS(
			{ "NAME", "name" }, { "DRIVES", "drives" }, { "SLOTS", "slots" },
			{ "CARTRIDGES", "cartridges" }, { "PROMISED", "promised_bytes", SHOW_SIZE },
			{ "USED", "used_bytes", SHOW_SIZE }, { "AVAILABLE", "disk_available_bytes", SHOW_SIZE },
			{ "MAIL SLOTS", "mailslots" }, { "CHANGER", "personality" }, { "LAYOUT", "layout" }, { "TARGET", "target" }),
		  "no libraries; create one with: evertape library create NAME" }) },
	{ "library", "delete", "library.delete", .say = "library {name} deleted" },
	{ "library", "layout", "library.layout", .say = "library {name}: {layout}" },
	{ "library", "personality", "library.personality", .say = "library {name}: {personality}" },
	{ "library", "personalities", "library.personalities", SECTIONS(
		{ SECTION_TABLE, NULL, "personalities", COLUMNS(
			{ "KIND", "kind" }, { "NAME", "name" }, { "VENDOR", "vendor" },
			{ "PRODUCT", "product" }, { "REVISION", "revision" },
			{ "GENERATION", "generation" }) }),
	  .run = run_personalities },

	{ "drive", "list", "drive.list", SECTIONS(
		{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" }) },
	{ "drive", "show", "drive.show", drive_show },
	{ "drive", "add", "drive.add",
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}, lun {lun}" },
	{ "drive", "remove", "drive.remove",
	  .say = "drive:{number} (serial {serial}) removed from library {library}" },
	{ "drive", "personality", "drive.personality",
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}" },
	{ "drive", "load", "drive.load", .say = "cartridge {barcode}: {from} to {to}" },
	{ "drive", "unload", "drive.unload", .say = "cartridge {barcode}: {from} to {to}" },

	{ "cartridge", "create", "cartridge.create", SECTIONS({ SECTION_TABLE, NULL, "cartridges", COLUMNS(
		{ "BARCODE", "barcode" }, { "ELEMENT", "element" }, { "GENERATION", "generation" },
		{ "CAPACITY", "capacity", SHOW_SIZE }, { "WORM", "worm", SHOW_MARK }) }) },
	{ "cartridge", "list", "cartridge.list", SECTIONS(
		{ SECTION_TABLE, NULL, "cartridges", cartridge_columns, "no cartridges" }),
	  .run = run_cartridge_list },
	{ "cartridge", "show", "cartridge.show", cartridge_show },
	{ "cartridge", "move", "cartridge.move",
	  .say = "cartridge {barcode}: {from} to {to}", .run = run_each, .options = OPTIONS(EACH),
	  .help = "Move cartridges to an element, or to free elements of a kind" },
	{ "cartridge", "import", "cartridge.import",
	  transfer_show, .say = "cartridge {barcode} is in {element}", .run = run_cartridge_import,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by cartridge export, or - for stdin" }) },
	{ "cartridge", "export", "cartridge.export",
	  transfer_show, .say = "cartridge {barcode} exported ({format})",
	  .say_each = "cartridge {barcode} exported ({format}): {file}", .run = run_cartridge_export,
	  .options = OPTIONS(
		{ "BARCODE|DIR", OPTION_BARCODES, "@barcodes", true, NULL,
		  "barcodes or ranges; or (with / or . in it) a cartridge folder, read without the daemon",
		  .in_place_of = "barcode" },
		{ "FILE|FOLDER", OPTION_PATH, "@file", true, NULL,
		  "new file, - for stdout, or an existing folder for BARCODE.evt or BARCODE.tap" }, OVERWRITE),
	  .help = "Export each cartridge to one file" },
	{ "cartridge", "verify", "cartridge.verify", SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "checked", "name" }, { "result", "result" }, { "records", "records" },
			{ "filemarks", "filemarks" }, { "bytes", "bytes", SHOW_SIZE },
			{ "rate", "bytes_per_second", SHOW_RATE }, { "SHA-256 of the data", "data_sha256" },
			{ "SHA-256 of the file", "sha256" }, { "note", "note" }) }),
	  .say_each = "{name}: {result}", .run = run_cartridge_verify,
	  .options = OPTIONS(
		{ "BARCODE|FILE", OPTION_BARCODES, "@what", true, NULL,
		  "barcodes or ranges; or (with / or . in it) an exported file or a cartridge folder",
		  .in_place_of = "barcode" }) },
	{ "cartridge", "delete", "cartridge.delete",
	  .say = "{count cartridge} deleted: {barcodes} (cartridge restore can undo this for {kept_days day})",
	  .run = run_cartridge_delete },
	{ "cartridge", "restore", "cartridge.restore",
	  .say = "cartridge {barcode} restored to {element} of library {library}", .run = run_each, .options = OPTIONS(EACH),
	  .help = "Restore deleted cartridges to free slots" },
	{ "cartridge", "purge", "cartridge.purge",
	  .say = "{count deleted cartridge} destroyed: {barcodes}",
	  .say_none = "the wastebasket is empty" },
	{ "cartridge", "protect", "cartridge.protect",
	  .say = "cartridge {barcode} is write-protected", .run = run_each, .options = OPTIONS(EACH) },
	{ "cartridge", "unprotect", "cartridge.unprotect",
	  .say = "cartridge {barcode} is writable", .run = run_each, .options = OPTIONS(EACH) },

	{ "mailslot", "list", "mailslot.list", SECTIONS(
		{ SECTION_TABLE, "mail slots", "mailslots", COLUMNS(
			{ "ELEMENT", "element" }, { "ADDRESS", "address", SHOW_ADDRESS },
			{ "CARTRIDGE", "barcode" }, { "BY OPERATOR", "by_operator" }), "no mail slots" },
		{ SECTION_TABLE, "vault", "vault", cartridge_columns, "no cartridges in the vault" }) },
	{ "mailslot", "open", "mailslot.open",
	  .say = "{count cartridge} moved to the vault: {out}",
	  .say_none = "no cartridges in the mail slots of library {library}" },
	{ "mailslot", "close", "mailslot.close",
	  .say = "{count cartridge} moved to mail slots: {in}",
	  .say_none = "no cartridge was moved; name the vaulted cartridges to move to mail slots" },

	{ "identity", "show", "identity.show",
	  identity_show, .run = run_identity_show },
	{ "identity", "verify", "identity.verify", .say = "all identities are well formed and unique" },
	{ "identity", "export", "identity.export",
	  .say = "{file}: {bytes byte} written", .run = run_identity_export,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "new file, or - for stdout" }, OVERWRITE),
	  .help = "Save all identities in one file" },
	{ "identity", "import", "identity.import",
	  .say = "libraries imported: {libraries}", .run = run_identity_import,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by identity export" }) },

	{ "initiator", "allow", "initiator.allow",
	  .say = "{name} may log in (authentication: {authentication}; from {comes_from}; sees {sees})",
	  .run = run_initiator_allow,
	  .options = OPTIONS(
		{ "--secret-file", OPTION_PATH, "@secret_file", false, "F",
		  "file (mode 0600) with the CHAP secret, or - for stdin", .in_place_of = "chap_secret" },
		{ "--target-secret-file", OPTION_PATH, "@target_secret_file", false, "F",
		  "mutual CHAP: file with the target's secret, or - for stdin", .in_place_of = "target_secret" }) },
	{ "initiator", "deny", "initiator.deny", .say = "{name} may not log in" },
	{ "initiator", "remove", "initiator.remove", .say = "{name}: rule removed; the default rule applies" },
	{ "initiator", "list", "initiator.list", SECTIONS(
		{ SECTION_TABLE, NULL, "initiators", RULE_COLUMNS,
		  "no rules: no initiator may log in" }) },
	{ "initiator", "default", "initiator.default",
	  .say = "initiators without a rule: {rule} (authentication: {authentication}; "
		 "from {comes_from}; sees {sees})",
	  .say_none = "initiators without a rule: {rule}",
	  .run = run_initiator_default,
	  .options = OPTIONS(
		{ "RULE", OPTION_TEXT, "@rule", false, NULL, "allow or deny; without it the rule is shown" }),
	  .help = "Show or set the default rule, for initiators without a rule" },

	{ "session", "list", "session.list", session_list },
	{ "session", "drop", "session.drop",
	  .say = "{dropped session} ended", .run = run_session_drop,
	  .options = OPTIONS(
		{ "TSIH|NAME", OPTION_TEXT, "@which", false, NULL,
		  "TSIH of a session, or an initiator's name: all its sessions", .in_place_of = "tsih" }) },

	{ "stream", NULL, .raw = verb_stream, .usage = "PORTAL ...",
	  .help = "Write to drives of any iSCSI target, read back and verify; see --help" },
	{ "passport", NULL, .raw = verb_passport, .usage = "save|compare|show PORTAL ...",
	  .help = "Save, compare or show what an initiator sees at a portal; see --help" },
	{ "status", NULL, "status", status_sections, .run = run_status,
	  .options = OPTIONS(
		{ "--check", OPTION_FLAG, "@check", false, NULL,
		  "for monitoring: exit 0 good, 1 warning, 2 critical; prints a line for each problem" }) },
	{ "top", NULL, "status", top_sections, .run = run_top,
	  .options = OPTIONS(
		{ "--interval", OPTION_NUMBER, "@interval", false, "SECONDS", "time between two updates", "1" },
		{ "--count", OPTION_NUMBER, "@count", false, "N", "number of updates; default: until interrupted" }),
	  .help = "Show the write and read rate of each drive, updated continuously" },
	{ "log", NULL, "log", SECTIONS({ SECTION_TABLE, NULL, "rooms", COLUMNS({ "ROOM", "room" }, { "LEVEL", "level" }) }) },
	{ "version", NULL, "version", SECTIONS(
		{ SECTION_RECORD, NULL, NULL, COLUMNS(
			{ "evertape", "version" }, { "evertaped", "daemon" }) }),
	  .run = run_version,
	  .help = "Show the versions of evertape and evertaped" },
	{ "help", NULL, NULL,
	  .run = run_help,
	  .options = OPTIONS(
		{ "NOUN", OPTION_TEXT, "@noun", false },
		{ "VERB", OPTION_TEXT, "@verb", false },
		{ "--roff", OPTION_FLAG, "@roff", false, NULL, "print the table of verbs for the manual" }),
	  .help = "Show this help" },
	{ 0 },
};
/* clang-format on */
