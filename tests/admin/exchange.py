# SPDX-License-Identifier: Apache-2.0
# Folders as formats of a cartridge: a file for each object, and cartridges of mhvtl.
import os
import random
import shutil
import struct
import zlib

from harness import Daemon, check, finish

seed = int(os.environ.get('SEED', random.SystemRandom().randrange(1 << 32)))
print(f'# SEED={seed}')
rng = random.Random(seed)
d = Daemon()
d.must('library', 'create', 'lab', '--drives', '1', '--slots', '4', '--mailslots', '0')
RECORDS = [rng.randbytes(n) for n in (1, 80, 65536, 3, 300001)]
WORDS = [struct.pack('<I', len(r)) + r + b'\0' * (len(r) & 1) + struct.pack('<I', len(r)) for r in RECORDS]
MARK = bytes(4)
DAMAGED = struct.pack('<I', 0x80000004) + b'left' + struct.pack('<I', 0x80000004)
TAP = WORDS[0] + WORDS[1] + MARK + WORDS[2] + MARK + MARK + WORDS[3] + WORDS[4] + DAMAGED + b'\xff' * 4


def at(name):
    return os.path.join(d.state, name)


def put(name, data):
    os.makedirs(os.path.dirname(at(name)), exist_ok=True)
    with open(at(name), 'wb') as f:
        f.write(data)
    return at(name)


def tap_of(barcode):
    done = d.run('cartridge', 'export', barcode, '-', '--format', 'tap', binary=True)
    assert done.code == 0, done
    return done.out


def imported(name, barcode, *words):
    return d.run('--json', 'cartridge', 'import', at(name), '--barcode', barcode, *words)


def delete(barcode):
    d.must('cartridge', 'delete', barcode, '--force')


# --- a file for each object ---
d.must('cartridge', 'import', put('x.tap', TAP), '--barcode', 'FIL001L8')
made = d.run('--json', 'cartridge', 'export', 'FIL001L8', at('out.records'))
names = sorted(os.listdir(at('out.records'))) if made.code == 0 else []
check('an export makes a file for each object', made.code == 0 and made.json['format'] == 'files'
      and names == ['00000000.rec', '00000001.rec', '00000002.mark', '00000003.rec', '00000004.mark', '00000005.mark',
                    '00000006.rec', '00000007.rec', '00000008.bad'], (made, names))
check('a record is its file', open(at('out.records/00000003.rec'), 'rb').read() == RECORDS[2]
      and os.path.getsize(at('out.records/00000002.mark')) == 0)
again = d.run('cartridge', 'export', 'FIL001L8', at('out.records'), '--format', 'files')
check('into an existing folder goes a folder of the cartridge\'s name', again.code == 0
      and len(os.listdir(at('out.records/FIL001L8.records'))) == 9, again)
shutil.rmtree(at('out.records/FIL001L8.records'))
back = imported('out.records', 'FIL002L8')
check('and the files become the same cartridge', back.code == 0 and back.json['format'] == 'files'
      and back.json['records'] == 6 and back.json['filemarks'] == 3 and tap_of('FIL002L8') == TAP, back)
delete('FIL002L8')
os.rename(at('out.records/00000006.rec'), at('away'))
back = imported('out.records', 'FIL002L8')
check('what comes before a missing file is imported', back.code == 1 and back.json['error']['code'] == 'damaged'
      and 'object 6: its file is missing' in back.json['error']['message'] and back.json['error']['details']['records'] == 3, back)
delete('FIL002L8')
os.symlink(at('away'), at('out.records/00000006.rec'))
back = imported('out.records', 'FIL002L8', '--whole')
check('a symbolic link is no file', back.code == 1 and '00000006.rec' in back.json['error']['message'], back)
put('other/notes.txt', b'x')
back = imported('other', 'FIL002L8')
check('a folder with other files is refused', back.code == 1 and 'other files than' in back.json['error']['message'], back)
back = imported('x.tap', 'FIL002L8', '--format', 'files')
check('a file is no folder', back.code == 1 and 'not a folder' in back.json['error']['message'], back)
missing = d.run('cartridge', 'export', 'NOPE01L8', at('none.records'))
check('a refused export leaves no folder', missing.code == 1 and not os.path.exists(at('none.records')), missing)


