# SPDX-License-Identifier: Apache-2.0
"""LTFS (mkltfs, ltfs), and YATM, which drives it: two partitions, their memory, an index that is written anew, crashes in between."""
import os

from scene import *

server = Server()
BLOCK = 512 << 10
LABEL = b'<ltfslabel/>'.ljust(300)
INDEX_AT = 4  # behind VOL1, filemark, label, filemark
DATA = [bytes([i]) * BLOCK for i in range(1, 9)]
KEY = b'ltfskey1'
BEYOND, PREEMPTED = (8, 0x00, 0x05), (6, 0x2a, 0x05)


def client(name='ltfs', **how):
    return Client(server, name, **how)


def reserve_out(drive, action, old=bytes(8), new=bytes(8), kind=0):
    return drive(bytes([0x5f, action, kind, 0, 0, 0, 0, 0, 24, 0]), old + new + bytes(8))


def divide(drive):
    """Page 11h as mkltfs sends it back: one more partition, 1 GB for the first, which gets the smallest size, the rest for the other.
    That the drive has rounded is no error to it."""
    drive.good(LOAD)
    data = bytearray(drive.good('5a001100000000001c00')).ljust(28, b'\0')
    equal((data[16] & 0x3f, len(data)), (0x11, 28))
    size = 28 + max(data[17] - 0x0a, 0)
    data[0] = data[1] = 0
    data[19], data[20], data[22] = 1, 0x20 | (data[20] & 0x1f), 9
    data[24:28] = b'\0\1\xff\xff'
    drive.fails(ROUNDED, bytes([0x55, 0x10, 0, 0, 0, 0, 0]) + size.to_bytes(2, 'big') + b'\0', bytes(data.ljust(size, b'\0')))
    drive.good('040002000000')


def coherency(drive, partition, generation, at):
    """As ltfs states that the index of this generation is at that block, and the reference of the volume was what it is."""
    reference = drive.attribute(0x0009, 4, partition)
    value = b'\x08' + bytes(4) + reference + generation.to_bytes(8, 'big') + at.to_bytes(8, 'big') + b'\0\x2bLTFS\0' + \
        b'30a91a08-daae-48d1-ae75-69804e61d2ea\0' + b'\1'
    drive.store(0x080c, value, 0, partition)
    return value


def index(generation, records):
    """An index of that many blocks; the last one is short."""
    body = [f'<index {generation} {i}>'.encode().ljust(BLOCK, b'.') for i in range(records)]
    body[-1] = body[-1][:1000]
    return body


def write_index(drive, partition, at, body):
    """An index between filemarks, the last of which is awaited."""
    drive.locate(at, partition)
    drive.good('100100000100')
    drive.write(*body)
    drive.good(MARK)


def mkltfs(drive):
    divide(drive)
    for partition in (1, 0):
        drive.locate(0, partition)
        drive.write(b'VOL1PDU001'.ljust(80))
        drive.good('100100000100')
        drive.write(LABEL)
        drive.good(MARK)
        equal(drive.place(), (partition, INDEX_AT, 2))
        write_index(drive, partition, INDEX_AT, index(1, 1))
    for id, words in ((0x0800, 'IBM'), (0x0801, 'LTFS'), (0x0802, '2.4.5.1'), (0x0806, 'PDU001')):
        drive.store(id, text(words, {0x0800: 8, 0x0801: 32, 0x0802: 8, 0x0806: 32}[id]))
    drive.store(0x0805, b'\x81', 0)
    for partition in (0, 1):
        drive.store(0x080b, text('2.4.0', 16), 1, partition)
        coherency(drive, partition, 1, INDEX_AT + 1)


def no_more(drive, partition):
    """Behind the position is no data, by any way of looking: reading, filemarks, objects, end of data."""
    end = drive.place()
    equal(end[0], partition)
    equal(drive.read(BLOCK, 2).key, BEYOND)
    equal(drive('110100000100').key, BEYOND)
    equal(drive.place(), end)
    far = bytes([0x92, 0, 0, 0]) + (end[1] + 3).to_bytes(8, 'big') + bytes(4)
    equal(drive(far).key, BEYOND)
    drive.locate(0, partition, kind=3)
    equal(drive.place(), end, 'end of data')


