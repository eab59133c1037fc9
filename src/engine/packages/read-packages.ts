/** Packages out of the bytes of one file. */

import type { CallOptions } from '../engine.ts';
import { Turns } from '../layers/turns.ts';
import type { Package } from './package.ts';
import type { PackageFile } from './package-files.ts';
import { berkeleyHeaders } from './rpm-berkeley.ts';
import { rpmPackage } from './rpm-header.ts';
import { ndbHeaders } from './rpm-ndb.ts';
import { sqliteHeaders } from './rpm-sqlite.ts';
import { apkPackages, dpkgPackages, npmPackages, pipPackages } from './text-packages.ts';
import { unreadable } from './unreadable.ts';

/** Many times what any image has: a database that tells of more was made to fill the memory. */
const MOST = 100_000;

/** `log`: of a database in two files, the second. Errors: `corrupt`, `unsupported`, `cancelled`. */
export async function readPackages(
  file: PackageFile,
  bytes: Buffer,
  log?: Buffer,
  { signal }: CallOptions = {},
): Promise<Package[]> {
  const turns = new Turns(signal);
  const found: Package[] = [];
  for await (const each of packagesIn(file, bytes, log)) {
    if (found.length === MOST) throw unreadable(`it tells of more than ${MOST} packages`);
    found.push(each);
    if (turns.due) await turns.take();
  }
  return found;
}

function packagesIn(
  file: PackageFile,
  bytes: Buffer,
  log: Buffer | undefined,
): Iterable<Package> | AsyncIterable<Package> {
  switch (file.format) {
    case 'dpkg':
      return dpkgPackages(bytes.toString('utf8'));
    case 'apk':
      return apkPackages(bytes.toString('utf8'));
    case 'npm':
      return npmPackages(bytes.toString('utf8'), file.path);
    case 'pip':
    case 'egg':
      return pipPackages(bytes.toString('utf8'));
    case 'rpm-ndb':
      return rpmPackages(ndbHeaders(bytes));
    case 'rpm-berkeley':
      return rpmPackages(berkeleyHeaders(bytes));
    case 'rpm-sqlite':
      return rpmPackages(sqliteHeaders(bytes, log));
  }
}

async function* rpmPackages(
  headers: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Package> {
  for await (const header of headers) yield rpmPackage(header);
}
