# SPDX-License-Identifier: Apache-2.0
"""Faults that administrators met with the real programs, one test for each; the suites of the rooms test the details."""
import contextlib
import glob
import pathlib
import sys

from harness import *

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from flood import Flood
from pdu import Session
from tap import equal

HOST = 'iqn.2026-01.test:host'
REWIND, TUR, RESERVE, RELEASE = '010000000000', '000000000000', '160000000000', '170000000000'
d = Daemon()
d.must('library', 'create', 'prod', '--drives', '2', '--slots', '20', '--mailslots', '1')
d.must('cartridge', 'create', 'E00001L8-E00006L8')
TARGET = d.json('library', 'show', 'prod')['target']
PORTAL = d.json('status')['portals'][0]
ADDRESS = (PORTAL.rsplit(':', 1)[0], int(PORTAL.rsplit(':', 1)[1]))


def at(name):
    return os.path.join(d.state, name)


def login(name=HOST, **how):
    s = Session(ADDRESS, TARGET, name, **how).login()
    s.clear(0, 1, 2)
    return s


def stream(*words, **how):
    return subprocess.run([EVERTAPE, 'stream', PORTAL, *words], capture_output=True, text=True, timeout=120, **how)


def write(s, lun, *records):
    for r in records:
        equal(s.command(lun, bytes([0x0a, 0, *len(r).to_bytes(3, 'big'), 0]), r).status, 0)
    equal(s.command(lun, '100000000100').status, 0)


def refused(*words, says=(), code=1):
    answer = d.run(*words)
    equal((answer.code, answer.err.count('\n')), (code, 1), f'{words}: {answer}')
    for text in [says] if isinstance(says, str) else says:
        assert text in answer.err + answer.out, f'{text!r} is not in: {answer}'
    return answer


def text_of(name):
    with open(name, 'rb') as f:
        return f.read()


def secret_file(name, data):
    with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as f:
        f.write(data)


def start_again():
    global PORTAL, ADDRESS
    if d.process.poll() is None:
        d.kill()
    d.start()
    PORTAL = d.json('status')['portals'][0]
    ADDRESS = (PORTAL.rsplit(':', 1)[0], int(PORTAL.rsplit(':', 1)[1]))


def test_layout():
    """library layout asks for confirmation before it ends sessions, and names the devices that hosts lose"""
    with login() as s:
        refused('library', 'layout', 'target-per-device', says=['--force', 'the logical unit was removed'])
        equal(s.command(1, TUR).key[0], 2)
    equal(d.json('library', 'show')['layout'], 'one-target')


def test_full_disk():
    """after a full disk the daemon starts again, reads, moves and deletes"""
    folder = tempfile.mkdtemp(prefix='evertape-faults-')
    image = folder + '.img'
    with open(image, 'wb') as f:
        f.truncate(200 << 20)
    made = subprocess.run(f'mkfs.ext4 -q -m 0 -b 1024 {image} && mount -o loop {image} {folder}', shell=True, capture_output=True)
    if made.returncode:
        os.rmdir(folder)
        os.unlink(image)
        raise tap.Skip('no permission to mount a small file system')
    try:
        full_disk(folder)
    finally:
        assert wait_for(lambda: subprocess.run(['umount', folder], capture_output=True).returncode == 0)
        shutil.rmtree(folder)
        os.unlink(image)


def full_disk(folder):
    small = Daemon(folder)
    small.must('library', 'create', 'prod', '--drives', '2', '--slots', '8')
    small.must('cartridge', 'create', 'PRD001L8-PRD005L8')
    portal = small.json('status')['portals'][0]
    small.must('drive', 'load', '1', 'PRD001L8')
    written = subprocess.run([EVERTAPE, 'stream', portal, '--barcode', 'PRD001L8', '--phases', 'write', '--size', '400M',
                              '--overwrite'], capture_output=True, text=True, timeout=120)
    assert written.returncode == 1 and written.stderr.count('\n') == 1, written
    with open(os.path.join(folder, 'filler'), 'ab') as f:
        for size in (1 << 20, 1024, 1):
            try:
                while os.write(f.fileno(), bytes(size)):
                    pass
            except OSError:
                os.fsync(f.fileno())
    for n in range(2):
        small.must('drive', 'unload', '1', '--force')
        small.must('drive', 'load', '1', 'PRD001L8')
        small.kill()
        small.start()
        small.must('cartridge', 'move', 'PRD005L8', f'slot:{7 + n}')
    small.must('drive', 'unload', '1', '--force')
    whole = small.json('cartridge', 'verify', 'PRD001L8')
    assert whole['good'] and whole['records'] > 100, whole
    small.must('cartridge', 'delete', 'PRD005L8')
    equal(small.stop()[0], 0)


