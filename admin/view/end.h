/* SPDX-License-Identifier: Apache-2.0 */
/* Ends a use of the .def files: the next one defines these macros in its own way. */
#undef OBJECT
#undef FIELD
#undef NESTED
#undef LISTED
#undef PART
#undef PART_ADDED
#undef END
