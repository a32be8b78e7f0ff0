# SPDX-License-Identifier: Apache-2.0
"""READ ATTRIBUTE and WRITE ATTRIBUTE: every attribute, every wrong list, and what survives what."""
from scene import *

server = serve()
VALUES, LIST, VOLUMES, PARTITIONS, SUPPORTED = 0, 1, 2, 3, 5
BINARY, ASCII, TEXT = 0, 1, 2
NO_MEDIUM, IN_CDB, IN_LIST, LIST_LENGTH = (2, 0x3a, 0), (5, 0x24, 0), (5, 0x26, 0), (5, 0x1a, 0)
PROTECTED, OUT_OF_SPACE = (7, 0x27, 0), (5, 0x55, 6)
UNLOAD, LOAD, FLUSH = bytes.fromhex('1b0000000000'), bytes.fromhex('1b0000000100'), bytes.fromhex('100000000000')

# id: format, bytes
DRIVES = {0x0000: (BINARY, 8), 0x0001: (BINARY, 8), 0x0002: (BINARY, 8), 0x0003: (BINARY, 8), 0x0004: (BINARY, 8),
          0x0005: (ASCII, 8), 0x0006: (BINARY, 1), 0x0007: (BINARY, 2), 0x0008: (ASCII, 32), 0x0009: (BINARY, 4),
          0x020a: (ASCII, 40), 0x020b: (ASCII, 40), 0x020c: (ASCII, 40), 0x020d: (ASCII, 40), 0x0220: (BINARY, 8),
          0x0221: (BINARY, 8), 0x0222: (BINARY, 8), 0x0223: (BINARY, 8), 0x0224: (BINARY, 8), 0x0225: (BINARY, 8),
          0x0340: (BINARY, 90), 0x0341: (BINARY, 60), 0x0400: (ASCII, 8), 0x0401: (ASCII, 32), 0x0402: (BINARY, 4), 0x0403: (BINARY, 4),
          0x0404: (ASCII, 8), 0x0405: (BINARY, 1), 0x0406: (ASCII, 8), 0x0407: (BINARY, 8), 0x0408: (BINARY, 1),
          0x0409: (BINARY, 2), 0x040b: (BINARY, 1), 0x1000: (BINARY, 28), 0x1001: (BINARY, 24)}
# id: format, bytes at least, at most
HOSTS = {0x0800: (ASCII, 8, 8), 0x0801: (ASCII, 32, 32), 0x0802: (ASCII, 8, 8), 0x0803: (TEXT, 160, 160),
         0x0804: (ASCII, 12, 12), 0x0805: (BINARY, 1, 1), 0x0806: (ASCII, 32, 32), 0x0807: (TEXT, 80, 80),
         0x0808: (TEXT, 160, 160), 0x0809: (ASCII, 16, 16), 0x080a: (BINARY, 1, 1), 0x080b: (ASCII, 16, 16),
         0x080c: (BINARY, 23, 1023), 0x0820: (BINARY, 36, 36), 0x0821: (BINARY, 36, 36)}
VENDOR = {0x1400: (BINARY, 1, 1023), 0x1623: (BINARY, 1, 1023), 0x17ff: (TEXT, 1, 1023)}


def read_cdb(action=VALUES, first=0, alloc=65536, partition=0, volume=0, cache=0):
    return bytes([0x8c, action, 0, 0, 0, volume, 0, partition]) + first.to_bytes(2, 'big') + alloc.to_bytes(4, 'big') + \
        bytes([cache, 0])


def write_cdb(n, partition=0, volume=0, wtc=1):
    return bytes([0x8d, wtc, 0, 0, 0, volume, 0, partition, 0, 0]) + n.to_bytes(4, 'big') + b'\0\0'


def item(id, value, form=None, length=None):
    form = (HOSTS.get(id) or VENDOR.get(id) or (BINARY,))[0] if form is None else form
    return id.to_bytes(2, 'big') + bytes([form]) + (len(value) if length is None else length).to_bytes(2, 'big') + value


def items(*list_):
    body = b''.join(list_)
    return len(body).to_bytes(4, 'big') + body


def put(s, *list_, lun=None, **how):
    data = items(*list_)
    return s.command(tape() if lun is None else lun, write_cdb(len(data), **how), data)


