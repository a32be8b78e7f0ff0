# SPDX-License-Identifier: Apache-2.0
"""contrib/hooks in a repository of their own: what they refuse, in which words, and that nothing is committed then."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'lib'))
import tap
from tap import equal

TOP = pathlib.Path(__file__).resolve().parents[2]
repo = pathlib.Path(tempfile.mkdtemp(prefix='evertape-hooks-'))
NEAT, UNTIDY = 'int one(void)\n{\n\treturn 1;\n}\n', 'int one(void) { return 1; }\n'
GOOD = 'room: say what it does\n\nAnd why.\n'


def git(*words, **more):
    env = {k: v for k, v in os.environ.items() if not k.startswith('GIT_')}
    return subprocess.run(['git', '-C', repo, '-c', 'user.name=A', '-c', 'user.email=a@example.org', *words], text=True,
                          capture_output=True, env=env, **more)


def lint(code):
    """Stands for the tree's own, which looks at the whole of it."""
    path = repo / 'tests/lint/run'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n[ {code} = 0 ] || echo "not ok - a sentence of lint"\nexit {code}\n')
    path.chmod(0o755)


def commit(message=GOOD):
    return git('commit', '-F', '-', input=message)


def commits():
    return int(git('rev-list', '--count', '--all').stdout)


def stage(text, name='one.c'):
    (repo / name).write_text(text)
    equal(git('add', name).returncode, 0)


def refused(done, *says):
    before = commits()
    assert done.returncode, done
    for text in says:
        assert text in done.stderr, done.stderr
    equal(commits(), before)


def begin():
    equal(git('init', '-q').returncode, 0)
    shutil.copy(TOP / '.clang-format', repo)
    shutil.copytree(TOP / 'contrib/hooks', repo / 'contrib/hooks')
    git('config', 'core.hooksPath', 'contrib/hooks')
    lint(0)
    stage(NEAT)


def test_good():
    """a neat file with a good message is committed"""
    done = commit()
    equal((done.returncode, commits()), (0, 1), done.stderr)


def test_layout():
    """a staged file that is laid out otherwise is named, also when the working tree has mended it since"""
    if not shutil.which('clang-format'):
        raise tap.Skip('clang-format is not installed')
    stage(UNTIDY)
    refused(commit(), 'one.c', 'clang-format -i')
    (repo / 'one.c').write_text(NEAT + '\n')
    refused(commit(), 'one.c', 'clang-format -i')
    stage(NEAT + '\nint two;\n')
    (repo / 'one.c').write_text(UNTIDY)
    done = commit()
    equal((done.returncode, commits()), (0, 2), done.stderr)


def test_lint():
    """what lint says is shown"""
    stage('int three;\n', 'three.c')
    lint(1)
    refused(commit(), 'a sentence of lint')
    lint(0)
    equal(commit().returncode, 0)


def test_message():
    """a message without a room, a reason or an end is refused, with the subject"""
    stage('int four;\n', 'four.c')
    for message, says in (
            ('Say what it does\n\nWhy.\n', 'room: what it does'), ('Room: say\n\nWhy.\n', 'room: what it does'),
            ('room: ' + 'x' * 67 + '\n\nWhy.\n', '73 columns'), ('room: say\nWhy.\n', 'must be empty'), ('room: say\n', 'says why'),
            ('room: say\n\n# a remark of git\n', 'says why'), ('room: say.\n\nWhy.\n', 'full stop')):
        refused(commit(message), says, message.splitlines()[0])
    for message in ('room: ' + 'x' * 66 + '\n\nWhy.\n', 'vtl/base, media: say\n\nWhy.\n', 'fixup! room: say\n'):
        done = git('commit', '--allow-empty', '--cleanup=strip', '-F', '-', input=message.replace('vtl/base', 'base'))
        equal(done.returncode, 0, done.stderr)


begin()
try:
    tap.run(tap.tests_of(globals()))
finally:
    shutil.rmtree(repo)
