# SPDX-License-Identifier: Apache-2.0
# Imports and exports through pipes and under any file name: interrupted, refused, of other kinds.
import os
import signal
import struct
import subprocess
import zlib

from harness import EVERTAPE, Daemon, check, finish, wait_for

d = Daemon()
d.must('library', 'create', 'lab', '--drives', '1', '--slots', '3', '--mailslots', '0')
RECORD = struct.pack('<I', 6000) + b'A' * 6000 + struct.pack('<I', 6000)
MARKER = 'evertape+installation'  # of the folder itself
MARK = struct.pack('<I', 0)
BASH = dict(shell=True, executable='/bin/bash', capture_output=True, timeout=60)


def at(name):
    """A path in the state directory; bytes that are no UTF-8 come through as they are."""
    return os.path.join(d.state, os.fsdecode(name))


def put(name, data):
    with open(at(name), 'wb') as f:
        f.write(data)
    return at(name)


def folders():
    return sorted(n for n in os.listdir(at('cartridges')) if n != MARKER and (not n.startswith('.') or n.startswith('.new-')))


def delete(barcode):
    """Data and all."""
    if d.run('cartridge', 'delete', barcode).code:
        d.must('cartridge', 'delete', barcode, '--force')


# --- an import from a pipe that is interrupted ---
for number, how in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGKILL)):
    barcode = f'INT00{number}L8'
    r, w = os.pipe()
    p = subprocess.Popen([EVERTAPE, '--state', d.state, 'cartridge', 'import', '-', '--format', 'tap', '--barcode',
                          barcode], stdin=r, stderr=subprocess.PIPE, text=True)
    os.close(r)
    os.write(w, RECORD * 5)
    began = wait_for(lambda: f'.new-{barcode}' in folders())
    p.send_signal(how)
    said = p.communicate(timeout=30)[1]
    gone = wait_for(lambda: not folders())
    left = d.run('cartridge', 'show', barcode)
    os.close(w)
    check(f'an import from a pipe stopped by {how.name} leaves nothing behind',
          began and p.returncode != 0 and gone and left.code == 1, (p.returncode, said, folders(), left))
    again = d.run('cartridge', 'import', '-', '--format', 'tap', '--barcode', barcode, stdin=RECORD + MARK)
    check('after an interrupted import the same import works', again.code == 0, again)
    delete(barcode)

closed = subprocess.run(f'exec <&-; {EVERTAPE} --state {d.state} cartridge import - --format tap --barcode CLO001L8', **BASH)
check('stdin that cannot be read is no empty tape', closed.returncode == 1 and not folders(), closed)

# --- pipes by name ---
tap = put('x.tap', struct.pack('<I', 3) + b'ABC\0' + struct.pack('<I', 3) + MARK)
tap_text = os.fsdecode(tap)
for number, words in enumerate((f'cat {tap_text} | evertape cartridge import /dev/stdin --format tap',
                                f'evertape cartridge import <(cat {tap_text}) --format tap',
                                f'evertape cartridge import /dev/fd/7 --format tap 7<{tap_text}')):
    ran = subprocess.run(f'evertape() {{ {EVERTAPE} --state {d.state} "$@" --barcode PIP00{number}L8; }}; {words}', **BASH)
    shown = d.run('--json', 'cartridge', 'verify', f'PIP00{number}L8')
    check('a pipe by name is as good as "-": ' + words.split('cartridge')[1],
          ran.returncode == 0 and shown.code == 0 and shown.json['records'] == 1, (ran, shown))
ran = subprocess.run(f'{EVERTAPE} --state {d.state} cartridge export PIP000L8 >(cat >{d.state}/out.tap) --format tap; '
                     f'{EVERTAPE} --state {d.state} cartridge export PIP000L8 /dev/stdout --format tap | cmp - {tap_text}; '
                     f'cat {d.state}/x.tap | {EVERTAPE} --state {d.state} cartridge verify /dev/stdin', **BASH)
check('a pipe by name works for export and verify', b'structure good' in ran.stdout and
      wait_for(lambda: os.path.exists(at('out.tap')) and os.path.getsize(at('out.tap')) == os.path.getsize(tap) + 4), ran)

# --- refused before data are taken ---
check('the library is full', len(folders()) == 3, folders())
feed = (f'{{ for i in $(seq 64); do head -c 1048576 /dev/zero || break; echo $i >{d.state}/taken; done; }} 2>/dev/null | '
        f'{EVERTAPE} --state {d.state} cartridge import - --format tap --barcode NEW001L8')
ran = subprocess.run(feed, **BASH)
taken = int(open(at('taken')).read() or 0) if os.path.exists(at('taken')) else 0
check('a library without a free slot refuses an import before it takes the data',
      ran.returncode == 1 and b'no free slot' in ran.stderr and taken < 8, (taken, ran))
for number in range(3):
    delete(f'PIP00{number}L8')
huge = at('huge.tap')
with open(huge, 'wb') as f:
    f.truncate(8 << 40)  # one large hole
ran = d.run('--json', 'cartridge', 'import', huge, '--barcode', 'HUG001L8')
check('a disk without space refuses an import of known size before it takes the data',
      ran.code == 1 and ran.json['error']['code'] == 'no-space' and not folders(), ran)
os.unlink(huge)

