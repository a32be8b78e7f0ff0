# SPDX-License-Identifier: Apache-2.0
# Anything on the control socket: bytes, lines, clients, descriptors. The daemon answers or hangs up, and lives.
import json
import os
import random
import socket
import tempfile
import time

from harness import Daemon, check, finish, read_answer, read_lines, send_fds, unread, wait_for

seed = int(os.environ.get('SEED', random.SystemRandom().randrange(1 << 32)))
print(f'# SEED={seed}')
rng = random.Random(seed)
d = Daemon()
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '3', '--mailslots', '1')
d.must('cartridge', 'create', 'E00001L8')
LINE = 64 << 10


def descriptors():
    return len(os.listdir(f'/proc/{d.process.pid}/fd'))


def settled(count):
    """Descriptors once clients that have left are forgotten."""
    wait_for(lambda: descriptors() <= count)
    return descriptors()


def memory():
    with open(f'/proc/{d.process.pid}/statm') as f:
        return int(f.read().split()[1]) * os.sysconf('SC_PAGE_SIZE')


# A label may be written just now, and its file open for a moment: the fewest of many looks count.
quiet = min((time.sleep(0.01), descriptors())[1] for _ in range(50))

# --- lines, and what is answered -------------------------------------------------------------------------------
version = '{"method":"version"}'
rows = [
    ('an empty line', b'\n', 'bad-request'),
    ('blanks', b'   \n', 'bad-request'),
    ('a word', b'version\n', 'bad-request'),
    ('a number', b'17\n', 'bad-request'),
    ('a list', b'["version"]\n', 'bad-request'),
    ('null', b'null\n', 'bad-request'),
    ('an empty object', b'{}\n', 'bad-request'),
    ('no method', b'{"params":{}}\n', 'bad-request'),
    ('a method that is a number', b'{"method":1}\n', 'bad-request'),
    ('a method that is null', b'{"method":null}\n', 'bad-request'),
    ('an unknown method', b'{"method":"explode"}\n', 'unknown-method'),
    ('a method with a NUL', b'{"method":"version\\u0000"}\n', 'bad-request'),
    ('a method of 60000 bytes', b'{"method":"' + b'x' * 60000 + b'"}\n', 'unknown-method'),
    ('an unknown member', b'{"method":"version","id":1}\n', 'bad-request'),
    ('a member twice', b'{"method":"version","method":"version"}\n', 'bad-request'),
    ('params that are a list', b'{"method":"version","params":[]}\n', 'bad-params'),
    ('params that are null', b'{"method":"version","params":null}\n', 'bad-params'),
    ('an unknown parameter', b'{"method":"version","params":{"x":1}}\n', 'bad-params'),
    ('a parameter missing', b'{"method":"cartridge.show"}\n', 'bad-params'),
    ('a parameter twice', b'{"method":"cartridge.show","params":{"barcode":"A","barcode":"B"}}\n', 'bad-request'),
    ('truncated JSON', b'{"method":"vers\n', 'bad-request'),
    ('two values on a line', version.encode() * 2 + b'\n', 'bad-request'),
    ('not UTF-8', b'{"method":"\xff\xfe"}\n', 'bad-request'),
    ('a NUL in the line', b'{"method":"version"\x00}\n', 'bad-request'),
    ('a carriage return at the end is a blank', version.encode() + b'\r\n', None),
    ('60000 open brackets', b'[' * 60000 + b'\n', 'bad-request'),
    ('60000 open braces in a value', b'{"method":' + b'{"a":' * 10000 + b'\n', 'bad-request'),
    ('nine deep', b'{"method":"version","params":' + b'[' * 8 + b']' * 8 + b'}\n', 'bad-request'),
    ('brackets in a text are no depth', b'{"method":"' + b'[{' * 1000 + b'"}\n', 'unknown-method'),
    ('a quote behind a backslash', b'{"method":"\\"[[[[[[[[[[[[[["}\n', 'unknown-method'),
    ('an integer too large', b'{"method":"drive.show","params":{"drive":99999999999999999999}}\n', 'bad-request'),
    ('a number with a fraction', b'{"method":"drive.show","params":{"drive":1.5}}\n', 'bad-params'),
    ('infinity', b'{"method":"drive.show","params":{"drive":1e999}}\n', 'bad-request'),
    ('a drive below one', b'{"method":"drive.show","params":{"drive":-1}}\n', 'bad-params'),
    ('a line of exactly 64 KiB', b' ' * (LINE - len(version)) + version.encode() + b'\n', None),
    ('a line one byte longer', b' ' * (LINE + 1 - len(version)) + version.encode() + b'\n', 'bad-request'),
    ('200000 bytes and no newline', b'x' * 200000, 'bad-request'),
]
for name, data, code in rows:
    with d.connect() as s:
        try:
            s.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had seen enough
        answer = read_answer(s)
    got = answer.get('error', {}).get('code') if 'error' in answer else None
    check(name, answer and got == code, f'wanted {code}: {answer}')

