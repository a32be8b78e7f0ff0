/* SPDX-License-Identifier: Apache-2.0 */
/* The options every initiator tool shares: who we are and how we log in. */
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

#define LOGIN_OPTIONS                                                                         \
	{ "initiator", required_argument, NULL, OPTION_INITIATOR },                           \
		{ "chap-user", required_argument, NULL, OPTION_CHAP_USER },                   \
		{ "secret-file", required_argument, NULL, OPTION_SECRET_FILE },               \
		{ "target-user", required_argument, NULL, OPTION_TARGET_USER },               \
		{ "target-secret-file", required_argument, NULL, OPTION_TARGET_SECRET_FILE }, \
		{ "digest", required_argument, NULL, OPTION_DIGEST },                         \
		{ "solicited", no_argument, NULL, OPTION_SOLICITED },                         \
	{                                                                                     \
		"timeout", required_argument, NULL, OPTION_TIMEOUT                            \
	}

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

/* Takes one option; false with a line in why when its argument is no good or the option is not one
 * of these. */
bool login_option(struct login *l, int option, const char *argument, char why[static WHY_LEN]);
/* getopt_long(), but for abbreviated names: the value of the next option, OPTION_WRONG with a line in why,
 * or -1 after the last.  ret_at: its row, when it is a long one.  shorts begins with ":" or "+:"; begin
 * with optind = opterr = 0. */
int option_next(int argc, char **argv, const char *shorts, const struct option *options, int *ret_at,
	char why[static WHY_LEN]);
/* Says whether the options fit together. */
bool login_check(const struct login *l, char why[static WHY_LEN]);
void login_fini(struct login *l);

/* 4G, 256K, 1MiB, 512: powers of 1024. */
bool size_parse(const char *text, uint64_t *ret);
