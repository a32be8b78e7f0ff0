# SPDX-License-Identifier: Apache-2.0
"""File systems that can only be read, from the start or from one moment to the next: tapes are read, moved, never lost."""
from small_disk import *
from daemon import BUILD

server = Image()
PROTECTED_RO = (7, 0x27, 0)
COUNT = 24
MODE_SENSE = bytes.fromhex('1a0800000400')


def run(*words):
    """A command on the file system: the kernel closes the files of a killed daemon behind its end."""
    tap.becomes(lambda: subprocess.run(words, capture_output=True, text=True).stderr, '', ' '.join(words))


def remount(how):
    run('mount', '-o', f'remount,{how}', server.state)


def status():
    return json.loads(server.evertape('--json', 'status'))


def where(barcode):
    return json.loads(server.evertape('--json', 'cartridge', 'show', barcode))['element']


def is_read(s, lun):
    equal(s.command(lun, REWIND).status, 0)
    read_back(s, lun, 0, COUNT)
    equal(s.command(lun, read6(RECORD), read=RECORD).key, MARK)


def is_protected(s, lun):
    r = s.command(lun, write6(RECORD), record(0))
    equal((r.status, r.key), (2, PROTECTED_RO))
    equal(s.command(lun, MODE_SENSE, read=4).data[2] & 0x80, 0x80)


def test_start():
    """a state directory on a read-only file system: the daemon starts, says so, and hosts read their tapes"""
    server.evertape('cartridge', 'create', 'PDU003L8')
    with server.login() as s:
        for lun in (1, 2):
            equal(s.command(lun, REWIND).status, 0)
            for n in range(COUNT):
                equal(s.command(lun, write6(RECORD), record(n)).status, 0)
            mark(s, lun)
    assert server.stop()
    remount('ro')
    server.lines.clear()
    server.start()
    assert any('read-only' in line for line in server.lines), server.lines
    said = status()['read_only']
    assert server.state in said and 'read-only' in said, said
    assert 'read-only' in server.evertape('status')
    with server.login() as s:
        for lun in (1, 2):
            is_read(s, lun)
            is_protected(s, lun)
            is_read(s, lun)


def test_move():
    """and loads, unloads and moves go on, in memory"""
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('cartridge', 'move', 'PDU001L8', 'slot:9')
    server.evertape('drive', 'load', '1', 'PDU003L8')
    server.evertape('drive', 'unload', '1', '--force')
    server.evertape('drive', 'load', '1', 'PDU001L8')
    with server.login() as s:
        is_read(s, 1)
        is_protected(s, 1)


def test_refused():
    """what would have to be kept is refused, in clear words; verify and export go on"""
    for words in (('cartridge', 'create', 'PDU009L8'), ('cartridge', 'protect', 'PDU003L8'),
                  ('initiator', 'allow', 'iqn.2026-01.test:late'), ('library', 'create', 'more'), ('drive', 'add')):
        said = server.refused(*words)
        assert 'ead-only file system' in said, (words, said)
    server.evertape('drive', 'unload', '1', '--force')
    assert '"good": true' in server.evertape('--json', 'cartridge', 'verify', 'PDU001L8')
    server.evertape('cartridge', 'export', 'PDU001L8', server.image + '.evtape')
    os.unlink(server.image + '.evtape')
    server.evertape('drive', 'load', '1', 'PDU001L8')


def test_offline():
    """without the daemon, a folder there is verified and exported by somebody who may only read"""
    folder = os.path.join(server.state, 'cartridges', 'PDU003L8')
    done = subprocess.run([str(BUILD / 'evertape'), 'cartridge', 'verify', folder], capture_output=True, text=True)
    assert done.returncode == 0 and 'good' in done.stdout, done.stderr


def test_forgotten():
    """at the next start everything is where it was before"""
    assert server.stop()
    remount('rw')
    server.start()
    equal(status()['read_only'], None)
    equal((where('PDU001L8'), where('PDU002L8')), ('drive:1', 'drive:2'))
    with server.login() as s:
        is_read(s, 1)
        equal(s.command(1, write6(RECORD), record(COUNT)).status, 0)
        s.command(1, REWIND)


def test_killed():
    """killed while a tape is written, started on the file system as it was left: all that was synced is read"""
    with server.login() as s:
        equal(s.command(2, EOD).status, 0)
        for n in range(COUNT, 2 * COUNT):
            equal(s.command(2, write6(RECORD), record(n)).status, 0)
        server.kill()
    remount('ro')
    server.start()
    with server.login() as s:
        is_read(s, 2)
        is_protected(s, 2)
    assert server.stop()
    remount('rw')
    server.start()


def trigger():
    """Lets ext4 find itself damaged: it does not write any more."""
    loop = subprocess.run(['findmnt', '-no', 'SOURCE', server.state], capture_output=True, text=True).stdout.strip()
    try:
        with open(f'/sys/fs/ext4/{os.path.basename(loop)}/trigger_fs_error', 'w') as f:
            f.write('readonly.py')
    except OSError as e:
        raise tap.Skip(f'ext4 cannot be told to fail: {e}')


def test_fails():
    """a file system that fails while a host writes: a write error, then write protection; what was synced is read"""
    remount('errors=remount-ro')
    with server.login() as s:
        equal(s.command(1, EOD).status, 0)
        for n in range(4):
            equal(s.command(1, write6(RECORD), record(n)).status, 0)
        trigger()
        keys = []
        for n in range(400):
            r = s.command(1, write6(RECORD), record(n))
            if r.status:
                keys.append(r.key)
            if r.key == PROTECTED_RO:
                break
        assert keys and keys[-1] in (PROTECTED_RO, (3, 0xc, 0)) and (3, 0x31, 0) not in keys, keys
        is_read(s, 1)
        is_read(s, 2)
        is_protected(s, 2)


def test_fails_and_moves():
    """and loads go on; the panel says why"""
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'PDU003L8')
    server.evertape('drive', 'unload', '2', '--force')
    server.evertape('drive', 'load', '2', 'PDU002L8')
    tap.becomes(lambda: bool(status()['read_only']), True, 'it is said to be read-only')
    with server.login() as s:
        is_read(s, 2)


def test_fails_and_starts():
    """started there again it serves every tape, until the file system is mended"""
    assert server.stop()
    server.start()
    with server.login() as s:
        is_read(s, 1)
        is_read(s, 2)
    assert server.stop()
    run('umount', server.state)
    fsck = subprocess.run(['fsck.ext4', '-fy', server.image], capture_output=True, text=True)
    assert fsck.returncode < 4, fsck.stdout
    run('mount', '-o', 'loop', server.image, server.state)
    server.start()
    with server.login() as s:
        is_read(s, 1)
        equal(s.command(1, EOD).status, 0)
        equal(s.command(1, write6(RECORD), record(COUNT)).status, 0)
        equal(s.command(1, SYNC).status, 0)


if __name__ == '__main__':
    main(server, tap.tests_of(globals()))
