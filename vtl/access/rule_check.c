/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a rule before it is stored. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "vtl/access/rules.h"

static int pair_check(const char *whose, const char *user, const char *secret, char why[static WHY_LEN])
{
	if (!*user != !*secret)
		return refuse(why, -EINVAL, "CHAP of the %s needs a user and a secret", whose);
	/* RFC 7143 9.2.1 requires 96 bits; a shorter secret can be guessed from one recorded login. */
	if (*secret && strlen(secret) < CHAP_SECRET_MIN)
		return refuse(why, -EINVAL, "the CHAP secret of the %s is shorter than %d bytes", whose,
			CHAP_SECRET_MIN);
	for (const char *p = user; *p; p++)
		if (!isprint((unsigned char)*p))
			return refuse(why, -EINVAL, "the CHAP user of the %s has a control character", whose);
	return 0;
}

static int view_check(const struct view *view, char why[static WHY_LEN])
{
	if (view->n_libraries > VIEW_LIBRARIES_MAX)
		return refuse(why, -EINVAL, "a rule can name at most %d libraries", VIEW_LIBRARIES_MAX);
	for (unsigned i = 0; i < view->n_libraries; i++)
		if (!memchr(view->libraries[i], 0, sizeof view->libraries[i]) ||
			!name_ok(view->libraries[i], why))
			return refuse(why, -EINVAL, "the rule has a malformed library name");
	return 0;
}

static int from_check(const struct initiator *initiator, char why[static WHY_LEN])
{
	if (initiator->n_from > RULE_NETWORKS_MAX)
		return refuse(why, -EINVAL, "a rule can name at most %d networks", RULE_NETWORKS_MAX);
	for (unsigned i = 0; i < initiator->n_from; i++)
		if (!network_is_whole(&initiator->from[i]))
			return refuse(why, -EINVAL,
				"the rule has a malformed network; write networks like 192.0.2.0/24");
	return 0;
}

int rule_check(const struct initiator *initiator, char name[static IQN_MAX + 1], char why[static WHY_LEN])
{
	if (strnlen(initiator->name, IQN_MAX + 1) > IQN_MAX)
		return refuse(why, -EINVAL, "an initiator name has at most %d characters", IQN_MAX);
	iqn_fold(initiator->name, name);
	if (strcmp(name, "*") && !iqn_ok(name))
		return refuse(why, -EINVAL,
			"'%.60s' is not an initiator name; initiator names begin with iqn., eui. or naa.",
			initiator->name);
	int err = pair_check("initiator", initiator->chap_user, initiator->chap_secret, why);
	if (!err)
		err = pair_check("target", initiator->target_user, initiator->target_secret, why);
	if (!err && *initiator->target_secret && !*initiator->chap_secret)
		err = refuse(why, -EINVAL, "mutual CHAP requires the initiator to authenticate too");
	if (!err && *initiator->target_secret && !strcmp(initiator->target_secret, initiator->chap_secret))
		err = refuse(why, -EINVAL, "the CHAP secrets of initiator and target must differ");
	if (!err)
		err = view_check(&initiator->view, why);
	if (!err)
		err = from_check(initiator, why);
	return err;
}