# --- in pieces, in heaps ------------------------------------------------------------------------------------------
with d.connect() as s:
    for byte in (version + '\n').encode():
        s.send(bytes([byte]))
    check('one byte at a time', 'result' in read_answer(s))
with d.connect() as s:
    s.sendall((version + '\n').encode() * 500)
    s.shutdown(socket.SHUT_WR)
    answers = list(read_lines(s))
    check('500 requests in one go: 500 answers in order', len(answers) == 500 and all('result' in a for a in answers),
          len(answers))
with d.connect() as s:
    s.sendall(b'{"method":"nope"}\n' + version.encode() + b'\nrubbish\n' + version.encode() + b'\n')
    s.shutdown(socket.SHUT_WR)
    kinds = ['result' if 'result' in a else a['error']['code'] for a in read_lines(s)]
    check('after a bad line the next one counts', kinds == ['unknown-method', 'result', 'bad-request', 'result'], kinds)
for data in (b'', b'{', b'{"method":"status"', version.encode()):
    with d.connect() as s:
        s.sendall(data)
check('clients that leave in the middle', d.alive())

# --- clients that do not read, and many of them ---------------------------------------------------------------------
deaf = d.connect()
deaf.setblocking(False)
sent = 0
try:
    while sent < 64 << 20:
        sent += deaf.send((version + '\n').encode() * 500)
except BlockingIOError:
    pass
check('one that does not read is made to wait, not fed', sent < 16 << 20, sent)
check('other clients are served meanwhile', d.alive())
crowd = [d.connect() for _ in range(60)]
served = turned_away = 0
for s in crowd:
    try:
        s.sendall((version + '\n').encode())
    except (BrokenPipeError, ConnectionResetError):
        pass
for s in crowd:
    answer = read_answer(s)
    served += 'result' in answer
    turned_away += answer.get('error', {}).get('code') == 'busy'
check('of 60 clients at once the first are served, the others told', served >= 20 and served + turned_away == 60,
      (served, turned_away))
for s in crowd + [deaf]:
    s.close()
check('disconnected clients are removed', settled(quiet) <= quiet, (descriptors(), quiet))
check('new clients are served again', d.alive())

# --- descriptors -------------------------------------------------------------------------------------------------------
folder = os.open(d.state, os.O_RDONLY)
zero = os.open('/dev/zero', os.O_RDWR)
path = os.open('/etc/passwd', os.O_PATH)
out, into = os.pipe()
plain = tempfile.TemporaryFile()
closed_end, other_end = socket.socketpair()
write_only = os.open(os.path.join(d.state, 'w'), os.O_WRONLY | os.O_CREAT, 0o600)
read_only = os.open('/etc/passwd', os.O_RDONLY)
other_end.close()
with d.connect() as s:
    for _ in range(300):
        send_fds(s, b'x', [zero])
    for count in (1, 2, 4, 5, 100, 250):
        send_fds(s, b'y', [zero] * count)
    taken = wait_for(lambda: unread(s) == 0)
    held = settled(quiet + 2)
    check('descriptors without a request do not pile up', taken and held <= quiet + 2, (taken, held, quiet))