def test_everybody():
    """a local user without a rule cannot log in to a tape"""
    if os.geteuid() != 0:
        raise tap.Skip('needs root, to be somebody else')
    d.must('initiator', 'default', 'deny')
    done = subprocess.run(['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', EVERTAPE, 'stream', PORTAL, '--load',
                           '--overwrite', '--phases', 'write', '--count', '20'], capture_output=True, text=True, timeout=60)
    d.must('initiator', 'default', 'allow')
    assert done.returncode == 1 and not d.json('drive', 'show', '1')['bytes_written'], done


def test_silent_connections():
    """80 silent connections that reconnect at once do not block logins, and the log names them"""
    with Flood(ADDRESS, ['127.0.0.2', '127.0.0.3'], silent=80):
        for n in range(12):
            login(f'{HOST}{n}', source='127.0.0.99', timeout=60).logout()
    assert d.logs(r'127\.0\.0\.[23]:\d+'), d.log()[-600:]


def test_narrowing():
    """a rule that is restricted keeps its CHAP settings, whatever the case of its name"""
    secret_file(at('secret'), b'secret-twelve\n')
    name = 'iqn.1991-05.com.microsoft:backup01'
    d.must('initiator', 'allow', name, '--secret-file', at('secret'))
    said = d.must('initiator', 'allow', name.replace('iqn', 'IQN').replace('backup', 'Backup'), '--library', 'prod')
    rule = next(i for i in d.json('initiator', 'list')['initiators'] if i['name'] == name)
    assert rule['authentication'] == 'chap' and 'authentication: chap' in said.out, (rule, said)
    d.must('initiator', 'remove', name)


def test_delete():
    """cartridge delete asks for confirmation for cartridges that are protected, WORM or hold data, and keeps them; no number is used again"""
    d.must('cartridge', 'create', '--count', '2', '--prefix', 'CR')
    d.must('cartridge', 'create', 'W00001LY')
    d.must('cartridge', 'protect', 'CR0001L8')
    refused('cartridge', 'delete', 'CR0001L8', says=['--force', 'write-protected'])
    refused('cartridge', 'delete', 'W00001LY', says=['--force', 'WORM'])
    d.must('cartridge', 'delete', 'CR0001L8', 'CR0002L8', 'W00001LY', '--force')
    made = d.json('cartridge', 'create', '--count', '1', '--prefix', 'CR')['cartridges'][0]['barcode']
    equal(made, 'CR0003L8')
    d.must('cartridge', 'restore', 'CR0001L8')
    assert d.json('cartridge', 'show', 'CR0001L8')['write_protected']
    d.must('cartridge', 'create', 'W00001LY')
    refused('cartridge', 'restore', 'W00001LY', says='W00001LY')


