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
from chap import Chap
from pdu import LoginRefused, Session

HOST = 'iqn.2026-01.test:host'
FORBIDDEN, UNPROVEN = 0x0202, 0x0201

d = Daemon(admit=False)
d.must('library', 'create', 'demo', '--drives', '1', '--slots', '3', '--mailslots', '0')
d.must('cartridge', 'create', 'E00001L8', 'E00002L8')
show = d.json('library', 'show')
target, portal = show['target'], show['portals'][0]
address = (portal.rsplit(':', 1)[0], int(portal.rsplit(':', 1)[1]))


def login(where=target, name=HOST, **how):
    """0, or the status the login is refused with."""
    try:
        Session(address, where, name, **how).login().close()
    except LoginRefused as e:
        return e.status
    return 0


# --- nobody at first ---
check('without a rule nobody logs in, not even from the machine itself', login() == FORBIDDEN, hex(login()))
check('without a rule no discovery', login(None) == FORBIDDEN, hex(login(None)))
check('the log says why a login was refused', d.logs('not authorized for the target: no access rule names this initiator'), d.log())


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
check('a rule allows only its initiator', login(name='iqn.2026-01.test:other') == FORBIDDEN)
d.must('initiator', 'remove', HOST)
check('a rule removed lets nobody in', login() == FORBIDDEN)
d.must('initiator', 'default', 'allow')
check('the default lets everybody in', login() == 0)
d.must('initiator', 'default', 'deny')
check('default deny refuses every initiator', login() == FORBIDDEN)
check('the log names the rule that refused', d.logs('the default rule says deny'), d.log())
d.must('initiator', 'remove', '*')

# --- changing a rule changes only what is named ---
folder = tempfile.mkdtemp(prefix='evertape-rules-')


def secret(text):
    """A secret's file."""
    path = os.path.join(folder, text)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as f:
        f.write(text + '\n')
    return path


ONE, TWO, BACK = 'secret-of-host-1', 'secret-of-host-2', 'secret-of-target'


def proven(text, user=HOST, back=None, name=HOST, source=None):
    """The status of a login with CHAP."""
    return login(name=name, source=source, chap=Chap(user, text, back))


def rule(*words, name=HOST):
    """Changes the rule; what it is then."""
    return d.json('initiator', 'allow', name, *words)


def parts(shown):
    return {k: shown[k] for k in ('authentication', 'chap_user', 'target_user', 'from', 'libraries', 'devices')}


made = rule('--secret-file', secret(ONE), '--target-secret-file', secret(BACK))
check('a rule with mutual CHAP', made['authentication'] == 'mutual' and made['chap_user'] == HOST, made)
check('a name alone does not log in', login() == UNPROVEN)
check('the secret does', proven(ONE, back=BACK) == 0)
narrowed = rule('--library', 'demo')
check('narrowing a rule keeps its CHAP', parts(narrowed) == {**parts(made), 'libraries': ['demo']}, narrowed)
check('narrowing a rule keeps its secret', (login(), proven(ONE)) == (UNPROVEN, 0))
again = rule(name=HOST.upper())
check('a name in upper case is the same rule, and keeps its CHAP',
      parts(again) == parts(narrowed) and len(d.json('initiator', 'list')['initiators']) == 1, again)
check('and the same host logs in', proven(ONE, name='iqn.2026-01.test:HOST') == 0)
narrowed = rule('--device', 'drive:1', '--from', '127.0.0.0/8', '--from', '2001:db8::/32')
check('devices and addresses keep the rest', parts(narrowed) == {**parts(again), 'devices': ['drive:1'],
                                                                 'from': ['127.0.0.0/8', '2001:db8::/32']}, narrowed)
changed = rule('--secret-file', secret(TWO))
check('a new secret keeps the rest', parts(changed) == parts(narrowed), changed)
check('a new secret replaces the old one', (proven(ONE), proven(TWO, back=BACK)) == (UNPROVEN, 0))
changed = rule('--chap-user', 'backup', '--target-user', 'library')
check('users keep the secrets', (changed['chap_user'], changed['target_user'], changed['authentication'])
      == ('backup', 'library', 'mutual') and proven(TWO, 'backup', BACK) == 0, changed)
changed = rule('--secret-file', secret(ONE))
check('a new secret keeps the user', changed['chap_user'] == 'backup' and proven(ONE, 'backup') == 0, changed)
d.must('initiator', 'deny', HOST)
check('a denied host does not log in', proven(ONE, 'backup') == FORBIDDEN and d.logs('the rule of this initiator says deny'), d.log())
changed = rule()
check('an allowed host has its former rule', parts(changed) == {**parts(narrowed), 'chap_user': 'backup',
                                                            'target_user': 'library'}, changed)
rule(name='iqn.2026-01.test:plain')
d.must('initiator', 'deny', 'iqn.2026-01.test:denied')
before = d.json('initiator', 'list')
d.kill()
d.start()
show = d.json('library', 'show')
portal = show['portals'][0]
address = (portal.rsplit(':', 1)[0], int(portal.rsplit(':', 1)[1]))
listed = next(r for r in d.json('initiator', 'list')['initiators'] if r['name'] == HOST)
check('rules outlive a kill', d.json('initiator', 'list') == before and parts(listed) == parts(changed), before)
check('secrets outlive a kill', proven(ONE, 'backup', BACK) == 0)
changed = rule('--no-mutual')
check('--no-mutual takes mutual CHAP away', changed['authentication'] == 'chap' and changed['target_user'] is None
      and proven(ONE, 'backup') == 0, changed)
