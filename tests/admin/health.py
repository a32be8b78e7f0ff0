# SPDX-License-Identifier: Apache-2.0
# What goes wrong with a cartridge is seen by the administrator: bit rot, lost files, verify, restart, monitoring.
import glob
import os
import pathlib
import re
import shutil
import signal
import sys

from harness import Daemon, check, finish, noise

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from pdu import Session
from wait import wait_for

RECORD, RECORDS = 64 << 10, 40
HOST = 'iqn.2026-01.test:health'
REWIND, TUR = '010000000000', '000000000000'

d = Daemon()
d.must('library', 'create', 'demo', '--drives', '2', '--slots', '8', '--mailslots', '1')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8', 'E00003L8', 'E00004L8')


def login():
    show = d.json('library', 'show')
    host, port = show['portals'][0].rsplit(':', 1)
    session = Session((host, int(port)), show['target'], HOST).login()
    session.clear(0, 1, 2)
    return session


def data(i):
    return noise(i, RECORD)


def write(host, lun=1):
    for i in range(RECORDS):
        assert host.command(lun, bytes([0x0a, 0, *RECORD.to_bytes(3, 'big'), 0]), data(i)).status == 0
    assert host.command(lun, '100000000100').status == 0


def read(host, lun=1):
    return host.command(lun, bytes([8, 0, *RECORD.to_bytes(3, 'big'), 0]), read=RECORD)


def health(barcode='E00001L8'):
    return d.json('cartridge', 'show', barcode)['health']


def row(barcode):
    """The cartridge's line of the list."""
    return next(c for c in d.json('cartridge', 'list')['cartridges'] if c['barcode'] == barcode)


def watch():
    """status --check: exit code and lines; how full the disk of the tests is, is nothing to judge here."""
    answer = d.run('status', '--check')
    check('status --check says nothing on stderr', answer.err == '', answer)
    lines = answer.out.splitlines()
    ours = [line for line in lines if 'cartridges folder: its disk' not in line]
    if ours == lines:
        return answer.code, lines
    return max([0] + [2 if line.startswith('critical') else 1 for line in ours]), ours


def extents(barcode):
    return sorted(glob.glob(f'{d.state}/cartridges/{barcode}/p0-*.ext'))


def rot(barcode, i):
    """Flips a bit in record i, wherever it stands."""
    for name in extents(barcode):
        with open(name, 'r+b') as f:
            at = f.read().find(data(i)[:4096])
            if at >= 0:
                f.seek(at + 100)
                f.write(bytes([data(i)[100] ^ 0x10]))
                return
    raise AssertionError('no such record')


# --- all is well ---
code, lines = watch()
roomy = d.json('status')['health']['problems'] == []
check('status --check of a good installation: one line, exit 0', not roomy or (code == 0 and len(lines) == 1
      and re.match(r'ok: 4 cartridges, 2 drives, 0 sessions, .+ of .+ available$', lines[0])), lines)
status = d.json('status')
check('status: good', not roomy or status['health'] == {'state': 'good', 'text': 'good', 'problems': []}, status['health'])
check('status begins with the health', not roomy or d.must('status').out.splitlines()[0].split() == ['health', 'good'])
check('a blank cartridge is good', health()['state'] == 'good' and health()['verified'] is None, health())

# --- who is connected, with which drives ---
d.must('drive', 'load', '1', 'E00001L8')
host = login()
write(host)
status = d.json('status')
hosts = status['hosts']
check('status tells who is connected, and with which drives', len(hosts) == 1 and hosts[0]['initiator'] == HOST
      and hosts[0]['drives'] == ['drive:1'] and hosts[0]['address'].startswith('127.0.0.1:'), hosts)
text = d.must('status').out
check('status shows the hosts as text', re.search(rf'^{re.escape(HOST)} +127\.0\.0\.1:\d+ +drive:1 ', text, re.M), text)
check('what was never verified is not called good', health()['state'] == 'not-verified'
      and row('E00001L8')['health']['text'] == 'not verified', health())
host.close()
d.must('drive', 'unload', '1', '--force')

# --- bit rot ---
rot('E00001L8', 18)
d.must('drive', 'load', '1', 'E00001L8')
check('damage is unknown before it is read', watch()[0] == 0)
host = login()
for i in range(18):
    check(f'record {i} is good', read(host).data == data(i))
bad = [read(host).key]
for _ in range(4):
    host.command(1, REWIND)
    host.command(1, bytes([0x11, 0, 0, 0, 18, 0]))
    bad.append(read(host).key)
