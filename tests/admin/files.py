# SPDX-License-Identifier: Apache-2.0
# Whole cartridges: verify, export, import, as files and through pipes, whole and damaged, watched and abandoned.
import filecmp
import hashlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from harness import EVERTAPE, Daemon, check, finish, unread, wait_for

seed = int(os.environ.get('SEED', random.SystemRandom().randrange(1 << 32)))
print(f'# SEED={seed}')
rng = random.Random(seed)
d = Daemon()
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '9', '--mailslots', '0')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8')
portal = d.json('status')['portals'][0]


def stream(*words):
    return d.run('--json', 'stream', portal, '--size', '24M', '--block', '64K', '--filemark', '4M', '--seed', str(seed),
                 *words)


def at(name):
    return os.path.join(d.state, name)


def folders():
    return sorted(os.listdir(at('cartridges')))


d.must('drive', 'load', '1', 'E00001L8')
wrote = stream()
check('a tape is written and read back over iSCSI', wrote.code == 0, wrote)
d.must('drive', 'unload', '1')
drive = d.json('drive', 'show', '1')
check('the front panel counted it', drive['bytes_written'] >= 24 << 20 and drive['bytes_read'] >= 24 << 20, drive)
label = d.json('cartridge', 'show', 'E00001L8')
check('the label counted it', label['bytes_written'] >= 24 << 20 and label['loads'] >= 1, label)

# --- whole ---
whole = d.json('cartridge', 'verify', 'E00001L8')
check('verify finds everything', whole['good'] and whole['records'] == 384 and whole['bytes'] == 24 << 20
      and whole['filemarks'] >= 6 and whole['bad'] == 0, whole)
blank = d.json('cartridge', 'verify', 'E00002L8')
check('verify of a blank cartridge finds nothing', blank['good'] and blank['records'] == 0, blank)
native, tap = at('e1.evertape'), at('e1.tap')
said = d.must('cartridge', 'export', 'E00001L8', native)
check('export', 'E00001L8' in said.out and os.path.getsize(native) > 24 << 20, said)
check('nobody else can read the file', os.stat(native).st_mode & 0o007 == 0, oct(os.stat(native).st_mode))
said = d.must('--json', 'cartridge', 'export', 'E00001L8', tap)
check('export as .tap by the name', said.json['format'] == 'tap' and said.json['barcode'] == 'E00001L8', said)
for name in (native, tap):
    report = d.json('cartridge', 'verify', name)
    check('verify of ' + os.path.basename(name), report['good'] and report['records'] == 384
          and report['bytes'] == 24 << 20, report)
text = d.must('cartridge', 'verify', native)
check('verify as text', 'records' in text.out and '384' in text.out, text)
before = folders()
again = d.run('cartridge', 'import', native)
check('an import with an existing barcode is refused', again.code == 1 and 'E00001L8' in again.err and folders() == before, again)
d.must('cartridge', 'import', native, '--barcode', 'B00001L8')
copy = d.json('cartridge', 'show', 'B00001L8')
check('import with another barcode', copy['element'].startswith('slot:') and copy['generation'] == 'lto8'
      and copy['uuid'] != label['uuid'], copy)
d.must('cartridge', 'import', tap, '--barcode', 'T00001L8', '--capacity', '100GB')
check('import of .tap', d.json('cartridge', 'show', 'T00001L8')['capacity'] == 100 * 10 ** 9)
before = folders()
bare = at('bare')
os.link(tap, bare)
for sentence, words, says in (
        ('a .tap under a barcode of another generation', [tap, '--barcode', 'X00001L8', '--generation', 'lto7'], 'lto8'),
        ('a native file under such a barcode', [native, '--barcode', 'X00001L7'], 'lto7'),
        ('a native file under a WORM barcode', [native, '--barcode', 'X00001LY'], 'lto8 worm'),
        ('a native file given a generation', [native, '--barcode', 'X00001L8', '--generation', 'lto8'], 'Evertape container has its own'),
        ('a native file given a capacity', [native, '--barcode', 'X00001L8', '--capacity', '1GB', '--format', 'native'], 'native'),
        ('a generation that is none', [tap, '--barcode', 'X00001L8', '--generation', 'lto4'], 'lto5'),
        ('a .tap said to be native', [bare, '--barcode', 'X00001L8', '--format', 'native'], 'not an Evertape container'),
        ('a .tap without a barcode', [bare], 'no barcode'),
        ('a native file said to be a .tap', [native, '--barcode', 'X00001L8', '--format', 'tap'], 'Evertape container'),
        ('a .tap read as big-endian', [bare, '--barcode', 'X00001L8', '--format', 'tap-be'], 'big-endian')):
    said = d.run('cartridge', 'import', *words)
    check('refused: ' + sentence, said.code == 1 and len(said.err.splitlines()) == 1 and says in said.err
          and folders() == before, said)
