# SPDX-License-Identifier: Apache-2.0
# Every JSON document of a populated library against docs/json.md: what is returned is described, with its type, and
# what is described is returned.
import glob
import json
import os
import pathlib
import re
import sys

from harness import Daemon, check, finish

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from pdu import Session

PAGE = (pathlib.Path(__file__).resolve().parents[2] / 'docs' / 'json.md').read_text()
RECORD = 64 << 10


# --- the page -------------------------------------------------------------------------------------------

class Field:
    def __init__(self, row):
        self.key, kind, may_be, _ = [cell.strip() for cell in re.split(r'(?<!\\)\|', row)[1:-1]]
        self.of = (re.search(r'#object-(\w+)', kind) or [None, None])[1]
        self.kind = kind.split(',')[0].split(' [')[0]
        self.null, self.absent = 'null' in may_be, 'absent' in may_be


def links(text):
    return re.findall(r'#object-(\w+)', text)


def sections(head):
    """The name and the text below each heading that begins so."""
    parts = re.split(rf'^### {head}', PAGE, flags=re.M)[1:]
    return {part.split('\n', 1)[0].strip(): re.split(r'^##', part.split('\n', 1)[1], flags=re.M)[0] for part in parts}


def read_objects():
    objects = {}
    for name, text in sections('object ').items():
        parts = links(text.split('\n| field')[0])
        rows = [Field(line) for line in text.splitlines() if re.match(r'\| (?!field |---)', line)]
        objects[name] = parts, {f.key: f for f in rows}
    return objects


def read_answers():
    answers = {}
    for name, text in sections(r'(?!object )').items():
        for link in re.search(r'^Answer: (.*)$', text, re.M)[1].split('; '):
            when = re.search(r'with `(\w+)`', link)
            answers[name, when and when[1]] = links(link)[0]
    for name, link in re.findall(r'^\| `(evertape .*)` \| (.*) \|$', PAGE, re.M):
        answers[name, None] = links(link)[0]
    return answers


def fields(name):
    parts, own = OBJECTS[name]
    found = {}
    for part in parts:
        found |= fields(part)
    return found | own


OBJECTS, ANSWERS = read_objects(), read_answers()
CHECKS = {
    'string': lambda v: isinstance(v, str),
    'list of strings': lambda v: isinstance(v, list) and all(isinstance(x, str) for x in v),
    'number': lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0,
    'true or false': lambda v: isinstance(v, bool),
    'any value': lambda v: True,
    'object': lambda v: isinstance(v, dict),
    'list of objects': lambda v: isinstance(v, list) and all(isinstance(x, dict) for x in v),
}
DETAILS = ['report', 'change_details', 'delete_details']
answered, met = set(), set()  # answers; objects, and fields that are optional, with a value


def faults(value, name, where):
    """What in the value, an object, is not as the page says."""
    wanted = fields(name)
    met.add(name)
    for key in value.keys() - wanted.keys():
        yield f'{where}.{key} is not described'
    for key, field in wanted.items():
        at = f'{where}.{key}'
        if key not in value:
            if not field.absent:
                yield f'{at} is missing'
        elif value[key] is None:
            if not field.null:
                yield f'{at} is null'
        elif not CHECKS[field.kind](value[key]):
            yield f'{at} is no {field.kind}: {value[key]!r}'
        else:
            met.add((name, key))
            if field.of:
                items = value[key] if field.kind.startswith('list') else [value[key]]
                for i, item in enumerate(items):
                    yield from faults(item, field.of, f'{at}[{i}]')


def holds(answer, value, when=None):
    answered.add((answer, when))
    bad = list(faults(value, ANSWERS[answer, when], answer))
    check(f'{answer}{" with " + when if when else ""} answers what docs/json.md says', not bad, '\n'.join(bad))


# --- the scene ------------------------------------------------------------------------------------------

d = Daemon(admit=False)


