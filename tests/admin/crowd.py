# SPDX-License-Identifier: Apache-2.0
# Many operators at once, each doing whatever comes to mind: nothing is lost, nothing doubled, the daemon lives.
import os
import random
import threading
import time

from harness import Daemon, check, finish

seed = int(os.environ.get('SEED', random.SystemRandom().randrange(1 << 32)))
seconds = float(os.environ.get('SECONDS', 8))
print(f'# SEED={seed}')
d = Daemon()
for name in ('one', 'two'):
    d.must('library', 'create', name, '--drives', '2', '--slots', '8', '--mailslots', '2')
d.must('cartridge', 'create', '--count', '6', '--prefix', 'A', '--library', 'one')
d.must('cartridge', 'create', '--count', '6', '--prefix', 'B', '--library', 'two')
made = {c['barcode'] for c in d.json('cartridge', 'list')['cartridges']}
ELEMENTS = ['slot:%d' % i for i in range(1, 9)] + ['drive:1', 'drive:2', 'drive:3', 'mailslot:1', 'mailslot:2']


def library(rng):
    return {'library': rng.choice(['one', 'two'])}


def barcode(rng):
    return {'barcode': rng.choice(sorted(made))}


def number(rng):
    return {'drive': rng.randrange(1, 5)}


ACTIONS = [
    lambda r: ('library.show', library(r)),
    lambda r: ('library.list', {}),
    lambda r: ('status', {}),
    lambda r: ('drive.list', {}),
    lambda r: ('drive.show', {**number(r), **library(r)}),
    lambda r: ('cartridge.list', {}),
    lambda r: ('cartridge.show', barcode(r)),
    lambda r: ('mailslot.list', library(r)),
    lambda r: ('identity.show', {}),
    lambda r: ('identity.verify', {}),
    lambda r: ('session.list', {}),
    lambda r: ('cartridge.move', {**barcode(r), 'element': r.choice(ELEMENTS)}),
    lambda r: ('cartridge.move', {**barcode(r), 'element': r.choice(ELEMENTS)}),
    lambda r: ('drive.load', {**number(r), **barcode(r), **library(r)}),
    lambda r: ('drive.unload', {**number(r), **library(r)}),
    lambda r: ('cartridge.verify', barcode(r)),
    lambda r: ('cartridge.protect', barcode(r)),
    lambda r: ('cartridge.unprotect', barcode(r)),
    lambda r: ('mailslot.open', library(r)),
    lambda r: ('mailslot.close', {**library(r), 'barcodes': [r.choice(sorted(made))]}),
    lambda r: ('drive.add', library(r)) if r.randrange(6) == 0 else ('drive.list', library(r)),
    lambda r: ('drive.remove', {**number(r), **library(r)}),
    lambda r: ('drive.add', {'number': r.randrange(1, 5), **library(r)}),
    lambda r: ('library.layout', {**library(r), 'layout': r.choice(['one-target', 'target-per-device'])}),
    lambda r: ('library.create', {'name': 'short', 'drives': 1, 'slots': 2}),
    lambda r: ('library.delete', {'library': 'short'}),
    lambda r: ('cartridge.create', {'barcodes': ['SHORT1L8'], 'library': 'short'}),
    lambda r: ('cartridge.delete', {'barcodes': ['SHORT1L8']}),
    lambda r: ('initiator.allow', {'name': f'iqn.2001-04.com.example:{r.randrange(4)}'}),
    lambda r: ('initiator.remove', {'name': f'iqn.2001-04.com.example:{r.randrange(4)}'}),
]
CODES = {'busy', 'refused', 'not-found', 'exists', 'bad-params', 'no-space'}
odd, done = [], [0] * 8


def operator(n):
    rng = random.Random(seed + n)
    end = time.monotonic() + seconds
    while time.monotonic() < end and d.process.poll() is None:
        method, params = rng.choice(ACTIONS)(rng)
        try:
            answer = d.ask(method, params)
        except OSError as e:
            answer = {'error': {'code': type(e).__name__}}
        if 'result' not in answer and answer.get('error', {}).get('code') not in CODES:
            odd.append((method, params, answer))
        done[n] += 1


threads = [threading.Thread(target=operator, args=(n,)) for n in range(len(done))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(f'# {sum(done)} requests by {len(done)} operators')
check('every answer is a result or an expected refusal', not odd, '\n'.join(map(str, odd[:5])))
check('the daemon lives', d.alive(), d.log()[-2000:])
check('every operator had successful requests', min(done) > 5, done)


def places():
    return {c['barcode']: (c['library'], c['element']) for c in d.json('cartridge', 'list')['cartridges']
            if c['barcode'] in made}


before = places()
check('every cartridge is still there', set(before) == made, made - set(before))
held = [p for p in before.values() if p[1] != 'vault']
check('no two cartridges are in one element', len(set(held)) == len(held), sorted(held))
check('every cartridge is in its own library', all((b[0] == 'A') == (p[0] == 'one') for b, p in before.items()), before)
for name in ('one', 'two'):
    full = {e['element']: e['barcode'] for e in d.json('library', 'show', name)['elements'] if e['barcode']}
    check(f'library {name} shows each where the cartridge says it is',
          full == {p[1]: b for b, p in before.items() if p[0] == name and p[1] != 'vault'}, (full, before))
check('identities are unique', d.run('identity', 'verify').code == 0)
d.kill()
d.start()
check('kill -9 changes none of this', places() == before, (before, places()))
d.end()
finish()
