/* SPDX-License-Identifier: Apache-2.0 */
/* CRC32C (Castagnoli), as RFC 7143 and the cartridge format use it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Continues crc (0 to start) over len bytes; crc32c(0, "123456789", 9) is E3069283h. */
uint32_t crc32c(uint32_t crc, const void *buf, size_t len);
