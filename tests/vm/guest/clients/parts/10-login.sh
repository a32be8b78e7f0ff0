# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Who may log in: CHAP one-way and mutual, right and wrong; ends logged in without CHAP.
face plain "$INITIATOR"
face chap "$CHAP_INITIATOR"
face mutual "$MUTUAL_INITIATOR"
auth=node.session.auth

node chap
refused "an initiator that must use CHAP cannot log in without" login chap
node chap $auth.authmethod CHAP $auth.username "$CHAP_USER" $auth.password "not-$CHAP_SECRET"
refused "a wrong CHAP secret is refused" login chap
node chap $auth.authmethod CHAP $auth.username "$CHAP_USER" $auth.password "$CHAP_SECRET"
check "login with CHAP" login chap
check "logout after CHAP" logout chap

node mutual $auth.authmethod CHAP $auth.username "$CHAP_USER" $auth.password "$CHAP_SECRET" \
	$auth.username_in "$MUTUAL_USER" $auth.password_in "not-$MUTUAL_SECRET"
refused "a target that does not know the initiator's secret for it is left" login mutual
node mutual $auth.authmethod CHAP $auth.username "$CHAP_USER" $auth.password "$CHAP_SECRET" \
	$auth.username_in "$MUTUAL_USER" $auth.password_in "$MUTUAL_SECRET"
check "login with mutual CHAP" login mutual
check "logout after mutual CHAP" logout mutual

node plain
check "login without CHAP where the rule allows it" login plain