def verb(answer, *words, when=None, code=0):
    a = d.run('--json', *words)
    if check(f'evertape {" ".join(words)} ends with {code}', a.code == code, a):
        value = a.json
        if 'error' in value and code:
            holds_error(value)
        else:
            holds(answer, value, when)
        return value
    return {}


def holds_error(value):
    bad = list(faults(value, 'reply', 'reply'))
    details = value['error'].get('details')
    if details is not None and all(list(faults(details, name, name)) for name in DETAILS):
        bad.append(f'its details are none of {DETAILS}: {details}')
    check(f'the error {value["error"]["code"]} is what docs/json.md says', not bad, '\n'.join(bad))


def portal():
    host, port = d.json('status')['portals'][0].rsplit(':', 1)
    return host, int(port)


def login():
    session = Session(portal(), d.json('library', 'show', 'demo')['target'], 'iqn.2026-01.test:fields').login()
    session.clear(0, 1, 2)
    return session


def write(session, lun, records):
    for i in range(records):
        assert session.command(lun, bytes([0x0a, 0, *RECORD.to_bytes(3, 'big'), 0]), bytes([i + 1]) * RECORD).status == 0
    assert session.command(lun, '100000000100').status == 0


def remember(session, lun):
    """Stores what programs store in a cartridge's memory."""
    texts = ((0x0800, 1, 8), (0x0801, 1, 32), (0x0802, 1, 8), (0x0803, 2, 160), (0x0804, 1, 12), (0x0806, 1, 32),
             (0x0807, 2, 80), (0x0808, 2, 160))
    items = b''.join(id.to_bytes(2, 'big') + bytes([form]) + n.to_bytes(2, 'big') + f'{id:04X}'.encode().ljust(n)
                     for id, form, n in texts)
    cdb = bytes([0x8d, 1, *bytes(8), *(len(items) + 4).to_bytes(4, 'big'), 0, 0])
    assert session.command(lun, cdb, len(items).to_bytes(4, 'big') + items).status == 0


def encrypt(session, lun):
    """Sets a key for the drive, for all hosts: SECURITY PROTOCOL OUT, page 0010h."""
    page = bytes([0, 0x10, 0, 48, 2 << 5, 0x40, 2, 3, 1, *bytes(9), 0, 32]) + bytes(range(32))
    cdb = bytes([0xb5, 0x20, 0, 0x10, 0, 0, *len(page).to_bytes(4, 'big'), 0, 0])
    assert session.command(lun, cdb, page).status == 0


DEMO = ['--library', 'demo']
verb('library.list', 'library', 'list')
verb('library.create', 'library', 'create', 'demo', '--drives', '3', '--slots', '12')
verb('library.create', 'library', 'create', 'two', '--drives', '1', '--layout', 'target-per-device')
verb('library.personalities', 'library', 'personalities')
verb('cartridge.create', 'cartridge', 'create', 'E00001L8', 'E00002L8', 'E00003L8', 'E00004L8', 'CLNU01L1', *DEMO)
verb('cartridge.protect', 'cartridge', 'protect', 'E00004L8')
verb('cartridge.unprotect', 'cartridge', 'unprotect', 'E00004L8')
verb('evertape VERB NAME...', 'cartridge', 'protect', 'E00004L8', 'E00003L8')
verb('evertape VERB NAME...', 'cartridge', 'protect', 'E00004L8', 'NOTHERE', code=1)

# rules
secret = os.path.join(d.state, 'secret')
with open(secret, 'w') as f:
    f.write('a secret of more than 16 bytes')
os.chmod(secret, 0o600)
verb('initiator.default', 'initiator', 'default', 'allow')
verb('initiator.allow', 'initiator', 'allow', 'iqn.2026-01.test:x', '--secret-file', secret, '--target-secret-file', secret,
     '--target-user', 'bob', '--from', '10.0.0.0/8', '--device', 'drive:9', *DEMO, code=1)
with open(secret + '2', 'w') as f:
    f.write('another secret, longer')
