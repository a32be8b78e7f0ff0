# SPDX-License-Identifier: Apache-2.0
"""A daemon whose state directory is a small file system, and a tape that is written until it ends."""
import os
import shutil
import subprocess

from scene import *

RECORD = 256 << 10
FILEMARK, UNLOAD, LOAD, EOD = (bytes.fromhex(x) for x in ('100000000100', '1b0000000000', '1b0000000100', '110300000000'))
ELEMENTS = bytes.fromhex('b8100000ffff0000ffff0000')
SYNC = bytes.fromhex('100000000000')
END, OVERFLOW, MARK, BLANK, MEDIUM, PROTECTED = (0, 0, 2), (0xd, 0, 2), (0, 0, 1), (8, 0, 5), 3, (7, 0x27, 0)


def mounted(folder, size, *more):
    return subprocess.run(['mount', '-t', 'tmpfs', '-o', ','.join((f'size={size}', *more)), 'none', folder],
                          capture_output=True).returncode == 0


class SmallDisk(Scene):
    """A daemon whose state directory is a file system of 64 MiB."""

    def set_up(self):
        if not self.mount():
            os.rmdir(self.state)
            print('skip - no permission to mount a small file system\n0 passed, 0 failed, 1 skipped')
            sys.exit(0)
        os.chmod(self.state, 0o700)
        super().set_up()

    def mount(self):
        return mounted(self.state, '64m')

    def __exit__(self, *_):
        if self.alive():
            self.stop()
        tap.becomes(lambda: subprocess.run(['umount', self.state], capture_output=True).returncode, 0, 'umount')
        shutil.rmtree(self.state, ignore_errors=True)

    def folder(self, barcode):
        return os.path.join(self.state, 'cartridges', barcode)

    def use_up(self):
        """Takes the last bytes of the disk."""
        fd = os.open(os.path.join(self.state, 'filler'), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for size in (1 << 20, 4096, 512, 1):
            try:
                while os.write(fd, bytes(size)):
                    pass
            except OSError:
                os.fsync(fd)
        os.close(fd)

    def available(self):
        v = os.statvfs(self.state)
        return v.f_bavail * v.f_frsize

    def refused(self, *words):
        """What the command says when it is refused."""
        try:
            self.evertape(*words)
        except RuntimeError as e:
            return str(e)
        raise AssertionError(f'{words} is not refused')


def record(n):
    return n.to_bytes(8, 'big') * (RECORD // 8)


def fill(s, lun, n):
    """Writes records from number n until the tape says it ends; the number behind the last one."""
    warned = 0
    while n < 1000:
        r = s.command(lun, write6(RECORD), record(n))
        if r.status and r.key == OVERFLOW:
            assert warned, 'no early warning before the end'
            return n
        assert r.status == 0 or r.key == END, r.key
        warned += r.status != 0
        n += 1
    raise AssertionError('the disk is never full')


def mark(s, lun):
    r = s.command(lun, FILEMARK)
    assert r.status == 0 or r.key == END, r.key


def read_back(s, lun, first, end):
    for n in range(first, end):
        r = s.command(lun, read6(RECORD), read=RECORD)
        assert r.status == 0 and r.data == record(n), f'record {n}: {r}'


class Image(SmallDisk):
    """The same on ext4 in a file, with blocks of 1 KiB: there, the catalog grows by the page."""
    MIB = 128

    def mount(self):
        self.image = self.state + '.img'
        with open(self.image, 'wb') as f:
            f.truncate(self.MIB << 20)
        return all(subprocess.run(words, capture_output=True).returncode == 0 for words in (
            ['mkfs.ext4', '-q', '-m', '0', '-b', '1024', self.image], ['mount', '-o', 'loop', self.image, self.state]))

    def __exit__(self, *_):
        super().__exit__()
        os.unlink(self.image)
