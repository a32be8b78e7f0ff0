/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the log only. */
#pragma once

#include <stdatomic.h>

#include "vtl/base/log.h"

enum { LOG_TEXT_LEN = 2048, LOG_NO_EVENT = -1 };

/* log_level.c: whether lines of this file and level are logged. */
bool log_wanted(const char *file, enum log_level level);
/* log.c: makes "WHO: " and the formatted text. */
void log_text(char text[static LOG_TEXT_LEN], const struct actor *by, const char *format, va_list args);
/* log.c: logs a finished text.  event may be LOG_NO_EVENT and fields NULL. */
void log_put(enum log_level level, int event, const struct log_fields *fields, const char *text);

/* log_few.c: the lines a worker holds back.  few_free() logs what is still held back. */
struct few;
void few_free(struct few *few);
