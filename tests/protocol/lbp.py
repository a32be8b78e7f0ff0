# SPDX-License-Identifier: Apache-2.0
"""Logical block protection as clients do it: what LTFS and CERN CTA send; other sessions, reconnects, other methods."""
import functools
import random

from scene import *

server = serve()
OFF, REED_SOLOMON, CRC32C = range(3)
rng = random.Random(SEED)


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


def test_ltfs():
    """LTFS: PROTECT, the page, labels and blocks of 512 KiB with Reed-Solomon values, SILI reads, off at the end"""
    with member() as s:
        equal(good(s.command(tape(), bytes.fromhex('120000002400'), read=36), 'INQUIRY').data[5] & 1, 1, 'PROTECT')
        equal(bytes(page(s)[20:23]), bytes(3), 'off')
        use(s, REED_SOLOMON)
        rewind(s)
        blocks = [b'VOL1' + bytes(76), rng.randbytes(524288), rng.randbytes(524288), rng.randbytes(1), rng.randbytes(777)]
        for b in blocks:
            good(put(s, protected(b, REED_SOLOMON)), 'WRITE')
        filemark(s)
        rewind(s)
        for b in blocks:
            r = get(s, 524292, 2)
            equal((r.status, r.data), (0, protected(b, REED_SOLOMON)), 'READ with SILI')
        r = get(s, 524292, 2)
        assert r.status == 2 and r.sense[2] & 0x80, 'the filemark has no value'
        use(s, OFF)
        rewind(s)
        for b in blocks:
            equal(good(get(s, 524288, 2), 'READ').data, b, 'without protection')


def test_cta():
    """CTA: a label without protection, then files with CRC32C; what another method reads is converted"""
    with member() as s:
        use(s, OFF)
        rewind(s)
        label = b'VOL1V00001' + b' ' * 70
        good(put(s, label), 'label')
        filemark(s)
        use(s, CRC32C)
        blocks = [rng.randbytes(262144) for _ in range(6)] + [rng.randbytes(80)]
        for b in blocks:
            good(put(s, protected(b, CRC32C)), 'WRITE')
        filemark(s)
        for method in (CRC32C, REED_SOLOMON, OFF):
            use(s, method)
            locate(s, 0)
            equal(good(get(s, 4096, 2), 'label').data, protected(label, method), 'the label')
            locate(s, 2)
            for b in blocks:
                equal(good(get(s, 262148, 2), 'READ').data, protected(b, method), f'method {method}')


def test_wrong_value():
    """a wrong value in the middle of fixed blocks: residual and position are right, what is before it is written"""
    with member() as s:
        use(s, CRC32C)
        rewind(s)
        select = bytes.fromhex('00001008') + bytes(5) + (65540).to_bytes(3, 'big')
        good(s.command(tape(), bytes.fromhex('151000000c00'), write=select), 'block length')
        blocks = [protected(rng.randbytes(65536), CRC32C) for _ in range(20)]
        sent = bytearray(b''.join(blocks))
        sent[13 * 65540 + 40000] ^= 0x20
        r = s.command(tape(), cdb6(0x0a, 20, 1), write=bytes(sent))
        equal((r.key, r.sense[0], int.from_bytes(r.sense[3:7], 'big')), ((4, 0x10, 0x01), 0xf0, 7), 'guard check')
        equal(where(s), 13)
        good(s.command(tape(), cdb6(0x0a, 7, 1), write=b''.join(blocks[13:])), 'the rest')
        rewind(s)
        r = s.command(tape(), cdb6(0x08, 20, 1), read=20 * 65540)
        equal((r.status, r.data), (0, b''.join(blocks)), 'all blocks')
        equal(put(s, protected(b'some data', REED_SOLOMON)).key, (4, 0x10, 0x01), 'the value of another method')
        equal(put(s, b'\0\0\0\0').key, (5, 0x24, 0), 'a value alone')


def test_sessions():
    """each session has its own protection; a new session of the same initiator begins without"""
    with member() as a, member(isid=b'\x40\0\1\x37\0\1') as b:
        use(a, CRC32C)
        rewind(a)
        equal(bytes(page(b)[20:23]), bytes(3), 'the other session')
        good(put(a, protected(b'from a', CRC32C)), 'WRITE')
        good(put(b, b'from b'), 'WRITE')
        rewind(a)
        equal(good(get(a, 10), 'READ').data, protected(b'from a', CRC32C), 'a')
        equal(good(get(a, 10), 'READ').data, protected(b'from b', CRC32C), 'what b has written')
        rewind(a)
        equal(good(get(b, 6), 'READ').data, b'from a', 'b')
    with member() as s:
        equal(bytes(page(s)[20:23]), bytes(3), 'a new session')


def test_restart():
    """blocks keep their values when the daemon starts again"""
    data = rng.randbytes((1 << 20) + 5)
    with member() as s:
        use(s, REED_SOLOMON)
        rewind(s)
        good(put(s, protected(data, REED_SOLOMON)), 'WRITE')
        filemark(s)
    assert server.stop(), 'the daemon stops cleanly'
    server.start()
    with member() as s:
        use(s, CRC32C)
        rewind(s)
        equal(good(get(s, len(data) + 4), 'READ').data, protected(data, CRC32C), 'the record')
        use(s, CRC32C)
        rewind(s)
        good(s.command(tape(), b'\x13\0' + (len(data) + 4).to_bytes(3, 'big') + b'\0'), 'VERIFY')
        rewind(s)
        r = s.command(tape(), b'\x13\x10' + (len(data) + 4).to_bytes(3, 'big') + b'\0')
        equal(r.key, (3, 0x10, 0x05), 'VLBPM with another method')


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(TESTS)