def has_index(drive, partition, at, body):
    """The index at that block, as it was written, and the filemark behind it; the position is behind that."""
    drive.locate(at + 1, partition)
    drive.gives(*body)
    equal(drive.read(BLOCK, 2).key, FILEMARK)


def crash(mean=True):
    """The daemon is killed, or ends, and starts again with the cartridge in the drive."""
    if mean:
        server.kill()
    else:
        assert server.stop()
    server.start()


def test_open():
    """LTFS, open: the list of commands with timeouts, a registration, exclusive access, another host waits and takes over"""
    with client() as c, client('ltfs-2', isid=b'\x40\0\1\x37\0\2') as other:
        drive = c.drive()
        codes = drive.good('a30c80000000000100000000')
        at, found = 4, {}
        while at < len(codes):
            timed_ = codes[at + 5] & 2
            found[codes[at]] = timed_ and n(codes, at + 16, 4)
            at += 20 if timed_ else 8
        equal(n(codes, 0, 4) + 4, len(codes))
        for code in (0x04, 0x0a, 0x10, 0x11, 0x1b, 0x34, 0x3c, 0x55, 0x5a, 0x5f, 0x8c, 0x8d, 0x92):
            assert found[code], f'{code:02x}: no recommended timeout'
        equal(reserve_out(drive, 6, new=KEY).status, 0, 'REGISTER AND IGNORE EXISTING KEY')
        equal(reserve_out(drive, 1, KEY, kind=3).status, 0, 'RESERVE, exclusive access')
        equal(other.drive()(REWIND).status, CONFLICT)
        equal(drive.good('5e010000000000002000')[8:16], KEY, 'READ RESERVATION')
        equal(reserve_out(other.drive(), 6, new=b'takeover').status, 0)
        equal(reserve_out(other.drive(), 5, b'takeover', KEY, 3).status, 0, 'PREEMPT AND ABORT')
        assert other.drive().ready() == []
        drive.fails(PREEMPTED, REWIND)
        equal(drive(REWIND).status, CONFLICT)
        equal(reserve_out(other.drive(), 2, b'takeover', kind=3).status, 0, 'RELEASE')
        equal(reserve_out(other.drive(), 6).status, 0, 'the registration ends')
        drive.ready()


def test_mkltfs():
    """mkltfs: page 11h, FORMAT MEDIUM 2, labels and index in both partitions, attributes of each; capacities of page 31h fit"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        left = drive.log(0x31)
        index_mib, data_mib = (n(left[code], 0, 4) for code in (3, 4))
        assert 0 < index_mib < data_mib / 20 and data_mib > 10000000, (index_mib, data_mib)
        for partition, mib in ((0, index_mib), (1, data_mib)):
            equal(n(drive.attribute(0x0001, 8, partition), 0, 8), mib, f'maximum capacity of partition {partition}')
        equal(drive.good('8c030000000000000000000000040000'), b'\0\2\0\2', 'READ ATTRIBUTE, partitions')
        _, _, page = drive.mode(0x11)
        equal((page[3], page[4] & 0xe0), (1, 0x20), 'page 11h: one more partition')


def test_mount():
    """ltfs, mount: labels and index of both partitions, coherency with the volume change reference, the ends of data"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        drive.good(UNLOAD)
        drive.good(LOAD)
        for partition in (0, 1):
            drive.locate(0, partition)
            drive.gives(b'VOL1PDU001'.ljust(80))
            equal(drive.read(BLOCK, 2).key, FILEMARK)
            drive.gives(LABEL)
            drive.locate(0, partition, kind=3)
            equal(drive.place(), (partition, INDEX_AT + 3, 4))
            drive.good('9101' + '0000' + 'fffffffffffffffe' + '00000000')
            drive.good('110100000100')
            drive.gives(*index(1, 1))
            stated = drive.attribute(0x080c, 70, partition)
            equal((n(stated, 9, 8), n(stated, 17, 8)), (1, INDEX_AT + 1), 'generation and block')
            equal(stated[5:9], drive.attribute(0x0009, 4, partition), 'volume change reference')


