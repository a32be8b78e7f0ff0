# SPDX-License-Identifier: Apache-2.0
"""What happens to one initiator, and what the others notice of it: events against what they had set up."""
from scene import *

server = Scene()
TAPE, OTHER = 1, 2
LOSS, RESET = (6, 0x29, 7), (6, 0x29, 3)
KEY = b'session!'


class Two:
    """A, who has something, and B, who has nothing and to whom (or to A) something happens."""

    def __init__(self):
        self.a, self.b = server.login('a'), server.login('b')

    def back(self, name):
        setattr(self, name, server.login(name, clear=False))

    def end(self):
        for s in (self.a, self.b):
            s.close()
        with server.login('a') as a:  # whatever is left of it goes
            a.command(TAPE, bytes.fromhex('5f03000000000000 1800'), KEY + bytes(16))
        assert server.alone()


# --- what A may have: set up; is it there still? (asked by B, or of the panel) ---

def reserve(t):
    equal(t.a.command(TAPE, RESERVE).status, 0)


def reserved(t):
    return t.b.command(TAPE, RELEASE).status == 0 and t.b.command(TAPE, TUR).status == CONFLICT


def register(t):
    equal(t.a.command(TAPE, bytes.fromhex('5f000000000000001800'), bytes(8) + KEY + bytes(8)).status, 0)
    equal(t.a.command(TAPE, bytes.fromhex('5f010300000000001800'), KEY + bytes(16)).status, 0)


def registered(t):
    keys = t.b.command(TAPE, bytes.fromhex('5e000000000000010000'), read=256).data
    holder = t.b.command(TAPE, bytes.fromhex('5e010000000000010000'), read=256).data
    conflict = t.b.command(TAPE, bytes.fromhex('0a0000001000'), bytes(16)).status == CONFLICT
    answers = {keys[8:16] == KEY, holder[8:16] == KEY, conflict}
    assert len(answers) == 1, answers
    return answers.pop()


def prevent(t):
    equal(t.a.command(TAPE, PREVENT).status, 0)


def prevented(t):
    shown = server.drive()['prevented']
    refused_ = t.b.command(TAPE, bytes.fromhex('1b0000000000')).key == (5, 0x53, 2)
    if not refused_:
        t.b.command(TAPE, bytes.fromhex('1b0000000100'))
        t.b.clear(TAPE)
    equal(shown, refused_, 'the panel and the drive')
    return shown


def both_prevent(t):
    for s in (t.a, t.b):
        equal(s.command(TAPE, PREVENT).status, 0)


def owing(t):
    """The drive is busy with it: B's REWIND waits behind."""
    pdu = t.b.submit(TAPE, REWIND)
    busy = t.b.quiet(0.15)
    if busy:
        t.a.answer_r2t(t.r2t, bytes(65536))
    equal(t.b.finish(pdu).status, 0)
    return busy


def owe_data(t):
    t.task = t.a.command_pdu(TAPE, write6(65536), write=65536)
    t.a.send(t.task)
    t.r2t = t.a.expect(R2T)


def mode(t):
    """Compression off, by A: MODE SELECT is for everybody."""
    page = t.a.command(TAPE, bytes.fromhex('1a080f001400'), read=20).data
    t.page = page[4:]
    changed = bytearray(bytes([0, 0, 0x10, 0]) + page[4:])
    changed[6] ^= 0x80
    equal(t.a.command(TAPE, bytes.fromhex('151000001400'), bytes(changed)).status, 0)
    t.b.clear(TAPE)


def changed(t):
    return t.b.command(TAPE, bytes.fromhex('1a080f001400'), read=20).data[4:] != t.page


HAVING = {'RESERVE': (reserve, reserved), 'persistent reservation': (register, registered), 'PREVENT': (prevent, prevented),
          'PREVENT of both': (both_prevent, prevented), 'a WRITE that owes data': (owe_data, owing),
          'a mode page': (mode, changed)}


# --- what happens ---

def closes(t):
    t.a.close()
    settle(t)


def resets(t):
    t.a.close(reset=True)
    settle(t)


def settle(t):
    assert server.alone(1), 'the session of a closed connection stays'


def logs_out(t):
    equal(t.a.logout(), 0)
    settle(t)


def again(t):
    old = t.a
    t.back('a')
    assert old.closed()


def dropped(t):
    server.evertape('session', 'drop', str(t.a.tsih))
    assert t.a.closed()
    t.a.close()
    settle(t)


def by(who, function):
    def event(t):
        s = getattr(t, who)
        equal(s.tmf(function, TAPE), 0)
        if function == COLD:
            assert t.a.closed() and t.b.closed()
            assert server.alone()
            t.back('a')
            t.back('b')
    return event


