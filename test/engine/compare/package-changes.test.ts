/** Packages of two images, read from the files in which these differ. */
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { compareImages } from '../../../src/engine/compare/compare-images.ts';
import {
  hasPackageChanges,
  type PackageChanges,
  packageChanges,
} from '../../../src/engine/compare/package-changes.ts';
import type { TarEntry } from '../../support/tar.ts';
import { type MadeImage, makeImage } from './made-images.ts';

const file = (name: string, content: string | Buffer): TarEntry => ({ name, content });
const npm = (folder: string, version: string): TarEntry =>
  file(`srv/node_modules/${folder}/package.json`, JSON.stringify({ name: folder.split('/').pop(), version }));
const dpkg = (packages: Readonly<Record<string, string>>): TarEntry =>
  file(
    'var/lib/dpkg/status',
    Object.entries(packages)
      .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\n`)
      .join('\n'),
  );

const fixture = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../../fixtures/packages/${name}.gz`, import.meta.url)));

/** `kind name old → new`, one a package. */
function told({ list }: PackageChanges): string[] {
  return list.map(({ kind, name, before, after }) => `${kind} ${name} ${before.join()} → ${after.join()}`);
}

async function changes(a: readonly TarEntry[][], b: readonly TarEntry[][]) {
  const [before, after] = await Promise.all([makeImage(a), makeImage(b)]);
  return { ...(await between(before, after)), reads: before.reads() + after.reads() };
}

async function between(before: MadeImage, after: MadeImage): Promise<PackageChanges> {
  const comparison = await compareImages(before.contents, after.contents);
  return await packageChanges(comparison, { before: before.source, after: after.source });
}

test('versions that changed, came and went, of all kinds at once', async () => {
  const found = await changes(
    [
      [dpkg({ base: '1', libssl3: '3.0', old: '1' }), npm('left-pad', '1.0.0'), npm('moved', '2.0.0')],
      [file('lib/apk/db/installed', 'P:musl\nV:1.2.4-r2\n')],
      [file('usr/lib/python3/site-packages/Flask-2.0.dist-info/METADATA', 'Name: Flask\nVersion: 2.0\n')],
    ],
    [
      [
        dpkg({ base: '1', libssl3: '3.1', new: '1' }),
        npm('left-pad', '1.3.0'),
        npm('a/node_modules/moved', '2.0.0'),
      ],
      [file('lib/apk/db/installed', 'P:musl\nV:1.2.5-r0\n')],
      [file('usr/lib/python3/site-packages/flask-3.0.dist-info/METADATA', 'Name: flask\nVersion: 3.0\n')],
    ],
  );
  expect(told(found)).toEqual([
    'apk musl 1.2.4-r2 → 1.2.5-r0',
    'dpkg libssl3 3.0 → 3.1',
    'dpkg new  → 1',
    'dpkg old 1 → ',
    'npm left-pad 1.0.0 → 1.3.0',
    'pip flask 2.0 → 3.0',
  ]);
  expect(found.problems).toEqual([]);
  // However many files: each image is gone through once.
  expect(found.reads).toBe(2);
});

test('of two, one of which stands on the other, only the upper one is read', async () => {
  const base = [dpkg({ base: '1', libssl3: '3.0' }), npm('a', '1')];
  const upper = [base, [dpkg({ base: '1', libssl3: '3.1' }), npm('b', '1')]];
  for (const [a, b, libssl] of [
    [[base], upper, '3.0 → 3.1'],
    [upper, [base], '3.1 → 3.0'],
  ] as const) {
    const [before, after] = await Promise.all([makeImage(a), makeImage(b)]);
    expect(told(await between(before, after))).toContain(`dpkg libssl3 ${libssl}`);
    expect([before.reads(), after.reads()]).toEqual(a.length === 1 ? [0, 1] : [1, 0]);
  }
});

test('where no file with packages differs, nothing is read', async () => {
  const [before, after] = await Promise.all([
    makeImage([[dpkg({ base: '1' }), file('x', '1')]]),
    makeImage([[dpkg({ base: '1' }), file('x', '2')]]),
  ]);
  expect(hasPackageChanges(await compareImages(before.contents, after.contents))).toBe(false);
  expect(told(await between(before, after))).toEqual([]);
  expect([before.reads(), after.reads()]).toEqual([0, 0]);
});

test('a database that cannot be read is said, and no package passes for added or removed', async () => {
  const rpm = (bytes: Buffer): TarEntry => file('var/lib/rpm/rpmdb.sqlite', bytes);
  const found = await changes(
    [[rpm(fixture('rpmdb.sqlite')), npm('a', '1')]],
    [[rpm(Buffer.from('no')), npm('a', '2')]],
  );
  expect(told(found)).toEqual(['npm a 1 → 2']);
  expect(found.problems).toMatchObject([{ path: 'var/lib/rpm/rpmdb.sqlite' }]);
  // From one kind of database to another, the packages are what counts.
  const moved = await changes(
    [[file('var/lib/rpm/Packages', fixture('Packages'))]],
    [[rpm(fixture('rpmdb.sqlite'))]],
  );
  expect(moved).toMatchObject({ list: [], problems: [] });
});

test('what is bad in both images is said once, and nothing of what stands in it', async () => {
  const bad = (end: string): TarEntry =>
    file('srv/node_modules/x/package.json', `\u001b]0;title\u0007 ${end}`);
  const found = await changes([[bad('1')]], [[bad('2')]]);
  expect(found.problems).toEqual([{ path: 'srv/node_modules/x/package.json', why: 'it is no JSON' }]);
});

test('a log beside a database that is too large for memory is not read', async () => {
  const log = await sparseTar('var/lib/rpm/rpmdb.sqlite-wal', 2 ** 40);
  const database = [file('var/lib/rpm/rpmdb.sqlite', fixture('rpmdb.sqlite'))];
  const [before, after] = await Promise.all([makeImage([database]), makeImage([database, log])]);
  expect(await between(before, after)).toEqual({
    list: [],
    problems: [{ path: 'var/lib/rpm/rpmdb.sqlite', why: 'it is too large' }],
  });
});

/** A file of holes alone, as GNU tar writes it with PAX headers. */
async function sparseTar(name: string, size: number): Promise<Buffer> {
  const tar = pack();
  tar.entry(
    {
      name,
      pax: {
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': name,
        'GNU.sparse.realsize': `${size}`,
      },
    },
    Buffer.concat([Buffer.from('1\n0\n1\n'), Buffer.alloc(505), Buffer.from('x')]),
  );
  tar.finalize();
  return await buffer(tar);
}