def good(r):
    equal((r.status, r.key if r.status else None), (0, None))
    return r.data


def parsed(data):
    found, at = {}, 4
    equal(int.from_bytes(data[:4], 'big'), len(data) - 4, 'AVAILABLE DATA')
    while at < len(data):
        id, n = int.from_bytes(data[at:at + 2], 'big'), int.from_bytes(data[at + 3:at + 5], 'big')
        assert not found or id > max(found), 'ids do not ascend'
        found[id] = (data[at + 2], data[at + 5:at + 5 + n])
        at += 5 + n
    equal(at, len(data))
    return found


def values(s, lun=None, **how):
    return parsed(good(s.command(tape() if lun is None else lun, read_cdb(**how), read=65536)))


def number(s, id):
    return int.from_bytes(values(s)[id][1], 'big')


def ids(s, action):
    data = good(s.command(tape(), read_cdb(action, first=0x4321), read=65536))
    equal(int.from_bytes(data[:4], 'big'), len(data) - 4)
    return [int.from_bytes(data[i:i + 2], 'big') for i in range(4, len(data), 2)]


def bare(s):
    """No host's attribute is left."""
    gone = [id for id in values(s) if id in HOSTS or 0x1400 <= id <= 0x17ff]
    good(put(s, *[item(id, b'') for id in gone]))


def pointed(r, key, byte, bit=None, in_cdb=False):
    """That sense, with a field pointer."""
    flags = 0x80 | (0x40 if in_cdb else 0) | (0 if bit is None else 8 | bit)
    equal((r.status, r.key, r.sense[15:18].hex()), (2, key, (bytes([flags]) + byte.to_bytes(2, 'big')).hex()))


def sample(id, n=None, seed=0):
    form, least, most = (HOSTS.get(id) or VENDOR[id])
    n = most if n is None else n
    if id == 0x0805:
        return b'\x81'
    if id == 0x080a:
        return bytes([seed & 1])
    if form == ASCII:
        return (f'{id:04X} {seed} '.encode() * n)[:n - 2] + b'  '
    return bytes((i * 7 + seed + id) & 0xff for i in range(n))


def test_every_attribute_is_read():
    """the attributes of drive and medium: identifiers, formats, lengths, read only, and what they say"""
    with member() as s:
        bare(s)
        found = values(s)
        equal({id: (form, len(value)) for id, (form, value) in found.items()},
              {id: (0x80 | form, n) for id, (form, n) in DRIVES.items()})
        for id, wanted in ((0x0005, b'LTO-CVE '), (0x0006, b'\x5e'), (0x0008, b'PDU001L8'.ljust(32)),
                           (0x0400, b'EVERTAPE'), (0x0402, (960).to_bytes(4, 'big')), (0x0403, (127).to_bytes(4, 'big')),
                           (0x0404, b'LTO-CVE '), (0x0405, b'\x5e'), (0x0407, (16352).to_bytes(8, 'big')),
                           (0x0408, b'\0'), (0x0409, b'\0\0'), (0x0224, b'\xff' * 8), (0x0225, b'\xff' * 8)):
            equal(found[id][1], wanted, f'{id:04x}')
        equal(found[0x0401][1].decode().isalnum(), True)
        equal((len(found[0x0406][1].strip()), found[0x0406][1].isdigit()), (8, True))
        equal(found[0x1000][1], b'EVERTAPE' + found[0x0401][1][:20])
        equal(found[0x1001][1], b'EVERTAPE' + found[0x0401][1][20:].ljust(16))
        equal(found[0x040b][1], b'\x5e')
        serial = good(s.command(tape(), bytes.fromhex('12018000ff00'), read=255))[4:]
        equal(found[0x020a][1], b'IBM     ' + serial.ljust(32))
        equal(ids(s, LIST), sorted(DRIVES))
        equal(ids(s, SUPPORTED), sorted([*DRIVES, *HOSTS]))


def test_one_is_found():
    """FIRST ATTRIBUTE IDENTIFIER: the answer begins there; an attribute that does not exist is refused"""
    with member() as s:
        bare(s)
        every = values(s)
        for id in every:
            equal(values(s, first=id), {k: v for k, v in every.items() if k >= id})
        for id in (0x000a, 0x0342, 0x0800, 0x080c, 0x1002, 0x1010, 0x1623, 0xffff):
            pointed(s.command(tape(), read_cdb(first=id), read=100), IN_CDB, 8, 7, in_cdb=True)