def test_files():
    """ltfs, files: data behind the index of the data partition, read at any block; the other partition keeps what it has"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        first = INDEX_AT + 3
        drive.locate(0, 1, kind=3)
        drive.write(*DATA)
        drive.good(FLUSH)
        equal(drive.place(), (1, first + len(DATA), 4))
        has_index(drive, 0, INDEX_AT, index(1, 1))
        no_more(drive, 0)
        for i in (7, 0, 3):
            drive.locate(first + i, 1)
            drive.gives(DATA[i])
        before = drive.attribute(0x0009, 4, 1)
        write_index(drive, 1, first + len(DATA), index(2, 2))
        assert before != drive.attribute(0x080c, 70, 1)[5:9], 'the reference has changed since mkltfs'
        equal(coherency(drive, 1, 2, first + len(DATA) + 1), drive.attribute(0x080c, 70, 1))


def test_index_anew():
    """ltfs, index rewrite: a shorter index over a longer one; nothing of the longer one comes back, by any command, after any stop"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        write_index(drive, 0, INDEX_AT, index(2, 40))
    for generation, records, mean in ((3, 5, True), (4, 1, False), (5, 3, True), (6, 2, True)):
        with client() as c:
            write_index(c.drive(), 0, INDEX_AT, index(generation, records))
            no_more(c.drive(), 0)
        crash(mean)
        with client() as c:
            drive = c.drive()
            has_index(drive, 0, INDEX_AT, index(generation, records))
            no_more(drive, 0)
            has_index(drive, 1, INDEX_AT, index(1, 1))
            no_more(drive, 1)


def test_index_cut():
    """ltfs, index rewrite cut by a kill: the partition then ends with the old label, or with part of the new index, never the old one"""
    with client() as c:
        mkltfs(c.drive())
        write_index(c.drive(), 0, INDEX_AT, index(2, 40))
        drive = c.drive()
        drive.locate(INDEX_AT, 0)
        drive.good('100100000100')
        new = index(3, 20)
        drive.write(*new[:10])  # and no filemark: nothing promises these
        server.kill()
    server.start()
    with client() as c:
        drive = c.drive()
        drive.locate(0, 0, kind=3)
        end = drive.place()[1]
        drive.locate(2, 0)
        drive.gives(LABEL)
        equal(drive.read(BLOCK, 2).key, FILEMARK)
        if end > INDEX_AT:
            equal(drive.read(BLOCK, 2).key, FILEMARK)
            drive.gives(*new[:end - INDEX_AT - 1])
        no_more(drive, 0)
        has_index(drive, 1, INDEX_AT, index(1, 1))
        write_index(drive, 0, INDEX_AT, new)
        has_index(drive, 0, INDEX_AT, new)


