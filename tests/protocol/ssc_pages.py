# SPDX-License-Identifier: Apache-2.0
"""Pages and commands about a drive on the wire: every log and VPD page at every allocation length, counters
that follow what was written, buffers, diagnostics, the time, and 16-byte commands."""
import json
import random

from scene import *

server = serve()


def cdb(text, **fields):
    """A CDB from hex; lengths are put in by name: alloc10 at byte 7, alloc12 at 6 (4 bytes), alloc6 at 3 (2 bytes)."""
    out = bytearray.fromhex(text)
    places = {'alloc6': (3, 2), 'alloc10': (7, 2), 'alloc12': (6, 4), 'length24': (6, 3)}
    for name, value in fields.items():
        at, size = places[name]
        out[at:at + size] = value.to_bytes(size, 'big')
    return bytes(out)


def good(r, what):
    equal((r.status, r.key), (0, None), what)
    return r


def ask(s, command, length, what):
    return good(s.command(tape(), command, read=length), what).data


def at_every_length(s, make, what):
    """The answer at each allocation length is the beginning of the whole answer, with the residual to match."""
    whole = ask(s, make(4096), 4096, what)
    for n in {*range(0, min(len(whole), 40)), len(whole) - 1, len(whole), len(whole) + 1}:
        r = good(s.command(tape(), make(n), read=4096), f'{what} at {n}')
        equal(len(r.data), min(n, len(whole)), f'{what} at {n}')
        # A page may have counted meanwhile; its head has not changed.
        equal(r.data[:4], whole[:min(n, 4)], f'{what} at {n}')
    return whole


def log_page(s, page, subpage=0, pointer=0):
    data = ask(s, cdb(f'4d00{0x40 | page:02x}{subpage:02x}00{pointer:04x}000000', alloc10=4096), 4096, f'page {page:02x}')
    params, at = {}, 4
    while at < len(data):
        code, size = int.from_bytes(data[at:at + 2], 'big'), data[at + 3]
        params[code] = data[at + 4:at + 4 + size]
        at += 4 + size
    equal(at, len(data), f'page {page:02x} ends with a parameter')
    return params


def test_log_pages():
    """every log page at every allocation length"""
    with member() as s:
        pages = ask(s, cdb('4d0040ff000000000000', alloc10=4096), 4096, 'list')
        pairs = [(pages[i], pages[i + 1]) for i in range(4, len(pages), 2)]
        for page in (0x06, 0x12, 0x14, 0x16, 0x18, 0x1a, 0x1b, 0x30, 0x32, 0x33, 0x34, 0x37, 0x38):
            assert (page, 0) in pairs, f'page {page:02x} is listed'
        for page, subpage in pairs:
            at_every_length(s, lambda n, page=page, subpage=subpage: cdb(
                f'4d00{0x40 | page:02x}{subpage:02x}000000000000', alloc10=n), f'log page {page:02x}/{subpage:02x}')


def test_vpd_pages():
    """every VPD page at every allocation length"""
    with member() as s:
        pages = ask(s, cdb('120100000000', alloc6=255), 255, 'list')[4:]
        assert 0xc0 in pages and 0xc1 in pages, pages.hex()
        for page in pages:
            whole = at_every_length(s, lambda n, page=page: cdb(f'1201{page:02x}000000', alloc6=n), f'VPD {page:02x}')
            equal(whole[1], page)


def test_compression_counters():
    """page 32h counts MiB and bytes, and LOG SELECT (PCR=1, PC=11b) clears it"""
    with member() as s:
        rewind(s)
        good(s.command(tape(), bytes.fromhex('4c02f200000000000000')), 'LOG SELECT')
        equal(log_page(s, 0x32)[7], bytes(4))
        data = random.Random(SEED).randbytes((1 << 20) + 4096)
        write(s, data)
        rewind(s)
        equal(read(s, len(data)).data, data)
        page = log_page(s, 0x32)
        for code in (2, 4, 6, 8):
            equal(page[code], (1).to_bytes(4, 'big'), f'{code:04x}')
            equal(page[code + 1], (4096).to_bytes(4, 'big'), f'{code + 1:04x}')
        good(s.command(tape(), bytes.fromhex('4c02f200000000000000')), 'LOG SELECT')
        equal(log_page(s, 0x32)[6] + log_page(s, 0x32)[7], bytes(8))


