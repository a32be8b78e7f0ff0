/* SPDX-License-Identifier: Apache-2.0 */
/* Makes functions of the rows of a .def file that is included between this header and end.h: for each object NAME of
 * the C type TYPE
 *
 *     static inline json_t *NAME_put(json_t *to, TYPE *o)
 *
 * sets every field that has a value in its row, and returns `to`.  The value is an expression of o. */
#include "admin/view/put.h"

/* clang-format off */
#define OBJECT(NAME, TYPE, HELP) static inline json_t *NAME##_put(json_t *to, TYPE *o) { (void)o;
#define FIELD(KEY, TYPE, FLAGS, TITLE, HELP, ...) __VA_OPT__(PUT_##TYPE(to, #KEY, FLAGS, __VA_ARGS__);)
#define NESTED(KEY, OF, FLAGS, TITLE, HELP, ...)  __VA_OPT__(put_json(to, #KEY, FLAGS, __VA_ARGS__);)
#define LISTED(KEY, OF, FLAGS, TITLE, HELP, ...)  __VA_OPT__(put_json(to, #KEY, FLAGS, __VA_ARGS__);)
#define PART(OF, VALUE)                           OF##_put(to, VALUE);
#define PART_ADDED(OF)
#define END(NAME)                                 return to; }
/* clang-format on */