# Event; what stays of what A had; unit attentions of A, of B at that drive, of both at the other one.
# A's own session is a new one after what ended it.
ALL = set(HAVING)
KEPT_ALWAYS = {'persistent reservation'}
ENDED = KEPT_ALWAYS | {'PREVENT of both', 'a mode page'}
EVENTS = [
    ('A closes', closes, ENDED, [LOSS], [], []),
    ('A resets the connection', resets, ENDED, [LOSS], [], []),
    ('A logs out', logs_out, ENDED, [LOSS], [], []),
    ('A logs in again', again, ENDED, [LOSS], [], []),
    ('the operator drops A', dropped, ENDED, [LOSS], [], []),
    ('ABORT TASK SET by B', by('b', ABORT_TASK_SET), ALL, [], [], []),
    ('ABORT TASK SET by A', by('a', ABORT_TASK_SET), ALL - {'a WRITE that owes data'}, [], [], []),
    ('CLEAR TASK SET by A', by('a', CLEAR_TASK_SET), ALL - {'a WRITE that owes data'}, [], [], []),
    ('CLEAR TASK SET by B', by('b', CLEAR_TASK_SET), ALL - {'a WRITE that owes data'}, None, [], []),
    ('LOGICAL UNIT RESET by A', by('a', LU_RESET), KEPT_ALWAYS, [RESET], [RESET], []),
    ('LOGICAL UNIT RESET by B', by('b', LU_RESET), KEPT_ALWAYS, [RESET], [RESET], []),
    ('TARGET WARM RESET by B', by('b', WARM), KEPT_ALWAYS, [RESET], [RESET], [RESET]),
    ('TARGET COLD RESET by B', by('b', COLD), KEPT_ALWAYS, [LOSS], [LOSS], [LOSS]),
]


def effect(event, what, stays, a_hears, b_hears, elsewhere):
    begin, is_there = HAVING[what]
    t = Two()
    try:
        begin(t)
        equal(attentions(t.b, OTHER), [])
        event(t)
        equal(attentions(t.b, TAPE), b_hears, 'B hears')
        equal(attentions(t.b, OTHER), elsewhere, 'B hears from the other drive')
        equal(attentions(t.b, 0), elsewhere, 'B hears from the changer')
        equal(is_there(t), what in stays, f'{what} is there still')
        if t.a.sock is None:
            t.back('a')
        if a_hears is None:  # whose task was taken by another is told so
            a_hears = [(6, 0x2f, 0)] if what == 'a WRITE that owes data' else []
        news = [key for key in attentions(t.a, TAPE) if key != (6, 0x28, 0)]  # B may have unloaded by now
        equal(news, a_hears, 'A hears')
        if 'task' in vars(t) and what not in stays:
            equal([p for p in t.a.inbox if p.itt == t.task.itt and p.code == SCSI_RESPONSE], [], 'a status')
    finally:
        t.end()


def attention_is_not_lost():
    """INQUIRY, REPORT LUNS and REQUEST SENSE leave a unit attention to be reported, each nexus its own"""
    with server.login('a') as a, server.login('b') as b, server.login('c') as c:
        a.tmf(LU_RESET, TAPE)
        for s in (a, b, c):
            equal(s.command(TAPE, INQUIRY, read=255).status, 0)
            equal(s.command(TAPE, bytes.fromhex('a00000000000000000100000'), read=16).status, 0)
        sense = b.command(TAPE, bytes.fromhex('030000001200'), read=18).data
        equal((sense[2] & 15, sense[12], sense[13]), RESET)
        equal([attentions(s, TAPE) for s in (a, b, c)], [[RESET], [], [RESET]])


def reservation_and_third():
    """a reservation of a host that is gone does not hold up a third one, nor does it come back with the host"""
    with server.login('a') as a, server.login('b') as b, server.login('c') as c:
        equal(a.command(TAPE, RESERVE).status, 0)
        equal([s.command(TAPE, TUR).status for s in (b, c)], [CONFLICT] * 2)
        a.close(reset=True)
        assert server.alone(2)
        equal(c.command(TAPE, RESERVE).status, 0)
        with server.login('a', clear=False) as a:
            equal(attentions(a, TAPE), [LOSS])
            equal(a.command(TAPE, TUR).status, CONFLICT)
            equal(a.command(TAPE, RELEASE).status, 0)
            equal(c.command(TAPE, TUR).status, 0)


ROWS = [(f'{name}, A having {what}', lambda row=(event, what, *rest): effect(*row))
        for name, event, *rest in EVENTS for what in HAVING]
ROWS += [(f.__doc__, f) for f in (attention_is_not_lost, reservation_and_third)]

if __name__ == '__main__':
    main(server, ROWS)
