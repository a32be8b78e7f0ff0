# SPDX-License-Identifier: Apache-2.0
"""gdb commands for evertaped: fibers and their stacks, logical units, sessions, cartridges.

    sudo gdb -p PID -x contrib/gdb/evertape.py                  a running daemon (it is stopped meanwhile)
    gdb build/evertaped core -x contrib/gdb/evertape.py         a core file, for example of "gcore"

    fibers             every fiber: number, worker, state, name, where it waits
    fiber N bt         the stack of a fiber; "fiber all bt": of each
    lus                logical units with their tasks
    sessions           connections and their sessions
    cartridges         cartridges and their elements

The program needs its debugging information (meson's option debug, which --buildtype=release turns off).  Stacks of fibers that wait are
known on x86-64 only.
"""
import gdb
from gdb.unwinder import Unwinder, register_unwinder

STATES = {0: 'running', 1: 'waiting', 2: 'ready', 3: 'resting'}
# glibc's jmp_buf on x86-64; it hides three of the registers (sysdeps/x86_64/jmpbuf-offsets.h, setjmp.S).
JMP_BUF = ('rbx', 'rbp', 'r12', 'r13', 'r14', 'r15', 'rsp', 'rip')
HIDDEN = ('rbp', 'rsp', 'rip')
GUARD_AT = 0x30  # the pointer guard, from the thread's fs_base
MASK = (1 << 64) - 1
NOTHING = 'no process and no core file is loaded'
NO_TYPES = 'the program has no debugging information; build it with -Ddebug=true'
# Frames of the switch itself say nothing about where a fiber waits.
SWITCH = {'jump_out', 'jump_in', 'stack_leave', 'stack_enter', 'fiber_leave', 'fiber_enter', 'fiber_suspend', 'waitq_wait',
          'waitq_wait_ms', 'turn_take', 'fiber_main', 'first_frame'}
LAST = 'first_frame'  # of vtl/base/stack.c: what calls it is nothing to see


def need(condition, why):
    if not condition:
        raise gdb.GdbError(why)


def server():
    """The daemon's root object."""
    try:
        root = gdb.parse_and_eval('main::server')
        need(gdb.selected_thread(), NOTHING)
        return root
    except gdb.error as e:
        raise gdb.GdbError(f'not an evertaped with debugging information, or not running: {e}')


def text(value):
    """A char array, or a char pointer that may be NULL."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR and not int(value):
        return '-'
    return value.string('utf-8', 'replace') or '-'


def each(head, link):
    """The members of a TAILQ or LIST."""
    first, following = ('tqh_first', 'tqe_next') if has(head, 'tqh_first') else ('lh_first', 'le_next')
    item = head[first]
    while int(item):
        yield item
        item = item[link][following]


def has(value, member):
    return any(f.name == member for f in value.type.strip_typedefs().fields())


def count(head, link):
    return sum(1 for _ in each(head, link))


def table(titles, rows):
    lines = [[str(cell) for cell in line] for line in [titles, *rows]]
    widths = [max(len(line[i]) for line in lines) for i in range(len(titles))]
    for line in lines:
        gdb.write('  '.join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() + '\n')


# --- workers and their threads ---------------------------------------------------------------------------


def current_worker():
    """The worker of the selected thread, or 0."""
    try:
        return int(gdb.parse_and_eval('(unsigned long)worker_current'))
    except gdb.error:
        return 0  # no thread of a worker, or thread-local memory that gdb cannot find


def workers():
    """The workers of the daemon, or, in another program, those of its threads."""
    try:
        root = gdb.parse_and_eval('main::server')
        need(gdb.selected_thread(), NOTHING)
        return [root['workers'][i] for i in range(int(root['n_workers']))]
    except gdb.error:
        pass
    kept, found = gdb.selected_thread(), []
    need(kept, NOTHING)
    try:
        kind = gdb.lookup_type('struct worker').pointer()
    except gdb.error:
        raise gdb.GdbError(NO_TYPES)
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        address = current_worker()
        if address and address not in [int(w) for w in found]:
            found.append(gdb.Value(address).cast(kind))
    kept.switch()
    return found


def x86_64():
    return gdb.selected_inferior().architecture().name() == 'i386:x86-64'


def fs_base():
    """The address of the selected thread's control block, which pthread_self() returns."""
    return int(gdb.parse_and_eval('(unsigned long)$fs_base')) & MASK


def thread_of(worker):
    """The thread of a worker; None: it has none now."""
    kept, found = gdb.selected_thread(), None
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        if bool(worker['has_thread']):
            same = x86_64() and fs_base() == int(worker['thread'])
        else:
            same = thread.ptid[1] == thread.ptid[0]  # worker 0 runs on the first thread
        if same:
            found = thread
    kept.switch()
    return found


