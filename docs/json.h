/* SPDX-License-Identifier: Apache-2.0 */
/* The page about the control protocol. */
#pragma once

void print_json(void);
/* json_answers.c: what the method answers; the documents of the command and all objects. */
void print_answers(const char *method);
void print_objects(void);
