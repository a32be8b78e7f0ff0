#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# What has a row stands only there: texts, defaults and names of parameters (admin/method), numbers of operation
# codes (vtl/scsi/opcode.h).
import re
import sys

sys.dont_write_bytecode = True
from includes import ROOT, tracked  # noqa: E402

METHODS = 'admin/method/methods.c'
READERS = ('admin/rpc/', 'admin/cli/')  # they have what the rows say, and must not say it again
CDBS = ('vtl/scsi/', 'vtl/ssc/', 'vtl/smc/', 'admin/initiator/', 'contrib/')
TEXT_MIN = 12  # shorter texts are words that anybody may use

STRING = r'"(?:\\.|[^"\\\n])*"'


def uncommented(text):
    """Comments become blanks; strings and lines stay."""
    pattern = rf'{STRING}|/\*.*?\*/|//[^\n]*'
    return re.sub(pattern, lambda m: m[0] if m[0][0] == '"' else re.sub(r'[^\n]', ' ', m[0]), text, flags=re.S)


def texts(code):
    """Every string with its line; strings that follow each other are one."""
    for m in re.finditer(rf'{STRING}(?:\s*{STRING})*', code):
        yield code.count('\n', 0, m.start()) + 1, ''.join(s[1:-1] for s in re.findall(STRING, m[0]))


def helps(methods):
    return {t for _, t in texts(methods) if len(t) >= TEXT_MIN and ' ' in t}


def defaults(methods, macros):
    """The values of .default_value; a macro's text is looked up where it is defined."""
    found = set()
    for value in re.findall(rf'\.default_value = ({STRING}|\w+)', methods):
        text = value[1:-1] if value[0] == '"' else macros[value]
        if not text.isdigit():  # call_number() has no argument for a default
            found.add(text)
    return found


def macros_of(*sources):
    return {m[1]: m[2] for s in sources for m in re.finditer(r'^#define (\w+) +"([^"\n]*)"$', s, re.M)}


def keys(methods):
    return set(re.findall(r'\{ "(\w+)", PARAM_', methods))


def said_again(code, rows):
    return [(line, text) for line, text in texts(code) if text in rows]


def unknown_keys(code, known):
    pattern = r'(?:\bcall_(?:text|number|flag|list)\(call|\bparsed->params), "(\w+)"'
    return [(code.count('\n', 0, m.start()) + 1, m[1]) for m in re.finditer(pattern, code) if m[1] not in known]


def bare_opcodes(code):
    """A number where a CDB or a row of one begins."""
    number = r'0x[0-9a-fA-F]{1,2}\b'
    pattern = (rf'\bcdb(?:\[0\])?\s*[=!]?=\s*(?:\{{\s*)?{number}|\.code = {number}(?=, \.sa\b)|'
               rf'\bop->code\s*[=!]=\s*{number}|\bdoing\s*[=!]?=\s*{number}|'
               rf'\{{\s*{number}, SENSE_')
    return [(code.count('\n', 0, m.start()) + 1, m[0]) for m in re.finditer(pattern, code)]


def probe():
    """Each rule finds what it is for, and nothing else."""
    rows = '''#define LIBRARY { "library", PARAM_TEXT, .help = "name of the " "library" }
    { "slots", PARAM_NUMBER, .default_value = "20" }, { "drive", PARAM_TEXT, .default_value = MACRO },'''
    macros = macros_of('#define MACRO   "IBM X"')
    assert helps(rows) == {'name of the library'} and keys(rows) == {'library', 'slots', 'drive'}
    assert defaults(rows, macros) == {'IBM X'}
    assert said_again(uncommented('/* "IBM X" */\n f("a IBM X", "IBM " "X");'), {'IBM X'}) == [(2, 'IBM X')]
    code = 'call_text(call, "slot");\njson_object_get(parsed->params, "files") call_flag(call, "slots")'
    assert unknown_keys(code, keys(rows)) == [(1, 'slot'), (2, 'files')]
    code = '.cdb = { 0x12, 0 }\nc->cdb[0] = 0x0a; cdb[1] = 0x08; cdb[0] == OPCODE_READ_6\n{ .code = 0x08, .sa = SA_NONE }'
    assert [line for line, _ in bare_opcodes(code)] == [1, 2, 3]


def main():
    probe()
    code = {n: uncommented((ROOT / n).read_text()) for n in tracked() if n.endswith(('.c', '.h', '.def'))}
    methods = code[METHODS]
    macros = macros_of(*(code[n] for n in code if n.startswith(('admin/method/', 'vtl/library/'))))
    readers = [n for n in code if n.startswith(READERS)]
    checks = {
        'help of methods and parameters stands once': [lambda c: said_again(c, helps(methods)), readers],
        'defaults of parameters stand once': [lambda c: said_again(c, defaults(methods, macros)), readers],
        'a parameter that is read has a row': [lambda c: unknown_keys(c, keys(methods)), readers],
        'operation codes have names': [bare_opcodes, [n for n in code if n.startswith(CDBS)]],
    }
    failed = 0
    for sentence, (rule, names) in checks.items():
        found = [f'{n}:{line}: {text}' for n in names for line, text in rule(code[n])]
        failed += bool(found)
        print(f'{"not ok" if found else "ok"} - {sentence}')
        for line in found:
            print(f'#   {line}')
    print(f'{len(checks) - failed} passed, {failed} failed, 0 skipped')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