def test_lists():
    """one logical volume, one partition; other volumes and partitions are refused, where the field counts"""
    with member() as s:
        equal(good(s.command(tape(), read_cdb(VOLUMES, partition=9, volume=9), read=100)), bytes([0, 2, 0, 1]))
        equal(good(s.command(tape(), read_cdb(PARTITIONS, partition=9), read=100)), bytes([0, 2, 0, 1]))
        pointed(s.command(tape(), read_cdb(PARTITIONS, volume=1), read=100), IN_CDB, 5, 7, in_cdb=True)
        for action in (VALUES, LIST, SUPPORTED):
            pointed(s.command(tape(), read_cdb(action, volume=1), read=100), IN_CDB, 5, 7, in_cdb=True)
            for partition in (1, 2, 255):
                pointed(s.command(tape(), read_cdb(action, partition=partition), read=100), IN_CDB, 7, 7, in_cdb=True)
        pointed(put(s, item(0x0800, b'x' * 8), volume=1), IN_CDB, 5, 7, in_cdb=True)
        pointed(put(s, item(0x0800, b'x' * 8), partition=1), IN_CDB, 7, 7, in_cdb=True)
        for action in (4, 6, 31):
            pointed(s.command(tape(), read_cdb(action), read=100), IN_CDB, 1, 4, in_cdb=True)
        for cdb, byte, bit in (((0x8c, 0, 1), 2, 0), ((0x8c, 0x20), 1, 5), ((0x8d, 2), 1, 1)):
            pointed(s.command(tape(), bytes(cdb).ljust(16, b'\0'), read=0), IN_CDB, byte, bit, in_cdb=True)


def test_allocation_length():
    """every allocation length from 0 on cuts the answer, and nothing in it"""
    with member() as s:
        bare(s)
        for action in (VALUES, LIST, VOLUMES, PARTITIONS, SUPPORTED):
            full = good(s.command(tape(), read_cdb(action, first=0x0400), read=4096))
            for n in range(len(full) + 2):
                r = s.command(tape(), read_cdb(action, first=0x0400, alloc=n), read=4096)
                equal(good(r), full[:n], f'{action} {n}')


def test_every_attribute_is_written():
    """what hosts may store: written at its shortest and longest, replaced, deleted, deleted again"""
    with member() as s:
        bare(s)
        for id, (form, least, most) in {**HOSTS, **VENDOR}.items():
            for n in {least, most}:
                for seed in (1, 2):
                    good(put(s, item(id, sample(id, n, seed))))
                    equal(values(s, first=id)[id], (form, sample(id, n, seed)), f'{id:04x}')
                    assert id in ids(s, LIST) and id in ids(s, SUPPORTED)
            good(put(s, item(id, b'')))
            good(put(s, item(id, b'')))
            assert id not in values(s) and id not in ids(s, LIST)
        good(put(s, item(0x0801, b'zeros at the end'.ljust(32, b'\0'))))  # some programs send that
        good(put(s, item(0x1500, b'any format', ASCII), wtc=0))
        good(s.command(tape(), write_cdb(0)))
        good(s.command(tape(), write_cdb(4), bytes(4)))
        good(s.command(tape(), write_cdb(17), b'\xff\xff\xff\xff' + item(0x0802, b'ignored ')))  # PARAMETER DATA LENGTH
        equal(values(s)[0x0802][1], b'ignored ')
        bare(s)


