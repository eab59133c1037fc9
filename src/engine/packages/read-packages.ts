/** Packages out of the bytes of one file. */
import type { Package } from './package.ts';
import type { PackageFile } from './package-files.ts';
import { berkeleyHeaders } from './rpm-berkeley.ts';
import { rpmPackage } from './rpm-header.ts';
import { ndbHeaders } from './rpm-ndb.ts';
import { sqliteHeaders } from './rpm-sqlite.ts';
import { apkPackages, dpkgPackages, npmPackages, pipPackages } from './text-packages.ts';

/** `log`: of a database in two files, the second. Errors: `corrupt`, `unsupported`; a SyntaxError for no JSON. */
export async function readPackages(file: PackageFile, bytes: Buffer, log?: Buffer): Promise<Package[]> {
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
      return Array.from(ndbHeaders(bytes), rpmPackage);
    case 'rpm-berkeley':
      return Array.from(berkeleyHeaders(bytes), rpmPackage);
    case 'rpm-sqlite':
      return (await sqliteHeaders(bytes, log)).map(rpmPackage);
  }
}
