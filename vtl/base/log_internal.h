/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the log share; nobody else includes this. */
#pragma once

#include <stdatomic.h>

#include "vtl/base/log.h"

enum { LOG_TEXT_LEN = 2048, LOG_NO_EVENT = -1 };

/* log_level.c: whether a line of this file and level is said. */
bool log_wanted(const char *file, enum log_level level);
/* log.c: "WHO: " and what the format makes. */
void log_text(char text[static LOG_TEXT_LEN], const struct actor *by, const char *format, va_list args);
/* log.c: says a text that is ready; event LOG_NO_EVENT and fields NULL: none. */
void log_put(enum log_level level, int event, const struct log_fields *fields, const char *text);

/* log_few.c: a worker's memory of what it holds back; what is held back still is said then. */
struct few;
void few_free(struct few *few);