# --- fibers ------------------------------------------------------------------------------------------------


class Fiber:
    def __init__(self, number, worker, fiber):
        self.number, self.worker, self.fiber = number, worker, fiber
        self.state = STATES.get(int(fiber['state']), '?')
        self.name = text(fiber['name'])
        self.stack = fiber['stack'].dereference()
        self.current = int(worker['current']) == int(fiber)

    def holds(self, address):
        low = int(self.stack['memory'])
        return low <= address < low + int(gdb.parse_and_eval('FIBER_STACK')) + 4096

    def registers(self, others):
        """The saved registers; None: the fiber is running."""
        if self.current:
            return None
        if self.state != 'running':
            return saved(self.stack['here'])
        # It started another fiber and waits for that to be left.
        for other in others:
            if other.state == 'running' and other is not self:
                registers = saved(other.stack['back'])
                if self.holds(registers['rsp']):
                    return registers
        raise gdb.GdbError(f'fiber {self.number}: its registers are unknown')


def saved(jmp_buf):
    """Returns the registers in a jmp_buf."""
    need(x86_64(), f'the stack of a fiber that waits is known on x86-64 only, not on {gdb.selected_inferior().architecture().name()}')
    at = fs_base() + GUARD_AT
    guard = int.from_bytes(gdb.selected_inferior().read_memory(at, 8).tobytes(), 'little')
    values = {}
    for i, name in enumerate(JMP_BUF):
        value = int(jmp_buf[0]['__jmpbuf'][i]) & MASK
        if name in HIDDEN:
            value = ((value >> 17 | value << 47) & MASK) ^ guard
        values[name] = value
    return values


def fibers(resting=False):
    found = []
    for worker in workers():
        # The newest stands first.
        for fiber in reversed(list(each(worker['all'], 'all'))):
            if resting or STATES.get(int(fiber['state'])) != 'resting':
                found.append(Fiber(len(found) + 1, worker, fiber))
    return found


def value_of(register):
    """A 64-bit value for gdb."""
    signed = register - (1 << 64) if register >> 63 else register
    return gdb.Value(signed).cast(gdb.lookup_type('unsigned long'))


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


class Elsewhere(Unwinder):
    """Unwinds the innermost frame of the thread to the point where a fiber was suspended.  It writes no
    register, so it works in core files too."""

    def __init__(self):
        super().__init__('evertape-fiber')
        self.at, self.registers = None, None

    def __call__(self, frame):
        if not self.registers or int(frame.read_register('rsp')) & MASK != self.at:
            return None
        # Its own place is said to be below the fiber's first frame, for gdb expects that of a callee.
        info = frame.create_unwind_info(FrameId(value_of(self.registers['rsp'] - 16), value_of(self.registers['rip'])))
        for name, value in self.registers.items():
            info.add_saved_register(name, value_of(value))
        return info

    def look(self, registers):
        self.at = int(gdb.newest_frame().read_register('rsp')) & MASK
        self.registers = registers
        gdb.invalidate_cached_frames()
        first = gdb.newest_frame().older()
        need(first and int(first.pc()) == registers['rip'], 'gdb does not follow to the stack of the fiber')

    def back(self):
        self.registers = None
        gdb.invalidate_cached_frames()


elsewhere = Elsewhere()
register_unwinder(None, elsewhere, replace=True)


def on_stack(fiber, others, look):
    """Calls look(first) while gdb shows the fiber's stack; first: the level of its first frame."""
    kept, frame = gdb.selected_thread(), gdb.selected_frame()
    registers = fiber.registers(others)
    if registers is None:
        thread = thread_of(fiber.worker)
        need(thread, f'fiber {fiber.number}: the thread of its worker is not known')
        thread.switch()
        try:
            return look(0)
        finally:
            kept.switch()
    gdb.newest_frame().select()
    try:
        elsewhere.look(registers)
        return look(1)
    finally:
        elsewhere.back()
        kept.switch()
        if frame.is_valid():
            frame.select()


def frames(first):
    frame = gdb.newest_frame()
    for _ in range(first):
        frame = frame and frame.older()
    while frame:
        yield frame
        if frame.name() == LAST:
            return
        frame = frame.older()


def waits_in(first):
    """The innermost functions that are not part of a switch."""
    names = [frame.name() or '?' for frame in frames(first)]
    names = [name for name in names if name not in SWITCH]
    return ' < '.join(names[:3]) or '-'


def backtrace(first):
    depth = first + sum(1 for _ in frames(first))
    for line in gdb.execute(f'backtrace {depth}', to_string=True).splitlines()[first:]:
        if not line.startswith('(More stack frames'):
            gdb.write(line + '\n')


