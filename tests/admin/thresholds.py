# SPDX-License-Identifier: Apache-2.0
# The disk of the cartridges: status, its check and the log go by one pair of settings.
import os

from harness import Daemon, check, finish

ALL = 1 << 30  # MiB: more than any disk has
d = Daemon()
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '2')
d.must('cartridge', 'create', 'E00001L8')
said = d.run('status', '--check')
roomy = d.json('status')
check('a disk with room is no problem', said.code == 0 and said.out.startswith('ok') and roomy['disk'] == 'roomy', said)
check('status says what is promised', roomy['promised_bytes'] == d.json('cartridge', 'show', 'E00001L8')['capacity'], roomy)

d.must('library', 'create', 'other', '--drives', '1', '--slots', '2')
d.must('cartridge', 'create', 'O00001L7', 'O00002L7', '--library', 'other')
d.must('drive', 'load', '1', 'O00002L7', '--library', 'other')


def libraries(*words):
    return {row['name']: row for row in d.json('library', 'list', '--disk', *words)['libraries']}


def shown(barcode):
    return d.json('cartridge', 'show', barcode)


listed = libraries()
for name, barcodes in (('demo', ['E00001L8']), ('other', ['O00001L7', 'O00002L7'])):
    check(f'library list tells what {name} promises', listed[name]['promised_bytes']
          == sum(shown(b)['capacity'] for b in barcodes) > 0, listed)
    check(f'and what the files of {name} occupy, also in a drive', listed[name]['used_bytes']
          == sum(shown(b)['usage']['file_bytes'] for b in barcodes), listed)
    check(f'and what the file system has for {name}', 0 < listed[name]['disk_available_bytes'] <= roomy['disk_bytes'], listed)
check('without --disk a document has nothing that changes by itself', all('disk_available_bytes' not in row
      for row in d.json('library', 'list')['libraries']) and all('writable_bytes' not in row
      for row in d.json('cartridge', 'list')['cartridges']), d.json('library', 'list'))
check('with it, what can be written', all(row['writable_bytes'] <= row['usage']['remaining']
      for row in d.json('cartridge', 'list', '--disk')['cartridges']), d.json('cartridge', 'list', '--disk'))
check('a blank on a disk with room can be written, and cartridge show says nothing else', shown('E00001L8')['write_protected'] is False
      and shown('E00001L8')['write_protected_why'] is None, shown('E00001L8'))
check('REMAINING is the writable size', [line.count('12 TB') for line in d.run('cartridge', 'list').out.splitlines() if 'E00001L8' in line]
      == [1], d.run('cartridge', 'list'))
d.must('cartridge', 'create', 'O00009L8', '--library', 'other')
d.must('cartridge', 'move', 'O00009L8', 'mailslot', '--library', 'other')
d.must('mailslot', 'open', '--library', 'other')
vault = [line for line in d.run('mailslot', 'list', '--library', 'other').out.splitlines() if 'O00009L8' in line]
check('REMAINING of a vaulted cartridge is the writable size', len(vault) == 1 and vault[0].count('12 TB') == 1 and ' - ' not in vault[0], vault)
d.must('cartridge', 'delete', 'O00009L8', '--library', 'other')
check('status promises what the libraries do', d.json('status')['promised_bytes']
      == sum(row['promised_bytes'] for row in listed.values()), listed)
check('library list --quick does not tell what is used', [row['used_bytes'] for row in libraries('--quick').values()]
      == [None, None] and libraries('--quick')['demo']['promised_bytes'] == listed['demo']['promised_bytes'], listed)
check('status tells what the files of all of them occupy', d.json('status')['used_bytes']
      == sum(row['used_bytes'] for row in listed.values()), listed)
table = d.run('library', 'list').out.splitlines()
check('library list has a column for each', all(title in table[0] for title in ('PROMISED', 'USED', 'AVAILABLE'))
      and len(table) == 3, table)
place = os.path.join(d.state, 'cartridges', 'E00001L8')
os.rename(place, place + '.away')
gone = libraries()
os.rename(place + '.away', place)
check('what is used is null while a cartridge cannot be looked at', gone['demo']['used_bytes'] is None
      and gone['other']['used_bytes'] == listed['other']['used_bytes'], gone)
d.must('drive', 'unload', '1', '--library', 'other')
for settings, level, name, code in (({'disk-nearly-full': ALL}, 'nearly full', 'disk-nearly-full', 1),
                                    ({'disk-floor': ALL, 'disk-nearly-full': ALL}, 'full', 'disk-full', 2)):
    d.stop()
    with open(os.path.join(d.state, 'evertaped.conf'), 'w') as f:
        f.writelines(f'{key} = {value}\n' for key, value in settings.items())
    d.start()
    status = d.json('status')
    said = d.run('status', '--check')
    check(f'status says that the disk is {level}', status['disk'] == level
          and [p['check'] for p in status['health']['problems']] == [name], status)
    check(f'status --check ends with {code}, what, and what to do', said.code == code and len(said.out.splitlines()) == 1
          and f'the disk is {level}' in said.out and 'delete cartridges' in said.out, said)
    check('the log has one line for the level', d.log().count('the disk is ' + level) == 1, d.log())
FULL = 'the disk is full, and the cartridge is blank'


def why(barcode):
    one = shown(barcode)
    return one['write_protected'], one['write_protected_why']


check('and cartridge show, of one that is in no drive', why('E00001L8') == (True, FULL), shown('E00001L8'))
check('also in its text', [line.split(None, 2)[2] for line in d.must('cartridge', 'show', 'E00001L8').out.splitlines()
                           if line.startswith('protected because')] == [FULL], d.must('cartridge', 'show', 'E00001L8').out)
d.must('cartridge', 'protect', 'E00001L8')
check('the tab goes first', why('E00001L8') == (True, 'the cartridge is write-protected'), shown('E00001L8'))
d.must('cartridge', 'unprotect', 'E00001L8')
d.must('drive', 'load', '1', 'E00001L8', '--library', 'demo')
check('and of one in a drive', why('E00001L8') == (True, FULL), shown('E00001L8'))
drive = d.json('drive', 'show', '1', '--library', 'demo')
check('below disk-floor a blank is write-protected, and drive show says why', drive['write_protected'] is True
      and drive['write_protected_why'] == FULL, drive)
d.must('drive', 'unload', '1', '--library', 'demo')
said = d.must('cartridge', 'delete', 'E00001L8', '--force')
check('nor does the wastebasket keep room from hosts there', 'destroyed: ' in said.out
      and d.json('cartridge', 'list', '--deleted')['cartridges'] == [], said)
place = os.path.join(d.state, 'cartridges')
os.rename(place, place + '.away')
unknown, text = d.json('status'), d.must('status').out
told = d.logs(r'how much room it has is not known')
os.rename(place + '.away', place)
check('what the disk has is null in status while nobody can look', unknown['disk_available_bytes'] is None
      and unknown['disk'] is None and -1 not in unknown.values(), unknown)
check('and - in its text', [line.split()[-1] for line in text.splitlines() if line.startswith(('disk available', 'disk state'))]
      == ['-', '-'], text)
check('the log does not take that for room', told and 'has room again' not in d.log(), d.log())
d.end()
finish()
