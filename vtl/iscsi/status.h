/* SPDX-License-Identifier: Apache-2.0 */
/* Login statuses: class and detail in one number (RFC 7143 11.13.5). */
#pragma once

enum login_status {
#define LOGIN_STATUS(id, code, words) LOGIN_##id = (code),
#include "vtl/iscsi/status.def"
#undef LOGIN_STATUS
};