def test_restart():
    """ltfs, the daemon restarts with a partitioned cartridge in the drive: partitions, data, attributes and capacities are there"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        drive.locate(0, 1, kind=3)
        drive.write(*DATA)
        write_index(drive, 1, INDEX_AT + 3 + len(DATA), index(2, 1))
        stated = [coherency(drive, partition, 2, 17) for partition in (0, 1)]
        capacities = [n(drive.log(0x31)[code], 0, 4) for code in (3, 4)]
    for mean in (True, False):
        crash(mean)
        with client() as c:
            drive = c.drive()
            equal(drive.place(), (0, 0, 0), 'position after the load')
            equal([drive.attribute(0x080c, 70, partition) for partition in (0, 1)], stated)
            equal([n(drive.log(0x31)[code], 0, 4) for code in (3, 4)], capacities)
            drive.locate(INDEX_AT + 3, 1)
            drive.gives(*DATA)
            equal(drive.read(BLOCK, 2).key, FILEMARK)
            no_more_at = drive.place()
            drive.gives(*index(2, 1))
            equal(no_more_at[0], 1)
            has_index(drive, 0, INDEX_AT, index(1, 1))


def test_carried():
    """ltfs, export and import: both partitions, their attributes and the ends of data come along"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        drive.locate(0, 1, kind=3)
        drive.write(*DATA)
        drive.good(MARK)
        stated = [coherency(drive, partition, 1, 5) for partition in (0, 1)]
        path = os.path.join(server.state, 'ltfs.evtape')
        server.evertape('drive', 'unload', '1', '--force')
        server.evertape('cartridge', 'export', 'PDU001L8', path)
        server.evertape('cartridge', 'delete', 'PDU001L8', '--force')
        server.evertape('cartridge', 'import', path)
        server.evertape('drive', 'load', '1', 'PDU001L8')
        drive.ready()
        equal([drive.attribute(0x080c, 70, partition) for partition in (0, 1)], stated)
        for partition in (0, 1):
            equal(stated[partition][5:9], drive.attribute(0x0009, 4, partition), 'volume change reference')
        drive.locate(INDEX_AT + 3, 1)
        drive.gives(*DATA)
        has_index(drive, 0, INDEX_AT, index(1, 1))
        no_more(drive, 0)


def test_unformat():
    """mkltfs --wipe: one partition again, empty; the second partition is no longer there"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        drive.good(LOAD)
        drive.good('040000000000')
        equal(drive.place(), (0, 0, 0))
        no_more(drive, 0)
        equal(drive(bytes([0x92, 2, 0, 1]) + bytes(12)).key, BAD_CDB)
        equal(drive.good('8c030000000000000000000000040000'), b'\0\2\0\1')


def test_dump():
    """ltfs, an error: the dump it asks for by SEND DIAGNOSTIC and READ BUFFER is given, else it asks without end"""
    with client() as c:
        drive = c.drive()
        drive.fails(BAD_CDB, bytes([0x92, 2, 0, 9]) + bytes(12))
        drive.good('1d1000000800', bytes.fromhex('8000000401600000'))
        described = drive.good('3c030100000000000400')
        size = n(described, 1, 3)
        assert size, 'size of the dump'
        at, whole = 0, b''
        while at < size:
            part = min(size - at, 4096)
            whole += drive.good(b'\x3c\x02\x01' + at.to_bytes(3, 'big') + part.to_bytes(3, 'big') + b'\0')
            at += part
        equal(len(whole), size)


def test_health():
    """ltfs, health: TapeAlert, volume statistics with a record for each partition, page 37h, mode pages 24h and 25h"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        drive.locate(0, 1, kind=3)
        drive.write(*DATA)
        drive.good(FLUSH)
        drive.log(0x2e)
        volume = drive.log(0x17, size=0xffff)
        for code in (*range(0x0001, 0x000a), *range(0x000c, 0x0012), 0x0101, 0x0102):
            assert volume[code], f'{code:04x}'
        for code, size in ((0x0200, 10), (0x0202, 8), (0x0203, 8), (0x0204, 8)):
            records = [volume[code][at:at + size] for at in range(0, len(volume[code]), size)]
            equal([(r[0] + 1, n(r, 2, 2)) for r in records], [(size, 0), (size, 1)], f'{code:04x}: records of partitions')
        equal({volume[0x0200][at + 4:at + 10] for at in (0, 10)}, {b'\xff' * 6}, 'no encrypted object')
        used, native, left = (n(volume[code], 12, 4) for code in (0x0203, 0x0202, 0x0204))
        assert 4 <= used < 100 and native - used - 1 <= left < native, (used, native, left)
        equal((n(volume[0x0016], 0, 4) > n(volume[0x0018], 0, 4), n(volume[0x000e], 0, 4)), (True, 4), 'design capacity, written')
        assert drive.log(0x37)
        equal(drive.mode(0x24)[2][7] & 1, 1, 'the drive can encrypt')
        equal(drive.mode(0x25)[2][0] & 0x3f, 0x25)