for barcode in ('B00001L8', 'T00001L8'):
    path = at(barcode + '.tap')
    d.must('cartridge', 'export', barcode, path)
    check(f'{barcode} holds the same, byte for byte', filecmp.cmp(tap, path, shallow=False))
    d.must('drive', 'load', '1', barcode)
    read = stream('--phases', 'read')
    check(f'{barcode} reads over iSCSI what was written to E00001L8', read.code == 0, read)
    d.must('drive', 'unload', '1')

# --- through pipes ---
piped = d.run('cartridge', 'export', 'E00001L8', '-', binary=True)
with open(at('piped'), 'wb') as f:
    f.write(piped.out)
report = d.json('cartridge', 'verify', at('./piped'))
check('export to stdout', piped.code == 0 and report['good'] and report['records'] == 384, piped.err)
taken = d.run('cartridge', 'import', '-', '--barcode', 'P00001L8', stdin=piped.out)
check('import from stdin', taken.code == 0, taken)
check('the imported cartridge is complete', d.json('cartridge', 'verify', 'P00001L8')['records'] == 384)
through = subprocess.run(f'{EVERTAPE} --state {d.state} cartridge export P00001L8 - | '
                         f'{EVERTAPE} --state {d.state} cartridge import - --barcode P00002L8', shell=True,
                         capture_output=True, text=True, timeout=60)
check('export piped into import', through.returncode == 0
      and d.json('cartridge', 'verify', 'P00002L8')['records'] == 384, through)
cut_off = subprocess.run(f'{EVERTAPE} --state {d.state} cartridge export P00001L8 - | head -c 100000 >/dev/null; '
                         'exit ${PIPESTATUS[0]}', shell=True, executable='/bin/bash', capture_output=True, text=True,
                         timeout=60)
check('export to a reader that closes the pipe', cut_off.returncode == 1 and len(cut_off.stderr.splitlines()) == 1, cut_off)
for barcode in ('P00001L8', 'P00002L8', 'T00001L8'):
    d.must('cartridge', 'delete', barcode, '--force')

# --- damaged ---
size = os.path.getsize(native)
data = bytearray(open(native, 'rb').read())
before = folders()
bad = at('bad.evertape')
accepted = []
for i in range(24):
    spoiled = bytearray(data)
    if i < 12:
        place = rng.randrange(size) if i > 1 else i * 7
        spoiled[place] ^= 1 << rng.randrange(8)
        what = f'bit flipped at {place}'
    else:
        place = rng.randrange(size) if i > 13 else size - (i - 11)
        del spoiled[place:]
        what = f'cut at {place}'
    with open(bad, 'wb') as f:
        f.write(spoiled)
    verified = d.run('cartridge', 'verify', bad)
    imported = d.run('cartridge', 'import', bad, '--barcode', 'X00001L8', '--whole')
    if (verified.code, imported.code) != (1, 1) or len(imported.err.splitlines()) != 1 or folders() != before:
        accepted.append((what, verified.err, imported.err, folders()))
        if imported.code == 0:
            d.run('cartridge', 'delete', 'X00001L8', '--force')