check('unused descriptors are closed with the client', settled(quiet) <= quiet, (descriptors(), quiet))
check('a descriptor nobody wants is closed', 'result' in d.ask('version', fds=[zero]) and settled(quiet) <= quiet)
for method in ('cartridge.import', 'cartridge.export', 'identity.import', 'identity.adopt'):
    params = {'barcode': 'E00001L8'} if method == 'cartridge.export' else None
    answer = d.ask(method, params)
    check(f'{method} without a descriptor', answer['error']['code'] == 'bad-request', answer)
    wrong = write_only if method != 'cartridge.export' else read_only
    for what, fd in (('a folder', folder), ('a device', zero), ('a path', path), ('a pipe', out), ('an empty file',
                     plain.fileno()), ('a dead socket', closed_end.fileno()), ('one of the wrong mode', wrong)):
        if method == 'cartridge.export' and fd == plain.fileno():
            continue  # that is what it wants
        answer = d.ask(method, params, [fd])
        check(f'{method} with {what}', 'error' in answer and answer['error']['message'], answer)
check('the descriptors are gone', settled(quiet) <= quiet, (descriptors(), quiet))
two = d.ask('identity.import', None, [folder, plain.fileno()])
check('of two descriptors one counts, the other is closed', 'error' in two and settled(quiet) <= quiet, two)

# --- every method, every parameter, values of every kind --------------------------------------------------------------------
methods = d.ask('methods')['result']['methods']
values = [None, True, False, 0, -1, 1, 255, 1 << 40, 1.5, '', 'x', 'E00001L8', '../..', 'demo', 'x' * 5000, '\x01', '\x7f',
          '%n%s%n', 'slot:1', 'slot:-1', '*', [], ['E00001L8'], [1], ['x'] * 2000, [[]], {}, {'a': 1}]
odd = []
for m in methods:
    if m['name'] in ('library.delete', 'cartridge.delete'):
        continue
    needed = {p['name']: {'text': 'x', 'secret': 'x' * 12, 'number': p.get('min', 1), 'flag': True, 'texts': []}[p['type']]
              for p in m['params'] if p['required']}
    for p in m['params'] + [{'name': 'nothing'}]:
        for value in values:
            answer = d.ask(m['name'], {**needed, p['name']: value}, [plain.fileno()] if m['wants_file'] else [])
            if len({'result', 'error'} & set(answer)) != 1:
                odd.append((m['name'], p['name'], str(value)[:40], answer))
check(f'{len(methods)} methods with values of every kind', not odd and d.alive(), odd[:5])

# --- random bytes, and requests with a few bytes changed ------------------------------------------------------------------
good = [json.dumps({'method': m['name'], 'params': {p['name']: rng.choice(values) for p in m['params']}}).encode()
        for m in methods for _ in range(3)]
began, size = time.monotonic(), memory()
dead = 0
for turn in range(600):
    data = bytearray(rng.choice(good) + b'\n') if turn % 3 else bytearray(rng.randbytes(rng.randrange(1, 3000)))
    for _ in range(rng.randrange(0, 6)):
        at = rng.randrange(len(data))
        data[at:at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        data = data or bytearray(b'\n')
    fds = [rng.choice([zero, out, plain.fileno(), folder])] * rng.randrange(3)
    with d.connect() as s:
        try:
            send_fds(s, bytes(data), fds)
            if rng.randrange(2):
                s.shutdown(socket.SHUT_WR)
                for _ in read_lines(s):
                    pass
        except (BrokenPipeError, ConnectionResetError, ValueError):
            pass
    if d.process.poll() is not None:
        dead = turn + 1
        break
check('600 rounds of random bytes and spoiled requests', not dead and d.alive(), f'seed {seed}, died in round {dead}\n'
      + d.log()[-1500:])
more = len(d.json('library', 'list')['libraries']) - 1  # some of it made libraries; each holds a descriptor
check('no descriptor was lost', settled(quiet + more) <= quiet + more, (descriptors(), quiet, more))
check('memory does not grow with them', memory() - size < 64 << 20, (size, memory()))
check('the library is still whole', d.json('library', 'show', 'demo')['name'] == 'demo')
check('the identities are unchanged', d.run('identity', 'verify').code == 0)
d.end()
finish()
