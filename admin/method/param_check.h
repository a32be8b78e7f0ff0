/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of texts in requests.  Each returns whether the text is good; false: why says what is wrong. */
#pragma once

#include "vtl/library/library.h"

bool prefix_ok(const char *text, char why[static WHY_LEN]);
bool generation_ok(const char *text, char why[static WHY_LEN]);
bool drive_personality_ok(const char *text, char why[static WHY_LEN]);
bool changer_personality_ok(const char *text, char why[static WHY_LEN]);
bool naa_ok(const char *text, char why[static WHY_LEN]);
bool target_ok(const char *text, char why[static WHY_LEN]);
bool layout_ok(const char *text, char why[static WHY_LEN]);
bool compression_ok(const char *text, char why[static WHY_LEN]);
bool format_ok(const char *text, char why[static WHY_LEN]); /* of a cartridge's file */
bool reason_ok(const char *text, char why[static WHY_LEN]);
bool levels_ok(const char *text, char why[static WHY_LEN]);
/* Accepts an iqn., eui. or naa. name (RFC 7143 4.2.7), or "*" for the default rule. */
bool initiator_ok(const char *name, char why[static WHY_LEN]);
bool chap_user_ok(const char *text, char why[static WHY_LEN]);
bool chap_secret_ok(const char *text, char why[static WHY_LEN]);
bool from_ok(const char *text, char why[static WHY_LEN]);   /* accepts "any" or a network */
bool device_ok(const char *text, char why[static WHY_LEN]); /* accepts "changer", "drive:N", "all" */

/* What a checked text means. */
int device_number(const char *text); /* 0 for the changer, a drive's number, or -1 */
enum { CREATE_MAX = 10000 };         /* cartridges that one call can create */
#define ALL                 "all"    /* removes a restriction; a library cannot have this name */
#define TARGET_USER_DEFAULT "evertape"
