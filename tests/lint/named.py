#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the documents name exists: links, and in code spans and code blocks paths, functions, structures and verbs.

Only words are judged that look like names of the tree.  A path has a slash or the ending of a file; leading folders may be
left out (`ssc/write.c`), as `[build]/` is.  A function is `name()`; a name with an underscore must be a word of the sources.
`name()` right before `in FILE` or `(FILE)` must stand there.  Words with placeholders (`DIR`, `<room>`, `*`, `$`) and
absolute paths are not judged.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'NEWS.md', 'contrib/README.md', 'docs/*.md', 'docs/decisions/*.md',
         'media/FORMAT.md']
# Of a state directory, of a cartridge's folder, of a build: what a page names that is not a file of the tree.
ELSEWHERE = re.compile(r'catalog/secrets|build/compile_commands\.json|build(-\w+)?/(evertaped?|found)|iqn\..*|[\d.]+(/\d+)*')
FILE = re.compile(r'[\w./+-]+\.(c|h|py|sh|md|def|build|ps1)')
CHECKS = ['links of the documents lead to a file', 'paths in the documents exist', 'functions in the documents exist',
          'functions are in the file that the documents name', 'names in the documents are words of the sources',
          'structures in the documents exist', 'verbs of evertape in the documents exist']
failures = {}


def bad(number, page, text):
    failures.setdefault(CHECKS[number], []).append(f'{page.relative_to(ROOT)}: {text}')


def tracked():
    said = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard'], cwd=ROOT, capture_output=True, text=True)
    names = said.stdout.splitlines() or [str(p.relative_to(ROOT)) for p in ROOT.rglob('*') if p.is_file()]
    return [n for n in names if (ROOT / n).is_file() and not n.startswith('build')]


class Tree:
    def __init__(self):
        names = tracked()
        places = {p for n in names for p in (n, *map(str, pathlib.PurePosixPath(n).parents))}
        self.names = names
        self.tails = {p.split('/', i)[-1] for p in places for i in range(p.count('/') + 1)}
        self.sources = {n: (ROOT / n).read_text(errors='replace') for n in names
                        if not n.endswith('.md') and not n.startswith(('tests/gold/', 'tests/lint/named'))}
        self.text = '\n'.join(self.sources.values())
        self.words = set(re.findall(r'\w+', self.text))
        self.called = set(re.findall(r'\b(\w+)\(', '\n'.join(t for n, t in self.sources.items() if n.endswith(('.c', '.h')))))
        rows = '\n'.join(t for n, t in self.sources.items() if n.startswith('admin/cli/'))
        self.verbs = {' '.join(filter(None, found)) for found in re.findall(r'\{ "(\w+)", (?:"(\w+)"|NULL)', rows)}

    def has(self, path):
        """A path of the tree, a program of its tests in a build, or a unit test as `meson test` names it."""
        path = re.sub(r'^build(-\w+)?/', '', path).rstrip('/')
        test = re.sub(r'^(?:tests/unit/)?(\w+)/(?:\1_)?(\w+?)(?:_test)?$', r'tests/unit/\1/\2_test.c', path)
        fuzz = re.sub(r'^tests/fuzz/fuzz_(\w+)$', r'tests/fuzz/\1.c', path)
        return path in self.tails or test in self.names or fuzz in self.names


def code(text):
    """Code spans, and the lines of code blocks without their remarks."""
    for i, part in enumerate(re.split(r'^```.*\n', text, flags=re.M)):
        if i % 2:
            yield from (re.sub(r'(^|\s)#.*', '', line) for line in part.splitlines())
        else:
            yield from re.findall(r'`([^`]+)`', part)


def judge(tree, page, word):
    if found := re.fullmatch(r'(\w+)\(\)', word):
        if found[1] not in tree.called:
            bad(2, page, word)
    elif re.fullmatch(r'[a-z]\w*_\w*[a-z0-9]', word):
        if word not in tree.words:
            bad(4, page, word)
    elif re.search(r'[^\w./+-]|[A-Z]{3}', word.replace('FORMAT.md', '')) or word.startswith(('/', '-')):
        pass    # a placeholder, or of the machine
    elif ('/' in word or FILE.fullmatch(word)) and not ELSEWHERE.fullmatch(word) and not tree.has(word):
        bad(1, page, word)


def read(tree, page):
    text = page.read_text()
    for target in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', text):
        if not (page.parent / target).exists():
            bad(0, page, target)
    for name, path in re.findall(r'`(\w+)\(\)`\s+(?:in\s+|\()`([^`]+\.[ch])`', text):
        files = [t for n, t in tree.sources.items() if f'/{n}'.endswith(f'/{path}')]
        if not any(re.search(rf'^(?:\w|#define ).*\b{name}\(', t, re.M) for t in files):
            bad(3, page, f'{name}() in {path}')
    for span in code(text):
        for name in re.findall(r'\bstruct (\w+)', span):
            if not re.search(rf'\bstruct {name} \{{', tree.text):
                bad(5, page, f'struct {name}')
        for said in re.findall(r'\bevertape ([a-z]+(?: [a-z]+)?)', span):
            if said not in tree.verbs and said.split()[0] not in tree.verbs:
                bad(6, page, f'evertape {said}')
        for word in re.split(r'[\s,;|]+', span):
            judge(tree, page, re.sub(r'(?<!\()\)$', '', word.strip('.:\'"(').removeprefix('./')))


def main():
    tree = Tree()
    for pattern in PAGES:
        for page in sorted(ROOT.glob(pattern)):
            read(tree, page)
    for check in CHECKS:
        print(f'{"not ok" if check in failures else "ok"} - {check}')
        for line in failures.get(check, []):
            print(f'#   {line}')
    print(f'{len(CHECKS) - len(failures)} passed, {len(failures)} failed, 0 skipped')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