def append_only(drive, on):
    """WRITE MODE of page 10h/01h, sent back as it was read but for that."""
    data = bytearray(drive.good('5a001001000000003000'))
    equal((len(data), data[16] & 0x7f, data[17], n(data, 18, 2)), (48, 0x50, 1, 28))
    data[0] = data[1] = 0
    data[16] &= 0x7f
    data[21] = (data[21] & 0x0f) | (0x10 if on else 0)
    return drive('55100000000000003000', bytes(data))


def test_append_only():
    """ltfs, append-only mode: index and data partition grow at their ends; elsewhere only what ALLOW OVERWRITE has named is written over"""
    with client() as c:
        drive = c.drive()
        mkltfs(drive)
        equal(append_only(drive, True).status, 0)
        drive.locate(INDEX_AT, 0)
        equal(drive('0a0000010000', b'x' * 256).key, (7, 0x5a, 2))
        drive.locate(INDEX_AT, 0)
        drive.good(bytes([0x82, 0, 1, 0]) + INDEX_AT.to_bytes(8, 'big') + bytes(4))
        drive.good('100100000100')
        drive.write(*index(2, 2))
        drive.good(MARK)
        has_index(drive, 0, INDEX_AT, index(2, 2))
        drive.locate(0, 1, kind=3)
        drive.write(*DATA)
        drive.good(MARK)
        drive.locate(0, 0)
        equal(drive('040000000000').key, (7, 0x5a, 2), 'FORMAT MEDIUM')
        drive.good(bytes([0x82, 0, 2, 0]) + bytes(12))
        drive.good('040000000000')
        equal(append_only(drive, False).status, 0)
        drive.write(LABEL)


def test_key():
    """ltfs, encryption: the key's name is authenticated data of each block; the next block tells it, also to who has another key"""
    name, keys = b'key name 001', [bytes([i]) * 32 for i in (1, 2)]
    with client() as c:
        drive = c.drive()

        def use(key, name):
            body = b'\x40\0\2\3\1\0\0' + bytes(7) + b'\0\x20' + key + b'\1\0' + len(name).to_bytes(2, 'big') + name
            drive.set_encryption(b'\0\x10' + len(body).to_bytes(2, 'big') + body)
        mkltfs(drive)
        use(keys[0], name)
        drive.locate(0, 1, kind=3)
        at = drive.place()[1]
        drive.write(*DATA)
        drive.good(FLUSH)
        equal(drive.log(0x17, size=0xffff)[0x0200][14:], b'\xff\xff\xff\xff\xff\xfe', 'an encrypted object somewhere')
        use(keys[1], b'another name')
        drive.locate(at, 1)
        equal(drive.read(BLOCK, 2).key, (7, 0x74, 3))
        block = drive.security_in(0x21)
        equal((block[12] & 15, block[16], block[18:]), (6, 1, len(name).to_bytes(2, 'big') + name), 'status, and the name')
        use(keys[0], name)
        drive.gives(*DATA)
        drive.locate(0, 1)
        drive.gives(b'VOL1PDU001'.ljust(80))
        drive.set_encryption(b'\0\x10\0\x10\x40\0\0\0\1' + bytes(11))


def protect(drive, method, flags):
    """Page 0Ah/F0h by MODE SELECT(10) of 48 bytes, as it was read but for method, length of the value, LBP_W and LBP_R."""
    data = bytearray(drive.good('5a000af0000000003000'))
    equal((len(data), data[16] & 0x7f, data[17], n(data, 18, 2)), (48, 0x4a, 0xf0, 28))
    data[0] = data[1] = 0
    data[16] &= 0x7f
    data[20], data[21] = method, 4 if method else 0
    data[22] = data[22] & 0x3f | flags
    drive.good('55100000000000003000', bytes(data))