class Fibers(gdb.Command):
    """fibers [all]: every fiber with its worker, state, name and where it waits; all: also unused stacks."""

    def __init__(self):
        super().__init__('fibers', gdb.COMMAND_STACK)

    def invoke(self, argument, _):
        found = fibers(argument.strip() == 'all')
        rows = []
        for f in found:
            try:
                where = '-' if f.state == 'resting' else on_stack(f, found, waits_in)
            except (gdb.error, gdb.GdbError) as e:
                where = f'({e})'
            rows.append((f.number, text(f.worker['name']), f.state, f.name, where))
        table(('FIBER', 'WORKER', 'STATE', 'NAME', 'WHERE'), rows)


class FiberStack(gdb.Command):
    """fiber N bt: the stack of fiber N; fiber all bt: the stack of each fiber."""

    def __init__(self):
        super().__init__('fiber', gdb.COMMAND_STACK)

    def invoke(self, argument, _):
        words = argument.split()
        need(words and words[1:] in ([], ['bt']) and (words[0] == 'all' or words[0].isdigit()), 'usage: fiber N bt, or fiber all bt')
        found = fibers()
        wanted = [f for f in found if words[0] in ('all', str(f.number))]
        need(wanted, f'there is no fiber {words[0]}; see: fibers')
        for f in wanted:
            gdb.write(f'fiber {f.number} "{f.name}" of {text(f.worker["name"])}, {f.state}\n')
            try:
                on_stack(f, found, backtrace)
            except (gdb.error, gdb.GdbError) as e:
                need(words[0] == 'all', str(e))
                gdb.write(f'  ({e})\n')


# --- what the daemon has -----------------------------------------------------------------------------------


def targets():
    iscsi = server()['iscsi']
    if int(iscsi):
        for hosted in each(iscsi['targets'], 'link'):
            yield hosted['target'].dereference()


def lus_of(target):
    kind = gdb.lookup_type('struct lu').pointer()
    low, high = target['lus'].type.strip_typedefs().range()
    for lun in range(low, high + 1):
        lu = target['lus'][lun].cast(kind)
        if int(lu):
            yield lun, lu.dereference()


class Lus(gdb.Command):
    """lus: every logical unit with its address, worker and tasks."""

    def __init__(self):
        super().__init__('lus', gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        rows = []
        for target in targets():
            for lun, lu in lus_of(target):
                rows.append((text(target['name']), lun, f'{int(lu["type"]["device_type"]):02x}h', text(lu['id']['product']).strip(),
                             text(lu['id']['serial']), text(lu['worker']['name']), count(lu['running'], 'link'),
                             count(lu['queue'], 'link'), f'(struct lu *) {int(lu.address):#x}'))
        table(('TARGET', 'LUN', 'TYPE', 'PRODUCT', 'SERIAL', 'WORKER', 'RUNNING', 'QUEUED', 'OBJECT'), rows)


class Sessions(gdb.Command):
    """sessions: every connection and its session."""

    def __init__(self):
        super().__init__('sessions', gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        rows = []
        iscsi = server()['iscsi']
        for conn in each(iscsi['conns'], 'link') if int(iscsi) else []:
            target = text(conn['target']['name']) if int(conn['target']) else '-'
            rows.append((int(conn['tsih']), text(conn['initiator']), text(conn['address']), target, str(conn['phase']),
                         text(conn['worker']['name']), int(conn['commands']), f'(struct conn *) {int(conn):#x}'))
        table(('SESSION', 'INITIATOR', 'ADDRESS', 'TARGET', 'PHASE', 'WORKER', 'COMMANDS', 'OBJECT'), rows)


def where(cartridge):
    at = cartridge['at']
    return f'{str(at["kind"]).removeprefix("ELEMENT_").lower()}:{int(at["number"])}' if int(at) else 'vault'


class Cartridges(gdb.Command):
    """cartridges: every cartridge and its element."""

    def __init__(self):
        super().__init__('cartridges', gdb.COMMAND_DATA)

    def invoke(self, argument, _):
        rows = []
        inst = server()['inst']
        for library in each(inst['libraries'], 'link') if int(inst) else []:
            for cartridge in each(library['cartridges'], 'link'):
                label = cartridge['label']
                rows.append((text(label['barcode']), where(cartridge), text(label['generation']), text(library['name']),
                             f'(struct cartridge *) {int(cartridge):#x}'))
        table(('BARCODE', 'ELEMENT', 'GENERATION', 'LIBRARY', 'OBJECT'), rows)


for command in (Fibers, FiberStack, Lus, Sessions, Cartridges):
    command()
