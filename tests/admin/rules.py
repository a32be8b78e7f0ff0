# SPDX-License-Identifier: Apache-2.0
# Who may log in, as the rules say: nobody at first, and then those that a rule lets in, in the way it says.
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

from harness import EVERTAPE, Daemon, check, finish, skip

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
from pdu import LoginRefused, Session

HOST = 'iqn.2026-01.test:host'
FORBIDDEN, UNPROVEN = 0x0202, 0x0201

d = Daemon(admit=False)
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '3', '--mailslots', '0')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8')
show = d.json('library', 'show')
target, portal = show['target'], show['portals'][0]
address = (portal.rsplit(':', 1)[0], int(portal.rsplit(':', 1)[1]))


def login(where=target, name=HOST):
    """0, or the status the login is refused with."""
    try:
        Session(address, where, name).login().close()
    except LoginRefused as e:
        return e.status
    return 0


# --- nobody at first ---
check('without a rule nobody logs in, not even from the machine itself', login() == FORBIDDEN, hex(login()))
check('nor asks for targets', login(None) == FORBIDDEN, hex(login(None)))


def as_nobody(*words):
    nobody = pwd.getpwnam('nobody')
    return subprocess.run([program, *words], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)


if os.geteuid() != 0:
    skip('a local user', 'needs root to become another user')
else:
    folder = tempfile.mkdtemp(prefix='evertape-rules-')
    os.chmod(folder, 0o755)
    program = shutil.copy(EVERTAPE, folder)
    stream = as_nobody('stream', portal, '--load', '--overwrite', '--phases', 'write', '--count', '20')
    check('a local user who may not use the control socket writes to no tape through iSCSI',
          stream.returncode == 1 and '0202' in stream.stderr + stream.stdout + d.log()
          and d.json('drive', 'show', '1')['barcode'] is None, f'{stream}')
    shutil.rmtree(folder)

d.must('initiator', 'allow', HOST)
check('a rule lets one in', (login(), login(None)) == (0, 0))
check('and nobody else', login(name='iqn.2026-01.test:other') == FORBIDDEN)
d.must('initiator', 'remove', HOST)
check('a rule removed lets nobody in', login() == FORBIDDEN)
d.must('initiator', 'default', 'allow')
check('the default lets everybody in', login() == 0)
d.must('initiator', 'default', 'deny')
check('and nobody', login() == FORBIDDEN)

d.end()
finish()