def test_protection():
    """ltfs, protected blocks: method CRC32C of page 0Ah/F0h, each block with its value; a wrong one is refused; a mount without reads the same"""
    blocks = [block[:4096] for block in DATA]
    kept = [block + crc32c(block).to_bytes(4, 'little') for block in blocks]
    with client() as c:
        drive = c.drive()
        equal(drive.good('120000006000')[5] & 1, 1, 'PROTECT')
        mkltfs(drive)
        protect(drive, 2, 0xc0)
        drive.locate(0, 1, kind=3)
        at = drive.place()[1]
        drive.write(*kept)
        drive.good(MARK)
        equal(drive(b'\x0a\0' + (4100).to_bytes(3, 'big') + b'\0', blocks[0] + bytes(4)).key, (4, 0x10, 1))
        equal(drive.place()[1], at + len(blocks) + 1, 'nothing of it is there')
        drive.locate(at, 1)
        drive.gives(*kept)
        protect(drive, 0, 0)
        drive.locate(at, 1)
        drive.gives(*blocks)


def segment(name, partition, first, last):
    return b'\0\x1e\0\0\0' + name.ljust(10, b'\0') + bytes([partition]) + first.to_bytes(8, 'big') + last.to_bytes(8, 'big')


def test_order():
    """ltfs on an LTO-9 drive, recommended access order: the limit, a list generated and received, sorted by the drive; others have none"""
    files = [segment(b'a', 0, 6, 7), segment(b'b', 0, 1, 2), segment(b'c', 0, 4, 4)]
    body = bytes(4) + (32 * len(files)).to_bytes(4, 'big') + b''.join(files)
    generate = bytes([0xa4, 0x1d, 2, 0, 0, 0]) + len(body).to_bytes(4, 'big') + b'\0\0'
    with client() as c:
        equal(c.drive()(generate, body).key, BAD_CDB, 'an LTO-8 drive')
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'personality', '2', 'IBM ULT3580-TD9', '--force')
    server.evertape('drive', 'load', '2', 'PDU002L8')
    with client() as c:
        drive = c.drive(2)
        drive.ready()
        drive.good(REWIND)
        drive.write(*DATA)
        drive.good(FLUSH)
        equal(n(drive.good('a39d00000000000000080000'), 0, 2), 2730, 'how many segments a list may have')
        drive.good(generate, body)
        size = n(drive.good('a31d00000000000000080000'), 4, 4) + 8
        equal(size, len(body))
        order = drive.good(b'\xa3\x1d\0\0\0\0' + size.to_bytes(4, 'big') + b'\0\0')
        equal([order[at + 5:at + 6] for at in range(8, size, 32)], [b'b', b'c', b'a'])
        for at in range(8, size, 32):
            first, last = n(order, at + 16, 8), n(order, at + 24, 8)
            drive.locate(first)
            drive.gives(*DATA[first:last + 1])


def test_lock():
    """ltfs, lock: attribute 1623h of one byte is stored, read and removed like one of the host"""
    with client() as c:
        drive = c.drive()
        drive.store(0x1623, b'\x80', 0)
        equal(drive.attribute(0x1623, 1), b'\x80')
        drive.store(0x1623, b'', 0)
        drive.fails(BAD_CDB, '8c000000000000001623' + '000000ff' + '0000')


def test_yatm():
    """YATM, lto-info: the barcode that a host has stored (0806h), the types of cartridges, the life of this one"""
    with client('yatm') as c:
        drive = c.drive()
        drive.store(0x0806, text('PDU001L8', 32))
        equal(drive.attribute(0x0806, 32), text('PDU001L8', 32))
        found = drive.attributes(0x0400)
        equal((len(found[0x0401]), found[0x0406].isdigit()), (32, True), 'serial number and date of the cartridge')
        drive.store(0x0806, b'')


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    main(server, TESTS)