check('with --whole a file with one flipped bit, or cut, is refused and leaves nothing', not accepted, accepted)
with open(bad, 'wb') as f:
    f.write(data[:size // 2])
imported = d.run('--json', 'cartridge', 'import', bad, '--barcode', 'X00001L8')
part = imported.json['error']
check('what comes before the damage is imported, and the damage is told', imported.code == 1 and part['code'] == 'damaged'
      and 100 < part['details']['records'] < 384 and f"{part['details']['records']} records" in part['message']
      and f'at byte {size // 2}' in part['message'], imported)
check('what was imported in part is sound', d.json('cartridge', 'verify', 'X00001L8')['records'] == part['details']['records'])
d.must('cartridge', 'delete', 'X00001L8', '--force')

# --- formats ---
for suffix in ('e11', 'aws', 'het'):
    path = at('e1.' + suffix)
    made = d.must('--json', 'cartridge', 'export', 'E00001L8', path)
    taken = d.must('--json', 'cartridge', 'import', path, '--barcode', 'F00001L8')
    report = d.json('cartridge', 'verify', 'F00001L8')
    check(f'.{suffix}: out and in again', made.json['format'].startswith(suffix) and report['data_sha256'] == whole['data_sha256']
          and taken.json['sha256'] == made.json['sha256'], (made, taken, report))
    d.must('cartridge', 'delete', 'F00001L8', '--force')
    os.unlink(path)
extents = sorted((os.path.getsize(os.path.join(folder, name)), os.path.join(folder, name))
                 for folder, _, names in os.walk(at('cartridges/B00001L8')) for name in names if name.endswith('.ext'))
with open(extents[-1][1], 'r+b') as f:
    f.seek(extents[-1][0] // 3)
    byte = f.read(1)[0]
    f.seek(-1, os.SEEK_CUR)
    f.write(bytes([byte ^ 0x10]))
sick = d.run('--json', 'cartridge', 'verify', 'B00001L8')
check('a damaged cartridge is reported', sick.code == 1 and 'damaged' in sick.err and len(sick.err.splitlines()) == 1
      and sick.json['error']['code'] == 'damaged' and sick.json['error']['details']['bad'] >= 1, sick)
check('the daemon goes on after a damaged cartridge', d.alive())

# --- abandoned ---


def exporting():
    """A control connection with an export into a socket that is read for a while, and then no more."""
    ours, theirs = socket.socketpair()
    s = d.connect()
    socket.send_fds(s, [b'{"method":"cartridge.export","params":{"barcode":"E00001L8"}}\n'], [theirs.fileno()])
    theirs.close()
    seen = 0
    while seen < 8 << 20:
        seen += len(ours.recv(1 << 20))
    time.sleep(0.7)  # so long does it hang before anybody else wants something
    return s, ours


s, data_end = exporting()
check('while one export hangs the daemon answers', d.alive() and d.run('status').code == 0)
began = time.monotonic()
d.must('cartridge', 'protect', 'E00002L8')
check('the daemon works while an export hangs', time.monotonic() - began < 5)
kept = d.run('cartridge', 'delete', 'E00001L8')
check('what is being exported is not deleted, and stays where it is', kept.code == 1 and 'exported' in kept.err
      and d.json('cartridge', 'show', 'E00001L8')['element'].startswith('slot:') and folders() == before, kept)
s.settimeout(60)
check('progress is told', b'"progress"' in s.recv(65536))
s.close()
check('when its client disconnects, the export ends and the cartridge can be loaded',
      wait_for(lambda: d.run('drive', 'load', '1', 'E00001L8').code == 0), d.run('drive', 'load', '1', 'E00001L8'))
d.must('drive', 'unload', '1')
data_end.close()
ours, theirs = socket.socketpair()
s = d.connect()
socket.send_fds(s, [b'{"method":"cartridge.import","params":{"barcode":"Q00001L8"}}\n'], [theirs.fileno()])
theirs.close()
begun = wait_for(lambda: unread(s) == 0)
s.close()
check('an import that gets no data and is interrupted leaves nothing', begun and wait_for(lambda: folders() == before)
      and d.alive(), folders())
ours.close()

ours, theirs = socket.socketpair()
s = d.connect()
socket.send_fds(s, [b'{"method":"cartridge.import","params":{"barcode":"Q00002L8"}}\n'], [theirs.fileno()])
theirs.close()
ours.sendall(data[:12 << 20])
wait_for(lambda: '.new-Q00002L8' in folders())
half = folders()
d.kill()
s.close()
ours.close()
d.start()
check('an import cut short by a kill leaves no half cartridge, and no file of it', '.new-Q00002L8' in half
      and folders() == before, (half, folders()))

# --- folders in which only evertaped makes files ---
cartridges = at('cartridges')
os.symlink(cartridges, at('by-another-name'))
tree = sorted(os.walk(cartridges))
for sentence, target in (
        ('a cartridge\'s folder', 'cartridges/E00001L8'), ('a file in one', 'cartridges/B00001L8/new.evt'),
        ('the folder of the cartridges', 'cartridges'), ('a file there', 'cartridges/new.evt'),
        ('the same by another name', 'by-another-name/new.evt')):
    for source in ('E00001L8', os.path.join(cartridges, 'E00001L8')):
        said = d.run('cartridge', 'export', source, at(target))
        check(f'an export into {sentence} is refused', said.code == 1 and 'choose another folder' in said.err
              and len(said.err.splitlines()) == 1 and sorted(os.walk(cartridges)) == tree, said)
for words in (['identity', 'export', at('cartridges/new.json')], ['cartridge', 'export', 'E00001L8', 'new.evt', '--force']):
    said = d.run(*words, cwd=cartridges)
    check(f'{words[0]} {words[1]} makes no file there either', said.code == 1 and 'choose another folder' in said.err
          and sorted(os.walk(cartridges)) == tree, said)

# --- without the daemon ---
online = at('online.evt')
d.must('cartridge', 'export', 'E00001L8', online)
s, data_end = exporting()
code, seconds = d.stop()
check('a hanging export does not hold up the end', code == 0 and seconds < 10, (code, seconds))
offline = d.run('--json', 'cartridge', 'verify', native)
check('a file is verified without the daemon', offline.code == 0 and offline.json['records'] == 384, offline)
offline = d.run('--json', 'cartridge', 'verify', at('cartridges/E00001L8'))
check('a cartridge folder is verified without the daemon', offline.code == 0 and offline.json['records'] == 384, offline)
offline = d.run('cartridge', 'verify', at('cartridges/B00001L8/'))
check('verify without the daemon finds damage', offline.code == 1 and 'damaged' in offline.err, offline)
# A folder that is only read: no lock file, and no permission to write.
shelf = at('shelf')
os.mkdir(shelf)
kept = os.path.join(shelf, 'E00001L8')
shutil.copytree(at('cartridges/E00001L8'), kept)
os.unlink(os.path.join(kept, 'lock'))
for folder, _, names in os.walk(kept, topdown=False):
    for name in names:
        os.chmod(os.path.join(folder, name), 0o444)
    os.chmod(folder, 0o555)


def everything(top):
    return sorted((folder, name, os.stat(os.path.join(folder, name)).st_mtime_ns)
                  for folder, _, names in os.walk(top) for name in names)


stood = everything(kept)
mine = at('mine.evt')
said = d.run('--json', 'cartridge', 'export', kept, mine)
check('a folder that can only be read is exported without the daemon', said.code == 0 and filecmp.cmp(online, mine, False)
      and said.json['records'] == 384 and said.json['barcode'] == 'E00001L8' and said.json['format'] == 'native'
      and said.json['file'] == mine and said.json['sha256'] == hashlib.sha256(open(mine, 'rb').read()).hexdigest()
      and said.json['bytes_per_second'] > 0, said)
check('an export without the daemon does not change the folder', everything(kept) == stood, everything(kept))
stood_file = os.stat(mine)
said = d.run('cartridge', 'export', kept, mine)
check('the file of an export without the daemon is not written over', said.code == 1 and '--force' in said.err
      and os.stat(mine).st_ino == stood_file.st_ino, said)
said = d.run('cartridge', 'export', kept, mine, '--force')
check('an export without the daemon overwrites a file with --force', said.code == 0
      and os.stat(mine).st_ino != stood_file.st_ino and 'E00001L8' in said.out, said)
said = d.run('cartridge', 'export', kept, shelf, '--format', 'tap')
check('an export without the daemon into a folder, as .tap', said.code == 0 and filecmp.cmp(tap, os.path.join(shelf, 'E00001L8.tap'), False), said)
said = d.run('cartridge', 'export', kept, at('by-name.tap'))
check('an export without the daemon as .tap by the file name', said.code == 0 and filecmp.cmp(tap, at('by-name.tap'), False), said)
said = d.run('cartridge', 'export', kept, '-', binary=True)
check('an export without the daemon to stdout gives the same bytes', said.code == 0 and said.out == open(online, 'rb').read(), said.err)
files_before = sorted(os.listdir(d.state))


def interrupted():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    os.kill(os.getpid(), signal.SIGINT)


said = subprocess.run([EVERTAPE, 'cartridge', 'export', kept, mine + '2'], preexec_fn=interrupted, capture_output=True,
                      text=True, timeout=60)
check('an export without the daemon that is interrupted leaves no file', said.returncode == 130
      and said.stderr.startswith('evertape: interrupted') and sorted(os.listdir(d.state)) == files_before, said)
# By a user who may only read, and the target may not be written either.
OTHER = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] if os.geteuid() == 0 else []
place = tempfile.mkdtemp(prefix='evertape-files-')
os.chmod(place, 0o755)
shutil.copytree(kept, place + '/E00001L8')
for name, mode in (('closed', 0o555), ('open', 0o777)):
    os.mkdir(os.path.join(place, name))
    os.chmod(os.path.join(place, name), mode)


def as_other(*words):
    return subprocess.run([*OTHER, EVERTAPE, 'cartridge', 'export', place + '/E00001L8', *words], capture_output=True, timeout=60)


stood = everything(place + '/E00001L8')
said = as_other(place + '/open')
check('a user who may only read a cartridge exports it', said.returncode == 0
      and filecmp.cmp(online, place + '/open/E00001L8.evt', False) and os.listdir(place + '/open') == ['E00001L8.evt'], said)
said = as_other('-')
check('a user who may only read exports to stdout', said.returncode == 0 and said.stdout == open(online, 'rb').read(), said.stderr)
for target in ('closed', 'closed/mine.evt'):
    said = as_other(os.path.join(place, target))
    check('into a folder that may not be written: refused, with its cause and nothing else', said.returncode == 1
          and b'Permission denied' in said.stderr and target.encode() in said.stderr and len(said.stderr.splitlines()) == 1
          and not said.stdout and os.listdir(place + '/closed') == [], said)
check('a refused export does not change the cartridge', everything(place + '/E00001L8') == stood, everything(place + '/E00001L8'))
os.chmod(place + '/E00001L8', 0o755)
shutil.rmtree(place)
for sentence, words, says in (
        ('a folder that is not there', ['./nowhere', mine + '2'], 'cartridge folder ./nowhere'),
        ('a file in place of a folder', [native, mine + '2'], 'folder'),
        ('a folder that is no cartridge', [at('cartridges'), mine + '2'], 'cartridge'),
        ('a damaged cartridge', [at('cartridges/B00001L8'), mine + '2'], 'checksum'),
        ('a format that is none', [kept, mine + '2', '--format', 'zip'], 'native tap')):
    said = d.run('cartridge', 'export', *words)
    check('an export without the daemon is refused: ' + sentence, said.code in (1, 2) and says in said.err
          and len(said.err.splitlines()) == 1 and sorted(os.listdir(d.state)) == files_before, said)
d.start()
check('no cartridge was changed', folders() == before and d.json('cartridge', 'verify', 'E00001L8')['records'] == 384)
d.must('drive', 'load', '1', 'E00001L8')
said = d.run('--json', 'cartridge', 'export', at('cartridges/E00001L8'), mine + '2')
check('a folder that the daemon has in use is not exported', said.code == 1 and 'in use' in said.err
      and said.json['error']['code'] == 'busy' and not os.path.exists(mine + '2'), said)
d.end()
finish()
