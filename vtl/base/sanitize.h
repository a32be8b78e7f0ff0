/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whether the address sanitizer watches this build, for gcc and clang alike. */
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
