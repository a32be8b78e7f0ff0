# SPDX-License-Identifier: Apache-2.0
"""What the daemon takes of memory while it streams: no more after 1 GB than after 256 MB, and little for a drive."""
from scene import *

MIB = 1 << 20
RECORD = 256 << 10
# A busy moment may come late. It takes 4 MiB for data that came early, and 4 MiB of segments that the disk has not taken yet.
BUSY = 9 * MIB
server = Scene()
if server.sanitized():
    server.stop()
    print('skip - memory: the address sanitizer keeps freed memory\n0 passed, 0 failed, 1 skipped')
    sys.exit(0)


def stream(s, lun, size, record=RECORD, write=True, deep=16):
    """size bytes written or read with some commands under way; the highest memory seen on the way."""
    data, sent, left, high = bytes(range(256)) * (record // 256), [], size // record, 0
    while left or sent:
        while left and len(sent) < deep:
            sent.append(s.submit(lun, write6(record), data) if write else s.submit(lun, read6(record), read=record))
            left -= 1
        r = s.finish(sent.pop(0), data if write else b'')
        assert r.status == 0, r
        if left % 64 == 0:
            high = max(high, server.memory())
    return high


def test_long():
    """one drive written: 1 GB takes no more than 256 MB took, and all of it no more than 16 MiB"""
    with server.login() as s:
        s.command(1, REWIND)
        before = server.memory()
        first = stream(s, 1, 256 * MIB)
        whole = max(first, stream(s, 1, 768 * MIB))
        print(f'# writing 1 GB: {first / MIB:.1f} MiB after 256 MB, {whole / MIB:.1f} after 1 GB, {before / MIB:.1f} before')
        assert whole - first <= BUSY, f'{(whole - first) >> 10} KiB more'
        assert whole - before <= 16 * MIB, f'{(whole - before) >> 10} KiB for a drive'
        s.command(1, REWIND)
        high = max(whole, stream(s, 1, 512 * MIB, write=False))
        print(f'# reading 512 MB: {high / MIB:.1f} MiB')
        assert high - whole <= 8 * MIB, f'{(high - whole) >> 10} KiB more for reading'
        for _ in range(16):
            s.command(1, REWIND)
            again = stream(s, 1, 64 * MIB)
        assert again - high <= BUSY, f'{(again - high) >> 10} KiB more for the same sixteen times more'


def test_second_drive():
    """a second drive beside it takes its own 16 MiB at most, and the end of both gives them back to the next"""
    with server.login('b') as s:
        s.command(2, REWIND)
        before = server.memory()
        high = stream(s, 2, 256 * MIB)
        print(f'# a second drive: {(high - before) / MIB:.1f} MiB')
        assert high - before <= 16 * MIB
        s.command(2, REWIND)
        s.command(2, bytes.fromhex('190000000000'))


def test_small_records():
    """a hundred thousand small records: memory for where they are, not for what they are"""
    with server.login() as s:
        s.command(2, REWIND)
        stream(s, 2, 512 * 20000, record=512)
        before = server.memory()
        high = stream(s, 2, 512 * 80000, record=512)
        print(f'# 80000 records more: {(high - before) / MIB:.1f} MiB')
        assert high - before <= 4 * MIB, f'{(high - before) >> 10} KiB'


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
