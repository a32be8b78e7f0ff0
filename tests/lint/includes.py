#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Reads the sources as text: who includes whom, which words a room may use, and how files look.
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# One product in four rooms: downwards they may include each other's inner headers, too.
STORE = ['media/engine', 'media/shelf', 'media', 'media/container']
# room: the rooms whose doors it may include; itself is always allowed
MAY = {
    'vtl/base': [],
    'media/engine': ['vtl/base'],
    'media/shelf': ['vtl/base', 'media/engine'],
    'media': ['vtl/base', 'media/engine', 'media/shelf'],
    'media/container': ['vtl/base', 'media/engine', 'media/shelf', 'media'],
    'vtl/catalog': ['vtl/base'],
    'vtl/access': ['vtl/base', 'vtl/catalog'],
    'vtl/library': ['vtl/base', *STORE, 'vtl/catalog', 'vtl/access'],
    'vtl/scsi': ['vtl/base'],
    'vtl/ssc': ['vtl/base', *STORE, 'vtl/library', 'vtl/scsi'],
    'vtl/smc': ['vtl/base', 'vtl/library', 'vtl/scsi'],
    'vtl/iscsi': ['vtl/base', 'vtl/scsi'],
    'vtl/server': ['vtl/base', *STORE, 'vtl/access', 'vtl/library', 'vtl/scsi', 'vtl/ssc', 'vtl/smc',
                   'vtl/iscsi', 'admin/rpc'],
    'handlers': ['vtl/base', 'vtl/scsi', 'vtl/server'],
    'admin/method': ['vtl/base', 'media/container', 'vtl/access', 'vtl/library'],
    'admin/view': [],
    'admin/rpc': ['vtl/base', *STORE, 'vtl/access', 'vtl/library', 'vtl/scsi', 'admin/method', 'admin/view'],
    'admin/cli': ['vtl/base', *STORE, 'vtl/access', 'vtl/library', 'vtl/scsi', 'vtl/ssc', 'vtl/smc',
                  'admin/method', 'admin/view', 'admin/rpc', 'admin/initiator'],
    # An initiator speaks to anybody's target, so it borrows what bytes mean, not who answers.
    'admin/initiator': ['vtl/base', 'vtl/scsi', 'vtl/iscsi', 'admin/cli', 'admin/view', 'admin/rpc'],
    'contrib/demo': ['vtl/base', 'admin/initiator'],
    # Programs that write reference tables look at everything.
    'docs': ['vtl/base', *STORE, 'vtl/library', 'vtl/scsi', 'vtl/ssc', 'vtl/smc', 'vtl/iscsi',
             'admin/method', 'admin/view', 'admin/rpc', 'admin/cli'],
}
# What strangers may include of a room: its door and the parts the door is made of.
DOORS = {
    'media/engine': ['engine.h'],
    'media/shelf': ['shelf.h'],
    'media': ['media.h'],
    'media/container': ['container.h', 'formats.def'],
    'vtl/catalog': ['catalog.h', 'row.h', 'ballast.h'],
    'vtl/access': ['access.h'],
    'vtl/library': ['library.h', 'robot.h', 'deleted.h', 'identity.h', 'listen.h', 'health.h', 'personality.h'],
    'vtl/scsi': ['scsi.h', 'front.h', 'lu.h', 'op.h', 'opcode.h', 'page.h', 'sense.h', 'sense.def', 'target.h', 'task.h'],
    'vtl/ssc': ['ssc.h', 'attribute.h'],
    'vtl/smc': ['smc.h'],
    'vtl/iscsi': ['iscsi.h', 'status.def'],
    'admin/method': ['method.h', 'param_check.h'],
    'admin/rpc': ['rpc.h', 'offline.h', 'changes.h'],
    'admin/cli': ['cli.h', 'files.h'],
    'admin/initiator': ['initiator.h', 'options.h'],
}
# Rooms below the protocol do not know its words.
NO_SCSI = [*STORE, 'vtl/catalog', 'vtl/access', 'vtl/library']
SCSI_WORDS = {'sense', 'asc', 'ascq', 'cdb', 'cdbs', 'opcode', 'opcodes', 'scsi'}
# A variable of a whole file that may change: only where one process or one thread is meant.
MAY_VARY = {'vtl/server/main.c', 'vtl/base/log.c', 'vtl/base/log_few.c', 'vtl/base/log_level.c', 'vtl/base/worker.c', 'media/engine/fault.c',
            'admin/cli/pump.c', 'docs/tables.c'}
