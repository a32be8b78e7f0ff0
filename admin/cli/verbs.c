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
const struct verb verbs[] = {
	{ "library", "create", "library.create",
	  .say = "library {name}: {drives drive}, {slots slot}, {mailslots mail slot}\n"
		 "target {target}" },
	{ "library", "show", "library.show", library_show_sections },
	{ "library", "list", "library.list", library_list_sections },
	{ "library", "delete", "library.delete", .say = "library {name} deleted" },
	{ "library", "layout", "library.layout", .say = "library {name}: {layout}" },
	{ "library", "compression", "library.compression", .say = "library {name}: compression {compression}" },
	{ "library", "personality", "library.personality", .say = "library {name}: {personality}" },
	{ "library", "adopt", "library.adopt",
	  .say = "library {name}: the changer has the given names; target {target}" },
	{ "library", "personalities", "library.personalities", library_personalities_sections,
	  .run = run_personalities },

	{ "drive", "list", "drive.list", drive_list_sections },
	{ "drive", "show", "drive.show", drive_show_sections },
	{ "drive", "add", "drive.add",
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}, lun {lun}" },
	{ "drive", "remove", "drive.remove",
	  .say = "drive:{number} (serial {serial}) removed from library {library}" },
	{ "drive", "personality", "drive.personality",
	  .say = "drive:{number} of library {library}: {personality}, serial {serial}" },
	{ "drive", "adopt", "drive.adopt",
	  .say = "drive:{number} of library {library}: serial {serial}, NAA {naa}, revision {revision}" },
	{ "drive", "load", "drive.load", .say = "cartridge {barcode}: {from} to {to}" },
	{ "drive", "unload", "drive.unload", .say = "cartridge {barcode}: {from} to {to}" },

	{ "cartridge", "create", "cartridge.create", cartridge_create_sections },
	{ "cartridge", "list", "cartridge.list", cartridge_list_sections,
	  .run = run_cartridge_list },
	{ "cartridge", "show", "cartridge.show", cartridge_show_sections },
	{ "cartridge", "move", "cartridge.move",
	  .say = "cartridge {barcode}: {from} to {to}", .run = run_each, .options = OPTIONS(EACH),
	  .help = "Move cartridges to an element, or to free elements of a kind" },
	{ "cartridge", "import", "cartridge.import",
	  transfer_sections, .say = "cartridge {barcode} is in {element}", .run = run_cartridge_import,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by cartridge export, tape image, folder, or - for stdin" }) },
	{ "cartridge", "export", "cartridge.export",
	  transfer_sections, "evertape cartridge export", .say = "cartridge {barcode} exported ({format})",
	  .say_each = "cartridge {barcode} exported ({format}): {file}", .run = run_cartridge_export,
	  .options = OPTIONS(
		{ "BARCODE|DIR", OPTION_BARCODES, "@barcodes", true, NULL,
		  "barcodes or ranges; or (with / or . in it) a cartridge folder, read without the daemon",
		  .in_place_of = "barcode" },
		{ "FILE|FOLDER", OPTION_PATH, "@file", true, NULL,
		  "new file, - for stdout, or an existing folder for BARCODE.evt, BARCODE.tap" }, OVERWRITE),
	  .help = "Export each cartridge to one file" },
	{ "cartridge", "verify", "cartridge.verify", cartridge_verify_sections,
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

	{ "mailslot", "list", "mailslot.list", mailslot_list_sections },
	{ "mailslot", "open", "mailslot.open",
	  .say = "{count cartridge} moved to the vault: {out}",
	  .say_none = "no cartridges in the mail slots of library {library}" },
	{ "mailslot", "close", "mailslot.close",
	  .say = "{count cartridge} moved to mail slots: {in}",
	  .say_none = "no cartridge was moved; name the vaulted cartridges to move to mail slots" },

	{ "identity", "show", "identity.show",
	  identity_show_sections, "text of identity show", .run = run_identity_show },
	{ "identity", "verify", "identity.verify", .say = "all identities are well formed and unique" },
	{ "identity", "export", "identity.export", .answer = "evertape identity export",
	  .say = "{file}: {bytes byte} written", .run = run_identity_export,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "new file, or - for stdout" }, OVERWRITE),
	  .help = "Save all identities in one file" },
	{ "identity", "import", "identity.import",
	  .say = "libraries imported: {libraries}", .run = run_identity_import,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by identity export" }) },

	{ "identity", "adopt", "identity.adopt",
	  .say = "library {name}: all devices have the names of the passport", .run = run_identity_import,
	  .options = OPTIONS(
		{ "FILE", OPTION_PATH, "@file", true, NULL, "file written by passport save" }) },

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
	{ "initiator", "list", "initiator.list", initiator_list_sections },
	{ "initiator", "default", "initiator.default",
	  .say = "initiators without a rule: {rule} (authentication: {authentication}; "
		 "from {comes_from}; sees {sees})",
	  .say_none = "initiators without a rule: {rule}",
	  .run = run_initiator_default,
	  .options = OPTIONS(
		{ "RULE", OPTION_TEXT, "@rule", false, NULL, "allow or deny; without it the rule is shown" }),
	  .help = "Show or set the default rule, for initiators without a rule" },

	{ "session", "list", "session.list", session_list_sections },
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
	{ "top", NULL, "status", top_sections, "evertape top", .run = run_top,
	  .options = OPTIONS(
		{ "--interval", OPTION_NUMBER, "@interval", false, "SECONDS", "time between two updates", "1" },
		{ "--count", OPTION_NUMBER, "@count", false, "N", "number of updates; default: until interrupted" }),
	  .help = "Show the write and read rate of each drive, updated continuously" },
	{ "log", NULL, "log", log_sections },
	{ "version", NULL, "version", version_sections, "evertape version",
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
