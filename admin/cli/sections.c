/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields of an answer a verb prints, and in which order.  Titles and formats come from the rows of the fields
 * (admin/view); a column has a title of its own where that one does not fit. */
#include "admin/cli/verb.h"

static const struct column drive_columns[] = {
	{ "number" },
	{ "activity" },
	{ "barcode" },
	{ "bytes_written", "WRITTEN" },
	{ "bytes_read", "READ" },
	{ "lun" },
	{ "address", "ADDRESS" },
	{ "personality" },
	{ "serial" },
	{ "naa" },
	{ "library" },
	{ 0 },
};

const struct section library_show_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "name" }, { "target" }, { "tpgt" }, { "portals" }, { "layout" }, { "compression" },
			{ "cartridges" }, { "promised_bytes" }) },
	{ SECTION_RECORD, "changer", "changer",
		COLUMNS({ "personality" }, { "revision" }, { "lun" }, { "serial" }, { "naa" }) },
	{ SECTION_TABLE, "drives", "drives",
		COLUMNS({ "number" }, { "lun" }, { "address", "ADDRESS" }, { "personality" }, { "revision" },
			{ "serial" }, { "naa" }, { "activity" }, { "barcode" }, { "target" }),
		.empty = "no drives" },
	{ SECTION_TABLE, "elements", "element_kinds",
		COLUMNS({ "kind" }, { "count" }, { "full" }, { "first_address" }, { "last_address" }) },
	{ 0 },
};

static const struct column fault_columns[] = {
	{ "text" },
	{ "count" },
	{ "since" },
	{ "last" },
	{ "object" },
	{ "with" },
	{ "error" },
	{ 0 },
};

const struct section drive_show_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "number" }, { "library" }, { "activity" }, { "health.text" }, { "health.since" },
			{ "health.cleaned" }, { "barcode" }, { "loaded" }, { "write_protected" },
			{ "write_protected_why" }, { "prevented" },
			{ "last_used_by.initiator", "last used by" },
			{ "reserved_by.initiator", "reserved by" }, { "encryption.encrypts" },
			{ "encryption.decrypts" }, { "encryption.initiator", "key set by" },
			{ "encryption.shared" }, { "personality" }, { "revision" }, { "serial" }, { "naa" },
			{ "target" }, { "lun" }, { "address" }, { "bytes_written" }, { "bytes_read" },
			{ "compression.enabled" }, { "compression.ratio" }, { "compression.written" },
			{ "compression.stored" }, { "position.object" }, { "position.filemarks" },
			{ "position.beginning" }, { "position.end_of_data" }, { "position.early_warning" },
			{ "position.buffered_bytes" }, { "usage.capacity" }, { "usage.used" },
			{ "writable_bytes" }, { "usage.objects" }, { "usage.filemarks" },
			{ "usage.file_bytes" }, { "usage.host_bytes" }, { "usage.stored_bytes" },
			{ "usage.compression_ratio" }) },
	{ SECTION_TABLE, "alerts (TapeAlert flags that are set)", "health.alerts",
		COLUMNS({ "number" }, { "text" }, { "since" }), .empty = "" },
	{ SECTION_TABLE, "errors", "health.faults", fault_columns, .empty = "" },
	{ 0 },
};

const struct section cartridge_show_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "barcode" }, { "library" }, { "element" }, { "source" }, { "health.text" },
			{ "health.since" }, { "health.verified.time" }, { "health.verified.text" },
			{ "generation" }, { "capacity" }, { "worm" }, { "write_protected" },
			{ "write_protected_why" }, { "created" }, { "activity" }, { "usage.encrypted" },
			{ "usage.tampered" }, { "usage.used" }, { "writable_bytes" }, { "usage.objects" },
			{ "usage.filemarks" }, { "usage.file_bytes" }, { "usage.host_bytes" },
			{ "usage.stored_bytes" }, { "usage.compression_ratio" }, { "loads" },
			{ "bytes_written" }, { "bytes_read" }, { "memory.application_vendor" },
			{ "memory.application" }, { "memory.application_version" }, { "memory.label" },
			{ "memory.pool" }, { "memory.owner" }, { "memory.barcode" }, { "memory.written" },
			{ "uuid" }) },
	{ SECTION_TABLE, "errors", "health.faults", fault_columns, .empty = "" },
	{ 0 },
};

/* Of an import or an export. */
const struct section transfer_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "records" }, { "filemarks" }, { "bytes" }, { "file_bytes" }, { "bytes_per_second" },
			{ "sha256" }, { "note" }) },
	{ 0 },
};

static const struct column cartridge_columns[] = {
	{ "barcode" },
	{ "element" },
	{ "health.text" },
	{ "generation" },
	{ "capacity" },
	{ "usage.used" },
	{ "writable_bytes" },
	{ "loads" },
	{ "worm" },
	{ "write_protected", "PROTECTED" },
	{ "library" },
	{ 0 },
};

const struct section cartridge_list_deleted_sections[] = {
	{ SECTION_TABLE, NULL, "cartridges",
		COLUMNS({ "barcode" }, { "deleted" }, { "kept_until" }, { "usage.used" }, { "generation" },
			{ "worm" }, { "write_protected", "PROTECTED" }, { "library" }, { "by" }, { "reason" },
			{ "id" }),
		"no deleted cartridges" },
	{ 0 },
};

