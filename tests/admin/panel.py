# SPDX-License-Identifier: Apache-2.0
# What a person sees and does while hosts are at work: activity, sessions, removal prevented, doors opened.
import json
import pathlib
import subprocess
import sys
import time

from harness import EVERTAPE, Daemon, check, finish, noise, wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from pdu import Closed, LoginRefused, Session

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '6', '--mailslots', '1')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8', 'E00003L8')
show = d.json('library', 'show')
target, portal = show['target'], show['portals'][0]
address = (portal.rsplit(':', 1)[0], int(portal.rsplit(':', 1)[1]))
HOST = 'iqn.2026-01.test:panel'


def login(initiator=HOST):
    return Session(address, target, initiator).login()


def drive(number=1):
    return d.json('drive', 'show', str(number))


def is_idle():
    return drive()['activity'] == 'idle'


# --- sessions ---
host = login()
host.clear(0, 1, 2)
sessions = d.json('session', 'list')['sessions']
check('a session is listed', len(sessions) == 1 and sessions[0]['initiator'] == HOST and sessions[0]['type'] == 'normal'
      and sessions[0]['target'] == target and sessions[0]['address'].startswith('127.0.0.1:')
      and sessions[0]['tsih'] == host.tsih and sessions[0]['commands'] > 0 and sessions[0]['chap'] is False, sessions)
check('a session has its ISID', sessions[0]['isid'] == bytes(host.isid).hex(), (sessions[0]['isid'], host.isid))
discovery = Session(address).login()
check('a discovery session is listed', sorted(s['type'] for s in d.json('session', 'list')['sessions'])
      == ['discovery', 'normal'])
check('status counts the normal ones', d.json('status')['sessions'] == 1)
discovery.close()
text = d.must('session', 'list')
check('session list as text', HOST in text.out and 'normal' in text.out and target in text.out, text)

# --- what the operator does, the host sees ---
host.clear(0, 1)
d.must('drive', 'load', '1', 'E00001L8')
check('a cartridge loaded by hand is news to the host', host.command(1, '000000000000').key == (6, 0x28, 0))
check('the unit attention is reported once', host.command(1, '000000000000').status == 0)
host.clear(0)
d.must('cartridge', 'move', 'E00003L8', 'mailslot:1')
d.must('mailslot', 'open')
check('so is the mail slot\'s door, to the changer', host.command(0, '000000000000').key == (6, 0x28, 1))
host.clear(0, 1, 2)
check('the host forbids removal', host.command(1, '1e0000000100').status == 0)
check('the panel shows it', drive()['prevented'] is True)
held = d.run('drive', 'unload', '1')
check('unload is refused while removal is prevented', held.code == 1 and 'E00001L8' in held.err and len(held.err.splitlines()) == 1
      and drive()['barcode'] == 'E00001L8', held)
check('the host allows it again', host.command(1, '1e0000000000').status == 0 and drive()['prevented'] is False)

# --- activity ---
check('the drive is idle before', wait_for(is_idle), drive())
for _ in range(4):
    check('the host writes a record', host.command(1, bytes([0x0a, 0, 0, 0x80, 0, 0]), noise(1, 0x8000)).status == 0)
after = drive()
check('the panel counts records and bytes', after['position']['object'] == 4 and after['bytes_written'] == 4 * 0x8000
      and after['usage']['objects'] == 4 and after['usage']['used'] >= 4 * 0x8000, after)
check('not at the beginning, at the end of data', after['position']['end_of_data']
      and not after['position']['beginning'], after)
