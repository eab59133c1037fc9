/** The shapes that engines send, cut down to what is read. Those of engines that tests can start are in the contract. */
import { describe, expect, test } from 'vitest';
import { readContainer } from '../../../src/engine/docker/containers.ts';
import { readDiskUsage } from '../../../src/engine/docker/disk-usage.ts';
import { readEvent } from '../../../src/engine/docker/events.ts';
import { readHistory } from '../../../src/engine/docker/history.ts';
import { imageName } from '../../../src/engine/docker/image-name.ts';
import { readImages } from '../../../src/engine/docker/images.ts';
import { readInspect } from '../../../src/engine/docker/inspect-document.ts';
import { platform, timestamp } from '../../../src/engine/docker/normalise.ts';
import { readRemoval } from '../../../src/engine/docker/removal.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const C = 'c'.repeat(64);

describe('images', () => {
  const only = (kind: EngineKind, row: object) => readImages({ kind }, [row], [row])[0];

  test.each<[string, EngineKind, object]>([
    [
      'Docker 20',
      'docker-classic',
      {
        RepoTags: ['<none>:<none>'],
        RepoDigests: ['<none>@<none>'],
        SharedSize: -1,
        Containers: -1,
        Labels: null,
        ParentId: '',
      },
    ],
    [
      'Docker 28',
      'docker-classic',
      { RepoTags: [], RepoDigests: [], SharedSize: -1, Containers: -1, Labels: null, ParentId: '' },
    ],
    [
      'Podman 4',
      'podman',
      { RepoTags: null, RepoDigests: [], SharedSize: 0, Labels: null, ParentId: '', Dangling: true },
    ],
    ['little', 'docker-classic', {}],
  ])('without a name: %s', (_, kind, row) => {
    expect(only(kind, { Id: `sha256:${A}`, Created: 5, Size: 7, ...row })).toEqual({
      id: `sha256:${A}`,
      references: [],
      digests: [],
      parentId: '',
      role: 'dangling',
      created: 5,
      size: 7,
      sharedSize: undefined,
      containers: undefined,
      labels: {},
    });
  });

  test('of Podman: familiar names once, ids with their algorithm', () => {
    const row = {
      Id: A,
      ParentId: B,
      RepoTags: [
        'docker.io/library/b:1',
        'docker.io/library/a:1',
        'docker.io/library/a:1',
        'localhost/x:1',
        'quay.io/a/b:1',
      ],
      RepoDigests: [`docker.io/team/a@sha256:${C}`],
      Containers: 2,
    };
    expect(only('podman', row)).toMatchObject({
      id: `sha256:${A}`,
      parentId: `sha256:${B}`,
      references: ['a:1', 'b:1', 'localhost/x:1', 'quay.io/a/b:1'],
      digests: [`team/a@sha256:${C}`],
      containers: 2,
    });
  });

  test('of the containerd store: a digest for every repository', () => {
    const row = { Id: `sha256:${A}`, RepoTags: ['a:1', 'a:2', 'r:5000/b:1'], RepoDigests: [`a@sha256:${A}`] };
    expect(only('docker-containerd', row)?.digests).toEqual([`a@sha256:${A}`, `r:5000/b@sha256:${A}`]);
  });

  test('have their roles from the whole family', () => {
    const child = { Id: `sha256:${A}`, ParentId: `sha256:${B}`, RepoTags: ['a:1'] };
    const parent = { Id: `sha256:${B}`, ParentId: `sha256:${C}` };
    const root = { Id: `sha256:${C}` };
    const roles = (...args: Parameters<typeof readImages>) => readImages(...args).map(({ role }) => role);
    const kind = { kind: 'docker-classic' } as const;
    expect(roles(kind, [child, parent, root], [child, parent, root])).toEqual([
      'tagged',
      'intermediate',
      'intermediate',
    ]);
    expect(roles(kind, [parent], [child, parent, root])).toEqual(['intermediate']);
    expect(roles(kind, [parent], [parent])).toEqual(['dangling']);
    expect(roles(kind, [{ ...root, RepoDigests: [`x@sha256:${A}`] }], [])).toEqual(['dangling']);
  });

  test('of a tag that moved away dangle on a classic store, and share what is told', () => {
    expect(
      only('docker-classic', {
        Id: `sha256:${A}`,
        RepoTags: ['<none>:<none>'],
        RepoDigests: [`x@sha256:${B}`],
        SharedSize: 3,
        Containers: 0,
      }),
    ).toMatchObject({
      references: [],
      digests: [`x@sha256:${B}`],
      role: 'dangling',
      sharedSize: 3,
      containers: 0,
    });
  });
});