changed = rule('--from', 'any', '--library', 'all', '--device', 'all')
check('restrictions are taken away by name', changed['authentication'] == 'chap'
      and (changed['from'], changed['libraries'], changed['devices']) == (None, None, None)
      and (changed['comes_from'], changed['sees']) == ('anywhere', 'everything'), changed)
answer = d.must('initiator', 'allow', HOST, '--no-chap')
check('CHAP goes by --no-chap, with a warning', 'authentication: none' in answer.out and 'without CHAP' in answer.err, answer)
check('without CHAP the name is enough', login() == 0)

# --- addresses ---
d.must('initiator', 'remove', HOST)
made = rule('--from', '127.0.0.2', '--from', '127.0.1.0/24', '--from', '127.0.0.2')
check('addresses are kept, each once', made['from'] == ['127.0.0.2', '127.0.1.0/24']
      and made['comes_from'] == '127.0.0.2, 127.0.1.0/24', made)
for source, status in (('127.0.0.1', FORBIDDEN), ('127.0.0.2', 0), ('127.0.1.77', 0), ('127.0.2.1', FORBIDDEN)):
    check(f'a host at {source}: login {status:04x}', login(source=source) == status)
    check(f'a host at {source}: discovery {status:04x}', login(None, source=source) == status)
d.must('initiator', 'default', 'allow')
check('the default lets nobody in past a rule of its own', login(source='127.0.0.1') == FORBIDDEN)
check('the log says that it is the address', d.logs('the rule of this initiator does not include its address'), d.log())
check('a list shows addresses', '127.0.0.2, 127.0.1.0/24' in d.must('initiator', 'list').out)
d.must('initiator', 'remove', HOST)
try:
    ipv6 = Daemon(admit=False, listen=('[::1]:0',))
except SystemExit:
    skip('IPv6', '::1 is not there')
else:
    ipv6.must('library', 'create', 'demo', '--drives', '1', '--slots', '3')
    port = int(ipv6.json('library', 'show')['portals'][0].rsplit(':', 1)[1])
    there = ('::1', port), ipv6.json('library', 'show')['target']

    def sixth(*words):
        ipv6.must('initiator', 'allow', HOST, *words)
        try:
            Session(*there, HOST).login().close()
        except LoginRefused as e:
            return e.status
        return 0

    check('by its IPv6 address', (sixth('--from', '::1'), sixth('--from', '2001:db8::/32'), sixth('--from', '::/0'),
                                  sixth('--from', '0.0.0.0/0')) == (0, FORBIDDEN, 0, FORBIDDEN))
    ipv6.end()

# --- everybody else ---
text = d.must('initiator', 'default')
check('initiator default tells how', 'allow (authentication: none; from anywhere; sees everything)' in text.out
      and 'any host' in text.err, text)
d.must('initiator', 'allow', '*', '--chap-user', 'all', '--secret-file', secret(ONE), '--from', '127.0.0.0/24')
text = d.must('initiator', 'default')
check('initiator default accepts CHAP and addresses', 'allow (authentication: chap; from 127.0.0.0/24' in text.out and not text.err, text)
shown = d.json('initiator', 'default')
check('initiator default as JSON', (shown['rule'], shown['authentication'], shown['chap_user'], shown['from'])
      == ('allow', 'chap', 'all', ['127.0.0.0/24']), shown)
check('it counts for a name without a rule', (login(), proven(ONE, 'all'), proven(ONE, 'all', source='127.0.1.1'))
      == (UNPROVEN, 0, FORBIDDEN))
d.must('initiator', 'default', 'deny')
check('initiator default deny', login() == FORBIDDEN and 'rule: deny\n' in d.must('initiator', 'default').out)
d.must('initiator', 'default', 'allow')
check('initiator default allow keeps its CHAP', (login(), proven(ONE, 'all')) == (UNPROVEN, 0))

# --- warnings ---
for words, part in (((), 'any host that can reach a portal may log in as'), (('--from', '192.0.2.0/24'), 'any host at these'),
                    (('--from', '127.0.0.0/8', '--from', '::1'), None),
                    (('--from', '127.0.0.1', '--from', '::/0'), 'any host at these')):
    answer = d.must('initiator', 'allow', 'iqn.2026-01.test:warned', *words)
    check(f'a rule without CHAP, {" ".join(words)}: ' + ('a warning' if part else 'none'),
          part in answer.err if part else not answer.err, answer)

# --- secrets as Windows' programs write them ---
for name, data, part in (('13 bytes behind a byte order mark', b'\xef\xbb\xbfwordsofmine12\r\n', None),
                         ('12 bytes', b'wordsofmine1', None), ('16 bytes', b'wordsofmine12345', None),
                         ('17 bytes', b'wordsofmine123456\r\n', 'Windows accepts CHAP secrets of 12 to 16 bytes only'),
                         ('beyond ASCII', 'wörtervonmir'.encode(), 'outside ASCII')):
    path = secret('file')
    with open(path, 'wb') as f:
        f.write(data)
    answer = d.must('initiator', 'allow', HOST, '--chap-user', 'win', '--secret-file', path)
    check(f'a secret of {name}: ' + ('a warning' if part else 'none'), part in answer.err if part else not answer.err, answer)
    text = data.removeprefix(b'\xef\xbb\xbf').decode().rstrip('\r\n')
    check(f'a secret of {name} is the one the host knows', proven(text, 'win') == 0)
shutil.rmtree(folder)

d.end()
finish()