const struct section identity_show_sections[] = {
	{ SECTION_RECORD, NULL, NULL, COLUMNS({ "installation" }, { "revision" }) },
	{ SECTION_TABLE, "libraries", "libraries",
		COLUMNS({ "name" }, { "target" }, { "tpgt" }, { "layout" }), "no libraries" },
	{ SECTION_TABLE, "devices", "devices",
		COLUMNS({ "device" }, { "vendor" }, { "product" }, { "revision" }, { "serial" }, { "naa" },
			{ "lun" }, { "element" }, { "library" }, { "target" }),
		"no devices" },
	{ 0 },
};

const struct section status_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "health.text" }, { "version" }, { "pid" }, { "uptime_seconds" }, { "state" },
			{ "cartridges_folder" }, { "portals" }, { "workers" }, { "libraries" },
			{ "cartridges" }, { "sessions" }, { "read_only" }, { "promised_bytes" },
			{ "used_bytes" }, { "disk_bytes" }, { "disk_available_bytes" }, { "disk" }) },
	{ SECTION_LINES, "problems", "health.problems", COLUMNS({ "line" }), .empty = "" },
	{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" },
	{ SECTION_TABLE, NULL, "hosts",
		COLUMNS({ "initiator", "HOST" }, { "address" }, { "drives" }, { "seconds" }, { "target" }),
		"no host is logged in" },
	{ 0 },
};

const struct section top_sections[] = {
	{ SECTION_ROW, NULL, NULL,
		COLUMNS({ "health.text" }, { "write_rate" }, { "read_rate" }, { "sessions" },
			{ "disk_available_bytes", "AVAILABLE" }, { "uptime_seconds", "UP" }) },
	{ SECTION_TABLE, NULL, "drives",
		COLUMNS({ "number" }, { "activity" }, { "barcode" }, { "write_rate", "WRITING" },
			{ "read_rate", "READING" }, { "bytes_written", "WRITTEN" }, { "bytes_read", "READ" },
			{ "library" }),
		"no drives" },
	{ 0 },
};

const struct section session_list_sections[] = {
	{ SECTION_TABLE, NULL, "sessions",
		COLUMNS({ "tsih" }, { "initiator" }, { "address" }, { "type" }, { "target" }, { "chap" },
			{ "data_digest" }, { "seconds" }, { "commands" }, { "bytes_in" }, { "bytes_out" }),
		"no sessions" },
	{ 0 },
};

const struct section library_list_sections[] = {
	{ SECTION_TABLE, NULL, "libraries",
		COLUMNS({ "name", "NAME" }, { "drives" }, { "slots" }, { "cartridges" }, { "promised_bytes" },
			{ "used_bytes" }, { "disk_available_bytes" }, { "mailslots" }, { "personality" },
			{ "layout" }, { "target" }),
		"no libraries; create one with: evertape library create NAME" },
	{ 0 },
};

const struct section library_personalities_sections[] = {
	{ SECTION_TABLE, NULL, "personalities",
		COLUMNS({ "kind" }, { "name" }, { "vendor" }, { "product" }, { "revision" },
			{ "generation" }) },
	{ 0 },
};

const struct section drive_list_sections[] = {
	{ SECTION_TABLE, NULL, "drives", drive_columns, "no drives" },
	{ 0 },
};

const struct section cartridge_create_sections[] = {
	{ SECTION_TABLE, NULL, "cartridges",
		COLUMNS({ "barcode" }, { "element" }, { "generation" }, { "capacity" }, { "worm" }) },
	{ 0 },
};

const struct section cartridge_list_sections[] = {
	{ SECTION_TABLE, NULL, "cartridges", cartridge_columns, "no cartridges" },
	{ 0 },
};

const struct section cartridge_verify_sections[] = {
	{ SECTION_RECORD, NULL, NULL,
		COLUMNS({ "name" }, { "result" }, { "records" }, { "filemarks" }, { "bytes" },
			{ "bytes_per_second" }, { "data_sha256" }, { "sha256" }, { "note" }) },
	{ 0 },
};

const struct section mailslot_list_sections[] = {
	{ SECTION_TABLE, "mail slots", "mailslots",
		COLUMNS({ "element" }, { "address" }, { "barcode" }, { "by_operator" }), "no mail slots" },
	{ SECTION_TABLE, "vault", "vault", cartridge_columns, "no cartridges in the vault" },
	{ 0 },
};

const struct section initiator_list_sections[] = {
	{ SECTION_TABLE, NULL, "initiators",
		COLUMNS({ "name" }, { "allowed" }, { "authentication" }, { "chap_user" }, { "target_user" },
			{ "comes_from" }, { "sees" }),
		"no rules: no initiator may log in" },
	{ 0 },
};

const struct section log_sections[] = {
	{ SECTION_TABLE, NULL, "rooms", COLUMNS({ "room" }, { "level" }) },
	{ 0 },
};

const struct section version_sections[] = {
	{ SECTION_RECORD, NULL, NULL, COLUMNS({ "version" }, { "daemon" }) },
	{ 0 },
};

const struct view_object *verb_object(const struct verb *verb)
{
	const char *name = verb->answer ? verb->answer : verb->method;
	return name ? view_answer(name, verb->when) : NULL;
}
