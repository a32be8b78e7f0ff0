/* SPDX-License-Identifier: Apache-2.0 */
/* The login options that all initiator verbs share. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admin/initiator/options.h"
#include "vtl/base/longopt.h"

enum { TIMEOUT_MAX_S = 86400 };

bool size_parse(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	if (errno)
		return false;
	int shift = 0;
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (unit) {
		shift = 10 * (int)(unit - units + 1);
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "B"))
			end += strlen(end);
	}
	if (*end || (shift && n > UINT64_MAX >> shift))
		return false;
	*ret = (uint64_t)n << shift;
	return true;
}

static bool secret_option(char **ret, const char *file, char why[static WHY_LEN])
{
	free(*ret);
	*ret = chap_secret_read(file, why);
	return *ret != NULL;
}

static bool digest_option(struct login *l, const char *name, char why[static WHY_LEN])
{
	l->session.header_digest = !strcmp(name, "crc32c");
	if (l->session.header_digest || !strcmp(name, "none"))
		return true;
	snprintf(why, WHY_LEN, "--digest must be none or crc32c, not '%.100s'", name);
	return false;
}

static bool timeout_option(struct login *l, const char *text, char why[static WHY_LEN])
{
	uint64_t n;
	if (size_parse(text, &n) && n && n <= TIMEOUT_MAX_S) {
		l->session.timeout_s = (unsigned)n;
		return true;
	}
	snprintf(why, WHY_LEN, "--timeout must be 1 to %d seconds, not '%.100s'", TIMEOUT_MAX_S, text);
	return false;
}

bool login_option(struct login *l, int option, const char *argument, char why[static WHY_LEN])
{
	switch (option) {
	case OPTION_INITIATOR: l->session.initiator = argument; return true;
	case OPTION_CHAP_USER: l->session.chap_user = argument; return true;
	case OPTION_TARGET_USER: l->session.target_user = argument; return true;
	case OPTION_SECRET_FILE: return secret_option(&l->chap_secret, argument, why);
	case OPTION_TARGET_SECRET_FILE: return secret_option(&l->target_secret, argument, why);
	case OPTION_DIGEST: return digest_option(l, argument, why);
	case OPTION_SOLICITED: l->session.solicited = true; return true;
	case OPTION_TIMEOUT: return timeout_option(l, argument, why);
	default: why[0] = '\0'; return false;
	}
}

/* Describes the word at which getopt stopped. */
static void complain(int option, char **argv, char why[static WHY_LEN])
{
	const char *word = argv[optind - 1];
	if (option == ':')
		snprintf(why, WHY_LEN, "%.200s needs a value", word);
	else if (optopt && strchr(word, '='))
		snprintf(why, WHY_LEN, "%.*s takes no value", (int)strcspn(word, "="), word);
	else
		snprintf(why, WHY_LEN, "unknown option %.200s; see --help", word);
}

int option_next(int argc, char **argv, const char *shorts, const struct option *options, int *ret_at,
	char why[static WHY_LEN])
{
	int at = -1, option = getopt_long(argc, argv, shorts, options, &at);
	if (option == '?' || option == ':') {
		complain(option, argv, why);
		return OPTION_WRONG;
	}
	const char *cut = at >= 0 ? longopt_cut(argv, &options[at]) : NULL;
	if (cut) {
		snprintf(why, WHY_LEN, "unknown option %.*s: names cannot be abbreviated; write --%s",
			(int)strcspn(cut, "="), cut, options[at].name);
		return OPTION_WRONG;
	}
	if (at >= 0)
		*ret_at = at;
	return option;
}

bool login_check(const struct login *l, char why[static WHY_LEN])
{
	if (!l->session.chap_user != !l->chap_secret)
		snprintf(why, WHY_LEN, "--chap-user and --secret-file must be given together");
	else if (!l->session.target_user != !l->target_secret)
		snprintf(why, WHY_LEN, "--target-user and --target-secret-file must be given together");
	else if (l->session.target_user && !l->session.chap_user)
		snprintf(why, WHY_LEN, "--target-user needs --chap-user");
	else
		return true;
	return false;
}

static void secret_free(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void login_fini(struct login *l)
{
	secret_free(l->chap_secret);
	secret_free(l->target_secret);
	l->chap_secret = l->target_secret = NULL;
}