check('the host gets MEDIUM ERROR', bad == [(3, 0x11, 0)] * 5, bad)
check('the next record is good', read(host).data == data(19))
known = wait_for(lambda: [f for f in health()['faults'] if f['count'] == 5])
check('the cartridge has read errors, counted', health()['state'] == 'read-errors' and known and known[0]['id'] == 'read-errors'
      and known[0]['object'] == 18 and known[0]['with'] == 'drive:1' and 'checksum' in known[0]['error']
      and known[0]['since'] <= known[0]['last'], health())
code, lines = watch()
check('status --check: exit 2, what, since when, what to do', code == 2 and len(lines) == 1 and re.match(
    r'critical: cartridge E00001L8: data could not be read \(5 times, object 18, in drive:1, .*checksum.*\); '
    r'since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d; check the disk, then: evertape cartridge verify E00001L8$', lines[0]), lines)
problem = next(p for p in d.json('status')['health']['problems'] if p['cartridge'])
check('--json status has the same with stable names', {k: problem[k] for k in ('check', 'severity', 'library', 'drive', 'cartridge')} == {
    'check': 'cartridge-read-errors', 'severity': 'critical', 'library': 'demo', 'drive': None, 'cartridge': 'E00001L8'}
    and problem['since'] == known[0]['since'] and problem['line'] == lines[0], problem)
document = d.run('--json', 'status', '--check')
check('--json status --check is the same document', document.code == 2 and document.json == d.json('status')['health'], document)
text = d.must('status').out
check('status as text shows the problem', text.splitlines()[0].split()[0] == 'health'
      and 'problem' in text.splitlines()[0] and lines[0] in text, text)
check('cartridge list shows the fault', row('E00001L8')['health']['text'] == 'read errors' and 'read errors' in d.must('cartridge', 'list').out)
drive = d.json('drive', 'show', '1')['health']
check('drive show has the errors and TapeAlert flags of the drive', [a['id'] for a in drive['alerts']] == ['read-failure']
      and drive['alerts'][0]['number'] == 5 and drive['faults'][0]['count'] == 5
      and drive['faults'][0]['with'] == 'E00001L8' and drive['state'] == 'good', drive)
text = d.must('drive', 'show', '1').out
check('drive show as text has them', 'read failure' in text and re.search(r'^read errors +5 ', text, re.M), text)
said = [line for line in d.lines if 'error: ' in line]
check('one line in the log for all of them', len(said) == 1 and 'drive:1: cartridge E00001L8: data could not be read (object 18)'
      in said[0] and 'evertape cartridge verify E00001L8' in said[0], said)
host.close()
before = health()
check('the daemon stops', d.stop()[0] == 0)
d.start()
check('a restart keeps the faults', health() == before and watch()[0] == 2, (before, health()))
d.kill()
d.start()
check('a kill keeps the faults', health() == before, (before, health()))
now = d.json('drive', 'show', '1')['health']
check('a kill keeps the faults of the drive', now == drive, '\n'.join(str((k, drive[k], now[k])) for k in now if now[k] != drive[k]))

# --- verify ---
d.must('drive', 'unload', '1')
verify = d.run('cartridge', 'verify', 'E00001L8')
check('verify finds the damage', verify.code == 1 and 'first is 18' in verify.err, verify)
verified = health()['verified']
check('the result of verify is kept', health()['state'] == 'damaged' and verified['good'] is False and verified['bad'] == 1
      and verified['first_bad'] == 18, health())
text = d.must('cartridge', 'show', 'E00001L8').out
check('cartridge show has the time and result of the last verify', re.search(r'^last verified +20\d\d-', text, re.M)
      and re.search(r'^verify found +1 object cannot be read; the first is 18$', text, re.M), text)
rot('E00001L8', 0)  # not to be found again: it is put right first
with open(extents('E00001L8')[0], 'r+b') as f:
    content = f.read()
    for i in (0, 18):
        flipped = data(i)[:100] + bytes([data(i)[100] ^ 0x10]) + data(i)[101:4096]
        f.seek(content.find(flipped))
        f.write(data(i)[:4096])
d.must('cartridge', 'verify', 'E00001L8')
check('a good verify clears the read errors', health()['state'] == 'good' and health()['faults'] == []
      and health()['verified']['good'] is True and watch()[0] == 0, health())
check('the faults of the drive stay', d.json('drive', 'show', '1')['health']['faults'][0]['count'] == 5)

