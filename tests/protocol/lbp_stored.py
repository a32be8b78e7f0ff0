# SPDX-License-Identifier: Apache-2.0
"""Protected blocks that the drive compresses and encrypts: their values, VERIFY, and blocks that are damaged on the disk."""
import json
import pathlib
import random

from blocks import *

server = serve()
rng = random.Random(SEED)
KEY = bytes(range(0x60, 0x80))
WORDS = [rng.randbytes(rng.randrange(1, 6)).hex() for _ in range(300)]
GUARD, DAMAGED, END, NO_SUCH_COMMAND = (4, 0x10, 0x01), (3, 0x11, 0x00), (8, 0x00, 0x05), (5, 0x20, 0x00)


def text(size):
    """Becomes much smaller."""
    return ' '.join(rng.choices(WORDS, k=size // 4 + 1)).encode()[:size]


def compress(how):
    server.evertape('library', 'compression', how)


def verify(s, length, flags=0):
    return s.command(tape(), b'\x13' + bytes([flags]) + length.to_bytes(3, 'big') + b'\0')


def position(s, at):
    equal(where(s), at, 'position')


def check_read(s, blocks, method):
    use(s, method)
    rewind(s)
    for i, data in enumerate(blocks):
        r = good(get(s, len(data) + (4 if method else 0)), f'READ of block {i}')
        equal(r.data == protected(data, method), True, f'block {i} with method {method}')


def check_verify(s, blocks, method):
    """Each block, with VLBPM; one by one and to end of data."""
    use(s, method)
    rewind(s)
    for i, data in enumerate(blocks):
        good(verify(s, len(data) + 4, 0x10), f'VERIFY of block {i}')
    rewind(s)
    good(verify(s, 0, 0x30), 'VERIFY to end of data')
    position(s, len(blocks) + 1)


def put_blocks(s, blocks, method):
    """With wrong values between them, which leave nothing."""
    use(s, method)
    rewind(s)
    for i, data in enumerate(blocks):
        sent = bytearray(protected(data, method))
        sent[rng.randrange(len(sent))] ^= 1 << rng.randrange(8)
        equal(put(s, bytes(sent)).key, GUARD, f'a bit of block {i} is wrong')
        position(s, i)
        good(put(s, protected(data, method)), f'WRITE of block {i}')


def stored():
    """Bytes of hosts since the load, and as what they are stored."""
    c = json.loads(server.evertape('--json', 'drive', 'show', '1'))['compression']
    return c['written'], c['stored']


def there_and_back(s, method):
    blocks = [text(n) for n in (1, 4, 5000, 32769, 262144, rng.randrange(1, 200000))] + [rng.randbytes(70000)]
    put_blocks(s, blocks, method)
    equal(s.command(tape(), bytes.fromhex('140000100400'), read=4100).key, NO_SUCH_COMMAND, 'RECOVER BUFFERED DATA')
    filemark(s)
    for m in (method, NONE, REED_SOLOMON, CRC32C):
        check_read(s, blocks, m)
    equal(get(s, 4096).sense[2] & 0x80, 0x80, 'the filemark')
    check_verify(s, blocks, method)
    use(s, REED_SOLOMON + CRC32C - method)
    rewind(s)
    equal(verify(s, 5, 0x10).key, (3, 0x10, 0x05), 'VLBPM with the other method')


def test_compressed():
    """with compression zstd and auto: values, wrong values, RECOVER BUFFERED DATA, VERIFY"""
    for how in ('zstd', 'auto'):
        compress(how)
        with member() as s:
            for method in (REED_SOLOMON, CRC32C):
                before = stored()
                there_and_back(s, method)
                after = stored()
                assert how == 'auto' or after[1] - before[1] < (after[0] - before[0]) * 0.8, (before, after)


def test_encrypted():
    """the same with encryption, and with both"""
    for how in ('off', 'zstd', 'auto'):
        compress(how)
        with member() as s:
            set_key(s, ON, MIXED, KEY)
            for method in (REED_SOLOMON, CRC32C):
                there_and_back(s, method)
            set_key(s, OFF, OFF)
            use(s, CRC32C)
            rewind(s)
            equal(get(s, 5).key, (7, 0x74, 0x01), 'without a key')


def turn_bit(barcode, from_end):
    """Turns a bit so many bytes before the end of what is written in the cartridge's file."""
    path, = (p for p in pathlib.Path(server.state).rglob(f'{barcode}/*.ext') if p.stat().st_size)
    content = path.read_bytes().rstrip(b'\0')
    with path.open('r+b') as f:
        f.seek(len(content) - from_end)
        f.write(bytes([content[-from_end] ^ 1 << rng.randrange(8)]))


def check_damaged(s, blocks, method):
    """One block gives the error and no data, also to VERIFY; all others are right.  Its number."""
    use(s, method)
    rewind(s)
    bad = []
    for i, data in enumerate(blocks):
        r = get(s, len(data) + (4 if method else 0))
        if r.status:
            equal((r.key, r.data), (DAMAGED, b''), f'block {i}')
            bad.append(i)
        else:
            equal(r.data == protected(data, method), True, f'block {i}')
        position(s, i + 1)
    equal(len(bad), 1, f'damaged blocks with method {method}')
    locate(s, bad[0])
    equal(verify(s, len(blocks[bad[0]]) + (4 if method else 0)).key, DAMAGED, 'VERIFY')
    return bad[0]


def damaged(number, how, method, key):
    """A cartridge of its own, so that its file holds nothing else."""
    barcode = f'LBP{number:03}L8'
    compress(how)
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('cartridge', 'create', barcode)
    server.evertape('drive', 'load', '1', barcode)
    blocks = [text(60000) for _ in range(8)]
    with member() as s:
        if key:
            set_key(s, ON, MIXED, KEY)
        put_blocks(s, blocks, method)
        server.evertape('drive', 'unload', '1', '--force')
        turn_bit(barcode, 80000)
    server.evertape('drive', 'load', '1', barcode)
    with member() as s:
        if key:
            set_key(s, OFF, MIXED, KEY)
        bad = {check_damaged(s, blocks, m) for m in (method, NONE, REED_SOLOMON, CRC32C)}
        equal(len(bad), 1, 'each time the same block')
        if key:
            set_key(s, OFF, OFF)


def test_damaged():
    """a bit of the file is turned: its block gives 3/11/00 and no byte, the others come whole, with any method"""
    ways = [(how, method, key) for how in ('off', 'zstd') for method in (REED_SOLOMON, CRC32C) for key in (False, True)]
    for number, way in enumerate(ways):
        damaged(number, *way)


TESTS = tap.tests_of(globals())


if __name__ == '__main__':
    print(f'# SEED={SEED}')
    main(TESTS)
