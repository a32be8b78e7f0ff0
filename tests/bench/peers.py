# SPDX-License-Identifier: Apache-2.0
"""The programs that the benches compare: Evertape and tgt, each started and set up as it is fastest."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading
import time

OURS, PEER = 3260, 3261
PEER_NAME = 'iqn.2001-04.com.example:peer'
PEER_PARAMETERS = {'MaxRecvDataSegmentLength': 262144, 'MaxXmitDataSegmentLength': 262144,
                   'MaxBurstLength': 1048576, 'FirstBurstLength': 262144}
PEER_MALLOC = {'MALLOC_MMAP_THRESHOLD_': '67108864', 'MALLOC_TRIM_THRESHOLD_': '536870912',
               'MALLOC_TOP_PAD_': '67108864'}
CONTROL = '91'  # tgtd's control port: not the one a system-wide tgtd uses


def size_of(text):
    units = {'K': 10, 'M': 20, 'G': 30, 'T': 40}
    return int(text[:-1]) << units[text[-1].upper()] if text[-1].upper() in units else int(text)


def run(*words, **more):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=1800, **more)
    if done.returncode:
        sys.exit(f'{words[0]} {words[1] if len(words) > 1 else ""}: {done.stderr.strip() or done.returncode}')
    return done.stdout


@contextlib.contextmanager
def process(words, log, end=signal.SIGTERM, **more):
    """Started in a session of its own, ended by its number."""
    with open(log, 'w') as out:
        child = subprocess.Popen([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 start_new_session=True, **more)
    try:
        yield child
    finally:
        child.send_signal(end)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            sys.exit('a server did not come up')
        time.sleep(0.05)


@contextlib.contextmanager
def placed(pid):
    """Keeps the crew on all CPUs but the first and every other thread on the first; the crew starts when it is needed."""
    first, *others = sorted(os.sched_getaffinity(0))
    end = threading.Event()

    def place():
        while not end.wait(0.02):
            for task in pathlib.Path(f'/proc/{pid}/task').iterdir():
                with contextlib.suppress(OSError):  # it has ended
                    crew = (task / 'comm').read_text().strip() == 'crew'
                    os.sched_setaffinity(int(task.name), others if crew else [first])

    thread = threading.Thread(target=place)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def namespace(program):
    """Starts the program once more, in a network of our own."""
    if os.environ.get('EVERTAPE_BENCH_NET') != 'own':
        os.environ['EVERTAPE_BENCH_NET'] = 'own'
        os.execvp('unshare', ['unshare', '--net', sys.executable, program, *sys.argv[1:]])
    run('ip', 'link', 'set', 'lo', 'up')
    run('sysctl', '-q', '-w', 'net.ipv4.tcp_congestion_control=reno')


class Evertape:
    """A build of Evertape with a state directory of its own, which stays from round to round."""

    def __init__(self, name, build, directory, port, args, compression, encrypt, protect):
        self.stream_words = ['--encrypt'] * encrypt + ['--protect'] * protect
        self.compression = ['--compression', compression] if compression else []
        self.spare = args.spare
        self.name, self.build, self.port, self.streams = name, build, port, args.streams
        self.state, self.log, self.words = directory / f'state-{port}', directory / f'evertaped-{port}.log', args.target
        self.target = None

    @contextlib.contextmanager
    def running(self):
        words = [*self.words, self.build / 'evertaped', '--state', self.state, '--listen', f'127.0.0.1:{self.port}']
        with process(words, self.log) as child:
            wait_for(lambda: 'ready\n' in self.log.read_text())
            if not self.target:
                self.prepare()
            # The changer is LUN 0, the drives follow.
            with placed(child.pid) if self.spare else contextlib.nullcontext():
                yield child.pid, [f'iscsi://127.0.0.1:{self.port}/{self.target}/{n + 1}' for n in range(self.streams)]

    def forget(self):
        """The next start has new tapes, in new files."""
        shutil.rmtree(self.state, ignore_errors=True)
        self.target = None

    def prepare(self):
        cli = [self.build / 'evertape', '--state', self.state]
        run(*cli, 'initiator', 'default', 'allow')
        run(*cli, 'library', 'create', 'bench', '--drives', self.streams, '--slots', self.streams, *self.compression)
        for n in range(1, self.streams + 1):
            run(*cli, 'cartridge', 'create', f'B{n:05}L8')
            run(*cli, 'drive', 'load', n, f'B{n:05}L8')
        self.target = json.loads(run(*cli, '--json', 'library', 'show', 'bench'))['target']


class Tgt:
    """The peer.  It keeps nothing of what it is told, so every start makes its target anew, over the same tapes."""
    name = 'tgt'
    stream_words = []

    def __init__(self, directory, args):
        self.directory, self.streams, self.size, self.words = directory, args.streams, size_of(args.size), args.target

    @contextlib.contextmanager
    def running(self):
        words = [*self.words, 'tgtd', '-f', '-C', CONTROL, '--iscsi', f'portal=127.0.0.1:{PEER}']
        # it does not listen to SIGTERM while it has targets
        with process(words, self.directory / 'tgtd.log', end=signal.SIGKILL, env=os.environ | PEER_MALLOC) as child:
            wait_for(lambda: subprocess.run(['tgtadm', '-C', CONTROL, '--op', 'show', '--mode', 'sys'],
                                            capture_output=True).returncode == 0)
            self.prepare()
            yield child.pid, [f'iscsi://127.0.0.1:{PEER}/{PEER_NAME}/{n + 1}' for n in range(self.streams)]

    def forget(self):
        """The next start has new tapes, in new files."""
        for tape in self.directory.glob('peer*'):
            tape.unlink()

    def prepare(self):
        adm = ['tgtadm', '-C', CONTROL, '--lld', 'iscsi']
        run(*adm, '--mode', 'target', '--op', 'new', '--tid', 1, '-T', PEER_NAME)
        for name, value in PEER_PARAMETERS.items():
            run(*adm, '--mode', 'target', '--op', 'update', '--tid', 1, '-n', name, '-v', value)
        for n in range(1, self.streams + 1):
            tape = self.directory / f'peer{n}'
            if not tape.exists():
                run('tgtimg', '--op', 'new', '--device-type', 'tape', '--barcode', f'P{n:05}', '--size',
                    2 * self.size >> 20, '--type', 'data', '--file', tape)
            run(*adm, '--mode', 'logicalunit', '--op', 'new', '--tid', 1, '--lun', n, '-b', tape,
                '--device-type', 'tape')
            # tgt's Medium Configuration page says of every tape that it is WORM, and WORM is not overwritten
            run(*adm, '--mode', 'logicalunit', '--op', 'update', '--tid', 1, '--lun', n, '--params',
                'mode_page=' + ':'.join(['0x1d', '0', '0x1e'] + ['0'] * 30))
        run(*adm, '--mode', 'target', '--op', 'bind', '--tid', 1, '-I', 'ALL')


def cold(directory):
    """A tape is read long after it was written: takes the peer's tapes out of the page cache.  Ours are never there."""
    for tape in directory.glob('peer*'):
        run('dd', f'of={tape}', 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0')


def stream(args, side, drives, pid, phase):
    words = [args.build / 'evertape', '--json', 'stream', '--size', args.size, '--block', args.block, '--qd',
             args.qd, '--seed', '1', '--overwrite', '--pid', pid, '--pattern', args.pattern, *side.stream_words]
    for drive in drives:
        words += ['--dev', drive]
    return json.loads(run(*args.initiator, *words, '--phases', phase))['rounds'][0]


def tools(peer):
    """Ends the program when something is missing that it needs."""
    for tool in ('taskset', 'unshare', 'ip', *(('tgtd', 'tgtadm', 'tgtimg') if peer else ())):
        if not shutil.which(tool):
            sys.exit(f'{tool} is missing (packages tgt, util-linux, iproute2)')
    if os.geteuid():
        sys.exit('run it as root: it makes a network namespace')