# --- files that are gone ---
kept = extents('E00001L8')[0]
os.rename(kept, d.state + '/kept')
shown = d.json('cartridge', 'show', 'E00001L8')
check('a cartridge without its files does not look blank', shown['usage']['objects'] == RECORDS + 1
      and shown['usage']['lost_files'] == 1 and shown['usage']['lost_objects'] == RECORDS + 1
      and shown['health']['state'] == 'files-missing' and row('E00001L8')['health']['text'] == 'files missing', shown)
code, lines = watch()
check('status --check reports the missing files', code == 2 and len(lines) == 1 and 'cartridge E00001L8: data files are missing' in lines[0],
      lines)
load = d.run('drive', 'load', '1', 'E00001L8')
check('a load warns of the missing files', load.code == 0 and 'warning' in load.err and 'data files are missing' in load.err, load)
host = login()
check('the host gets MEDIUM ERROR', read(host).key == (3, 0x11, 0))
host.close()
d.must('drive', 'unload', '1', '--force')
index = f'{d.state}/cartridges/E00001L8/index-p0'
os.rename(index, d.state + '/index')
check('without its index the usage is unknown and the cartridge is not blank', row('E00001L8')['usage'] is None
      and row('E00001L8')['health']['state'] == 'files-missing', row('E00001L8'))
load = d.run('drive', 'load', '1', 'E00001L8')
check('the load is refused with the reason', load.code == 1 and 'data files are missing' in load.err
      and len(load.err.splitlines()) == 1, load)
verify = d.run('cartridge', 'verify', 'E00001L8')
check('verify gives the same reason', verify.code == 1 and 'missing' in verify.err, verify)
os.rename(d.state + '/index', index)
os.rename(d.state + '/kept', kept)
check('returned files are seen at the next list', watch()[0] == 0 or health()['state'] == 'read-errors', watch())
d.must('cartridge', 'verify', 'E00001L8')
check('after a verify the cartridge is good', watch()[0] == 0, watch())

# --- written anew ---
d.must('drive', 'load', '2', 'E00002L8')
host = login()
write(host, 2)
host.close()
d.must('drive', 'unload', '2', '--force')
rot('E00002L8', 3)
check('another cartridge is damaged', d.run('cartridge', 'verify', 'E00002L8').code == 1 and health('E00002L8')['state'] == 'damaged')
d.must('drive', 'load', '2', 'E00002L8')
host = login()
write(host, 2)
host.close()
check('writing from the beginning clears the faults', wait_for(lambda: health('E00002L8')['state'] == 'not-verified')
      and watch()[0] == 0, health('E00002L8'))
d.must('drive', 'unload', '2', '--force')

# --- a folder that is gone ---
shutil.move(f'{d.state}/cartridges/E00003L8', d.state + '/E00003L8')
check('a missing cartridge folder is reported', row('E00003L8')['health']['state'] == 'files-missing')
d.stop()
d.start()
code, lines = watch()
check('a missing cartridge folder is reported after a restart', code == 2 and len(lines) == 1 and 'cartridge E00003L8: folder missing' in lines[0]
      and 'cartridge-folder-missing' in [p['check'] for p in d.json('status')['health']['problems']], lines)
d.stop()
shutil.move(d.state + '/E00003L8', f'{d.state}/cartridges/E00003L8')
d.start()
check('a returned cartridge folder is not reported', watch()[0] == 0, watch())

# --- what was deleted is forgotten ---
rot('E00002L8', 5)
d.run('cartridge', 'verify', 'E00002L8')
check('damaged', watch()[0] == 2)
d.run('cartridge', 'delete', 'E00002L8', '--force').code == 0 or d.must('cartridge', 'delete', 'E00002L8')
check('a deleted cartridge is no problem', watch()[0] == 0, watch())

# --- nobody there ---
d.process.send_signal(signal.SIGSTOP)
hangs = d.run('--timeout', '1', 'status', '--check')
check('a daemon that does not answer is critical', hangs.code == 2 and len(hangs.out.splitlines()) == 1
      and hangs.out.startswith('critical: evertaped: ') and hangs.err == '', hangs)
d.process.send_signal(signal.SIGCONT)
d.kill()
wait_for(lambda: 'is not running' in d.run('status', '--check').out)  # the kernel closes its socket a little later
gone = d.run('status', '--check')
check('no daemon is critical', gone.code == 2 and len(gone.out.splitlines()) == 1
      and gone.out.startswith('critical: evertaped: evertaped is not running'), gone)
gone = d.run('--json', 'status', '--check')
check('with --json no daemon is a document', gone.code == 2 and gone.json['error']['code'] == 'unreachable', gone)
d.start()
d.end()
finish()
