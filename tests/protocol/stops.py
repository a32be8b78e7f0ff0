# SPDX-License-Identifier: Apache-2.0
"""Where a command stops, over the wire: the rows of tests/lib/stops, which tests/unit/ssc/stop_test.c runs, too."""
import os
import pathlib
import re

from scene import *

server = serve()
RECORD, LONG = 4096, 65536
MARK = bytes.fromhex('100000000100')
ROW = re.compile(r'(FROM|IN|WRITE)\((.*), (GOOD|\w+\([^()]*\)), (\d+)\)')


def rows(name):
    """Partition, place, what, CDB, bytes to write, what is told, place afterwards."""
    text = (pathlib.Path(__file__).parents[1] / 'lib/stops' / f'{name}.def').read_text()
    lines = [line for line in text.splitlines() if not line.startswith('/*')]
    for line in lines:
        kind, head, told, after = ROW.fullmatch(line).groups()
        what, cdb = re.findall(r'"([^"]*)"', head)
        numbers = [int(n) for n in re.sub(r'"[^"]*"', '', head).replace(' ', '').split(',') if n]
        partition = numbers.pop(0) if kind == 'IN' else 0
        place, length = (numbers + [0])[:2]
        yield partition, place, what, bytes.fromhex(cdb), length, told, int(after)
    assert len(lines) > 10, name


def expected(told, locked):
    """Bytes 0, 2, 3 to 6, 12 and 13, 15 to 17 of the sense data; None: GOOD."""
    if told == 'GOOD':
        return None
    name, words = told.split('(')[0], [bytes.fromhex(w) for w in re.findall(r'"([^"]*)"', told)]
    sense = bytearray(18)
    sense[0] = 0xf0 if name in ('INFO', 'LOCKED') else 0x70
    if name == 'TOLD':
        sense[2:3], sense[12:14] = words
    elif name == 'INFO':
        sense[2:3], sense[3:7], sense[12:14] = words
    elif name == 'LOCKED':
        sense[2], sense[3:7], sense[12:14] = 7, words[0], bytes([0x74, locked])
    elif name == 'POINTER':
        sense[2], sense[12], sense[15:16], sense[17:18] = 5, 0x24, *words
    else:
        raise AssertionError(told)
    return looked_at(sense)


def looked_at(sense):
    return (sense[0], sense[2], bytes(sense[3:7]).hex(), bytes(sense[12:14]).hex(), bytes(sense[15:18]).hex())


def position(s):
    data = s.command(tape(), '3406' + 16 * '0', read=32).data
    return int.from_bytes(data[4:8], 'big'), int.from_bytes(data[8:16], 'big')


def check(s, name, locked=0):
    for partition, place, what, cdb, length, told, after in rows(name):
        what = f'{what} from {place} of partition {partition} ({name})'
        locate = b'\x92\x02\0' + bytes([partition]) + place.to_bytes(8, 'big') + bytes(4)
        equal(s.command(tape(), locate).status, 0, f'LOCATE: {what}')
        r = s.command(tape(), cdb, os.urandom(length), read=0 if length else 1 << 18)
        equal(looked_at(r.sense) if r.status else None, expected(told, locked), what)
        equal(position(s), (partition, after), f'where the tape is: {what}')


def put(s, *objects):
    """Records and, where it is None, filemarks."""
    for data in objects:
        r = write(s, data) if data else s.command(tape(), MARK)
        assert r.status == 0 or r.key == (0, 0, 2), r


def blocks(s, length=RECORD):
    """The block length of FIXED=1."""
    equal(s.command(tape(), '150000000c00', bytes.fromhex('0000100800000000') + length.to_bytes(4, 'big')).status, 0, 'MODE SELECT')


def records(n, length=RECORD):
    return [os.urandom(length) for _ in range(n)]


def key(s, encryption, decryption, first):
    out = bytes.fromhex(f'001000304000{encryption:02x}{decryption:02x}01') + bytes(10) + b'\x20' + bytes([first]) + bytes(31)
    equal(s.command(tape(), 'b52000100000000000340000', out).status, 0, 'SET DATA ENCRYPTION')


def test_plain():
    """records, filemarks, end of data"""
    with member() as s:
        rewind(s)
        a, b, c = records(3)
        put(s, a, b, None, c)
        blocks(s)
        check(s, 'plain')


def test_bad():
    """a record of which a byte has changed on the disk"""
    with member() as s:
        rewind(s)
        a, b, c = records(3)
        put(s, a, b, None, c)
    server.evertape('drive', 'unload', '1', '--force')
    turn_bit_of(b)
    server.evertape('drive', 'load', '1', 'PDU001L8')
    with member() as s:
        blocks(s)
        check(s, 'bad')


def test_locked():
    """an encrypted record, without a key and with another one"""
    with member() as s:
        rewind(s)
        a, b, c = records(3)
        put(s, a)
        key(s, 2, 3, 0xa0)
        put(s, b)
        key(s, 0, 0, 0)
        put(s, None, c)
        blocks(s)
        check(s, 'locked', 1)
        key(s, 2, 3, 0xb0)
        check(s, 'locked', 3)
        key(s, 0, 0, 0)


def test_partitions():
    """end of data of four partitions, two of them blank"""
    with member() as s:
        rewind(s)
        page = bytes.fromhex('00001000110e03035c030900' + 16 * '0')
        equal(s.command(tape(), '151000001400', page).status, 0, 'MODE SELECT')
        equal(s.command(tape(), '040001000000').status, 0, 'FORMAT MEDIUM')
        a, b = records(2)
        put(s, a)
        equal(s.command(tape(), '92020001' + 24 * '0').status, 0, 'LOCATE')
        put(s, b, None)
        blocks(s)
        check(s, 'partitions')
        equal(s.command(tape(), '92020000' + 24 * '0').status, 0, 'LOCATE')
        equal(s.command(tape(), '040000000000').status, 0, 'FORMAT MEDIUM')


def test_full():
    """a full cartridge"""
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('cartridge', 'create', 'PDU009L8', '--capacity', str(16 * LONG))
    server.evertape('drive', 'load', '1', 'PDU009L8')
    with member() as s:
        put(s, *records(16, LONG))
        blocks(s, LONG)
        check(s, 'full')
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('drive', 'load', '1', 'PDU001L8')


TESTS = tap.tests_of(globals())

if __name__ == '__main__':
    main(TESTS)