test('inspection of Podman 5, which leaves out what is empty', () => {
  const detail = readInspect(
    { kind: 'podman' },
    {
      Id: A,
      Parent: B,
      RepoTags: ['docker.io/library/app:two'],
      Created: '2026-11-22T00:54:34.396351218Z',
      Config: { Cmd: ['/bin/sh'], ExposedPorts: { '80/tcp': {}, '443/tcp': {} } },
      Os: 'linux',
      Architecture: 'arm',
      Variant: 'v7',
      RootFS: { Layers: [`sha256:${C}`] },
      Metadata: { LastTagTime: '0001-01-01T00:00:00Z' },
    },
  );
  expect(detail).toMatchObject({
    id: `sha256:${A}`,
    parentId: `sha256:${B}`,
    references: ['app:two'],
    platform: 'linux/arm/v7',
    lastTagged: '',
    created: '2026-11-22T00:54:34.396351218Z',
    config: { cmd: ['/bin/sh'], entrypoint: [], env: [], exposedPorts: ['443/tcp', '80/tcp'], labels: {} },
    diffIds: [`sha256:${C}`],
  });
});

test('history of Podman 5: no ids, no repeated names', () => {
  const rows = [
    { Id: `sha256:${A}`, Tags: ['docker.io/library/app:two'], CreatedBy: 'x', Created: 2, Size: 0 },
    { Id: 'sha256:<missing>', Tags: ['docker.io/library/app:two'], CreatedBy: 'y', Created: 1, Size: 5 },
  ];
  expect(readHistory({ kind: 'podman' }, rows).map(({ id, references }) => [id, references])).toEqual([
    ['', ['app:two']],
    ['', []],
  ]);
  expect(readHistory({ kind: 'docker-classic' }, [{ Id: '<missing>' }])[0]).toEqual({
    id: '',
    created: 0,
    createdBy: '',
    comment: '',
    size: 0,
    references: [],
  });
});

describe('disk usage', () => {
  test('of Docker 28: build cache parents behind a blank, volumes of unknown size', () => {
    const usage = readDiskUsage('docker-classic', {
      LayersSize: 100,
      Images: [
        { Id: `sha256:${A}`, Size: 60, SharedSize: 40, Containers: 1 },
        { Id: `sha256:${B}`, Size: 80, SharedSize: 40, Containers: 0 },
      ],
      Containers: [
        { Id: C, State: 'running', SizeRw: 10 },
        { Id: B, State: 'exited', SizeRw: 5 },
      ],
      Volumes: [
        { Name: 'v', UsageData: { Size: 7, RefCount: 0 } },
        { Name: 'w', UsageData: { Size: -1, RefCount: 1 } },
      ],
      BuildCache: [
        {
          ID: 'x',
          ' Parents': ['y'],
          Shared: true,
          InUse: false,
          Size: 3,
          CreatedAt: '1970-01-01T00:00:05Z',
          LastUsedAt: null,
        },
        { ID: 'y', Shared: false, InUse: true, Size: 4 },
        { ID: 'z', Parent: '', Shared: false, InUse: false, Size: 5 },
      ],
    });
    expect(usage).toMatchObject({
      layersTotal: { bytes: 100, bound: 'exact' },
      images: { count: 2, active: 1, reclaimable: { bytes: 40, bound: 'at-least' } },
      containers: { count: 2, active: 1, size: { bytes: 15 }, reclaimable: { bytes: 5, bound: 'exact' } },
      volumes: { count: 2, active: 1, size: { bytes: 7, bound: 'at-least' }, reclaimable: { bytes: 7 } },
      buildCache: { count: 3, active: 1, size: { bytes: 9 }, reclaimable: { bytes: 5, bound: 'exact' } },
    });
    expect(usage.buildCacheItems[0]).toMatchObject({ parents: ['y'], created: 5, lastUsed: 0 });
    expect(usage.buildCacheItems[2]?.parents).toEqual([]);
  });

  test('of Podman: a row a name, bare ids', () => {
    const row = { Id: A, RepoTags: ['1'], Size: 50, SharedSize: 40, Containers: 1 };
    const usage = readDiskUsage('podman', {
      LayersSize: 0,
      Images: [row, row, { ...row, Id: B, Containers: 0 }],
    });
    expect(usage.perImage.map(({ id, sharedSize }) => [id, sharedSize])).toEqual([
      [`sha256:${A}`, undefined],
      [`sha256:${B}`, undefined],
    ]);
    expect(usage.layersTotal).toMatchObject({ bytes: 60, bound: 'about', reason: expect.any(String) });
    expect(usage.images).toMatchObject({ count: 2, active: 1 });
    expect(readDiskUsage('podman', {}).layersTotal).toEqual({ bytes: 0, bound: 'exact' });
  });

  test('of newer engines that leave sections out is of nothing', () => {
    expect(readDiskUsage('docker-classic', { LayersSize: 0, Images: null }).images).toMatchObject({
      count: 0,
      active: 0,
    });
  });
});