def test_wrong_lists():
    """a list with anything wrong in it is refused with its place, and changes nothing"""
    with member() as s:
        bare(s)
        good(put(s, item(0x0800, b'before  '), item(0x080c, bytes(70))))
        before = {k: v for k, v in values(s).items() if k in HOSTS}
        first = item(0x0800, b'after   ')
        rows = [  # what follows it, the sense, the byte (from the second attribute on), the bit
            (item(0x0800, b'again   '), 0, 7), (item(0x0004, bytes(8)), 0, 7), (item(0x080d, b'x'), 0, 7),
            (item(0x13ff, b'x'), 0, 7), (item(0x1800, b'x'), 0, 7), (item(0xffff, b''), 0, 7), (item(0x1000, b'x' * 28), 0, 7),
            (item(0x0801, b'x' * 32, TEXT), 2, 1), (item(0x0801, b'x' * 32, BINARY), 2, 1), (item(0x1623, b'x', 3), 2, 1),
            (item(0x0801, b'x' * 32, 0x81), 2, 7), (item(0x0801, b'x' * 32, 0x05), 2, 2), (item(0x0801, b'', 0x40), 2, 6),
            (item(0x0801, b'x' * 31), 3, 7), (item(0x0801, b'x' * 33), 3, 7), (item(0x080c, bytes(22)), 3, 7),
            (item(0x080c, bytes(1024)), 3, 7), (item(0x1623, bytes(1024)), 3, 7),
            (item(0x0805, b'\x0b'), 5, None), (item(0x080a, b'\x02'), 5, None),
            (item(0x0801, b'\xe4'.ljust(32)), 5, None), (item(0x0801, b'ab\0cd'.ljust(32)), 7, None),
            (item(0x0801, b'line\n'.ljust(32)), 9, None)]
        for second, byte, bit in rows:
            pointed(put(s, first, second), IN_LIST, 4 + len(first) + byte, bit)
        for id in DRIVES:
            if id > 0x0800:
                continue
            pointed(put(s, item(id, b'')), IN_LIST, 4, 7)
            pointed(put(s, item(id, bytes(DRIVES[id][1]), DRIVES[id][0])), IN_LIST, 4, 7)
        equal({k: v for k, v in values(s).items() if k in HOSTS}, before)


def test_cut_lists():
    """a list cut at any length is refused with 1Ah/00h, and changes nothing"""
    with member() as s:
        bare(s)
        good(put(s, item(0x0800, b'before  ')))
        whole = items(item(0x0800, b'after   '), item(0x0805, b'\x81'), item(0x080c, sample(0x080c, 70)))
        ends = [0, 4, 17, 23, len(whole)]
        for n in range(len(whole)):
            if n in ends:
                continue
            equal(s.command(tape(), write_cdb(n), whole[:n]).key, LIST_LENGTH, str(n))
        equal(s.command(tape(), write_cdb(len(whole)), whole[:-1]).key, LIST_LENGTH)  # less than promised
        equal(s.command(tape(), write_cdb(65537), bytes(65537)).key, LIST_LENGTH)
        equal({k for k in values(s) if k in HOSTS}, {0x0800})
        equal(values(s)[0x0800][1], b'before  ')
        bare(s)


