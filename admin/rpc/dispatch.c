/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a request line, calls its method and sends the reply. */
#include <string.h>

#include "admin/rpc/method.h"
#include "admin/rpc/rpc_internal.h"
#include "admin/view/keys.h"
#include "vtl/base/log.h"

/* The JSON parser recurses once per bracket and a fiber's stack is small, so the depth is checked first. */
static bool depth_ok(const char *line, size_t len)
{
	unsigned depth = 0;
	bool text = false;
	for (size_t i = 0; i < len; i++) {
		char c = line[i];
		if (text && c == '\\')
			i++;
		else if (c == '"')
			text = !text;
		else if (!text && (c == '{' || c == '[') && ++depth > REQUEST_DEPTH)
			return false;
		else if (!text && (c == '}' || c == ']') && depth)
			depth--;
	}
	return true;
}

/* Returns the parsed request; NULL: why says what is wrong. */
static json_t *request_parse(const char *line, size_t len, char why[static WHY_LEN])
{
	json_error_t error;
	if (!depth_ok(line, len)) {
		snprintf(why, WHY_LEN, "JSON is nested more than %d levels deep", REQUEST_DEPTH);
		return NULL;
	}
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	if (!request) {
		snprintf(why, WHY_LEN, "invalid JSON at byte %d of the line", error.position);
		return NULL;
	}
	if (json_is_object(request) && json_is_string(json_object_get(request, "method")))
		return request;
	snprintf(why, WHY_LEN, "a request must be an object with a \"method\"");
	json_decref(request);
	return NULL;
}

static bool members_ok(const json_t *request, char why[static WHY_LEN])
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)request, key, value) {
		if (strcmp(key, "method") != 0 && strcmp(key, "params") != 0 &&
			strcmp(key, "sudo_user") != 0) {
			snprintf(why, WHY_LEN, "unknown member \"%.60s\"", key);
			return false;
		}
	}
	const json_t *claim = json_object_get(request, "sudo_user");
	if (!claim || (json_is_string(claim) && person_claim_ok(json_string_value(claim))))
		return true;
	snprintf(why, WHY_LEN, "\"sudo_user\" must be a user name");
	return false;
}

/* Sets who acts, for the log.  Methods that only read are not logged. */
static void call_by(struct call *call, const json_t *request)
{
	struct client *client = call->client;
	if (call->method->role == ROLE_READ)
		return;
	if (!*client->person)
		person_text(client->uid, client->pid,
			json_string_value(json_object_get(request, "sudo_user")), client->person);
	call->by.user = client->person;
}

static void call_log(const struct call *call)
{
	char params[200];
	if (call->method->role == ROLE_READ)
		return;
	params_text(call->method, call->params, params, sizeof params);
	const struct log_fields fields = {
		.cartridge = call_text(call, "barcode"),
		.library = call_text(call, "library"),
		.drive = (unsigned)call_number(call, "drive"),
		.by = call->by,
	};
	log_event(EVENT_CONTROL, &fields, "%s%s%s%s", call->method->name, params,
		call->code ? " refused: " : "", call->code ? call->why : "");
}

static json_t *call_run(struct call *call)
{
	const struct method *method = call->method;
	json_t *result;
	if (method->wants_fd && call->fd < 0)
		return call_refuse(call, CODE_BAD_REQUEST, "%s needs an open file with the request",
			method->name);
	if (method->role == ROLE_WRITE)
		call_turn_acquire(call);
	result = call->handler->run(call);
	if (method->role == ROLE_WRITE)
		call_turn_release(call);
	if (!result && !call->code)
		call_refuse(call, CODE_FAILED, "out of memory");
	call_log(call);
	return result;
}

/* Finds the method and checks the parameters. */
static void call_find(struct call *call, json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "method"));
	if (!members_ok(request, call->why)) {
		call->code = CODE_BAD_REQUEST;
		return;
	}
	call->method = method_find(name);
	call->handler = handler_find(name);
	if (!call->method || !call->handler) {
		call_refuse(call, CODE_BAD_METHOD, "unknown method \"%.60s\"; see method \"methods\"", name);
		return;
	}
	call->params = json_object_get(request, "params");
	if (!params_check(call->method, call->params, call->why))
		call->code = CODE_BAD_PARAMS;
}

json_t *request_read(struct call *call, const char *line, size_t len)
{
	json_t *request = request_parse(line, len, call->why);
	if (request)
		call_find(call, request);
	else
		call->code = CODE_BAD_REQUEST;
	return request;
}

static json_t *error_new(const struct call *call)
{
	json_t *error = json_pack("{s:s,s:s}", error_keys.code, call->code, error_keys.message, call->why);
	if (!error) /* the message is not UTF-8 */
		error = json_pack("{s:s,s:s}", error_keys.code, call->code, error_keys.message, "refused");
	if (call->details)
		json_object_set(error, error_keys.details, call->details);
	return json_pack("{s:o}", reply_keys.error, error);
}

void dispatch(struct client *client, char *line, size_t len)
{
	struct call call = { .rpc = client->rpc,
		.context = &client->rpc->context,
		.inst = client->rpc->context.inst,
		.fd = client->passed,
		.client = client };
	json_t *result = NULL;
	json_t *request = request_read(&call, line, len);
	if (!call.code) {
		call_by(&call, request);
		result = call_run(&call);
	}
	json_t *reply = result ? json_pack("{s:o}", reply_keys.result, result) : error_new(&call);
	if (request && call.method)
		params_wipe(call.method, call.params);
	json_decref(request);
	json_decref(call.details);
	if (reply)
		client_send(client, reply, true);
	json_decref(reply);
}