def test_rot():
    """damaged data and missing files are reported to the administrator, and a tape without its files does not look blank"""
    d.must('drive', 'load', '1', 'E00001L8')
    with login() as s:
        write(s, 1, *(noise(n, 65536) for n in range(1, 21)))
        s.command(1, REWIND)
    d.must('drive', 'unload', '1', '--force')
    name = glob.glob(at('cartridges/E00001L8/p0-*.ext'))[0]
    with open(name, 'r+b') as f:
        f.seek(f.read().index(noise(5, 65536)[:4096]) + 100)
        f.write(b'rot!')
    d.must('drive', 'load', '1', 'E00001L8')
    with login() as s:
        keys = [s.command(1, '080001000000', read=65536).key for _ in range(5)]
        equal(keys[4], (3, 0x11, 0), keys)
    assert wait_for(lambda: d.json('cartridge', 'show', 'E00001L8')['health']['state'] == 'read-errors')
    assert d.logs(r'error: .*E00001L8.*could not be read'), d.log()[-800:]
    assert 'could not be read' in d.must('status').out
    drive = d.json('drive', 'show', '1')['health']
    assert drive['faults'] and drive['alerts'], drive
    d.must('drive', 'unload', '1', '--force')
    os.rename(name, at('aside'))
    shown = d.json('cartridge', 'show', 'E00001L8')
    assert shown['health']['state'] == 'files-missing' and shown['usage']['used'] != 0, shown
    loaded = d.must('drive', 'load', '1', 'E00001L8')
    assert 'warning' in loaded.err and 'missing' in loaded.err, loaded
    d.must('drive', 'unload', '1')
    refused('cartridge', 'export', 'E00001L8', at('damaged'), says='missing')
    os.rename(at('aside'), name)
    answer = refused('cartridge', 'export', 'E00001L8', at('damaged'), says='object 4')
    assert 'Bad message' not in answer.err, answer


def test_streaming():
    """a drive that streams is never shown as idle, and status shows the names of connected hosts"""
    d.must('drive', 'load', '2', 'E00002L8')
    with login() as s:
        seen = set()
        for n in range(30):
            began = time.monotonic()
            write(s, 2, bytes(65536))
            activity = d.json('drive', 'list')['drives'][1]['activity']
            seen |= {activity} if time.monotonic() - began < 0.9 else set()  # what it did during the last second
        equal(seen, {'writing'})
        assert HOST in d.must('status').out
        s.logout()
    d.must('drive', 'unload', '2', '--force')


def test_who():
    """moves, loads, overwrites and the ends of sessions are in the log, with the initiator"""
    d.must('drive', 'load', '2', 'E00002L8')
    with login() as s:
        session = s.tsih
        s.command(2, REWIND)
        write(s, 2, bytes(65536))
        equal(s.command(2, '1b0000000000').status, 0)
        first = {k['kind']: k['first_address'] for k in d.json('library', 'show')['element_kinds']}
        move = bytes([0xa5, 0, 0, 0, *(first['drive'] + 1).to_bytes(2, 'big'), *(first['slot'] + 19).to_bytes(2, 'big'), 0, 0, 0, 0])
        equal(s.command(0, move).status, 0)
        s.logout()
    who = re.escape(HOST) + r" \(127\.0\.0\.1:\d+, session " + str(session)
    for what in (r'E00002L8.*overwritten|E00002L8.*from the beginning', r'E00002L8.*unload', r'E00002L8.*slot:20', r'logged out'):
        assert d.logs(rf'{what}.*{who}|{who}.*{what}'), f'{what}: {d.log()[-1500:]}'
    d.must('drive', 'load', '2', 'E00002L8')
    assert d.logs(r'\(uid \d+, pid \d+\): drive\.load drive=2 barcode="E00002L8"'), d.log()[-500:]
    d.must('drive', 'unload', '2')


def test_read_only():
    """read-only folders are verified and exported without the daemon, by a user who may only read them"""
    place = tempfile.mkdtemp(prefix='evertape-faults-')
    folder = place + '/E00002L8'
    copy = ['cp', '-aT', at('cartridges/E00002L8'), folder]  # beside the daemon, which may be at its label
    assert wait_for(lambda: subprocess.run(copy).returncode == 0)
    subprocess.run(['chmod', '-R', 'a+rX,a-w', place], check=True)
    before = {n: os.stat(n).st_mtime_ns for n in glob.glob(folder + '/*')}
    other = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] if os.geteuid() == 0 else []
    done = subprocess.run([*other, EVERTAPE, '--json', 'cartridge', 'verify', folder], capture_output=True, text=True, timeout=60)
    equal((done.returncode, json.loads(done.stdout).get('good')), (0, True), done.stderr)
    equal({n: os.stat(n).st_mtime_ns for n in glob.glob(folder + '/*')}, before)
    subprocess.run(['chmod', '-R', 'u+w', place], check=True)
    shutil.rmtree(place)


