/* SPDX-License-Identifier: Apache-2.0 */
/* Every control method and its parameters. */
#include "admin/method/method.h"
#include "admin/method/param_check.h"
#include "vtl/access/access.h"

enum { SLOTS_MAX = 30000, BARCODES_MAX = 1000, TSIH_MAX = 65535 };
_Static_assert((int)BARCODES_MAX <= (int)CREATE_MAX, "a call may create as many cartridges as it can name");

/* clang-format off */
/* --- parameters of several methods ------------------------------------------------------------------- */

#define LIBRARY { "library", PARAM_TEXT, .check = name_ok, .option = "--library", .placeholder = "NAME", \
		  .help = "library name; needed only if there is more than one" }
#define BARCODE { "barcode", PARAM_TEXT, .unit = UNIT_BARCODE, .required = true, .check = barcode_ok, \
		  .option = "BARCODE", .help = "barcode of the cartridge" }
#define BARCODES(HELP, ...) { "barcodes", PARAM_TEXTS, .unit = UNIT_BARCODE, .check = barcode_ok, .max = BARCODES_MAX, \
		  .option = "BARCODE", .help = HELP, __VA_ARGS__ }
#define DRIVE   { "drive", PARAM_NUMBER, .unit = UNIT_DRIVE, .required = true, .min = 1, .max = 65535, \
		  .option = "DRIVE", .help = "drive number, from 1 (N or drive:N)" }
#define FORCE(HELP) { "force", PARAM_FLAG, .option = "--force", .help = HELP }
#define DISK    { "disk", PARAM_FLAG, .option = "--disk", .in_tables = true, \
		  .help = "with --json: include free disk space, as tables do" }
#define FILE_FORMAT(HELP) { "format", PARAM_TEXT, .check = format_ok, .option = "--format", .placeholder = "FORMAT", \
		  .help = HELP }
#define GENERATION(HELP) { "generation", PARAM_TEXT, .check = generation_ok, .option = "--generation", \
		  .placeholder = "lto8", .help = HELP }
#define CAPACITY(HELP) { "capacity", PARAM_NUMBER, .unit = UNIT_BYTES, .min = 1 << 20, .max = INT64_MAX / 1024, \
		  .option = "--capacity", .placeholder = "SIZE", .help = HELP }
#define ID      { "id", PARAM_TEXT, .option = "--id", .placeholder = "ID", \
		  .help = "first characters of its id; needed if several had the barcode" }
#define NAMES \
	{ "serial", PARAM_TEXT, .option = "--serial", .placeholder = "S", .help = "its unit serial number" }, \
	{ "naa", PARAM_TEXT, .check = naa_ok, .option = "--naa", .placeholder = "HEX", \
	  .help = "its NAA identifier, 16 hexadecimal digits" }, \
	{ "revision", PARAM_TEXT, .check = revision_ok, .option = "--revision", .placeholder = "R", \
	  .help = "its firmware revision, 1 to 4 characters" }, \
	{ "target", PARAM_TEXT, .check = target_ok, .option = "--target", .placeholder = "IQN", \
	  .help = "the name of its target" }
#define INITIATOR { "name", PARAM_TEXT, .required = true, .check = initiator_ok, .option = "NAME", \
		  .help = "iSCSI name of the initiator, or '*': all initiators without a rule" }

/* --- the methods, in the order of the help ------------------------------------------------------------ */

