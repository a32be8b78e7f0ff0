# SPDX-License-Identifier: Apache-2.0
"""Connections that do not log in, from many addresses, and come again as soon as they are closed.

    with Flood(server.address, ['127.0.0.2', '127.0.0.3'], silent=80, half=0, first=b'...') as flood:
        ...                                # they are all there
    flood.connects                         # how many it has been

A process of its own, so that it does not slow down the test.  Half of a login is its first request.
"""
import errno
import random
import select
import socket
import struct
import subprocess
import sys


class Flood:
    def __init__(self, address, sources, silent=0, half=0, first=b''):
        words = [sys.executable, __file__, address[0], address[1], silent, half, *sources]
        self.process = subprocess.Popen([str(w) for w in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(first.hex() + '\n')
        self.process.stdin.flush()
        assert self.process.stdout.readline() == 'there\n', 'the flood does not come'

    def __enter__(self):
        return self

    def __exit__(self, *_):
        out, _ = self.process.communicate('stop\n')
        self.connects = int(out)


def checksum(data):
    total = sum(struct.unpack(f'!{len(data) // 2}H', data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def half_open(address, sources):
    """One SYN from each of them, (host, port), which never answer: connections that stay half open.  Needs root."""
    host, port = socket.inet_aton(address[0]), address[1]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        for source, source_port in sources:
            source = socket.inet_aton(source)
            tcp = struct.pack('!HHIIBBHHH', source_port, port, random.getrandbits(32), 0, 5 << 4, 2, 64240, 0, 0)
            pseudo = source + host + struct.pack('!BBH', 0, socket.IPPROTO_TCP, len(tcp))
            tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
            ip = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), 0, 0, 64, socket.IPPROTO_TCP, 0) + source + host
            s.sendto(ip + tcp, address)


class Peers:
    def __init__(self, address, sources, silent, half, first):
        self.address, self.sources, self.first = address, sources, first
        self.family = socket.AF_INET6 if ':' in address[0] else socket.AF_INET
        self.poll, self.open, self.later = select.epoll(), {}, []
        self.seen, self.connects = 0, 0
        for i in range(silent + half):
            self.connect(i, i >= silent)

    def connect(self, i, half):
        s = socket.socket(self.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
        s.bind((self.sources[i % len(self.sources)], 0))
        code = s.connect_ex(self.address)
        assert code in (0, errno.EINPROGRESS), errno.errorcode[code]
        self.open[s.fileno()] = [s, i, half, False]
        self.poll.register(s, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)
        self.connects += 1

    def turn(self, fd, event):
        s, i, half, up = self.open[fd]
        gone = event & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP)
        if not gone and event & select.EPOLLIN:
            try:
                gone = not s.recv(65536)
            except OSError:
                gone = True
        if gone:
            self.seen += not up
            del self.open[fd]
            s.close()
            if up:
                self.connect(i, half)
            else:  # nobody listens at the moment
                self.later.append((i, half))
        elif not up:
            self.seen += 1
            self.open[fd][3] = True
            self.poll.modify(s, select.EPOLLIN | select.EPOLLRDHUP)
            if half:
                s.send(self.first)

    def run(self):
        self.poll.register(sys.stdin, select.EPOLLIN)
        wanted, told = len(self.open), False
        while True:
            for fd, event in self.poll.poll(0.01 if self.later else None):
                if fd == sys.stdin.fileno():
                    print(self.connects)
                    return
                self.turn(fd, event)
            again, self.later = self.later, []
            for i, half in again:
                self.connect(i, half)
            if self.seen >= wanted and not told:
                print('there', flush=True)
                told = True


if __name__ == '__main__':
    host, port, silent, half, *sources = sys.argv[1:]
    first = b''
    while not first.endswith(b'\n'):
        byte = sys.stdin.buffer.raw.read(1)
        assert byte
        first += byte
    Peers((host, int(port)), sources, int(silent), int(half), bytes.fromhex(first.decode().strip())).run()
