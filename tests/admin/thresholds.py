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
          and f'its disk is {level}' in said.out and 'delete cartridges' in said.out, said)
    check('the log says it once', d.log().count('the disk is ' + level) == 1, d.log())
d.end()
finish()
