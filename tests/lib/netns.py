# SPDX-License-Identifier: Apache-2.0
"""A network of its own for a test: only a loopback, with whatever addresses it wants.

    if netns.enter():                      # needs root; False: not allowed
        netns.add('fe80::1')               # on lo; 127.0.0.1/8 and ::1 are there
        netns.abyss('10.8.0.1', '10.9.0.0/16')   # what is sent to that network comes nowhere

Only the calling thread and what it starts afterwards live in it.
"""
import ctypes
import fcntl
import socket
import struct
import subprocess

CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS, SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP = 0x8913, 0x8914, 0x8916, 1


def enter():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        flags = struct.unpack('16sH22x', fcntl.ioctl(s, SIOCGIFFLAGS, struct.pack('16s24x', b'lo')))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sH22x', b'lo', flags | IFF_UP))
    return True


def add(address, prefix=64):
    """Gives the loopback one more IPv6 address."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFADDR, struct.pack('16sIi', socket.inet_pton(socket.AF_INET6, address), prefix,
                                                socket.if_nametoindex('lo')))


def abyss(address, network):
    """An interface with that address, and behind it a network where nobody answers; False: it cannot be made."""
    for kind in ('dummy', 'ifb'):
        commands = [['link', 'add', 'abyss', 'type', kind], ['addr', 'add', address + '/24', 'dev', 'abyss'],
                    ['link', 'set', 'abyss', 'up'], ['route', 'add', network, 'dev', 'abyss']]
        try:
            if all(subprocess.run(['ip', *words], capture_output=True).returncode == 0 for words in commands):
                return True
        except FileNotFoundError:
            return False
    return False