os.chmod(secret + '2', 0o600)
verb('initiator.allow', 'initiator', 'allow', 'iqn.2026-01.test:x', '--secret-file', secret, '--target-secret-file',
     secret + '2', '--target-user', 'bob', '--from', '10.0.0.0/8', '--device', 'drive:9', *DEMO)
verb('initiator.deny', 'initiator', 'deny', 'iqn.2026-01.test:y')
verb('initiator.list', 'initiator', 'list')
verb('initiator.remove', 'initiator', 'remove', 'iqn.2026-01.test:y')

# a passport before and after a change
portals = '{}:{}'.format(*portal())
saved = os.path.join(d.state, 'passport')
check('a passport is saved', d.run('passport', 'save', portals, saved).code == 0)
verb('evertape passport compare', 'passport', 'compare', portals, saved)
verb('cartridge.create', 'cartridge', 'create', 'F00001L8', *DEMO)
verb('drive.add', 'drive', 'add', *DEMO)
verb('drive.personality', 'drive', 'personality', '2', 'IBM ULT3580-TD7', *DEMO)
changed = verb('evertape passport compare', 'passport', 'compare', portals, saved, code=1)
check('it tells what has changed', changed.get('differences') and changed.get('additions'), changed)

# a host at work
verb('drive.load', 'drive', 'load', '1', 'E00001L8', *DEMO)
host = login()
write(host, 1, 20)
remember(host, 1)
encrypt(host, 1)
assert host.command(1, '160000000000').status == 0  # RESERVE(6)
discovery = Session(portal()).login()
verb('session.list', 'session', 'list')
verb('status', 'status')
verb('evertape status --check', 'status', '--check')
verb('evertape top', 'top')
verb('drive.list', 'drive', 'list')
verb('drive.show', 'drive', 'show', '1', *DEMO)
verb('drive.show', 'drive', 'show', '2', *DEMO)
verb('library.list', 'library', 'list', '--disk')
verb('library.show', 'library', 'show', 'demo')
verb('library.show', 'library', 'show', 'two')
verb('cartridge.list', 'cartridge', 'list', '--disk')
verb('cartridge.show', 'cartridge', 'show', 'E00001L8')
verb('drive.unload', 'drive', 'unload', '1', *DEMO, code=1)
verb('library.layout', 'library', 'layout', 'target-per-device', *DEMO, code=1)
verb('library.compression', 'library', 'compression', 'lz4', *DEMO)
verb('session.drop', 'session', 'drop', '--all')
discovery.close()
verb('drive.unload', 'drive', 'unload', '1', *DEMO, '--force')

# devices
verb('drive.remove', 'drive', 'remove', '3', *DEMO, '--force')
verb('identity.show', 'identity', 'show')
verb('drive.add', 'drive', 'add', '--number', '3', *DEMO)
verb('drive.personality', 'drive', 'personality', '3', 'HP Ultrium 6-SCSI', *DEMO, '--force')
verb('library.personality', 'library', 'personality', 'IBM 03584L32', *DEMO, '--force')
verb('library.layout', 'library', 'layout', 'target-per-device', *DEMO, '--force')
verb('library.layout', 'library', 'layout', 'one-target', *DEMO, '--force')
verb('library.delete', 'library', 'delete', 'two', '--force')
verb('library.adopt', 'library', 'adopt', '--revision', '1800', *DEMO, '--force')
verb('drive.adopt', 'drive', 'adopt', '2', '--revision', 'J3', *DEMO, '--force')
check('its passport is saved', d.run('passport', 'save', portals, saved + '2').code == 0)
verb('identity.adopt', 'identity', 'adopt', saved + '2', *DEMO, '--force')