def test_symlink():
    """a symbolic link as cartridges folder stops the start, and the message names the setting to use; lost+found is ignored"""
    state, tapes = tempfile.mkdtemp(prefix='evertape-faults-'), tempfile.mkdtemp(prefix='evertape-faults-')
    os.symlink(tapes, state + '/cartridges')
    done = subprocess.run([EVERTAPED, '--state', state, '--listen', '127.0.0.1:0'], capture_output=True, text=True, timeout=60)
    assert done.returncode and f"'cartridges = {tapes}'" in done.stderr and not os.listdir(tapes), done
    os.unlink(state + '/cartridges')
    with open(state + '/evertaped.conf', 'w') as f:
        f.write(f'cartridges = {tapes}\n')
    os.mkdir(tapes + '/lost+found')
    other = Daemon(state)
    other.must('library', 'create', 'prod', '--drives', '1', '--slots', '4')
    other.must('cartridge', 'create', 'E00001L8')
    other.must('drive', 'load', '1', 'E00001L8')
    equal(other.stop()[0], 0)
    other.start()
    assert 'lost+found' not in other.log() and os.path.isdir(tapes + '/E00001L8'), other.log()
    equal(other.json('cartridge', 'list')['cartridges'][0]['element'], 'drive:1')
    equal(other.stop()[0], 0)
    shutil.rmtree(state)
    shutil.rmtree(tapes)


