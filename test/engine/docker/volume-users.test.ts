/** Who uses a volume: also a container that mounts the folder in which it lies, which no engine counts. */
import { expect, it } from 'vitest';
import { usersOf } from '../../../src/engine/docker/volume-users.ts';
import { isNamed } from '../../../src/engine/docker/volumes.ts';

const volumes = [
  { Name: 'db', Mountpoint: '/var/lib/docker/volumes/db/_data' },
  { Name: 'db-old', Mountpoint: '/var/lib/docker/volumes/db-old/_data' },
  { Name: 'plugged', Mountpoint: '' },
];
const bind = (Source: string) => [{ Type: 'bind', Source }];

it.each([
  ['its folder', bind('/var/lib/docker/volumes/db/_data'), ['db']],
  ['its folder, written another way', bind('/var/lib/docker//volumes/db/_data/'), ['db']],
  ['a folder in it', bind('/var/lib/docker/volumes/db/_data/base/1'), ['db']],
  ['the folder around it', bind('/var/lib/docker/volumes/db'), ['db']],
  ['one whose path begins alike', bind('/var/lib/docker/volumes/db-older'), []],
  ['the folder of all volumes, as backups do', bind('/var/lib/docker/volumes'), []],
  ['the whole machine', bind('/'), []],
  ['nothing that has a path', [{ Type: 'tmpfs', Source: '' }, { Type: 'npipe' }], []],
  ['the volume by its name', [{ Type: 'volume', Name: 'db-old', Source: '' }], ['db-old']],
  [
    'the volume in both ways',
    [{ Type: 'volume', Name: 'db' }, ...bind('/var/lib/docker/volumes/db/_data')],
    ['db'],
  ],
])('a container that mounts %s', (_, Mounts, used) => {
  const users = usersOf(volumes, [
    { Id: 'one', Mounts },
    { Id: 'other', Mounts: null },
  ]);
  expect([...users]).toEqual(used.map((name) => [name, ['one']]));
});

it('passes over names that cannot be shown as they are: they would be asked for as those of others', () => {
  expect(['db', 'Größe', '\u5e93', 'd\u001bb', 'db\u202e', ''].filter((Name) => isNamed({ Name }))).toEqual([
    'db',
    'Größe',
    '\u5e93',
  ]);
  expect(isNamed({})).toBe(false);
});