def test_space():
    """the memory is bounded: a list that does not fit is refused whole; a deletion makes room"""
    with member() as s:
        bare(s)
        room = number(s, 0x0004)
        equal(room, 16352 - 4096)
        fits = [item(0x1400 + i, bytes(1000)) for i in range(room // 1005)]
        good(put(s, *fits))
        left = number(s, 0x0004)
        equal(left, room - len(fits) * 1005)
        equal(put(s, item(0x0805, b'\0'), item(0x1700, bytes(left - 5))).key, OUT_OF_SPACE)
        assert 0x0805 not in values(s)
        good(put(s, item(0x1700, bytes(left - 5))))
        equal(number(s, 0x0004), 0)
        good(put(s, item(0x1400, bytes(1000)), item(0x1700, bytes(left - 5))))  # replaced, not added
        equal(put(s, item(0x0805, b'\0')).key, OUT_OF_SPACE)
        good(put(s, item(0x0805, b'\0'), item(0x1400, b'')))
        bare(s)
        equal(number(s, 0x0004), room)


def test_values_live():
    """load count, bytes, capacity, positions and the volume change reference follow what happens"""
    with member() as s:
        rewind(s)
        before = values(s)
        good(write(s, bytes(1 << 20)))
        good(write(s, bytes(1 << 20)))
        good(s.command(tape(), FLUSH))
        after = values(s)

        def grown(id):
            return int.from_bytes(after[id][1], 'big') - int.from_bytes(before[id][1], 'big')
        equal([grown(id) for id in (0x0003, 0x0220, 0x0222, 0x0009)], [0, 2, 2, 1])
        equal((grown(0x0001), int.from_bytes(after[0x0000][1], 'big')), (0, int.from_bytes(after[0x0001][1], 'big') - 2))
        reference = after[0x0009][1]
        rewind(s)
        good(read(s, 1 << 20))
        equal(values(s)[0x0009][1], reference)  # reading is no change
        equal(number(s, 0x0223) - int.from_bytes(before[0x0223][1], 'big'), 1)
        good(s.command(tape(), UNLOAD))
        good(s.command(tape(), LOAD))
        again = values(s)
        equal(again[0x0009][1], reference)
        equal([int.from_bytes(again[id][1], 'big') for id in (0x0222, 0x0223)], [0, 0])
        equal(int.from_bytes(again[0x0003][1], 'big') - int.from_bytes(before[0x0003][1], 'big'), 1)
        equal(again[0x020b], before[0x020a])
        partition = again[0x0341][1]
        equal([int.from_bytes(partition[i:i + 4], 'big') for i in (0, 8, 48)], [0, 0, int.from_bytes(again[0x0003][1], 'big')])
        history = again[0x0340][1]
        equal([int.from_bytes(history[i:i + 6], 'big') for i in (0, 24, 36)], [0, 2 + int.from_bytes(before[0x0222][1], 'big'),
                                                                               1 + int.from_bytes(before[0x0223][1], 'big')])


def test_unloaded():
    """a seated cartridge's memory is read, and not written; without a cartridge only CACHE reads it"""
    with member() as s:
        bare(s)
        good(put(s, item(0x0803, sample(0x0803))))
        every = values(s)
        good(s.command(tape(), UNLOAD))
        equal(values(s), every)
        equal(values(s, first=0x0803), {id: every[id] for id in (0x0803, 0x1000, 0x1001)})
        equal(put(s, item(0x0800, b'x' * 8)).key, (3, 0x04, 0x10))
        equal(values(s, cache=1), every)
        server.evertape('drive', 'unload', '1', '--force')
        s.clear(tape())
        for action in (VALUES, LIST, VOLUMES, PARTITIONS, SUPPORTED):
            equal(s.command(tape(), read_cdb(action), read=100).key, NO_MEDIUM)
        equal(put(s, item(0x0800, b'x' * 8)).key, NO_MEDIUM)
        equal(s.command(tape(), write_cdb(0)).key, NO_MEDIUM)
        equal(values(s, cache=1), every)
        server.evertape('drive', 'load', '1', 'PDU001L8')
        s.clear(tape())
        equal(values(s)[0x0803], every[0x0803])
        bare(s)


def test_protected():
    """write protection refuses what hosts would store; a WORM cartridge takes it"""
    server.evertape('cartridge', 'create', 'MAMW01LY', '--worm')
    server.evertape('cartridge', 'create', 'MAMP01L8')
    with member() as s:
        for barcode, protect in (('MAMP01L8', True), ('MAMW01LY', False)):
            server.evertape('drive', 'unload', '2', '--force')
            if protect:
                server.evertape('cartridge', 'protect', barcode)
            server.evertape('drive', 'load', '2', barcode)
            lun = server.tapes[1]
            s.clear(lun)
            if protect:
                equal(put(s, item(0x0800, b'x' * 8), lun=lun).key, PROTECTED)
                assert 0x0800 not in values(s, lun=lun)
            else:
                good(write(s, b'data', lun))
                good(put(s, item(0x0800, b'x' * 8), lun=lun))
                good(put(s, item(0x0800, b'y' * 8), lun=lun))
                found = values(s, lun=lun)
                equal((found[0x0800][1], found[0x0408][1]), (b'y' * 8, b'\x80'))
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('drive', 'load', '2', 'PDU002L8')


def coherency(reference, count):
    """What LTFS stores for each partition: 70 bytes."""
    return b'\x08' + bytes(4) + reference + count.to_bytes(8, 'big') + (5).to_bytes(8, 'big') + \
        (43).to_bytes(2, 'big') + b'LTFS\0' + b'30a91a08-daae-48d1-ae75-69804e61d2ea\0' + b'\x01'


def test_ltfs():
    """as LTFS formats, unmounts and mounts: each attribute by itself, the references agree until data change"""
    with member() as s:
        bare(s)
        rewind(s)
        good(write(s, b'VOL1' * 20))
        good(s.command(tape(), FLUSH))
        for id, text in ((0x0800, b'IBM'), (0x0801, b'LTFS'), (0x0802, b'2.4.5.1'), (0x0806, b'PDU001'), (0x080b, b'2.4.0')):
            good(put(s, item(id, text.ljust(HOSTS[id][1]))))
        good(put(s, item(0x0803, 'Übung'.encode().ljust(160, b'\0'))))
        good(put(s, item(0x0805, b'\x81')))
        good(put(s, item(0x1623, b'\0')))
        reference = good(s.command(tape(), read_cdb(first=0x0009, alloc=13), read=13))
        equal(reference[4:9].hex(), '0009800004')
        good(put(s, item(0x080c, coherency(reference[9:], 1))))
        got = good(s.command(tape(), read_cdb(first=0x080c, alloc=79), read=79))
        equal((got[4:9].hex(), got[9:]), ('080c000046', coherency(reference[9:], 1)))
        r = s.command(tape(), read_cdb(first=0x0808, alloc=169), read=169)
        equal(r.key, IN_CDB)  # no media pool: what LTFS takes for an attribute that is not there
        good(s.command(tape(), UNLOAD))
        good(s.command(tape(), LOAD))
        found = values(s)
        equal(found[0x080c][1][5:9], found[0x0009][1])
        rewind(s)
        good(write(s, b'VOL1' * 20))
        good(s.command(tape(), FLUSH))
        found = values(s)
        assert found[0x080c][1][5:9] != found[0x0009][1]


def test_pbs():
    """as Proxmox Backup Server: the whole memory in 32 KiB, five attributes, one of them deleted"""
    with member() as s:
        found = parsed(good(s.command(tape(), read_cdb(alloc=32768), read=32768)))
        equal([len(found[id][1]) for id in (0x0406, 0x0220, 0x0221)], [8, 8, 8])
        for id, text in ((0x0800, b'Proxmox'), (0x0801, b'Proxmox Backup Server'), (0x0802, b'3.2'), (0x0803, b'media'),
                         (0x0808, b'pool')):
            good(put(s, item(id, text.ljust(HOSTS[id][1]))))
        good(put(s, item(0x0808, b'')))
        assert 0x0808 not in values(s)


def stored(s):
    return {k: v for k, v in values(s).items() if k in HOSTS or 0x1400 <= k <= 0x17ff}


def fill(s):
    """One of each kind, and data."""
    bare(s)
    rewind(s)
    good(write(s, b'some data'))
    for id in [*HOSTS, *VENDOR]:
        good(put(s, item(id, sample(id, HOSTS[id][1] if id in HOSTS else 9, 3))))
    found = stored(s)
    equal(sorted(found), sorted([*HOSTS, *VENDOR]))
    return found, number(s, 0x0009)


def test_survives():
    """attributes and the reference survive a kill, a restart, a move to another drive, export and import"""
    with member() as s:
        found, reference = fill(s)
    server.kill()
    server.start()
    with member() as s:
        equal((stored(s), number(s, 0x0009)), (found, reference))
    assert server.stop()
    server.start()
    with member() as s:
        equal((stored(s), number(s, 0x0009)), (found, reference))
        server.evertape('drive', 'unload', '1', '--force')
        path = f'{server.state}/copy.evtape'
        server.evertape('cartridge', 'export', 'PDU001L8', path)
        server.evertape('cartridge', 'delete', 'PDU001L8', '--force')
        server.evertape('cartridge', 'import', path)
        server.evertape('drive', 'load', '1', 'PDU001L8')
        s.clear(tape())
        equal((stored(s), number(s, 0x0009)), (found, reference))
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('cartridge', 'move', 'PDU001L8', 'drive:2', '--force')
        lun = server.tapes[1]
        s.clear(lun)
        found_there = values(s, lun=lun)
        equal({k: found_there[k] for k in found}, found)
        assert found_there[0x020a] != found_there[0x020b]  # another drive's serial number
        server.evertape('drive', 'unload', '2', '--force')
        server.evertape('drive', 'load', '2', 'PDU002L8')
        server.evertape('drive', 'load', '1', 'PDU001L8')
        s.clear(*server.tapes)
        equal(number(s, 0x0009), reference)
        good(write(s, b'other data'))
        assert number(s, 0x0009) != reference
        bare(s)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(TESTS)
