# SPDX-License-Identifier: Apache-2.0
"""Logical block protection as clients do it: what LTFS and CERN CTA send; other sessions, reconnects, other methods."""
import random

from blocks import *

server = serve()
rng = random.Random(SEED)


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
        use(s, NONE)
        rewind(s)
        for b in blocks:
            equal(good(get(s, 524288, 2), 'READ').data, b, 'without protection')


def test_cta():
    """CTA: a label without protection, then files with CRC32C; what another method reads is converted"""
    with member() as s:
        use(s, NONE)
        rewind(s)
        label = b'VOL1V00001' + b' ' * 70
        good(put(s, label), 'label')
        filemark(s)
        use(s, CRC32C)
        blocks = [rng.randbytes(262144) for _ in range(6)] + [rng.randbytes(80)]
        for b in blocks:
            good(put(s, protected(b, CRC32C)), 'WRITE')
        filemark(s)
        for method in (CRC32C, REED_SOLOMON, NONE):
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