# cartridges in and out
verb('drive.load', 'drive', 'load', '1', 'CLNU01L1', *DEMO)
verb('drive.show', 'drive', 'show', '1', *DEMO)
verb('drive.unload', 'drive', 'unload', '1', *DEMO)
verb('cartridge.move', 'cartridge', 'move', 'E00002L8', 'mailslot:1')
verb('mailslot.list', 'mailslot', 'list')
verb('mailslot.open', 'mailslot', 'open')
verb('mailslot.list', 'mailslot', 'list', '--disk')
verb('mailslot.close', 'mailslot', 'close', 'E00002L8')
tap, native = os.path.join(d.state, 'x.tap'), os.path.join(d.state, 'x.evt')
verb('evertape cartridge export', 'cartridge', 'export', 'E00001L8', tap)
verb('evertape cartridge export', 'cartridge', 'export', 'E00001L8', native)
with open(tap, 'ab') as f:  # an object of a private class before the end
    f.seek(-4, 2)
    f.truncate()
    f.write(b'\x04\0\0\x10abcd\x04\0\0\x10\xff\xff\xff\xff')
verb('cartridge.import', 'cartridge', 'import', tap, '--barcode', 'Y00001L8')
verb('cartridge.import', 'cartridge', 'import', native, '--barcode', 'Y00002L8')
verb('cartridge.verify', 'cartridge', 'verify', 'E00001L8')
verb('cartridge.verify', 'cartridge', 'verify', tap)
verb('cartridge.verify', 'cartridge', 'verify', native)
verb('cartridge.show', 'cartridge', 'show', 'E00001L8')

# damage
extent = max(glob.glob(os.path.join(d.state, 'cartridges', 'Y00002L8', '*.ext')), key=os.path.getsize)
with open(extent, 'r+b') as f:
    f.seek(os.path.getsize(extent) // 2)
    f.write(b'damage')
verb('cartridge.verify', 'cartridge', 'verify', 'Y00002L8', code=1)
verb('cartridge.show', 'cartridge', 'show', 'Y00002L8')
verb('status', 'status')
verb('evertape status --check', 'status', '--check', code=2)

# the wastebasket
verb('cartridge.delete', 'cartridge', 'delete', 'E00001L8', code=1)
verb('cartridge.delete', 'cartridge', 'delete', 'E00001L8', 'E00003L8', '--force', '--reason', 'old')
verb('cartridge.list', 'cartridge', 'list', '--deleted', when='deleted')
verb('cartridge.restore', 'cartridge', 'restore', 'E00001L8')
verb('cartridge.purge', 'cartridge', 'purge', '--all')

# identities, versions
verb('identity.verify', 'identity', 'verify')
verb('evertape identity export', 'identity', 'export', os.path.join(d.state, 'saved.json'))
verb('log', 'log')
verb('evertape version', 'version')
for method, params in (('version', None), ('methods', None), ('identity.export', None), ('cartridge.export', None)):
    fd = os.open(os.path.join(d.state, 'out'), os.O_RDWR | os.O_CREAT, 0o600)
    reply = d.ask(method, {'barcode': 'E00001L8'} if method == 'cartridge.export' else params,
                  [fd] if method == 'cartridge.export' else ())
    os.close(fd)
    bad = list(faults(reply, 'reply', method))
    if check(f'{method} replies', not bad and 'result' in reply, (bad, reply)):
        holds(method, reply['result'])
holds_error(d.ask('nothing'))
saved = json.loads(pathlib.Path(d.state, 'saved.json').read_text())
check('what is saved is what identity.show says', saved['installation'] == d.json('identity', 'show')['installation'])
d.end()

d = Daemon(admit=False)
path = os.path.join(d.state, 'moved.json')
pathlib.Path(path).write_text(json.dumps(saved))
verb('identity.import', 'identity', 'import', path)
verb('evertape version', 'version')
d.end()

# --- nothing was left out -------------------------------------------------------------------------------
TEXT_ONLY = {'identity_row', 'identity_shown', 'progress'}
left = ANSWERS.keys() - answered
check('every answer of the page was seen', not left, left)
parts = {part for below, _ in OBJECTS.values() for part in below}
left = OBJECTS.keys() - met - parts - TEXT_ONLY
check('so was every object', not left, left)
finish()
