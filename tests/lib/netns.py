# SPDX-License-Identifier: Apache-2.0
"""A network of its own for a test: only a loopback, with whatever addresses it wants.

    if netns.enter():                      # needs root; False: not allowed
        netns.add('fe80::1')               # on lo; 127.0.0.1/8 and ::1 are there

Only the calling thread and what it starts afterwards live in it.
"""
import ctypes
import fcntl
import socket
import struct

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