# A file that is read through the ring must not have this flag (vtl/base/file.h).  The others look at what
# somebody else opened, or take it away again.
MAY_OPEN_NONBLOCKING = {'vtl/base/file.c', 'admin/cli/files.c', 'admin/rpc/media_methods.c'}
# An errno becomes words in vtl/base/error_text.c; what comes from a peer's socket has the system's.
MAY_STRERROR = ('vtl/base/error_text.c', 'vtl/iscsi/', 'admin/initiator/', 'contrib/')
# An array grows by grow(); a text of known length that gets longer may be reallocated.
MAY_REALLOC = {'vtl/base/grow.h', 'vtl/iscsi/login.c', 'vtl/iscsi/text.c', 'vtl/library/identity_json.c'}
FILE_LINES, FUNCTION_LINES = 500, 50
SPDX = 'SPDX-License-Identifier: Apache-2.0'
# Places of one machine say nothing to another.
PLACES = re.compile(r'(?<![\w.])/(?:[w]ork|[t]mp/(?:b-|brief)|[h]ome|[r]oot)(?:/|\b)')

failures = {}


def bad(check, where, text):
    failures.setdefault(check, []).append(f'{where}: {text}')


def tracked():
    out = subprocess.run(['git', '-C', ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
                         capture_output=True)
    if out.returncode == 0:
        names = [n for n in out.stdout.decode().split('\0') if n]
    else:  # a source archive
        names = [str(p.relative_to(ROOT)) for p in ROOT.rglob('*') if p.is_file()]
    return sorted({n for n in names if (ROOT / n).is_file()})


def without_comments(text):
    """Comments and strings become blanks; the lines stay where they are."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r'[^\n]', ' ', m[0]), text, flags=re.S)


def check_includes(name, lines):
    room = str(pathlib.PurePosixPath(name).parent)
    if room not in MAY:
        bad('every source belongs to a room', name, f'{room} is in no row of the matrix')
        return
    for n, line in enumerate(lines, 1):
        m = re.match(r'\s*#\s*include\s+"(?:(.+)/)?([^/"]+)"', line)
        if not m:
            continue
        other, header = m[1] or '(no room)', m[2]
        if other == room:
            continue
        if other not in MAY[room]:
            bad('rooms include only the rooms they may know', f'{name}:{n}', f'{room} may not know {other}')
        elif header not in DOORS.get(other, [header]) and not {room, other} <= set(STORE):
            bad('rooms are entered by their doors', f'{name}:{n}', f'{header} is no door of {other}')


def words(identifier):
    spaced = re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', identifier)
    return {w.lower() for w in re.split(r'_+|(?<=\d)(?=\D)|(?<=\D)(?=\d)', spaced) if w}


def check_words(name, text):
    for n, line in enumerate(without_comments(text).splitlines(), 1):
        if line.lstrip().startswith('#'):
            continue
        for identifier in re.findall(r'[A-Za-z_]\w*', line):
            if words(identifier) & SCSI_WORDS:
                bad('storage and library know no SCSI word', f'{name}:{n}', identifier)


def check_nonblocking(name, text):
    for n, line in enumerate(without_comments(text).splitlines(), 1):
        if re.search(r'\bO_NONBLOCK\b', line) and name not in MAY_OPEN_NONBLOCKING:
            bad('files are opened by file_open_at()', f'{name}:{n}', 'O_NONBLOCK')


def check_growing(name, text):
    for n, line in enumerate(without_comments(text).splitlines(), 1):
        if re.search(r'\brealloc(?:array)?\(', line) and name not in MAY_REALLOC:
            bad('arrays grow by grow()', f'{name}:{n}', 'realloc')


def check_error_words(name, lines):
    for n, line in enumerate(lines, 1):
        if re.search(r'\bstrerror(?:_r)?\(', line) and not name.startswith(MAY_STRERROR) and '/*' not in line:
            bad('an errno has its words from error_text()', f'{name}:{n}', line.strip())
        if re.search(r'"[^"]*\b(?:error|errno|err|rc)[ :=]+%-?l*[du]', line):
            bad('no message shows a bare errno', f'{name}:{n}', line.strip())


def check_opening(name, lines):
    at = 1 if lines and lines[0].startswith('#!') else 0
    if len(lines) <= at or SPDX not in lines[at]:
        bad('every source opens with its licence', name, 'no SPDX line')
        return
    purpose = ' '.join(lines[at + 1:at + 3])
    if not re.match(r'\s*(?:/\*|#|\"\"\")\s*(?:\*\s*)?\S*\w', purpose):
        bad('every source says what it is for', name, 'no sentence after the licence')


def tags(names):
    cmd = ['ctags', '--output-format=json', '--fields=+neK', '--kinds-C=fv', '-f', '-', '-L', '-']
    out = subprocess.run(cmd, input='\n'.join(names), text=True, cwd=ROOT, capture_output=True)
    for line in out.stdout.splitlines():
        tag = json.loads(line)
        if tag.get('_type') == 'tag':
            yield tag


def is_const(declaration):
    """const where it counts: after the last star, or anywhere when there is none."""
    declaration = re.sub(r'\b__attribute__\s*\(\(.*?\)\)', '', declaration)
    last = declaration.rpartition('*')[2] if '*' in declaration else declaration
    return re.search(r'\bconst\b', last) is not None


def check_sizes_and_variables(sources):
    code = {name: without_comments((ROOT / name).read_text()).splitlines() for name in sources}
    for tag in tags(sources):
        name, line = tag['path'], tag['line']
        if tag['kind'] == 'function':
            size = tag.get('end', line) - line + 1
            if size > FUNCTION_LINES:
                bad(f'no function over {FUNCTION_LINES} lines', f'{name}:{line}',
                    f'{tag["name"]} has {size}')
            continue
        if name in MAY_VARY or name.startswith('tests/') or name.endswith('.def'):
            continue
        start = line - 1
        while start and not re.match(r'[A-Za-z_]', code[name][start]):
            start -= 1  # "static const struct action {" above "} actions[] ="
        declaration = ' '.join([code[name][start].split('{')[0]] * (start < line - 1) +
                               code[name][line - 1:line + 2])
        declaration = re.split(r'[=;]', declaration)[0]
        before = re.split(rf'\b{tag["name"]}\b', declaration)[0]
        if 'extern' not in before and not is_const(before):
            bad('no variable of a file changes', f'{name}:{line}', tag['name'])
    for name, lines in code.items():
        if name in MAY_VARY or name.startswith('tests/'):
            continue
        for n, line in enumerate(lines, 1):
            m = re.match(r'\s+static\s+([^=;(]*?)\b\w+\s*(?:\[[^;=]*)?(?:=|;)', line)
            if m and not is_const(m[1]):
                bad('no variable of a file changes', f'{name}:{n}', line.strip())


def answer_keys(names):
    """The keys of all rows of admin/view."""
    return {key for name in names if name.startswith('admin/view/') and name.endswith('.def')
            for key in re.findall(r'^(?:FIELD|NESTED|LISTED)\((\w+),', (ROOT / name).read_text(), re.M)}


def arguments(text, at):
    """The arguments of the call whose open bracket is before `at`."""
    depth, begin, found = 0, at, []
    for m in re.finditer(r'"(?:\\.|[^"\\])*"|[(){},]', text[at:]):
        end = at + m.start()
        if m[0] == ',' and depth == 0 or m[0] == ')' and depth == 0:
            found.append(text[begin:end].strip())
            begin = end + 1
        if m[0] == ')' and depth == 0:
            break
        depth += (m[0] in '({') - (m[0] in ')}')
    return found


def check_answer_keys(name, keys):
    """Code that makes or reads an answer names its fields through admin/view/keys.h; requests are no answers."""
    text = re.sub(r'/\*.*?\*/', lambda m: re.sub(r'[^\n]', ' ', m[0]), (ROOT / name).read_text(), flags=re.S)
    for m in re.finditer(r'\b(?:json_object_(?:get|set|set_new|del)|json_pack|text|text_of|number|rate|size_of)\(', text):
        args = arguments(text, m.end())
        said = {arg[1:-1] for arg in args if arg.startswith('"')} & keys
        before = text[max(text.rfind(c, 0, m.start()) for c in ';{}') + 1:m.start()]
        if said and not re.search(r'\b(?:params|parsed|request)\b', before + args[0]):
            n = text.count('\n', 0, m.start()) + 1
            bad('a field of an answer is described once', f'{name}:{n}', ', '.join(sorted(said)))


def check_rooms(name):
    """Log lines of a room that has no row would have no level of their own."""
    folders = re.findall(r'^ROOM\(\w+, *"\w+", *"([\w/]+)"\)', (ROOT / name).read_text(), re.M)
    for room in MAY:
        daemon = room.startswith(('vtl/', 'media', 'handlers')) or room == 'admin/rpc'
        if daemon and (ROOT / room).is_dir() and not any(f'{room}/'.startswith(folder) for folder in folders):
            bad('every room of the daemon has a log level', name, f'{room} has no row')


def check_places(name):
    try:
        text = (ROOT / name).read_text()
    except UnicodeDecodeError:
        return
    for n, line in enumerate(text.splitlines(), 1):
        if PLACES.search(line):
            bad("no one machine's paths", f'{name}:{n}', line.strip()[:80])


CHECKS = [
    'every source belongs to a room',
    'rooms include only the rooms they may know',
    'rooms are entered by their doors',
    'storage and library know no SCSI word',
    'every source opens with its licence',
    'every source says what it is for',
    f'no file over {FILE_LINES} lines',
    f'no function over {FUNCTION_LINES} lines',
    'no variable of a file changes',
    "no one machine's paths",
    'files are opened by file_open_at()',
    'arrays grow by grow()',
    'an errno has its words from error_text()',
    'no message shows a bare errno',
    'every room of the daemon has a log level',
    'a field of an answer is described once',
]


def main():
    names = tracked()
    sources = [n for n in names if n.endswith(('.c', '.h', '.def'))]
    scripts = [n for n in names if n.endswith(('.py', '.sh')) or
               (n.startswith(('tests/', 'contrib/', '.ci/')) and
                (ROOT / n).read_bytes().startswith(b'#!'))]
    for name in sources:
        text = (ROOT / name).read_text()
        if not name.startswith('tests/'):
            check_includes(name, text.splitlines())
            check_nonblocking(name, text)
            check_growing(name, text)
            check_error_words(name, text.splitlines())
        if str(pathlib.PurePosixPath(name).parent) in NO_SCSI:
            check_words(name, text)
    for name in sources + scripts:
        lines = (ROOT / name).read_text().splitlines()
        check_opening(name, lines)
        if len(lines) > FILE_LINES:
            bad(f'no file over {FILE_LINES} lines', name, f'{len(lines)}')
    check_sizes_and_variables([n for n in sources if n.endswith(('.c', '.h'))])
    check_rooms('vtl/base/rooms.def')
    keys = answer_keys(names)
    for name in sources:
        if name.startswith(('admin/rpc/', 'admin/cli/')):
            check_answer_keys(name, keys)
    for name in names:
        check_places(name)

    for check in CHECKS:
        print(f'{"not ok" if check in failures else "ok"} - {check}')
        for line in failures.get(check, []):
            print(f'#   {line}')
    assert set(failures) <= set(CHECKS), set(failures) - set(CHECKS)
    print(f'{len(CHECKS) - len(failures)} passed, {len(failures)} failed, 0 skipped')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
