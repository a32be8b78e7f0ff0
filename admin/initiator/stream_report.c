/* SPDX-License-Identifier: Apache-2.0 */
/* The figures of a round, per drive and in total, as JSON and as text. */
#include <stdio.h>

#include "admin/initiator/stream.h"

static const double GIB = 1024.0 * 1024 * 1024;

static double rate(uint64_t bytes, uint64_t from, uint64_t to)
{
	return to > from ? (double)bytes * 1000.0 / (double)(to - from) : 0;
}

static double micros(const struct latency *l, double share)
{
	return (double)latency_at(l, share) / 1000.0;
}

static json_t *lane_report(const struct lane *l)
{
	json_t *j = json_pack("{s:s, s:i, s:s, s:I, s:I, s:b, s:b}", "target", l->portal.target, "lun",
		l->portal.lun, "address", l->portal.address, "bytes", (json_int_t)l->moved, "records",
		(json_int_t)l->records, "early_warning", l->early_warning, "failed", l->failed);
	if (!l->failed) {
		json_object_set_new(j, "mb_s", json_real(rate(l->moved, l->began, l->data_end)));
		json_object_set_new(j, "mb_s_synced", json_real(rate(l->moved, l->began, l->sync_end)));
	} else {
		json_object_set_new(j, "why", json_string(l->why));
	}
	return j;
}

struct total {
	struct latency latency;
	uint64_t began, data_end, sync_end, bytes, records;
};

static void total_add(struct total *t, const struct lane *l)
{
	if (!t->began || l->began < t->began)
		t->began = l->began;
	if (l->data_end > t->data_end)
		t->data_end = l->data_end;
	if (l->sync_end > t->sync_end)
		t->sync_end = l->sync_end;
	t->bytes += l->moved;
	t->records += l->records;
	latency_merge(&t->latency, &l->latency);
}

static void cpu_report(json_t *j, const char *name, const char *per_name, double seconds, uint64_t bytes)
{
	json_object_set_new(j, name, json_real(seconds));
	if (bytes)
		json_object_set_new(j, per_name, json_real(seconds * GIB / (double)bytes));
}

json_t *stream_report(const struct stream_round *r, const struct lane *lanes, size_t count,
	const struct meter *before, const struct meter *after, double own_s, double machine_s)
{
	struct total t = { 0 };
	bool failed = false;
	json_t *drives = json_array();
	for (size_t i = 0; i < count; i++) {
		total_add(&t, &lanes[i]);
		failed = failed || lanes[i].failed;
		json_array_append_new(drives, lane_report(&lanes[i]));
	}
	json_t *j = json_pack("{s:s, s:I, s:i, s:b, s:I, s:I, s:f}", "phase", r->phase->name, "block",
		(json_int_t)r->block, "qd", (int)r->depth, "failed", failed, "bytes", (json_int_t)t.bytes,
		"commands", (json_int_t)t.latency.count, "seconds", (double)(t.sync_end - t.began) / 1e9);
	if (r->phase->data) {
		json_object_set_new(j, "mb_s", json_real(rate(t.bytes, t.began, t.data_end)));
		json_object_set_new(j, "mb_s_synced", json_real(rate(t.bytes, t.began, t.sync_end)));
	}
	double s = (double)(t.sync_end - t.began) / 1e9;
	json_object_set_new(j, "commands_per_s", json_real(s > 0 ? (double)t.latency.count / s : 0));
	json_object_set_new(j, "p50_us", json_real(micros(&t.latency, 0.50)));
	json_object_set_new(j, "p99_us", json_real(micros(&t.latency, 0.99)));
	json_object_set_new(j, "max_us", json_real((double)t.latency.longest / 1000.0));
	cpu_report(j, "initiator_cpu_s", "initiator_cpu_s_per_gib", own_s, t.bytes);
	cpu_report(j, "machine_cpu_s", "machine_cpu_s_per_gib", machine_s, t.bytes);
	if (after) {
		cpu_report(j, "target_cpu_s", "target_cpu_s_per_gib", after->cpu_s - before->cpu_s, t.bytes);
		if (t.latency.count)
			json_object_set_new(j, "target_cpu_us_per_command",
				json_real((after->cpu_s - before->cpu_s) * 1e6 / (double)t.latency.count));
		json_object_set_new(j, "target_rss", json_integer((json_int_t)after->rss));
	}
	json_object_set_new(j, "drives", drives);
	return j;
}

static double real(const json_t *j, const char *key)
{
	return json_number_value(json_object_get(j, key));
}

static void block_print(json_int_t block)
{
	char text[32];
	if (block % 1024)
		snprintf(text, sizeof text, "%lld", (long long)block);
	else if (block % (1 << 20))
		snprintf(text, sizeof text, "%lldK", (long long)block >> 10);
	else
		snprintf(text, sizeof text, "%lldM", (long long)block >> 20);
	printf("block %-5s", text);
}

/* With several targets a LUN alone does not identify a drive. */
static bool targets_differ(const json_t *drives)
{
	size_t i;
	json_t *d;
	const json_t *first = json_object_get(json_array_get(drives, 0), "target");
	json_array_foreach((json_t *)drives, i, d)
		if (!json_equal(first, json_object_get(d, "target")))
			return true;
	return false;
}

void stream_report_print(const json_t *j)
{
	size_t i;
	json_t *d;
	const json_t *drives = json_object_get(j, "drives");
	printf("%-6s ", json_string_value(json_object_get(j, "phase")));
	block_print(json_integer_value(json_object_get(j, "block")));
	printf(" qd %-3lld", json_integer_value(json_object_get(j, "qd")));
	if (json_object_get(j, "mb_s"))
		printf("  %.0f MB/s (%.0f synced)", real(j, "mb_s"), real(j, "mb_s_synced"));
	else
		printf("  %.0f commands/s", real(j, "commands_per_s"));
	printf("  p50 %.0f us  p99 %.0f us", real(j, "p50_us"), real(j, "p99_us"));
	if (json_object_get(j, "target_cpu_s_per_gib"))
		printf("  target %.2f CPU s/GiB, %.0f MiB", real(j, "target_cpu_s_per_gib"),
			real(j, "target_rss") / (1 << 20));
	else if (json_object_get(j, "target_cpu_us_per_command"))
		printf("  target %.1f us CPU each", real(j, "target_cpu_us_per_command"));
	if (json_object_get(j, "initiator_cpu_s_per_gib"))
		printf("  here %.2f CPU s/GiB", real(j, "initiator_cpu_s_per_gib"));
	putchar('\n');
	if (json_array_size(drives) < 2 || !json_object_get(j, "mb_s"))
		return;
	bool many = targets_differ(drives);
	json_array_foreach(drives, i, d)
		if (!json_is_true(json_object_get(d, "failed")))
			printf("         %s%sLUN %-3lld %.0f MB/s (%.0f synced)\n",
				many ? json_string_value(json_object_get(d, "target")) : "", many ? " " : "",
				json_integer_value(json_object_get(d, "lun")), real(d, "mb_s"),
				real(d, "mb_s_synced"));
}
