# SPDX-License-Identifier: Apache-2.0
"""evertape stream: it measures and verifies what a target stores, and reports every error it meets."""
import contextlib
import json
import os
import pathlib
import pty
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from daemon import BUILD, Server, main
from wait import wait_for

SANITIZED = 'ASAN_OPTIONS' in os.environ
SIZE = '64M' if SANITIZED else '1G'
STREAMING_MOST = 16 << 20  # bytes a drive may take while it streams, beside its index

server = Server()


def place():
    return '%s:%d' % server.address


def stream(*words, flags=('--json',), timeout=300, where=None):
    words = [str(BUILD / 'evertape'), *flags, 'stream', *(where or [place()]), *map(str, words)]
    return subprocess.run(words, text=True, capture_output=True, timeout=timeout)


def rounds(*words):
    done = stream(*words)
    tap.equal(done.returncode, 0, done.stderr)
    document = json.loads(done.stdout)
    return {r['phase']: r for r in document['rounds']}, document


def refused(done, code, says):
    tap.equal(done.returncode, code, done.stdout + done.stderr)
    if not re.search(says, done.stderr):
        raise AssertionError(f'said {done.stderr!r}, not {says!r}')
    for line in done.stderr.splitlines():
        if 'Sanitizer' in line or 'runtime error' in line:
            raise AssertionError(done.stderr)


# --- what it measures ---

def test_two_drives():
    """two drives at once are written, read back and identical"""
    seen, _ = rounds('--size', SIZE, '--pid', server.process.pid)
    for phase in ('write', 'read'):
        r = seen[phase]
        tap.equal(len(r['drives']), 2)
        tap.equal(r['bytes'], 2 * (64 << 20 if SANITIZED else 1 << 30))
        assert r['mb_s'] >= r['mb_s_synced'] > 0, r
        assert 0 < r['p50_us'] <= r['p99_us'] <= r['max_us'], r
        assert r['target_cpu_s_per_gib'] > 0 and r['target_rss'] > 0, r


def highest(process):
    """The most memory it has ever had."""
    with open(f'/proc/{process.pid}/status') as f:
        return int(re.search(r'VmHWM:\s+(\d+) kB', f.read())[1]) << 10


def test_memory():
    """a streaming drive takes at most 16 MiB, however long the stream"""
    if SANITIZED:
        raise tap.Skip('a sanitizer has memory of its own')
    with Server() as fresh:
        idle = fresh.memory()
        done = stream('--size', '2G', '--phases', 'write,read', where=['%s:%d' % fresh.address])
        tap.equal(done.returncode, 0, done.stderr)
        most = highest(fresh.process)
        assert most - idle <= 2 * STREAMING_MOST, f'idle {idle}, at most {most}'


def test_text():
    """text output has the figures; a progress bar is not written to a pipe"""
    done = stream('--size', '8M', '--pid', server.process.pid, flags=())
    tap.equal(done.returncode, 0, done.stderr)
    tap.equal(done.stderr, '')
    for phase in ('write', 'read'):
        pattern = rf'{phase} +block 256K +qd 8 +\d+ MB/s \(\d+ synced\) +p50 \d+ us +p99 \d+ us +target [\d.]+ CPU s/GiB, \d+ MiB'
        assert re.search(pattern, done.stdout), done.stdout


def test_progress():
    """a progress bar is written to a terminal"""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([str(BUILD / 'evertape'), 'stream', place(), '--size', SIZE], stdout=subprocess.DEVNULL,
                             stderr=theirs)
    os.close(theirs)
    seen = b''
    with contextlib.suppress(OSError):
        while chunk := os.read(ours, 4096):
            seen += chunk
    tap.equal(child.wait(60), 0, seen)
    assert re.search(rb'write +\[#*[. ]*\] +\d+ %', seen), seen[:300]


# --- every shape of tape ---

def test_shapes():
    """data of all block sizes, depths, filemarks and patterns are verified"""
    for words in (('--block', '1,7,512', '--count', '300'), ('--block', '512', '--count', '3000', '--qd', '1,32'),
                  ('--block', '64K,256K,1M', '--size', '16M', '--filemark', '4M'),
                  ('--block', '8M', '--size', '24M', '--qd', '2'), ('--size', '9000001', '--pattern', 'half'),
                  ('--size', '8M', '--pattern', 'zero'), ('--size', '8M', '--digest', 'crc32c'),
                  ('--size', '8M', '--solicited')):
        if words[:2] == ('--block', '1,7,512'):
            words = ('--block', '1,7,512', '--size', '3000')
        done = stream(*words, '--overwrite')
        tap.equal(done.returncode, 0, f'{words}: {done.stderr}')