# --- going on with an export that was broken off ---
whole = tap_of('FIL001L8')
native = d.must('--json', 'cartridge', 'export', 'FIL001L8', at('n.evt')).json
data = open(at('n.evt'), 'rb').read()
for sentence, there in (('nothing', b''), ('a part', data[:200000]), ('all', data)):
    put('r.evt.part', there)
    done = d.run('--json', 'cartridge', 'export', 'FIL001L8', at('r.evt'), '--resume')
    check(f'an export goes on where {sentence} was written', done.code == 0 and done.json['sha256'] == native['sha256']
          and open(at('r.evt'), 'rb').read() == data and not os.path.exists(at('r.evt.part')), done)
    os.unlink(at('r.evt'))
for sentence, there in (('another byte', data[:4000] + bytes([data[4000] ^ 1]) + data[4001:9000]), ('more behind it', data + b'x')):
    put('r.evt.part', there)
    done = d.run('cartridge', 'export', 'FIL001L8', at('r.evt'), '--resume')
    check(f'what is there is compared: {sentence}', done.code == 1 and 'written since' in done.err
          and open(at('r.evt.part'), 'rb').read() == there and not os.path.exists(at('r.evt')), done)
os.unlink(at('r.evt.part'))
put('r.tap.part', whole[:-3])
done = d.run('cartridge', 'export', 'FIL001L8', at('r.tap'), '--resume')
check('other formats go on too', done.code == 0 and open(at('r.tap'), 'rb').read() == whole, done)
for target in ('-', at('r.records')):
    done = d.run('cartridge', 'export', 'FIL001L8', target, '--resume')
    check(f'--resume needs a file: {target[-9:]}', done.code != 0 and '--resume needs' in done.err, done)


# --- mhvtl ---
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def mhvtl(name, objects, numbered=False):
    """objects: bytes (packed or not) or None, a filemark."""
    data, index = b'', b''
    for number, (kind, record) in enumerate(objects):
        stored = zlib.compress(record) if kind == 'zlib' else record
        flags = {'zlib': 1, 'lzo': 4, 'crc': 8, 'plain': 0, 'mark': 0}[kind]
        row = struct.pack('<Q6I', len(data), 3 if kind == 'mark' else 11, flags, number, len(record), len(stored),
                          crc32c(record) if kind == 'crc' else 0)
        index += row + bytes(512 - len(row))
        data += stored
    end = '.0' if numbered else ''
    put(f'{name}/data{end}', data)
    put(f'{name}/indx{end}', index)
    put(f'{name}/meta{end}', bytes(512))


OBJECTS = [('plain', RECORDS[0]), ('crc', RECORDS[1]), ('mark', b''), ('zlib', RECORDS[4]), ('mark', b''), ('plain', RECORDS[3])]
EXPECTED = WORDS[0] + WORDS[1] + MARK + WORDS[4] + MARK + WORDS[3] + b'\xff' * 4
for name, numbered in (('E01001L8', False), ('E01002L8', True)):
    mhvtl(name, OBJECTS, numbered)
    back = imported(name, 'MHV001L8')
    check(f'a cartridge of mhvtl is imported ({name})', back.code == 0 and back.json['format'] == 'mhvtl'
          and tap_of('MHV001L8') == EXPECTED, back)
    delete('MHV001L8')
for sentence, path, place, says, records in (
        ('a wrong checksum', 'data', 1, 'object 1: its checksum', 1),
        ('a broken compressed block', 'data', 81 + 5, 'object 3: it cannot be decompressed', 2),
        ('a wrong number', 'indx', 512 * 4 + 16, 'object 4: the index has another object', 3),
        ('an unknown type', 'indx', 512 * 2 + 8, 'object 2: the index has an unknown type', 2),
        ('a place behind the end', 'indx', 512 * 5 + 6, 'object 5: the data file ends before it', 3),
        ('a size that is too large', 'indx', 512 * 5 + 23, 'object 5: its size', 3)):
    mhvtl('bad', OBJECTS)
    with open(at(f'bad/{path}'), 'r+b') as f:
        f.seek(place)
        byte = f.read(1)[0]
        f.seek(place)
        f.write(bytes([byte ^ 0x55]))
    back = imported('bad', 'MHV001L8')
    check(f'up to the damage: {sentence}', back.code == 1 and says in back.json['error']['message']
          and back.json['error']['details']['records'] == records, back)
    delete('MHV001L8')
mhvtl('E01003L8', OBJECTS)
put('E01003L8/indx.1', b'')
back = imported('E01003L8', 'MHV001L8')
check('several partitions are named', back.code == 1 and 'several partitions' in back.json['error']['message'], back)
finish()
