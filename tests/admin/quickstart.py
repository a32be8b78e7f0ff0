# SPDX-License-Identifier: Apache-2.0
"""What a stranger types first: contrib/quickstart from nothing, and the commands that the papers name."""
import pathlib
import sys

from harness import *

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from pdu import LoginRefused, Session
from tap import equal

TOP = pathlib.Path(__file__).resolve().parents[2]
top = tempfile.mkdtemp(prefix='evertape-quickstart-')
atexit.register(shutil.rmtree, top, ignore_errors=True)
os.chmod(top, 0o755)  # its daemon is somebody else, who has to reach the state directory
# The same tree, with the build that is tested in the place of the one it would make.
shutil.copytree(TOP / 'contrib', top + '/contrib')
os.symlink(BUILD, top + '/build')
os.mkdir(top + '/data')
for n in range(20):
    pathlib.Path(top, 'data', f'file{n}').write_bytes(os.urandom(5000))
state = top + '/state'
DEMO = 'iqn.2026-11.io.evertape:demo'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


PORT = free_port()


def quickstart(*words):
    user = ['--user', 'nobody'] if os.geteuid() == 0 else []
    return subprocess.run([top + '/contrib/quickstart', '--no-install', *user, *words], capture_output=True, text=True,
                          timeout=300, stdin=subprocess.DEVNULL)


def ordinary():
    return quickstart('--state', state, '--listen', f'127.0.0.1:{PORT}', top + '/data')


def evertape(*words):
    return subprocess.run([EVERTAPE, '--state', state, *words], capture_output=True, text=True, timeout=60)


def pid():
    return json.loads(evertape('--json', 'status').stdout)['pid']


def stop():
    one = pid()
    os.kill(one, signal.SIGTERM)
    assert wait_for(lambda: not os.path.exists(f'/proc/{one}') or
                    pathlib.Path(f'/proc/{one}/stat').read_text().split()[2] == 'Z'), 'it does not stop'


def login(name, **how):
    Session(('127.0.0.1', PORT), None, name, **how).login().close()


def refused(name):
    try:
        login(name)
    except LoginRefused as e:
        return e.status
    return 0


def test_nothing():
    """from nothing to a library that has proved itself, left running"""
    if not shutil.which('meson') or not shutil.which('ss'):
        raise tap.Skip('meson or ss is not installed')
    done = ordinary()
    equal(done.returncode, 0, done.stdout[-1500:] + done.stderr[-1500:])
    for says in ('identical, byte for byte', 'no difference from', 'The library is left running', f'127.0.0.1:{PORT}'):
        assert says in done.stdout, f'{says!r} is not in: {done.stdout[-3000:]}'
    listed = json.loads(evertape('--json', 'cartridge', 'list').stdout)['cartridges']
    equal(len(listed), 8)
    if os.geteuid() == 0:
        owner = os.stat(f'/proc/{pid()}').st_uid
        assert owner != 0 or 'runs as root' in done.stdout, owner


def test_access():
    """only its own demo host may log in, and that with its secret"""
    rules = json.loads(evertape('--json', 'initiator', 'list').stdout)['initiators']
    equal([(r['name'], r['authentication']) for r in rules if r['allowed']], [(DEMO, 'chap')])
    assert refused('iqn.2026-01.test:stranger') and refused(DEMO)
    mode = os.stat(state + '/demo.secret').st_mode & 0o777
    equal(mode, 0o600)
    equal(len(pathlib.Path(state, 'demo.secret').read_text().strip()), 16)


def test_again():
    """a second run uses the library it finds"""
    before = json.loads(evertape('--json', 'identity', 'show').stdout)
    done = ordinary()
    equal(done.returncode, 0, done.stdout[-1500:] + done.stderr[-1500:])
    assert 'already exists' in done.stdout and 'is stopped first' in done.stdout, done.stdout
    equal(json.loads(evertape('--json', 'identity', 'show').stdout), before)


def test_hints():
    """what it tells to type at the end works"""
    done = evertape('initiator', 'allow', 'iqn.1991-05.com.microsoft:host')
    equal(done.returncode, 0, done.stderr)
    equal(evertape('status').returncode, 0)
    stop()


def test_refusals():
    """bad words, a port that is taken, a directory of somebody else: one line, and nothing is made"""
    os.mkdir(top + '/full')
    pathlib.Path(top, 'full', 'other').write_bytes(b'')
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        s.listen()
        taken = f'127.0.0.1:{s.getsockname()[1]}'
        for code, says, words in ((2, 'unknown option', ['--bogus']), (2, 'needs a value', ['--state']),
                                  (2, 'ADDRESS:PORT', ['--listen', '127.0.0.1']), (2, 'only one directory', ['/a', '/b']),
                                  (1, 'must be a directory', [top + '/none']),
                                  (1, 'contains other files', ['--state', top + '/full', '--listen', taken, top + '/data']),
                                  (1, 'is in use', ['--state', top + '/new', '--listen', taken, top + '/data'])):
            done = quickstart(*words)
            assert (done.returncode, done.stderr.count('\n')) == (code, 1) and says in done.stderr, (words, done)
    equal(os.listdir(top + '/full'), ['other'])
    assert not os.path.exists(top + '/new/catalog')


def commands():
    """(paper, words) of each "evertape NOUN ..." in them."""
    papers = [TOP / 'README.md', TOP / 'ARCHITECTURE.md', *sorted((TOP / 'contrib').rglob('*.md')),
              *sorted((TOP / 'contrib').rglob('*.ps1')), TOP / 'contrib/quickstart']
    for paper in papers:
        for found in re.finditer(r'\bevertape((?: --[\w-]+ [^-\s]\S*)*) ([a-z]+ [a-z]+\b[^\n`"|;)]*)', paper.read_text()):
            yield paper.name, found[2].split()


def test_papers():
    """every command that the papers name is there, with its options"""
    listed = subprocess.run([EVERTAPE, 'help'], capture_output=True, text=True, timeout=60).stdout
    rows = {tuple(row) for row in (line.split()[:2] for line in listed.splitlines() if line.startswith('  ')) if len(row) == 2}
    nouns, seen = {noun for noun, _ in rows}, 0
    for paper, words in commands():
        if words[0] not in nouns or words[0] in ('help', 'stream', 'passport', 'status', 'top', 'version'):
            continue  # prose, or a verb by itself
        seen += 1
        assert tuple(words[:2]) in rows, f'{paper}: evertape {" ".join(words)}'
        said = subprocess.run([EVERTAPE, *words[:2], '--help'], capture_output=True, text=True, timeout=60).stdout
        for option in (w.split('=')[0].rstrip('.,:') for w in words if w.startswith('--')):
            assert option in said or option in ('--json', '--state', '--help'), f'{paper}: evertape {" ".join(words)}: no {option}'
    assert seen > 15, seen


try:
    tap.run(tap.tests_of(globals()))
finally:
    if evertape('status').returncode == 0:
        stop()