def test_stream_load():
    """stream --load names what it writes, uses no WORM cartridge, skips what does not fit, and moves it back after SIGINT"""
    other = Daemon()
    other.must('library', 'create', 'other', '--drives', '1', '--slots', '4', '--drive', 'IBM ULT3580-TD7')
    other.must('cartridge', 'create', 'W00001LX', 'C00001L7')
    with open(other.state + '/eight', 'wb') as f:
        f.write(d.run('cartridge', 'export', 'E00006L8', '-', binary=True).out)
    other.must('cartridge', 'import', other.state + '/eight')
    where = [(c['barcode'], c['element']) for c in other.json('cartridge', 'list')['cartridges']]
    words = [EVERTAPE, 'stream', other.json('status')['portals'][0], '--load', '--overwrite', '--phases', 'write']
    done = subprocess.run([*words, '--count', '4'], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and 'C00001L7' in done.stdout and '00001LX' not in done.stdout, done
    assert 'E00006L8' not in done.stdout, done
    child = subprocess.Popen([*words, '--size', '500G'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert wait_for(lambda: other.json('drive', 'show', '1')['activity'] == 'writing')
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130 and err, (child.returncode, out, err)
    equal([(c['barcode'], c['element']) for c in other.json('cartridge', 'list')['cartridges']], where)
    other.end()


def test_unload():
    """drive unload asks for confirmation if a host uses the tape or has reserved the drive"""
    d.must('drive', 'load', '2', 'E00003L8')
    with login() as s:
        write(s, 2, bytes(65536))
        refused('drive', 'unload', '2', says=['--force', f'of {HOST}'])
        refused('cartridge', 'move', 'E00003L8', 'slot:19', says='--force')
        equal(s.command(2, RESERVE).status, 0)
        refused('drive', 'unload', '2', says=['--force', 'reservation'])
        write(s, 2, bytes(65536))
        equal(s.command(2, RELEASE).status, 0)
        s.logout()
    d.must('drive', 'unload', '2', '--force')


def test_passport():
    """passport save does not overwrite an existing file, and - is stdout"""
    with open(at('reference'), 'w') as f:
        f.write('yesterday')
    refused('passport', 'save', PORTAL, at('reference'), says='--force')
    equal(text_of(at('reference')), b'yesterday')
    done = subprocess.run([EVERTAPE, 'passport', 'save', PORTAL, '-'], capture_output=True, text=True, cwd=d.state, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)['targets'] and not os.path.exists(at('-')), done


def test_downgrade():
    """an identity file of a newer version stops the start, names the version and stays as it is"""
    equal(d.stop()[0], 0)
    kept = text_of(at('identity.json'))
    newer = re.sub(rb'"version": *1', b'"version": 2', kept)
    assert newer != kept
    try:
        pathlib.Path(at('identity.json')).write_bytes(newer)
        done = subprocess.run([EVERTAPED, '--state', d.state, '--listen', '127.0.0.1:0'], capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and 'newer version of Evertape' in done.stderr and 'identity' in done.stderr, done
        equal(text_of(at('identity.json')), newer)
    finally:
        pathlib.Path(at('identity.json')).write_bytes(kept)
        start_again()


def test_secret_files():
    """a secret file from Windows: a BOM is ignored, UTF-16 is refused by name, the length is checked"""
    for data, good, says in ((b'\xef\xbb\xbfsecret-twelve\r\n', True, ''), ('secret-twelve'.encode('utf-16'), False, 'UTF-16'),
                             (b'elevenchars\n', False, '11'), (b'seventeen-letters', True, '12 to 16')):
        secret_file(at('windows'), data)
        done = d.run('initiator', 'allow', HOST, '--secret-file', at('windows'))
        equal(done.code == 0, good, str(done))
        assert says in done.err, done
        equal('secret-twelve' in done.err + done.out, False)
    d.must('initiator', 'remove', HOST)


def test_removed_secret():
    """after initiator remove no file contains the secret"""
    secret_file(at('gone'), b'Very-Secret-42\n')
    d.must('initiator', 'allow', HOST, '--secret-file', at('gone'))
    os.unlink(at('gone'))
    names = [n for n in glob.glob(at('**'), recursive=True) if os.path.isfile(n)]
    assert any(b'Very-Secret-42' in text_of(n) for n in names)
    d.must('initiator', 'remove', HOST)
    equal([n for n in names if b'Very-Secret-42' in text_of(n)], [])


def test_luns():
    """identity show, library show and hosts agree on LUNs and targets in both layouts"""
    for layout in ('target-per-device', 'one-target'):
        d.must('library', 'layout', layout)
        passport = json.loads(d.must('passport', 'save', PORTAL, '-').out)
        hosts = {u['serial']: (t['name'], u['lun']) for t in passport['targets'] for u in t['units']}
        library, identity = d.json('library', 'show'), d.json('identity', 'show')['libraries'][0]
        for shown in (library, identity):
            equal({x['serial']: (x['target'], x['lun']) for x in [shown['changer'], *shown['drives']]}, hosts, layout)
        assert all(target in d.must('library', 'show').out for target, _ in hosts.values()), hosts


def test_inventory():
    """hosts of the changer get a unit attention when a cartridge is created or deleted"""
    with login() as s:
        for words in (['create', 'N00001L8'], ['delete', 'N00001L8']):
            d.must('cartridge', *words)
            equal(s.command(0, TUR).key[:2], (6, 0x28), str(words))
            equal(s.command(0, TUR).status, 0)


def test_stopped():
    """a request to a daemon that is stopped ends in time, with an exit code of its own"""
    d.process.send_signal(signal.SIGSTOP)
    try:
        done = d.run('--json', '--timeout', '1', 'status')
    finally:
        d.process.send_signal(signal.SIGCONT)
    assert done.code == 1 and done.json['error']['code'] == 'timeout' and 'within 1 s' in done.err, done


def test_control_places():
    """32 idle connections to the control socket do not block others"""
    with contextlib.ExitStack() as crowd:
        for _ in range(40):
            crowd.enter_context(d.connect())
        d.must('status')


def test_checksums():
    """cartridge verify of a .tap says that it has no checksums"""
    d.must('cartridge', 'export', 'E00002L8', at('x.tap'))
    done = d.must('cartridge', 'verify', at('x.tap'))
    assert 'no checksums' in done.out, done


def test_other_kinds():
    """a file of another kind is reported as neither an Evertape container nor a .tap"""
    done = refused('cartridge', 'import', '/bin/ls', '--barcode', 'X00001L8', says='program')
    assert 'a .tap file, not' not in done.err, done


def test_stdout_full():
    """an export to a full stdout reports that cause; one to a file leaves no file of the final name"""
    with open('/dev/full', 'w') as full:
        done = subprocess.run([EVERTAPE, '--state', d.state, 'cartridge', 'export', 'E00002L8', '-'], stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and 'No space left on device' in done.stderr and 'Broken pipe' not in done.stderr, done
    refused('cartridge', 'export', 'NOPE01L8', at('final'))
    assert not glob.glob(at('final*'))


def test_words():
    """labels that are damaged, of another cartridge or version, and too little locked memory, are reported in words"""
    name = at('cartridges/E00006L8/label.json')
    kept = text_of(name)
    try:
        for data, says in ((b'{}', 'damaged, or no cartridge'), (kept.replace(b'E00006L8', b'E00016L8'), 'damaged, or no cartridge'),
                           (b'{"crc32c":686938332,"format":3}', 'newer version of Evertape'),
                           (b'{"crc32c":263514162,"format":1}', 'written in format 1')):
            pathlib.Path(name).write_bytes(data)
            refused('drive', 'load', '1', 'E00006L8', says=['E00006L8', 'could not open'])
            refused('cartridge', 'verify', 'E00006L8', says=['E00006L8', says])
            refused('cartridge', 'verify', at('cartridges/E00006L8'), says=['E00006L8', says])
            refused('cartridge', 'export', 'E00006L8', at('none'), says=['E00006L8', says])
            assert wait_for(lambda: re.search(f'E00006L8.*{says}', d.log())), d.log()[-900:]
        assert 'needs cleaning' not in d.log(), d.log()[-900:]
        limited = subprocess.run(['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'prlimit', '--memlock=4096:4096',
                                  EVERTAPED, '--state', '/nonexistent', '--listen', '127.0.0.1:0'], capture_output=True,
                                 text=True, timeout=60) if os.geteuid() == 0 else None
        if limited:  # a kernel that counts otherwise lets it come to its state directory
            assert 'ulimit -l' in limited.stderr or 'nonexistent' in limited.stderr, limited
    finally:
        pathlib.Path(name).write_bytes(kept)


def test_exported():
    """the message says why a cartridge cannot be moved: it is being exported"""
    d.must('cartridge', 'create', 'MUCH01L8')
    d.must('drive', 'load', '1', 'MUCH01L8')
    with login() as s:
        write(s, 1, *(noise(n, 65536) for n in range(1, 21)))  # more than a pipe holds
    d.must('drive', 'unload', '1', '--force')
    with subprocess.Popen([EVERTAPE, '--state', d.state, 'cartridge', 'export', 'MUCH01L8', '-'], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        assert child.stdout.read(1)  # it has begun, and waits for its pipe to be read
        answer = refused('cartridge', 'delete', 'MUCH01L8', '--force', says='export')
        assert 'unload the drive first' not in answer.err, answer


def test_head():
    """cartridge list | head prints no error"""
    done = subprocess.run(f'set -o pipefail; {EVERTAPE} --state {d.state} cartridge list | head -1', shell=True,
                          executable='/bin/bash', capture_output=True, text=True, timeout=60)
    equal((done.returncode, done.stderr, done.stdout[:7]), (0, '', 'BARCODE'))


def test_refused_logins():
    """refused logins are logged in words, quotes in names are escaped, repetitions are counted"""
    name = "iqn.2020-01.x:a' to 'b"
    d.must('initiator', 'default', 'deny')
    for n in range(12):
        with contextlib.suppress(Exception):
            Session(ADDRESS, None, name).login()
    d.must('initiator', 'default', 'allow')
    line = d.logs(r'.*refused.*iqn\.2020-01\.x:a.*|.*iqn\.2020-01\.x:a.*refused.*')
    assert line and "a' to 'b" not in line[0] and re.search(r'refused: [a-z]', line[0]), line and line[0]
    assert d.logs(r'\d+ more in \d+ s'), d.log()[-800:]


def test_narrow():
    """progress bars and tables fit a narrow terminal; the tests of terminals try all widths"""
    done = subprocess.run(['script', '-qec', f'stty cols 40 rows 10; {EVERTAPE} --state {d.state} cartridge list', '/dev/null'],
                          capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    shown = re.sub(r'\x1b\[[0-9;]*[A-Za-z]', '', done.stdout).splitlines()  # a bar, when it takes long, is erased again
    assert shown and all(len(line.rstrip()) <= 40 or 'columns that do not fit' in line for line in shown), done.stdout


try:
    tap.run(tap.tests_of(globals()), after=lambda name: d.process.poll() is None or sys.exit('the daemon died: ' + name))
finally:
    d.stop()