def test_seeks():
    """LOCATE, SPACE and end of data lead to the right position"""
    for marks in ((), ('--filemark', '1M')):
        phases = 'write,locate,eod,tur' if marks else 'write,locate,space,eod,tur'
        seen, _ = rounds('--size', '20M', '--block', '16K', '--phases', phases, '--seeks', '200', *marks)
        for phase in phases.split(',')[1:]:
            tap.equal(seen[phase]['failed'], False)
            tap.equal(seen[phase]['drives'][0]['records'], 200, phase)


def test_read_alone():
    """a second run reads what the first one wrote, given only its seed"""
    _, document = rounds('--size', '8M', '--phases', 'write')
    seed = document['seed']
    rounds('--size', '8M', '--phases', 'read', '--seed', seed)
    refused(stream('--size', '8M', '--phases', 'read', '--seed', seed + 1), 1, 'stale data')
    refused(stream('--size', '9M', '--phases', 'read', '--seed', seed), 1, 'expected a record, found a filemark')
    refused(stream('--size', '8M', '--block', '128K', '--phases', 'read', '--seed', seed), 1,
            'found a longer record')


def test_protect():
    """with --protect each record has a value, which the drive and the program check; without it the data are the same"""
    server.evertape('log', 'scsi=trace')
    seed = rounds('--size', '8M', '--block', '64K,300001', '--phases', 'write,read,locate,space', '--seeks', '20', '--protect',
                  '--overwrite')[1]['seed']
    server.evertape('log', 'scsi=info')
    server.logged(r'WRITE\(6\) transfer_length=300005: GOOD, 300005 bytes out')
    server.logged(r'READ\(6\) transfer_length=300005: GOOD, 300005 bytes in')
    read = ('--size', '8M', '--block', '300001', '--phases', 'read', '--seed', seed)
    rounds(*read)
    rounds(*read, '--protect')
    rounds('--size', '1M', '--encrypt', '--protect', '--block', '1,44,45,48,49,4096', '--phases', 'write,read', '--size', '3000', '--overwrite')
    rounds('--size', '1M', '--overwrite')
    rounds('--size', '1M', '--protect')  # the cartridge holds its own data
    refused(stream('--protect', '--block', '16777215'), 2, 'at most 16777211')


def test_encrypt():
    """with --encrypt the drives encrypt: the data are read with a key of the same seed only"""
    seed = rounds('--size', '8M', '--encrypt')[1]['seed']
    rounds('--size', '8M', '--encrypt', '--phases', 'read', '--seed', seed)
    refused(stream('--size', '8M', '--phases', 'read', '--seed', seed), 1, 'DATA PROTECT')
    refused(stream('--size', '8M', '--encrypt', '--phases', 'read', '--seed', seed + 1), 1, 'DATA PROTECT')
    refused(stream('--size', '1M'), 1, 'DATA PROTECT')
    rounds('--size', '1M', '--overwrite')


# --- what it must notice ---

def demo(verb, note):
    return subprocess.run([str(BUILD / 'contrib/evertape-demo'), verb, place(), note, '/etc/passwd'], text=True,
                          capture_output=True, timeout=60)


def test_others_data():
    """a cartridge with data of another program is not written"""
    note = os.path.join(server.state, 'note')
    # It takes what is in drive 1 to a slot, finds nothing blank there, and leaves it.
    refused(demo('backup', note), 1, 'every cartridge holds data')
    server.evertape('cartridge', 'create', 'OTHER1L8')
    tap.equal(demo('backup', note).returncode, 0)
    with open(note) as f:
        tap.equal(f.read().strip(), 'OTHER1L8')
    server.evertape('drive', 'load', '1', 'OTHER1L8')
    refused(stream('--size', '1M'), 1, 'holds data of another program')
    again = demo('compare', note)
    tap.equal(again.returncode, 0, again.stderr)
    server.evertape('drive', 'load', '1', 'PDU001L8')


def test_damage():
    """a damaged byte on the disk is reported as an error, never returned as data"""
    seed = rounds('--size', '8M', '--phases', 'write')[1]['seed']
    for number in ('1', '2'):
        server.evertape('drive', 'unload', number)
    for path in pathlib.Path(server.state, 'cartridges').glob('*/*.ext'):
        if path.stat().st_size > 4 << 20:
            with open(path, 'r+b') as f:
                f.seek(3 << 20)
                byte = f.read(1)
                f.seek(3 << 20)
                f.write(bytes([byte[0] ^ 1]))
    for number in ('1', '2'):
        server.evertape('drive', 'load', number, f'PDU00{number}L8')
    refused(stream('--size', '8M', '--phases', 'read', '--seed', seed), 1, 'MEDIUM ERROR')


