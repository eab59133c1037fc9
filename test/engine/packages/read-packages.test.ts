/** Packages out of the files that package managers keep. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { packageFileOf } from '../../../src/engine/packages/package-files.ts';
import { readPackages } from '../../../src/engine/packages/read-packages.ts';
import { run } from '../../support/command.ts';

const fixture = (name: string): Buffer =>
  gunzipSync(readFileSync(new URL(`../../fixtures/packages/${name}.gz`, import.meta.url)));

/** `name version`, sorted. */
async function packagesOf(path: string, bytes: Buffer | string): Promise<string[]> {
  const found = await readPackages(packageFileOf(path)!, Buffer.from(bytes));
  return found.map(({ name, version }) => `${name} ${version}`).sort();
}

const RPM = ['plain 0.9-1.fc40', 'shell-lining 2:1.2.3-4'];

describe('databases of rpm', () => {
  test.each(['var/lib/rpm/rpmdb.sqlite', 'usr/lib/sysimage/rpm/rpmdb.sqlite'])('%s', async (path) => {
    expect(await packagesOf(path, fixture('rpmdb.sqlite'))).toEqual(RPM);
  });

  test('of Berkeley DB, with packages that lie on several pages', async () => {
    expect(await packagesOf('var/lib/rpm/Packages', fixture('Packages'))).toEqual(RPM);
  });

  test('of its own format', async () => {
    const headers = await rpmHeaders();
    expect(await packagesOf('usr/lib/sysimage/rpm/Packages.db', ndb(headers))).toEqual(RPM);
  });

  test.each([
    ['var/lib/rpm/rpmdb.sqlite', fixture('rpmdb.sqlite')],
    ['var/lib/rpm/Packages', fixture('Packages')],
  ])('%s that is damaged is told so, and never read on without an end', async (path, whole) => {
    for (let cut = 0; cut < whole.length; cut += Math.ceil(whole.length / 23))
      await expect(packagesOf(path, whole.subarray(0, cut)).catch(failed)).resolves.toBeInstanceOf(Array);
    // Every page names the first as the next one: nobody may go round in it.
    const looped = Buffer.from(whole);
    for (let page = 512; page < looped.length; page += 512) looped.writeUInt32LE(1, page + 16);
    await expect(packagesOf(path, looped).catch(failed)).resolves.toBeInstanceOf(Array);
    await expect(packagesOf(path, 'no database')).rejects.toMatchObject({ code: 'corrupt' });
  });

  test('whose packages are worked out while they are read, without an end, is told as damaged', async () => {
    const endless =
      'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT zeroblob(99) AS blob FROM n';
    for (const schema of [
      `CREATE VIEW Packages AS ${endless}`,
      'CREATE TABLE Packages(hnum INTEGER, blob AS (zeroblob(99999))); INSERT INTO Packages VALUES(1)',
    ])
      await expect(packagesOf('var/lib/rpm/rpmdb.sqlite', await sqlite(schema))).rejects.toMatchObject({
        code: 'corrupt',
      });
  });

  test('that tells the same package again and again is told as damaged', async () => {
    // All slots name one package.
    const slots = 20_000;
    const [header] = await rpmHeaders();
    const whole = ndb([header!]);
    const start = Math.ceil((32 + slots * 16) / 4096) * 4096;
    const many = Buffer.alloc(start);
    whole.copy(many, 0, 0, 32);
    many.writeUInt32LE(start / 4096, 12);
    for (let at = 32; at < 32 + slots * 16; at += 16) {
      whole.copy(many, at, 32, 48);
      many.writeUInt32LE(start / 16, at + 8);
    }
    const looped = Buffer.concat([many, whole.subarray(4096)]);
    await expect(packagesOf('var/lib/rpm/Packages.db', looped)).rejects.toMatchObject({ code: 'corrupt' });
    // One page of overflow that names itself, with a byte of a package of 4 GB.
    const berkeley = Buffer.from(fixture('Packages'));
    const size = berkeley.readUInt32LE(20);
    for (let page = size; page < berkeley.length; page += size) {
      if (berkeley[page + 25] === 7) {
        berkeley.writeUInt32LE(page / size, page + 16);
        berkeley.writeUInt16LE(1, page + 22);
      } else if (berkeley[page + 25] === 13 || berkeley[page + 25] === 2)
        for (let item = 1; item < berkeley.readUInt16LE(page + 20); item += 2) {
          const value = page + berkeley.readUInt16LE(page + 26 + item * 2);
          if (berkeley[value] === 3) berkeley.writeUInt32LE(0xffffffff, value + 8);
        }
    }
    await expect(packagesOf('var/lib/rpm/Packages', berkeley)).rejects.toMatchObject({ code: 'corrupt' });
  });

  test('reading one says nothing on stderr', async () => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { gunzipSync } from 'node:zlib';
      import { readPackages } from './src/engine/packages/read-packages.ts';
      const bytes = gunzipSync(readFileSync('test/fixtures/packages/rpmdb.sqlite.gz'));
      const file = { format: 'rpm-sqlite', kind: 'rpm', path: 'rpmdb.sqlite' };
      console.log((await readPackages(file, bytes)).length);`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      script,
    ]);
    expect({ stdout, stderr }).toEqual({ stdout: '2\n', stderr: '' });
  });
});

test('empty lines, as many as there may be, are one end of a package', async () => {
  const blank = '\n'.repeat(1_000_000);
  const dpkg = 'Package: a\nStatus: install ok installed\nVersion: 1\n';
  expect(await packagesOf('lib/apk/db/installed', `${blank}P:a\nV:1\n${blank}P:b\nV:2`)).toEqual([
    'a 1',
    'b 2',
  ]);
  expect(await packagesOf('var/lib/dpkg/status', blank + dpkg + blank + dpkg.replace(': a', ': b'))).toEqual([
    'a 1',
    'b 1',
  ]);
});

/** What went wrong was told as what it is. */
function failed(error: { code?: string }): string[] {
  expect(error.code).toBe('corrupt');
  return [];
}

test('what dpkg knows here is what dpkg says', async () => {
  // A machine without dpkg has nothing to compare with; those that CI runs on have.
  const path = '/var/lib/dpkg/status';
  if (!existsSync(path)) return;
  const fields = ['db:Status-Status', 'Package', 'Version'].map((field) => `\${${field}}`);
  const listed = await run('dpkg-query', ['-W', '-f', `${fields.join(' ')}\n`]);
  const installed = listed
    .split('\n')
    .filter((row) => row.startsWith('installed '))
    .map((row) => row.slice('installed '.length));
  expect(installed.length).toBeGreaterThan(50);
  expect(await packagesOf('var/lib/dpkg/status', readFileSync(path))).toEqual(installed.sort());
});

test('a package of distroless has a file of its own, and what was removed but for its settings is none', async () => {
  const status =
    'Package: libssl3\nStatus: deinstall ok config-files\nVersion: 3.0\n\nPackage: base\nVersion: 12\n';
  expect(await packagesOf('var/lib/dpkg/status.d/base', status)).toEqual(['base 12']);
  expect(packageFileOf('var/lib/dpkg/status.d/base.md5sums')).toBeUndefined();
});

test('apk', async () => {
  const installed =
    'C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nP:alpine-baselayout\nV:3.6.5-r0\nA:x86_64\nF:dev\nM:0:0:1777\n\nP:busybox\nV:1.36.1-r29\n';
  expect(await packagesOf('lib/apk/db/installed', installed)).toEqual([
    'alpine-baselayout 3.6.5-r0',
    'busybox 1.36.1-r29',
  ]);
});

test('npm: what lies in node_modules, with its scope', async () => {
  expect(
    await packagesOf(
      'srv/node_modules/a/node_modules/@x/y/package.json',
      '{"name":"@x/y","version":"1.0.0"}',
    ),
  ).toEqual(['@x/y 1.0.0']);
  expect(await packagesOf('usr/lib/node_modules/npm/package.json', '\ufeff{"version":"11.0.0"}')).toEqual([
    'npm 11.0.0',
  ]);
  // Only says of what kind its modules are.
  expect(await packagesOf('n/node_modules/a/package.json', '{"type":"module"}')).toEqual([]);
  for (const path of [
    'srv/package.json',
    'srv/node_modules/a/test/package.json',
    'node_modules/.bin/package.json',
  ])
    expect(packageFileOf(path), path).toBeUndefined();
  // V8 would repeat what it has read.
  const error: Error = await packagesOf('node_modules/a/package.json', '\u001b[31m{').catch(
    (thrown) => thrown,
  );
  expect(error.message).toBe('it is no JSON');
});

test('pip: two spellings of a name are one, the readme is not read', async () => {
  const metadata =
    'Metadata-Version: 2.1\nName: Zope.Interface\nVersion: 6.0\n\nName: not this\nVersion: 1\n';
  for (const path of [
    'usr/lib/python3/dist-packages/zope.interface-6.0.dist-info/METADATA',
    'usr/lib/python3/dist-packages/zope.interface-6.0.egg-info',
    'usr/lib/python3/dist-packages/zope.interface.egg-info/PKG-INFO',
  ])
    expect(await packagesOf(path, metadata)).toEqual(['zope-interface 6.0']);
});

test('names that would steer a terminal are tidied', async () => {
  expect(await packagesOf('lib/apk/db/installed', 'P:a\u001b[2Jb\nV:1\n')).toEqual(['ab 1']);
});

/** A database with a schema of its own. */
async function sqlite(schema: string): Promise<Buffer> {
  const { DatabaseSync } = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'nacre-sqlite-'));
  try {
    const database = new DatabaseSync(join(folder, 'db'));
    database.exec(schema);
    database.close();
    return readFileSync(join(folder, 'db'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function rpmHeaders(): Promise<Uint8Array[]> {
  const { sqliteHeaders } = await import('../../../src/engine/packages/rpm-sqlite.ts');
  return await Array.fromAsync(sqliteHeaders(fixture('rpmdb.sqlite')));
}

/** A database as rpm's ndb backend lays it out: a page of slots, then the blobs, aligned to 16 bytes. */
function ndb(headers: readonly Uint8Array[]): Buffer {
  const slots = Buffer.alloc(4096);
  slots.write('RpmP', 0, 'latin1');
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write('Slot', at, 'latin1');
  const blobs: Buffer[] = [];
  let start = slots.length / 16;
  for (const [at, header] of headers.entries()) {
    const slot = 32 + at * 32;
    const blob = Buffer.alloc(Math.ceil((16 + header.length + 12) / 16) * 16);
    slots.writeUInt32LE(at + 1, slot + 4);
    slots.writeUInt32LE(start, slot + 8);
    slots.writeUInt32LE(blob.length / 16, slot + 12);
    blob.write('BlbS', 0, 'latin1');
    blob.writeUInt32LE(at + 1, 4);
    blob.writeUInt32LE(header.length, 12);
    blob.set(header, 16);
    blobs.push(blob);
    start += blob.length / 16;
  }
  return Buffer.concat([slots, ...blobs]);
}