writer = subprocess.Popen([EVERTAPE, 'stream', portal, '--initiator', 'iqn.2026-01.test:writer', '--overwrite', '--phases', 'write',
                           '--block', '4K', '--qd', '1', '--filemark', '64K', '--size', '4G'],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
wait_for(lambda: drive()['activity'] == 'writing')
shown = [d.json('drive', 'list')['drives'][0]['activity'] for _ in range(60)]
check('a drive that streams is writing whenever one looks', shown.count('writing') >= 57, (writer.poll(), shown))
writer.terminate()
writer.wait()
check('the drive is idle after the stream', wait_for(is_idle), drive())
wait_for(lambda: len(d.json('session', 'list')['sessions']) == 1)
host.clear(1)
check('back to the beginning', host.command(1, '010000000000').status == 0)
watch = subprocess.Popen([EVERTAPE, '--state', d.state, '--json', 'top', '--interval', '2'], stdout=subprocess.PIPE, text=True)
end = time.monotonic() + 20
while watch.poll() is None and time.monotonic() < end:
    host.command(1, bytes([0x0a, 0, 0, 0x80, 0, 0]), b'x' * 0x8000)
top = json.loads(watch.communicate()[0])
check('top tells how fast a drive writes', top['drives'][0]['write_rate'] > 0 and top['write_rate'] > 0
      and top['drives'][0]['read_rate'] == 0 and top['drives'][1]['write_rate'] == 0, top)
text = d.must('top', '--count', '2', '--interval', '1')
check('top as text, twice', text.out.count('WRITING') == 2 and 'E00001L8' in text.out, text)
refused = d.run('--json', 'top', '--count', '2')
check('top as a document is one', refused.code == 2 and '--count' in refused.err, refused)
check('REWIND IMMED', host.command(1, '010100000000').status == 0)
host.close(reset=True)  # the host is gone before the rewind has ended
check('idle again, the host being gone', wait_for(is_idle), drive())
check('at the beginning', drive()['position']['beginning'] is True, drive())
quiet = drive()['last_activity_ms']
host = login()
for _ in range(5):
    host.command(1, '000000000000')
time.sleep(0.3)  # for the time without activity to grow
check('asking whether it is ready is no activity', drive()['last_activity_ms'] > quiet, drive())
seen = set()
stream = subprocess.Popen([EVERTAPE, 'stream', portal, '--size', '300M', '--overwrite'], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
end = time.monotonic() + 100
while stream.poll() is None and time.monotonic() < end:
    seen.add(d.ask('drive.show', {'drive': 1})['result']['activity'])
said = stream.communicate()[0]
check('a stream runs through', stream.returncode == 0, said)
check('the panel shows writing and reading', {'writing', 'reading'} <= seen, seen)
check('and idle when it is over', wait_for(is_idle))


def used():
    shown = d.json('cartridge', 'list')['cartridges']
    return [c['usage'] for c in shown if c['barcode'] == 'E00001L8'][0]


full = drive()['usage']
check('a list shows what is on a tape in a drive', used() == full and full['used'] > 300 << 20, (used(), full))
host.close()
d.must('drive', 'unload', '1')
kept = used()
check('and on one in its slot', {k: v for k, v in kept.items() if k != 'file_bytes'}
      == {k: v for k, v in full.items() if k != 'file_bytes'}, (kept, full))
d.must('drive', 'load', '1', 'E00001L8')
host = login()

# --- ending sessions ---
host.close()
one, two = login(), login('iqn.2026-01.test:other')


def ended(session):
    try:
        return session.closed()
    except Closed:
        return True


answer = d.run('session', 'drop', str(one.tsih))
check('session drop by TSIH', answer.code == 0 and '1 session ended' in answer.out and ended(one), answer)
wait_for(lambda: len(d.json('session', 'list')['sessions']) == 1)  # its tasks and its nexus end first
left = d.json('session', 'list')['sessions']
check('the other session stays', [s['initiator'] for s in left] == ['iqn.2026-01.test:other'], left)
answer = d.run('session', 'drop', 'IQN.2026-01.TEST:other')
check('session drop by name, whatever the case', answer.code == 0 and ended(two), answer)
one = login()
answer = d.run('initiator', 'deny', HOST)
check('denied while logged in: a warning', answer.code == 0 and 'warning' in answer.err and 'session' in answer.err, answer)
check('the session of a denied host goes on', one.command(0, '000000000000').status is not None)
try:
    login()
    check('a denied host cannot log in again', False)
except (LoginRefused, Closed):
    check('a denied host cannot log in again', True)
d.must('initiator', 'remove', HOST)
one.close()
one = login()
check('after the rule is removed the host may log in again', one.command(0, '000000000000').status is not None)

# --- a library in use ---
d.must('drive', 'unload', '1')
d.must('mailslot', 'close', 'E00003L8')
for barcode in ('E00001L8', 'E00002L8', 'E00003L8'):
    d.must('cartridge', 'delete', barcode, '--force')
answer = d.run('library', 'delete', 'demo')
check('a library in use is not deleted', answer.code == 1 and 'logged in' in answer.err, answer)
answer = d.run('library', 'delete', 'demo', '--force')
check('a library in use is deleted with --force', answer.code == 0 and ended(one), answer)
check('no library is left', d.json('library', 'list') == {'libraries': []}
      and wait_for(lambda: d.json('session', 'list')['sessions'] == []))
d.end()
finish()