def test_compression():
    """a record that becomes smaller: the same for the host, less on the medium; mode page 0Fh (DCE) switches it off"""
    server.evertape('library', 'compression', 'zstd')
    with member() as s:
        rewind(s)
        good(s.command(tape(), bytes.fromhex('4c02f200000000000000')), 'LOG SELECT')
        data = random.Random(SEED).randbytes(256) * 1024
        page = bytes.fromhex('00001000' '0f0ec080000000ff000000ff00000000')
        for dce in (0x80, 0, 0x80):
            page = page[:6] + bytes([0x40 | dce]) + page[7:]
            good(s.command(tape(), bytes.fromhex('151000001400'), page), 'MODE SELECT')
            sensed = ask(s, bytes.fromhex('1a080f00ff00'), 255, 'MODE SENSE')
            equal(sensed[6] & 0xc0, 0x40 | dce, 'DCE and DCC')
            write(s, data)
        good(s.command(tape(), bytes.fromhex('100000000000')), 'WRITE FILEMARKS')
        stored = int.from_bytes(log_page(s, 0x32)[9], 'big')
        assert len(data) < stored < len(data) * 5 // 4, f'{stored} bytes stored of 3 records of {len(data)}'
        ratio = int.from_bytes(log_page(s, 0x32)[1], 'big')
        equal(ratio, 3 * len(data) * 100 // stored, 'write compression ratio')
        shown = json.loads(server.evertape('--json', 'drive', 'show', '1'))['compression']
        equal((shown['enabled'], shown['ratio']), (True, f'{shown["written"] / shown["stored"]:.2f}'))
        rewind(s)
        for _ in range(3):
            equal(read(s, len(data)).data, data)
        equal(int.from_bytes(log_page(s, 0x32)[0], 'big'), ratio, 'read compression ratio')
    server.evertape('library', 'compression', 'off')


def test_dump():
    """what LTFS does after an error: SEND DIAGNOSTIC, the size of the dump, the dump"""
    with member() as s:
        good(s.command(tape(), bytes.fromhex('1d1000000800'), bytes.fromhex('8000000401600000')), 'SEND DIAGNOSTIC')
        head = ask(s, bytes.fromhex('3c030100000000000400'), 4, 'descriptor')
        size = int.from_bytes(head[1:4], 'big')
        dump = ask(s, cdb('3c020100000000000000', length24=size), size, 'dump')
        equal(len(dump), size)
        assert dump.startswith(b'Evertape drive dump 1\n') and b'\nstate: loaded\n' in dump, dump


def test_buffer():
    """64 KiB through WRITE BUFFER and READ BUFFER; firmware is refused"""
    with member() as s:
        data = random.Random(SEED).randbytes(65536)
        good(s.command(tape(), cdb('3b020000000000000000', length24=65536), data), 'WRITE BUFFER')
        equal(ask(s, cdb('3c020000000000000000', length24=65536), 65536, 'READ BUFFER'), data)
        r = s.command(tape(), cdb('3b050000000000000000', length24=4), bytes(4))
        equal((r.status, r.key, r.sense[15:18].hex()), (2, (5, 0x24, 0), 'cc0001'))


def test_timestamp():
    """a time that one host sets is news to the other"""
    with member() as s, member(initiator='iqn.2026-01.test:other') as other:
        when = 1_700_000_000_000
        good(s.command(tape(), bytes.fromhex('a40f000000000000000c0000'), bytes(4) + when.to_bytes(6, 'big') + bytes(2)), 'SET')
        equal(other.command(tape(), TUR).key, (6, 0x2a, 0x10))
        now = ask(other, bytes.fromhex('a30f000000000000000c0000'), 12, 'REPORT')
        equal(now[:4].hex(), '000a0200')
        assert 0 <= int.from_bytes(now[4:10], 'big') - when < 60000, now.hex()


def configuration(s, control=0):
    """Byte 15 of mode page 10h: WTRE, OIR, rewind on reset."""
    return ask(s, bytes([0x1a, 8, control << 6 | 0x10, 0, 255, 0]), 255, 'mode page 10h')[4 + 15]


def configure(s, byte15, save=False):
    page = ask(s, bytes.fromhex('1a081000ff00'), 255, 'mode page 10h')[4:]
    page = bytes([page[0] & 0x7f]) + page[1:15] + bytes([byte15])
    good(s.command(tape(), bytes([0x15, 0x10 | save, 0, 0, 20, 0]), b'\0\0\x10\0' + page), 'MODE SELECT')


def test_only_reserved():
    """OIR wants a reservation for commands that use the medium; saved, it is there after a restart"""
    unreserved = (2, (5, 0x2c, 0x0b))
    with member() as s:
        before = configuration(s)
        equal(configuration(s, 1), 0xe0, 'changeable')
        configure(s, before | 0x20, save=True)
        equal([configuration(s, c) for c in range(4)], [before | 0x20, 0xe0, before, before | 0x20])
        r = s.command(tape(), cdb6(1, 0))
        equal((r.status, r.key), unreserved, 'REWIND')
        configure(s, before & 0x3f | 0x60)
    assert server.stop()
    server.start()
    with member() as s:
        equal(configuration(s), before | 0x20, 'the saved page is there again, what was not saved is not')
        r = s.command(tape(), cdb6(8, 80), read=80)
        equal((r.status, r.key), unreserved, 'READ')
        with member(isid=b'\x40\0\1\x37\0\7') as other:
            good(s.command(tape(), bytes([0x16, 0, 0, 0, 0, 0])), 'RESERVE')
            rewind(s)
            equal(other.command(tape(), cdb6(1, 0)).status, 0x18, 'a reservation conflict comes first')
        good(s.command(tape(), bytes([0x17, 0, 0, 0, 0, 0])), 'RELEASE')
        configure(s, before, save=True)
        rewind(s)


def test_descriptor_sense():
    """REQUEST SENSE with DESC=1, at every allocation length"""
    with member() as s:
        for n in range(10):
            data = good(s.command(tape(), bytes([3, 1, 0, 0, n, 0]), read=96), f'at {n}').data
            equal(data, bytes.fromhex('7200000000000000')[:n])


def test_long_commands():
    """WRITE(16) refuses to write where it should not be; READ(16) finds its object"""
    with member() as s:
        rewind(s)
        records = [random.Random(SEED + i).randbytes(5000) for i in range(3)]

        def long(code, flags, at, length):
            return bytes([code, flags, 0, 0]) + at.to_bytes(8, 'big') + length.to_bytes(3, 'big') + b'\0'
        for i, data in enumerate(records):
            good(s.command(tape(), long(0x8a, 0 if i else 8, i, 5000), data), f'WRITE(16) {i}')
        r = s.command(tape(), long(0x8a, 0, 1, 5000), records[0])
        equal((r.status, r.key, r.sense[15:18].hex()), (2, (5, 0x24, 0), 'cf0004'))
        for i in (2, 0, 1):
            equal(s.command(tape(), long(0x88, 0, i, 5000), read=5000).data, records[i])
        good(s.command(tape(), long(0x8f, 0x20, 0, 0)), 'VERIFY(16) to end of data')


def test_z_end():
    """the server ends well"""
    assert server.stop()


if __name__ == '__main__':
    if daemon.MEMORY:
        print('skip - tapes in memory have no pages\n0 passed, 0 failed, 1 skipped')
    else:
        with server:
            tap.run(tap.tests_of(globals()))
