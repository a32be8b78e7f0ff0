# SPDX-License-Identifier: Apache-2.0
"""Where the state and the cartridges are: a folder that cannot be right stops the start, and is never filled."""
import contextlib
import pathlib
import struct
import sys

from harness import *

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from header import crc32c
from tap import equal

top = tempfile.mkdtemp(prefix='evertape-folders-')
atexit.register(shutil.rmtree, top, ignore_errors=True)


def at(*names):
    return os.path.join(top, *names)


def run(*words):
    return subprocess.run(words, capture_output=True).returncode == 0


@contextlib.contextmanager
def mounted(folder, *words):
    """What is mounted there for a while; it may be gone before the end."""
    os.makedirs(folder, exist_ok=True)
    if not run('mount', *words, folder):
        raise tap.Skip('no permission to mount a file system')
    try:
        yield
    finally:
        assert wait_for(lambda: not os.path.ismount(folder) or run('umount', folder))


def setting(path):
    with open(at('state', 'evertaped.conf'), 'w') as f:
        f.write(f'cartridges = {path}\n')


def tree(folder):
    return sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)


def refused(path, *says):
    """The start ends with one line that says it; neither the folder nor the state has changed.  All that was logged."""
    setting(path)
    before = tree(top), pathlib.Path(at('state', 'identity.json')).read_bytes()
    done = subprocess.run([EVERTAPED, '--state', at('state'), '--listen', '127.0.0.1:0'], capture_output=True, text=True, timeout=60)
    lines = [line for line in done.stderr.splitlines() if line.startswith('evertaped: ')]
    equal((done.returncode, len(lines)), (1, 1), done.stderr)
    assert 'ready' not in done.stderr.split(), done.stderr
    for text in says:
        assert text in lines[0], f'{text!r} is not in: {lines[0]}'
    equal((tree(top), pathlib.Path(at('state', 'identity.json')).read_bytes()), before)
    return done.stderr


def served(*barcodes):
    """With the right folder it starts, and has them."""
    d = Daemon(at('state'))
    equal(sorted(c['barcode'] for c in d.json('cartridge', 'list')['cartridges']), sorted(barcodes))
    for barcode in barcodes:
        d.must('cartridge', 'verify', barcode)
    equal(d.stop()[0], 0)


def test_made():
    """a folder that is named by the setting becomes ours"""
    os.makedirs(at('state'))
    os.mkdir(at('tapes'))
    setting(at('tapes'))
    d = Daemon(at('state'))
    d.must('library', 'create', 'demo', '--slots', '8')
    d.must('cartridge', 'create', 'E00001L8', 'E00002L8')
    equal(d.json('status')['cartridges_folder'], at('tapes'))
    equal(d.stop()[0], 0)
    served('E00001L8', 'E00002L8')


def test_missing():
    """a folder that is not there"""
    refused(at('none'), at('none'), 'No such file or directory', 'create the folder, or mount its file system')


def test_file():
    """a file"""
    pathlib.Path(at('file')).write_bytes(b'')
    refused(at('file'), at('file'), 'not a folder')


def test_state():
    """the state directory itself, by whatever name"""
    os.symlink(at('state'), at('same'))
    for name in (at('state'), at('state', '.'), at('same')):
        refused(name, 'the state directory itself', 'a folder of its own')


def test_empty():
    """an empty folder while the catalog knows cartridges, as of a disk that is not mounted"""
    os.mkdir(at('empty'))
    refused(at('empty'), 'the catalog has 2 cartridges', 'is its file system mounted?')


def test_foreign():
    """the folder of another installation, also when it has no cartridges yet"""
    os.makedirs(at('other'))
    os.mkdir(at('theirs'))
    pathlib.Path(at('other', 'evertaped.conf')).write_text(f'cartridges = {at("theirs")}\n')
    other = Daemon(at('other'))
    equal(other.stop()[0], 0)
    refused(at('theirs'), at('theirs'), 'belongs to another installation')