const struct method methods[] = {
	{ "library.create", ROLE_WRITE, .params = PARAMS(
		{ "name", PARAM_TEXT, .required = true, .check = name_ok, .option = "NAME", .help = "name of the library" },
		{ "drives", PARAM_NUMBER, .max = DRIVES_MAX, .default_value = "2", .option = "--drives", .placeholder = "N",
		  .help = "number of drives" },
		{ "slots", PARAM_NUMBER, .min = 1, .max = SLOTS_MAX, .default_value = "20", .option = "--slots",
		  .placeholder = "N", .help = "number of storage slots" },
		{ "mailslots", PARAM_NUMBER, .max = SLOTS_MAX, .default_value = "2", .option = "--mailslots",
		  .placeholder = "N", .help = "number of mail slots" },
		{ "drive", PARAM_TEXT, .check = drive_personality_ok, .default_value = DRIVE_DEFAULT, .option = "--drive",
		  .placeholder = "PERSONALITY", .help = "personality of the drives" },
		{ "changer", PARAM_TEXT, .check = changer_personality_ok, .default_value = CHANGER_DEFAULT,
		  .option = "--changer", .placeholder = "PERSONALITY", .help = "personality of the changer" },
		{ "layout", PARAM_TEXT, .check = layout_ok, .default_value = "one-target", .option = "--layout",
		  .placeholder = "one-target|target-per-device",
		  .help = "one target with a LUN per device, or one target per device" },
		{ "compression", PARAM_TEXT, .check = compression_ok, .default_value = "auto", .option = "--compression",
		  .placeholder = "off|auto|lz4|zstd",
		  .help = "how drives compress; auto: with LZ4, while that slows no host down" }),
	  .help = "Create a library with its changer, drives, slots and mail slots" },
	{ "library.show", ROLE_READ, .params = PARAMS(
		{ "library", PARAM_TEXT, .check = name_ok, .option = "NAME",
		  .help = "library name; needed only if there is more than one" }),
	  .help = "Show a library: names, serials, LUNs, addresses, drives, elements" },
	{ "library.list", ROLE_READ, .params = PARAMS(
		{ "quick", PARAM_FLAG, .option = "--quick",
		  .help = "do not read the cartridge folders: the used space is not shown" }, DISK),
	  .help = "List the libraries" },
	{ "library.delete", ROLE_WRITE, .params = PARAMS(
		{ "library", PARAM_TEXT, .required = true, .check = name_ok, .option = "NAME", .help = "name of the library" },
		FORCE("even if hosts are logged in: their sessions end")),
	  .help = "Delete a library" },
	{ "library.layout", ROLE_WRITE, .params = PARAMS(
		{ "layout", PARAM_TEXT, .required = true, .check = layout_ok, .option = "LAYOUT",
		  .help = "one-target or target-per-device" },
		LIBRARY, FORCE("even if hosts are logged in: their sessions end; LUNs and targets change")),
	  .help = "Present a library as one target, or as one target per device" },
	{ "library.compression", ROLE_WRITE, .params = PARAMS(
		{ "compression", PARAM_TEXT, .required = true, .check = compression_ok, .option = "COMPRESSION",
		  .help = "off, auto (LZ4, while that slows no host down), lz4 or zstd" },
		LIBRARY),
	  .help = "Change how drives compress the records that hosts write from now on" },
	{ "library.personality", ROLE_WRITE, .params = PARAMS(
		{ "personality", PARAM_TEXT, .required = true, .check = changer_personality_ok, .option = "PERSONALITY",
		  .help = "personality of the changer, such as IBM 03584L32" },
		LIBRARY, FORCE("even if hosts are logged in to it: their sessions end")),
	  .help = "Change the personality of the changer; serial, NAA and addresses stay" },
	{ "library.adopt", ROLE_WRITE, .params = PARAMS(NAMES, LIBRARY,
		FORCE("even if hosts are logged in to it: their sessions end")),
	  .help = "Give the changer the names of one whose place it takes" },
	{ "library.personalities", ROLE_READ, .params = NO_PARAMS,
	  .help = "List the drives and changers that can be emulated" },

	{ "drive.list", ROLE_READ, .params = PARAMS(LIBRARY), .help = "List the drives and their activity" },
	{ "drive.show", ROLE_READ, .params = PARAMS(DRIVE, LIBRARY),
	  .help = "Show a drive: names, cartridge, position, free space" },
	{ "drive.add", ROLE_WRITE, .params = PARAMS(
		{ "personality", PARAM_TEXT, .check = drive_personality_ok, .option = "PERSONALITY",
		  .help = "personality of the drive; default: that of the last drive, else " DRIVE_DEFAULT },
		{ "number", PARAM_NUMBER, .unit = UNIT_DRIVE, .min = 1, .max = DRIVES_MAX, .option = "--number",
		  .placeholder = "N", .help = "put removed drive N back with its former identity" }, LIBRARY),
	  .help = "Add a drive, or put a removed drive back with its former identity" },
	{ "drive.remove", ROLE_WRITE, .params = PARAMS(DRIVE, LIBRARY,
		FORCE("even if hosts are logged in to it: their sessions end")),
	  .help = "Remove an empty drive; its number and names are not reused" },
	{ "drive.personality", ROLE_WRITE, .params = PARAMS(DRIVE,
		{ "personality", PARAM_TEXT, .required = true, .check = drive_personality_ok, .option = "PERSONALITY",
		  .help = "personality of the drive, such as HP Ultrium 6-SCSI" },
		LIBRARY, FORCE("even if hosts are logged in to it: their sessions end")),
	  .help = "Change the personality of an empty drive; its serial and NAA stay" },
	{ "drive.adopt", ROLE_WRITE, .params = PARAMS(DRIVE, NAMES, LIBRARY,
		FORCE("even if hosts are logged in to its library: their sessions end")),
	  .help = "Give an empty drive the names of one whose place it takes" },
	{ "drive.load", ROLE_WRITE, .params = PARAMS(DRIVE, BARCODE, LIBRARY,
		FORCE("even if the cartridge is in a drive that a host uses")),
	  .help = "Move a cartridge into a drive" },
	{ "drive.unload", ROLE_WRITE, .params = PARAMS(DRIVE,
		{ "element", PARAM_TEXT, .option = "ELEMENT", .help = "destination; default: the source element" },
		LIBRARY, FORCE("even if a host uses the drive")),
	  .help = "Move a drive's cartridge to its source element, or to another element" },

	{ "cartridge.create", ROLE_WRITE, .params = PARAMS(
		BARCODES("barcodes such as E00001L8, or ranges of them: E00001L8-E00050L8"),
		{ "count", PARAM_NUMBER, .min = 1, .max = CREATE_MAX, .option = "--count", .placeholder = "N",
		  .help = "create N cartridges with generated numbers" },
		{ "prefix", PARAM_TEXT, .check = prefix_ok, .option = "--prefix", .placeholder = "P",
		  .help = "characters before the generated numbers" },
		GENERATION("lto5 to lto9, or m8; default: from the barcode, else from the drives"),
		{ "worm", PARAM_FLAG, .option = "--worm", .help = "write once, read many" },
		CAPACITY("2500GB, 1.5TiB; default: that of the generation"), LIBRARY),
	  .help = "Create blank cartridges in free slots" },
	{ "cartridge.list", ROLE_READ, .params = PARAMS(LIBRARY,
		{ "deleted", PARAM_FLAG, .option = "--deleted",
		  .help = "the deleted cartridges in the wastebasket, oldest first" }, DISK),
	  .help = "List all cartridges and their elements, or the deleted cartridges" },
	{ "cartridge.show", ROLE_READ, .params = PARAMS(BARCODE, LIBRARY),
	  .help = "Show a cartridge: label, element, usage" },
	{ "cartridge.move", ROLE_WRITE, .params = PARAMS(BARCODE,
		{ "element", PARAM_TEXT, .required = true, .option = "ELEMENT",
		  .help = "slot:1, drive:1 or mailslot:1; slot, drive or mailslot: the first free one" },
		LIBRARY, FORCE("even if the cartridge is in a drive that a host uses")),
	  .help = "Move a cartridge to an element, or to the first free element of a kind" },
	{ "cartridge.import", ROLE_LONG, .wants_fd = true, .params = PARAMS(
		{ "barcode", PARAM_TEXT, .unit = UNIT_BARCODE, .check = barcode_ok, .option = "--barcode",
		  .placeholder = "BARCODE", .help = "barcode of the new cartridge" },
		FILE_FORMAT("format of the file; default: what it looks like"),
		GENERATION("for a tape image of others; default: from the barcode"),
		CAPACITY("for a tape image of others; default: that of the generation"), LIBRARY,
		{ "whole", PARAM_FLAG, .option = "--whole",
		  .help = "keep nothing of a damaged file; default: keep what comes before the damage" }),
	  .help = "Create a cartridge in a free slot from a file" },
	{ "cartridge.export", ROLE_LONG, .wants_fd = true, .params = PARAMS(BARCODE,
		FILE_FORMAT("format of the file; default: by its name, else native"),
		{ "resume", PARAM_FLAG, .option = "--resume",
		  .help = "go on with FILE.part of an export that was broken off; keep it if this one is" }, LIBRARY),
	  .help = "Export a cartridge to one file" },
	{ "cartridge.verify", ROLE_LONG, .params = PARAMS(BARCODE, LIBRARY),
	  .help = "Read all data and check every checksum" },
	{ "cartridge.delete", ROLE_WRITE, .params = PARAMS(
		BARCODES("barcodes, or ranges of them; all are deleted or none", .required = true, .min = 1),
		{ "reason", PARAM_TEXT, .check = reason_ok, .option = "--reason", .placeholder = "TEXT",
		  .help = "shown by cartridge list --deleted" }, LIBRARY,
		FORCE("even if a cartridge is write-protected, WORM or holds data")),
	  .help = "Delete cartridges; the wastebasket keeps them for some days" },
	{ "cartridge.restore", ROLE_WRITE, .params = PARAMS(BARCODE, ID, LIBRARY),
	  .help = "Restore a deleted cartridge to a free slot" },
	{ "cartridge.purge", ROLE_WRITE, .params = PARAMS(
		BARCODES("deleted cartridges, or ranges of them"), ID,
		{ "all", PARAM_FLAG, .option = "--all", .help = "all deleted cartridges" }),
	  .help = "Destroy deleted cartridges and their data permanently" },
	{ "cartridge.protect", ROLE_WRITE, .params = PARAMS(BARCODE, LIBRARY), .help = "Set the write-protect tab" },
	{ "cartridge.unprotect", ROLE_WRITE, .params = PARAMS(BARCODE, LIBRARY), .help = "Clear the write-protect tab" },

	{ "mailslot.list", ROLE_READ, .params = PARAMS(LIBRARY, DISK),
	  .help = "List the mail slots and the cartridges in the vault" },
	{ "mailslot.open", ROLE_WRITE, .params = PARAMS(
		BARCODES("barcodes, or ranges of them; default: all in the mail slots"), LIBRARY),
	  .help = "Open the door and move cartridges from mail slots to the vault" },
	{ "mailslot.close", ROLE_WRITE, .params = PARAMS(
		BARCODES("barcodes of vaulted cartridges, or ranges of them"), LIBRARY),
	  .help = "Move vaulted cartridges to free mail slots and close the door" },

	{ "identity.show", ROLE_READ, .params = NO_PARAMS, .help = "Show the identities of this installation" },
	{ "identity.verify", ROLE_READ, .params = NO_PARAMS,
	  .help = "Check that serials, names and addresses are well formed and unique" },
	{ "identity.export", ROLE_READ, .params = NO_PARAMS, .help = "Return all identities as the text of one file" },
	{ "identity.import", ROLE_WRITE, .wants_fd = true, .params = NO_PARAMS,
	  .help = "Give this installation, without libraries yet, the identities of another one" },

	{ "identity.adopt", ROLE_WRITE, .wants_fd = true, .params = PARAMS(LIBRARY,
		FORCE("even if hosts are logged in to it: their sessions end")),
	  .help = "Give the devices of a library all names of a passport" },

	{ "initiator.allow", ROLE_WRITE, .params = PARAMS(INITIATOR,
		{ "chap_user", PARAM_TEXT, .check = chap_user_ok, .option = "--chap-user", .placeholder = "U",
		  .help = "CHAP user name; default: the initiator's name" },
		{ "chap_secret", PARAM_SECRET, .check = chap_secret_ok, .help = "CHAP secret of the initiator" },
		{ "target_user", PARAM_TEXT, .check = chap_user_ok, .option = "--target-user", .placeholder = "U",
		  .help = "mutual CHAP: the target's user name; default: " TARGET_USER_DEFAULT },
		{ "target_secret", PARAM_SECRET, .check = chap_secret_ok, .help = "mutual CHAP: the target's secret" },
		{ "from", PARAM_TEXTS, .max = RULE_NETWORKS_MAX, .check = from_ok, .option = "--from",
		  .placeholder = "ADDRESS[/BITS]|any", .help = "address or network it may log in from" },
		{ "libraries", PARAM_TEXTS, .max = VIEW_LIBRARIES_MAX, .check = name_ok, .option = "--library",
		  .placeholder = "L|all", .help = "library it may access" },
		{ "devices", PARAM_TEXTS, .max = DRIVES_MAX + 1, .check = device_ok, .option = "--device",
		  .placeholder = "changer|drive:N|all",
		  .help = "device of these libraries it may access, from its next login" },
		{ "no_chap", PARAM_FLAG, .option = "--no-chap", .help = "do not require CHAP any more" },
		{ "no_mutual", PARAM_FLAG, .option = "--no-mutual", .help = "do not use mutual CHAP any more" }),
	  .help = "Allow an initiator to log in, or change its rule; settings not named stay" },
	{ "initiator.deny", ROLE_WRITE, .params = PARAMS(INITIATOR),
	  .help = "Deny an initiator, whatever the default rule is; the rest of its rule stays" },
	{ "initiator.remove", ROLE_WRITE, .params = PARAMS(INITIATOR),
	  .help = "Remove an initiator's rule; the default rule applies to it again" },
	{ "initiator.list", ROLE_READ, .params = NO_PARAMS, .help = "List the rules that say who may log in" },
	{ "initiator.default", ROLE_READ, .params = NO_PARAMS,
	  .help = "Show the default rule, for initiators without a rule" },

	{ "session.list", ROLE_READ, .params = NO_PARAMS, .help = "List the sessions" },
	{ "session.drop", ROLE_WRITE, .params = PARAMS(
		{ "tsih", PARAM_NUMBER, .min = 1, .max = TSIH_MAX, .help = "TSIH of a session" },
		{ "initiator", PARAM_TEXT, .check = initiator_ok, .help = "an initiator's name: all its sessions" },
		{ "all", PARAM_FLAG, .option = "--all", .help = "all sessions" }),
	  .help = "End sessions; an initiator that is still allowed may log in again" },

	{ "status", ROLE_READ, .params = PARAMS(
		{ "quick", PARAM_FLAG, .help = "do not read the cartridge folders: the used space is not shown" }),
	  .help = "Show health, drives, hosts and disk space" },
	{ "log", ROLE_WRITE, .params = PARAMS(
		{ "levels", PARAM_TEXT, .check = levels_ok, .option = "[ROOM=]LEVEL",
		  .help = "error, warning, info, debug or trace, for all rooms or one; several with commas; "
			  "scsi=trace logs every command" }),
	  .help = "Show the log level of each room, or set it until the daemon ends" },
	{ "version", ROLE_READ, .params = NO_PARAMS, .help = "Show the version of evertaped" },
	{ "methods", ROLE_READ, .params = NO_PARAMS, .help = "List the methods and their parameters" },
	{ 0 },
};
/* clang-format on */
