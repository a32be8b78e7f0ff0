/* SPDX-License-Identifier: Apache-2.0 */
/* The login options that all initiator verbs share. */
#pragma once

#include <getopt.h>

#include "admin/initiator/initiator.h"

enum login_option {
	OPTION_INITIATOR = 1000,
	OPTION_CHAP_USER,
	OPTION_SECRET_FILE,
	OPTION_TARGET_USER,
	OPTION_TARGET_SECRET_FILE,
	OPTION_DIGEST,
	OPTION_SOLICITED,
	OPTION_TIMEOUT,
	OPTION_WRONG,
};

/* clang-format off */
#define LOGIN_OPTIONS \
	{ "initiator", required_argument, NULL, OPTION_INITIATOR }, \
	{ "chap-user", required_argument, NULL, OPTION_CHAP_USER }, \
	{ "secret-file", required_argument, NULL, OPTION_SECRET_FILE }, \
	{ "target-user", required_argument, NULL, OPTION_TARGET_USER }, \
	{ "target-secret-file", required_argument, NULL, OPTION_TARGET_SECRET_FILE }, \
	{ "digest", required_argument, NULL, OPTION_DIGEST }, \
	{ "solicited", no_argument, NULL, OPTION_SOLICITED }, \
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT }
/* clang-format on */

#define LOGIN_HELP                                                                                      \
	"  --initiator NAME          initiator name to log in with\n"                                   \
	"  --chap-user USER --secret-file FILE\n"                                                       \
	"                            CHAP; the secret is the first line of the file, or of stdin (-)\n" \
	"  --target-user USER --target-secret-file FILE\n"                                              \
	"                            mutual CHAP: authenticate the target too\n"                        \
	"  --digest none|crc32c      header digest\n"                                                   \
	"  --solicited               no unsolicited data: wait for R2T\n"                               \
	"  --timeout SECONDS         longest wait for a command (default 60)\n"

struct login {
	struct session_options session;
	char *chap_secret, *target_secret;
};

/* Applies one option.  False: its argument is invalid (why holds one line), or it is not a login option
 * (why is ""). */
bool login_option(struct login *l, int option, const char *argument, char why[static WHY_LEN]);
/* getopt_long() without abbreviated names.  Returns the value of the next option, OPTION_WRONG with one
 * line in why, or -1 after the last.  *ret_at: the row of a long option.  shorts begins with ":" or "+:".
 * Set optind = opterr = 0 before the first call. */
int option_next(int argc, char **argv, const char *shorts, const struct option *options, int *ret_at,
	char why[static WHY_LEN]);
/* Checks that the options are consistent.  False: why holds one line. */
bool login_check(const struct login *l, char why[static WHY_LEN]);
void login_fini(struct login *l);

/* Parses 4G, 256K, 1MiB, 512 into bytes; units are powers of 1024. */
bool size_parse(const char *text, uint64_t *ret);