def test_kill():
    """when the daemon is killed during a stream, the command ends with an error message"""
    child = subprocess.Popen([str(BUILD / 'evertape'), 'stream', place(), '--size', '100G'], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True)
    begun = wait_for(lambda: json.loads(server.evertape('--json', 'drive', 'show', '1'))['activity'] == 'writing'
                     or child.poll() is not None)
    server.kill()
    try:
        _, said = child.communicate(timeout=60)
    finally:
        child.kill()
        server.start()
    tap.equal(child.returncode, 1, said)
    assert begun and 'the connection was lost' in said, said
    rounds('--size', '8M')


def test_empty_drives():
    """drives without cartridges are reported, and --load loads them"""
    for number in ('1', '2'):
        server.evertape('drive', 'unload', number)
    refused(stream('--size', '1M'), 1, 'none of the 2 drives .* is loaded')
    rounds('--size', '8M', '--load')
    shown = json.loads(server.evertape('--json', 'drive', 'list'))
    assert not any(d.get('barcode') or d.get('cartridge') for d in shown['drives']), shown
    for number in ('1', '2'):
        server.evertape('drive', 'load', number, f'PDU00{number}L8')


# --- wrong words ---

def test_usage():
    """wrong options: one line of error, exit code 2"""
    for words in (('--size', '1X'), ('--size', '-1'), ('--size', '0'), ('--block', '0'), ('--block', '16M'),
                  ('--block', '64K,'), ('--qd', '0'), ('--qd', '257'), ('--phases', 'write,dance'),
                  ('--pattern', 'stripes'), ('--pid', 'x'), ('--seeks', '0'), ('--digest', 'md5'),
                  ('--timeout', '0'), ('--chap-user', 'u'), ('--phases', 'read'), ('--count', '3', '--block', '1,2'),
                  ('--nonsense',), ('--dev', 'host'), ('--portal', 'host:x'), ('iscsi://h/iqn.a/0',)):
        done = stream(*words, flags=())
        refused(done, 2, '.')
        tap.equal(len(done.stderr.splitlines()), 1, f'{words}: {done.stderr}')
    refused(subprocess.run([str(BUILD / 'evertape'), 'stream'], text=True, capture_output=True), 2, 'no drive is named')


def test_wrong_places():
    """portals without a tape drive: one line of error"""
    loose = os.path.join(server.state, 'loose')
    with open(loose, 'w') as f:
        f.write('secret-of-nobody')
    os.chmod(loose, 0o644)
    base = 'iscsi://' + place()
    for where, words, says in (([f'{base}/{server.target}/0'], (), 'is not a tape drive'),
                               ([f'{base}/{server.target}/99'], (), '.'),
                               ([f'{base}/iqn.2026-01.test:nobody/1'], (), 'cannot log in'),
                               (['127.0.0.1:1'], (), 'Connection refused'),
                               ([place()], ('--initiator', 'iqn.2026-01.test:denied'), '.'),
                               ([place()], ('--pid', '4194303'), 'no such process')):
        done = stream(*words, '--size', '1M', flags=(), where=where)
        refused(done, 1, says)
        tap.equal(len(done.stderr.splitlines()), 1, done.stderr)
    done = stream('--chap-user', 'u', '--secret-file', loose, flags=())
    refused(done, 2, 'chmod 600')


# --- targets that lie ---

LIES = {
    'nothing, and hangs up': b'',
    'zeros': bytes(4096),
    'ones': b'\xff' * 4096,
    'a login answer cut short': bytes([0x23, 0x87]) + bytes(20),
    'a login answer with a long segment': bytes([0x23, 0x87, 0, 0, 0, 0xff, 0xff, 0xff]) + bytes(40) + b'x' * 70000,
    'a reject': bytes([0x3f, 0x80, 4]) + bytes(45),
    'text of no sense': bytes([0x23, 0x87, 0, 0, 0, 0, 0, 8]) + bytes(40) + b'\0=\0=A\0\0=',
}


def lie(listener, answer):
    with contextlib.suppress(OSError):
        while True:
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.settimeout(2)
                peer.recv(4096)
                peer.sendall(answer)


def test_lies():
    """targets with invalid answers: one line of error, in time"""
    for name, answer in LIES.items():
        with socket.create_server(('127.0.0.1', 0)) as listener:
            threading.Thread(target=lie, args=(listener, answer), daemon=True).start()
            address = '127.0.0.1:%d' % listener.getsockname()[1]
            for words in (['stream', address], ['stream', f'iscsi://{address}/iqn.a/1'], ['passport', 'show', address]):
                done = subprocess.run([str(BUILD / 'evertape'), *words], text=True, capture_output=True, timeout=60)
                try:
                    refused(done, 1, address)
                    tap.equal(len(done.stderr.splitlines()), 1)
                except AssertionError as e:
                    raise AssertionError(f'{name}, {words[0]}: {e}') from None
            listener.shutdown(socket.SHUT_RDWR)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