# --- objects of classes that readers skip ---
plain = struct.pack('<I', 3) + b'ABC\0' + struct.pack('<I', 3) + MARK
private = plain + struct.pack('<I', 0x70000003) + struct.pack('<I', 0x10000001) + b'x\0' + struct.pack('<I', 0x10000001)
ran = d.run('--json', 'cartridge', 'import', put('private.tap', private), '--barcode', 'PRI001L8')
check('objects of other classes are skipped and counted', ran.code == 0 and ran.json['skipped'] == 2, ran)
ran = d.run('cartridge', 'verify', at('private.tap'))
check('skipped objects are reported once', ran.code == 0 and ran.out.count('2 objects skipped') == 1, ran)

# --- what is no container ---
for name, data in (('awstape', b'\x02\0\0\0\xa0\0ab\x02\0\x02\0\xa0\0cd'),
                   ('het', b''.join(struct.pack('<HHBB', 10, was, 0xa1, 0) + zlib.compress(b'ab') for was in (0, 10))),
                   ('tpc', b'\x02\0ab\x02\0cd\x02\0ef'),
                   ('e11', struct.pack('<I', 3) + b'abc' + struct.pack('<I', 3)),
                   ('tap-be', struct.pack('>I', 2) + b'ab' + struct.pack('>I', 2))):
    for words in ([], ['--format', name]):
        ran = d.run('--json', 'cartridge', 'import', '-', '--barcode', 'FOR001L8', *words, stdin=data)
        check(f'an image of another kind is imported as what it is: {name} {words}',
              ran.code == 0 and ran.json['format'] == name and ran.json['records'] >= 1, ran)
        delete('FOR001L8')
for name, data, says in (('program', open('/bin/ls', 'rb').read(4096), 'a program'),
                         ('nearly', b'EVTAPEC\0' + bytes(100), 'damaged head')):
    for words in (['cartridge', 'import', at(name), '--barcode', 'FOR001L8'], ['cartridge', 'verify', at(name)]):
        put(name, data)
        ran = d.run(*words)
        check(f'{words[1]} of a file of another kind names it: {says}',
              ran.code == 1 and says in ran.err and len(ran.err.splitlines()) == 1, ran)
ran = d.run('cartridge', 'import', put('text', b'Hello, tape.'), '--barcode', 'FOR001L8')
check('a file of no kind is called neither', ran.code == 1 and 'neither an Evertape container nor' in ran.err, ran)

# --- names that are no text ---
odd = at(b'b\xfccher.tap')
ran = d.run('cartridge', 'export', 'PRI001L8', odd)
check('a path is bytes: export', ran.code == 0 and os.path.exists(odd), ran)
ran = d.run('--json', 'cartridge', 'verify', odd)
check('a path is bytes: verify', ran.code == 0 and '\\xfc' in ran.json['name'], ran)
ran = d.run('cartridge', 'import', odd, '--barcode', 'ODD001L8')
check('a path is bytes: import', ran.code == 0, ran)
ran = d.run('--json', 'cartridge', 'import', at(b'n\xfc.tap'), '--barcode', 'ODD002L8')
check('and a missing one is told in a document', ran.code == 1 and 'No such file' in ran.json['error']['message'], ran)

os.mkdir(at(b'st\xfcate'))
odd_state = Daemon(os.fsdecode(at(b'st\xfcate')))
shown = odd_state.run('--json', 'status')
check('a state directory whose name is no text is shown', shown.code == 0 and shown.json['state'].endswith('st\\xfcate'), shown)
odd_state.end()

# --- files being made ---
before = sorted(os.listdir(at('')))
ran = d.run('cartridge', 'export', 'PRI001L8', odd)
check('an old file is not written over', ran.code == 1 and '--force' in ran.err and sorted(os.listdir(at(''))) == before, ran)
said = d.must('--json', 'cartridge', 'export', 'PRI001L8', odd, '--force').json
digest = subprocess.run(['sha256sum'], stdin=open(odd, 'rb'), capture_output=True, text=True).stdout.split()[0]
check('export says bytes, rate and SHA-256', said['sha256'] == digest and said['file_bytes'] == os.path.getsize(odd)
      and said['bytes_per_second'] > 0 and sorted(os.listdir(at(''))) == before, said)
mask = os.umask(0)
os.umask(mask)
check('its mode is that of any new file', os.stat(odd).st_mode & 0o777 == 0o640 & ~mask, oct(os.stat(odd).st_mode))
d.process.send_signal(signal.SIGSTOP)
cut = subprocess.Popen([EVERTAPE, '--state', d.state, 'cartridge', 'export', 'PRI001L8', at('cut.evertape')],
                       stderr=subprocess.DEVNULL)
wait_for(lambda: any(os.path.islink(f'/proc/{cut.pid}/fd/{n}') and d.state in os.readlink(f'/proc/{cut.pid}/fd/{n}')
                     for n in os.listdir(f'/proc/{cut.pid}/fd')))
cut.kill()
cut.wait(30)
d.process.send_signal(signal.SIGCONT)
check('an export that is killed leaves no file', sorted(os.listdir(at(''))) == before, os.listdir(at('')))
check('a killed export ends', wait_for(lambda: d.run('cartridge', 'verify', 'PRI001L8').code == 0))
with open('/dev/full', 'w') as full:
    ran = subprocess.run([EVERTAPE, '--state', d.state, 'cartridge', 'export', 'PRI001L8', '-'], stdout=full,
                         stderr=subprocess.PIPE, text=True, timeout=60)
check('stdout that is full is named as the cause', ran.returncode == 1 and 'No space left on device' in ran.stderr
      and len(ran.stderr.splitlines()) == 1, ran)
d.end()
finish()
