# SPDX-License-Identifier: Apache-2.0
# LUNs and targets: the command line says what hosts see, in either layout, and after a drive was removed.
import json

from harness import Daemon, check, finish

d = Daemon()
d.must('initiator', 'default', 'allow')
d.must('library', 'create', 'demo', '--drives', '3', '--slots', '4')
portal = d.json('status')['portals'][0]


def seen_by_hosts():
    passport = json.loads(d.must('passport', 'save', portal, '-').out)
    return {u['serial']: (t['name'], u['lun']) for t in passport['targets'] for u in t['units']}


def devices(changer, drives):
    return {x['serial']: (x['target'], x['lun']) for x in [changer, *drives]}


def compare(sentence):
    hosts = seen_by_hosts()
    library = d.json('library', 'show')
    identity = d.json('identity', 'show')['libraries'][0]
    installed = [x for x in identity['drives'] if x['installed']]
    shown = {x['serial']: (x['target'], x['lun']) for x in d.json('drive', 'list')['drives']}
    check(f'library show and hosts agree: {sentence}', devices(library['changer'], library['drives']) == hosts,
          (library, hosts))
    check(f'identity show and hosts agree: {sentence}', devices(identity['changer'], installed) == hosts,
          (identity, hosts))
    check(f'drive list and hosts agree: {sentence}', shown.items() <= hosts.items(), (shown, hosts))
    for words in (['library', 'show'], ['identity', 'show']):
        text = d.must(*words).out
        check(f'{words[0]} show names every target: {sentence}', all(target in text for target, _ in hosts.values()), text)


compare('one target')
d.must('drive', 'remove', '2')
compare('one target, a drive removed')
d.must('library', 'layout', 'target-per-device')
compare('a target per device')
before = d.must('identity', 'export', '-').out
d.must('library', 'layout', 'one-target')
compare('one target again')
kept = [[x['lun'], x['target']] for x in json.loads(before)['libraries'][0]['drives']]
after = [[x['lun'], x['target']] for x in json.loads(d.must('identity', 'export', '-').out)['libraries'][0]['drives']]
check('the identity file keeps what a drive has in either layout', kept == after and [x[0] for x in kept] == [1, 2, 3], kept)
d.end()
finish()