def test_marker():
    """a marker that is damaged, or was written by a newer version"""
    marker = next(p for p in pathlib.Path(at('tapes')).iterdir() if p.is_file())
    kept = marker.read_bytes()
    for text, says in ((b'something else\n', 'is not a marker'), (kept.replace(b' 1\n', b' 2\n', 1), 'newer version of Evertape')):
        assert text != kept
        marker.write_bytes(text)
        refused(at('tapes'), marker.name, says)
    marker.write_bytes(kept)
    setting(at('tapes'))
    served('E00001L8', 'E00002L8')


def files_of(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


def test_other_formats():
    """a cartridge of format 1, or one that needs an unknown feature, stops the start by its name and stays as it is"""
    gold, folder = pathlib.Path(__file__).parents[1] / 'gold' / 'media-1', at('tapes', 'TEST01L8')
    setting(at('tapes'))
    shutil.copytree(gold, folder)
    refused(at('tapes'), 'TEST01L8', 'written in format 1')
    equal(files_of(folder), files_of(gold))
    done = subprocess.run([EVERTAPE, 'cartridge', 'verify', str(gold / 'tape.evtape')], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and 'written in format 1' in done.stderr, done
    shutil.rmtree(folder)
    label = dict(barcode='TEST01L8', capacity=1, created=0, element='', features_read=32, features_write=0, format=2, generation='lto8',
                 library='', uuid='6f0f7ef4-1b0e-4f2c-9c30-5a0a6b1d2e3f', worm=False, write_protected=False)
    label['crc32c'] = crc32c(json.dumps(label, sort_keys=True, separators=(',', ':')).encode())
    os.mkdir(folder)
    pathlib.Path(folder, 'label.json').write_text(json.dumps(label))
    kept = files_of(folder)
    assert 'TEST01L8: it needs feature bit 5' in refused(at('tapes'), 'TEST01L8', 'newer version of Evertape')
    equal(files_of(folder), kept)
    shutil.rmtree(folder)
    served('E00001L8', 'E00002L8')


def test_write_feature():
    """a cartridge that needs an unknown feature to be written is read, and the drive and the log say why it cannot be written"""
    setting(at('tapes'))
    path = pathlib.Path(at('tapes', 'E00001L8', 'label.json'))
    kept = path.read_bytes()
    label = json.loads(kept)
    del label['crc32c']
    label['features_write'] = 16
    label['crc32c'] = crc32c(json.dumps(label, sort_keys=True, separators=(',', ':')).encode())
    path.write_text(json.dumps(label))
    d = Daemon(at('state'))
    d.must('drive', 'load', '1', 'E00001L8')
    drive = d.json('drive', 'show', '1')
    assert drive['write_protected'] and 'newer version of Evertape' in drive['write_protected_why'], drive
    assert d.logs('E00001L8: read-only: writing it needs feature bit 4'), d.log()
    d.must('drive', 'unload', '1')
    equal(json.loads(path.read_text())['features_write'], 16, 'the mask stays when the library writes the label')
    equal(d.stop()[0], 0)
    path.write_bytes(kept)
    served('E00001L8', 'E00002L8')


def test_unknown_feature_inside():
    """a cartridge whose index needs an unknown feature stays in its slot as it is; its health and the load say why"""
    setting(at('tapes'))
    d = Daemon(at('state'))
    d.must('initiator', 'default', 'allow')
    d.must('stream', d.json('status')['portals'][0], '--load', '--barcode', 'E00002L8', '--phases', 'write', '--size', '1M', '--block', '64K')
    equal(d.stop()[0], 0)
    path = pathlib.Path(at('tapes', 'E00002L8', 'index-p0'))
    kept = path.read_bytes()
    index = bytearray(kept)
    index[12:20] = bytes(4) + struct.pack('<I', 1 << 9)
    index[12:16] = struct.pack('<I', crc32c(bytes(index)))
    path.write_bytes(index)
    d = Daemon(at('state'))
    shown = d.json('cartridge', 'show', 'E00002L8')
    equal(shown['usage'], None)
    equal(shown['health']['state'], 'not-opened')
    equal([(f['id'], f['count']) for f in shown['health']['faults']], [('not-opened', 1)])
    assert 'newer version of Evertape' in shown['health']['faults'][0]['error'], shown
    answer = d.run('drive', 'load', '1', 'E00002L8')
    assert answer.code == 1 and 'newer version of Evertape' in answer.err, answer
    equal(d.json('cartridge', 'show', 'E00002L8')['element'], shown['element'])
    equal(path.read_bytes(), index)
    equal(d.stop()[0], 0)
    path.write_bytes(kept)
    served('E00001L8', 'E00002L8')
    d = Daemon(at('state'))
    assert d.json('cartridge', 'show', 'E00002L8')['usage']['objects'] >= 16
    equal(d.stop()[0], 0)


def test_unmounted():
    """a disk that is taken away from under the daemon, and is not there at the next start: nothing is filled underneath"""
    setting(at('disk'))
    shutil.rmtree(at('state'))
    os.makedirs(at('state'))
    with mounted(at('disk'), '-t', 'tmpfs', '-o', 'size=64m,mode=700', 'none'):
        setting(at('disk'))
        d = Daemon(at('state'))
        d.must('library', 'create', 'demo', '--slots', '8')
        d.must('cartridge', 'create', 'E00001L8')
        assert run('umount', '-l', at('disk'))
        for words in (['cartridge', 'create', 'E00002L8'], ['drive', 'load', '1', 'E00001L8'], ['cartridge', 'delete', 'E00001L8', '--force']):
            answer = d.run(*words)
            assert answer.code == 1 and answer.err.count('\n') == 1, answer
        checked = d.run('status', '--check')
        assert checked.code == 2 and 'mounted' in checked.out, checked
        d.stop()
        equal(os.listdir(at('disk')), [])
        refused(at('disk'), 'is its file system mounted?')
        equal(os.listdir(at('disk')), [])


def test_reserve():
    """a disk without room for the reserve: a warning at the start, and the daemon serves"""
    with mounted(at('small'), '-t', 'tmpfs', '-o', 'size=1m,mode=700', 'none'):
        d = Daemon(at('small'))
        assert d.logs(r'warning: .*no disk space can be reserved for the catalog: the disk is full'), d.log()
        d.must('library', 'create', 'demo', '--slots', '4')
        assert d.must('status').out
        equal(d.stop()[0], 0)
        shutil.rmtree(at('small'), ignore_errors=True)


def frozen_start(state, mount):
    """SIGTERM to a daemon that starts while a file system is frozen: its lines until it says that it stops, and its end.
    The kernel lets go of its threads when the file system answers again."""
    assert run('fsfreeze', '-f', mount)
    p = subprocess.Popen([EVERTAPED, '--state', state, '--listen', '127.0.0.1:0'], stderr=subprocess.PIPE, text=True)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(iter(p.stderr.readline, '')), daemon=True)
    reader.start()
    try:
        # In the kernel, and there to stay: a thread of it waits for the disk.
        assert wait_for(lambda: any(re.search(r'^State:\tD', pathlib.Path(t, 'status').read_text(), re.M)
                                    for t in pathlib.Path(f'/proc/{p.pid}/task').iterdir())), lines
        began = time.monotonic()
        p.terminate()
        assert wait_for(lambda: any('shutdown timed out' in line for line in lines), 60), lines
        took = time.monotonic() - began
    finally:
        run('fsfreeze', '-u', mount)
    equal(p.wait(60), 1)
    reader.join(60)
    assert took < 30, took
    return ''.join(lines)


def test_hung_start():
    """SIGTERM during a start whose files do not answer: it says so and ends; later it starts and has everything"""
    if os.geteuid() or not shutil.which('fsfreeze') or not shutil.which('mkfs.ext4'):
        raise tap.Skip('no permission, or no tools, to freeze a file system')
    with open(at('image'), 'wb') as f:
        f.truncate(96 << 20)
    assert run('mkfs.ext4', '-q', '-F', '-m', '0', at('image'))
    with mounted(at('slow'), '-o', 'loop', at('image')):
        d = Daemon(at('slow'))
        d.must('library', 'create', 'demo', '--slots', '4')
        d.must('cartridge', 'create', 'E00001L8')
        d.must('drive', 'load', '1', 'E00001L8')
        d.kill()
        said = frozen_start(at('slow'), at('slow'))
        assert 'do not respond' in said and 'ready' not in said.split(), said
        d.start()
        equal(d.json('cartridge', 'show', 'E00001L8')['element'], 'drive:1')
        equal(d.stop()[0], 0)


tap.run(tap.tests_of(globals()))