describe('removal', () => {
  test('of Podman: familiar names first, whole ids', () => {
    expect(readRemoval('podman', [{ Deleted: A }, { Untagged: 'docker.io/library/app:t2' }])).toEqual([
      { action: 'untagged', reference: 'app:t2' },
      { action: 'deleted', id: `sha256:${A}` },
    ]);
  });

  test('of the containerd store: ids are no names', () => {
    expect(
      readRemoval('docker-containerd', [{ Untagged: `sha256:${A}` }, { Deleted: `sha256:${A}` }]),
    ).toEqual([{ action: 'deleted', id: `sha256:${A}` }]);
  });
});

describe('events', () => {
  test.each([
    [{ Type: 'image', Action: 'untag', Actor: { ID: `sha256:${A}` }, time: 7 }, ['untag', `sha256:${A}`]],
    [{ Type: 'image', Action: 'loadfromarchive', Actor: { ID: A } }, ['load', `sha256:${A}`]],
    [{ Type: 'image', Action: 'remove', Actor: { ID: A } }, ['delete', `sha256:${A}`]],
    [
      { Type: 'image', Action: 'pull', Actor: { ID: '', Attributes: { name: 'docker.io/library/a:1' } } },
      ['pull', 'a:1'],
    ],
    [{ status: 'create', id: `sha256:${A}`, Type: 'image' }, ['build', `sha256:${A}`]],
    [{ Type: 'image', Action: 'novelty', Actor: { ID: A } }, ['other', `sha256:${A}`]],
    [
      { Type: 'container', Action: 'die', Actor: { ID: C, Attributes: { image: 'docker.io/library/a:1' } } },
      ['container', 'a:1'],
    ],
  ])('%j', (row, expected) => {
    const event = readEvent(row);
    expect([event?.action, event?.subject]).toEqual(expected);
  });

  test.each([
    { Type: 'container', Action: 'exec_start: sh' },
    { Type: 'container', Action: 'health_status: healthy' },
    { Type: 'network', Action: 'connect' },
    null,
  ])('%j says nothing about images', (row) => {
    expect(readEvent(row)).toBeUndefined();
  });
});

test('containers of Podman, and those without a name', () => {
  expect(
    readContainer({
      Id: C,
      Names: ['/web'],
      Image: 'docker.io/library/a:1',
      ImageID: A,
      State: 'Paused',
      Status: 'Up',
      Created: 5,
    }),
  ).toEqual({
    id: C,
    name: 'web',
    imageId: `sha256:${A}`,
    image: 'a:1',
    state: 'paused',
    running: true,
    status: 'Up',
    created: 5,
  });
  expect(
    readContainer({ Id: C, Names: null, State: 'storage', Created: '2026-11-22T00:00:00Z' }),
  ).toMatchObject({
    name: C.slice(0, 12),
    running: false,
    status: 'storage',
    created: Date.UTC(2026, 10, 22) / 1000,
  });
});

test('names in requests', () => {
  expect(imageName('podman', 'sha256:0123456789ab')).toBe('0123456789ab');
  expect(imageName('podman', A)).toBe(`sha256:${A}`);
  expect(imageName('docker-classic', 'sha256:0123456789ab')).toBe('sha256:0123456789ab');
  expect(imageName('podman', 'app:1')).toBe('app:1');
  expect(() => imageName('podman', 'App')).toThrowError(expect.objectContaining({ code: 'bad-input' }));
});

test('platforms and times', () => {
  expect(platform('linux', 'x86_64')).toBe('linux/amd64');
  expect(platform('linux', 'aarch64')).toBe('linux/arm64');
  expect(platform('linux', 'armv7l')).toBe('linux/arm/v7');
  expect(platform('', '')).toBe('');
  for (const none of ['0001-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '', 'x', null, 5])
    expect(timestamp(none)).toBe('');
});
