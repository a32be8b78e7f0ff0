# SPDX-License-Identifier: Apache-2.0
"""Blocks with a protection value, for the suites of logical block protection."""
import functools

from scene import *

NONE, REED_SOLOMON, CRC32C = range(3)


def table(poly):
    out = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (poly if i & 1 else 0)
        out.append(i)
    return out


CRC_TABLE = table(0x82f63b78)


def gf(a, b):
    out = 0
    while b:
        out ^= a if b & 1 else 0
        a = a << 1 ^ (0x11d if a & 0x80 else 0)
        b >>= 1
    return out


RS_TABLE = [gf(i, 0x38) << 24 | gf(i, 0xcf) << 16 | gf(i, 0x38) << 8 | i for i in range(256)]


@functools.cache
def protected(data, method):
    """The block as the host sends it."""
    if method == CRC32C:
        crc = 0xffffffff
        for byte in data:
            crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
        return data + (crc ^ 0xffffffff).to_bytes(4, 'little')
    if method == REED_SOLOMON:
        crc = 0
        for byte in data:
            crc = (crc << 8 & 0xffffffff) ^ RS_TABLE[byte ^ crc >> 24]
        return data + crc.to_bytes(4, 'big')
    return data


def page(s):
    """As LTFS reads it: 48 bytes, with a block descriptor."""
    r = s.command(tape(), bytes.fromhex('5a000af0000000003000'), read=48)
    equal((r.status, len(r.data)), (0, 48), 'MODE SENSE(10)')
    equal(r.data[16:20].hex(), '4af0001c', 'page 0Ah/F0h')
    return bytearray(r.data)


def use(s, method, flags=0xc0):
    """As LTFS sets it: the answer of MODE SENSE goes back with other bytes 20 to 22."""
    buf = page(s)
    buf[0:2] = b'\0\0'
    buf[16] &= 0x7f
    buf[20:23] = bytes([method, 4 if method else 0, flags if method else 0])
    equal(s.command(tape(), bytes.fromhex('55100000000000003000'), write=bytes(buf)).status, 0, 'MODE SELECT(10)')
    equal(bytes(page(s)[20:23]), bytes(buf[20:23]), 'is set')


def put(s, block, flags=0, length=None):
    return s.command(tape(), cdb6(0x0a, len(block) if length is None else length, flags), write=block)


def get(s, length, flags=0, size=None):
    return s.command(tape(), cdb6(0x08, length, flags), read=size or length)


def good(r, what):
    equal((r.status, r.key), (0, None), what)
    return r


def locate(s, number):
    good(s.command(tape(), b'\x2b\0\0' + number.to_bytes(4, 'big') + b'\0\0\0'), 'LOCATE')


def where(s):
    return int.from_bytes(good(s.command(tape(), b'\x34\6' + bytes(8), read=32), 'READ POSITION').data[8:16], 'big')


def filemark(s):
    good(s.command(tape(), b'\x10\0\0\0\1\0'), 'WRITE FILEMARKS')
