# SPDX-License-Identifier: Apache-2.0
# Terminals of every size: bars, tables and top take the size they find, and give the terminal back.
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from harness import EVERTAPE, Daemon, check, finish

d = Daemon()
d.must('initiator', 'default', 'allow')
d.must('library', 'create', 'demo', '--drives', '12', '--slots', '12')
d.must('cartridge', 'create', 'E00001L8')
d.must('drive', 'load', '1', 'E00001L8')
portal = d.json('status')['portals'][0]


class Terminal:
    """The command in a terminal of so many columns and rows."""
    def __init__(self, columns, rows, *words, where=None):
        self.main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
        self.before = termios.tcgetattr(side)
        self.side, self.text = side, ''
        self.process = subprocess.Popen([EVERTAPE, '--state', d.state, *words], start_new_session=True,
                                        **(where or dict(stdin=side, stdout=side, stderr=side)))

    def read_until(self, condition, seconds=30):
        until = time.monotonic() + seconds
        while not condition(self.text) and time.monotonic() < until:
            if select.select([self.main], [], [], 0.1)[0]:
                self.text += os.read(self.main, 65536).decode('utf-8', 'replace')
        return condition(self.text)

    def end(self):
        code = self.process.wait(60)
        self.read_until(lambda _: False, 0.3)
        restored = termios.tcgetattr(self.side) == self.before
        os.close(self.main)
        os.close(self.side)
        return code, restored


def lines(text):
    """What each line of the screen holds in the end, control sequences apart."""
    return [re.sub('\033' + r'\[[0-9;]*[A-Za-z]', '', line) for line in re.split(r'\r\n|\r|\n', text)]


t = Terminal(80, 24, 'library', 'list')
code, _ = t.end()
head = next((line for line in lines(t.text) if line.startswith('NAME')), '')
check('library list shows its bytes at 80 columns', code == 0 and len(head) <= 80
      and all(title in head for title in ('CARTRIDGES', 'PROMISED', 'USED', 'AVAILABLE')), t.text)

for columns in (20, 40, 69, 200):
    t = Terminal(columns, 24, 'stream', portal, '--size', '48M', '--overwrite')
    code, _ = t.end()
    bars = [line for line in lines(t.text) if '%' in line and ('left' in line or '[' in line or line.startswith('write'))]
    check(f'a bar stays on one line of {columns} columns', code == 0 and all(len(line) < columns for line in bars),
          (code, [line for line in bars if len(line) >= columns][:3]))
    t = Terminal(columns, 24, 'drive', 'list')
    code, _ = t.end()
    table = lines(t.text)
    check(f'a table does not wrap at {columns} columns', code == 0 and all(
        len(line) <= columns or line.startswith('(columns that') for line in table) and len(table) < 17, table[:4])
    check('what has no room is named', ('NAA' in t.text) and ('(columns that do not fit: ' in t.text) == (columns < 100), table[-3:])
d.must('drive', 'unload', '1')
t = Terminal(60, 24, 'cartridge', 'verify', 'E00001L8')
code, _ = t.end()
check('verify tells rate and SHA-256', code == 0 and 'SHA-256' in t.text and '/s' in t.text, t.text[-600:])

# --- top ---
t = Terminal(50, 8, 'top')
there = t.read_until(lambda text: text.count('\033[H') >= 2)
screens = t.text.split('\033[H\033[J')
check('top keeps its head in sight on 8 rows of 50 columns', there and all(
    s.count('\n') < 8 and 'HEALTH' in s.splitlines()[0] and 'DRIVE' in s for s in screens[1:-1]), screens[-2])
check('and no line wraps', all(len(line) <= 52 for s in screens[1:-1] for line in lines(s)), screens[-2])
os.write(t.main, b'x')
os.write(t.main, b'q')
code, restored = t.end()
check('q ends top, and the terminal is as it was', code == 0 and restored, (code, restored))
t = Terminal(80, 24, 'top')
t.read_until(lambda text: '\033[H' in text)
t.process.send_signal(signal.SIGINT)
code, restored = t.end()
check('^C ends top with 130, and the terminal is as it was', code == 130 and restored, (code, restored))
d.end()
finish()
