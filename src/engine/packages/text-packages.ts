/** Packages out of files that are text: of dpkg, apk, npm and pip. */
import { basename, dirname } from 'node:path/posix';
import { line } from '../text.ts';
import { paragraphs } from './fields.ts';
import type { Package, PackageKind } from './package.ts';

/** The status file holds what was removed but for its settings, too. Source: dpkg(1), "Package states". */
export function dpkgPackages(text: string): Package[] {
  const found: Package[] = [];
  for (const fields of paragraphs(text)) {
    const status = fields.get('Status');
    if (status !== undefined && !/ (?:installed|triggers-\w+|half-configured|unpacked)$/.test(status))
      continue;
    add(found, 'dpkg', fields.get('Package'), fields.get('Version'));
  }
  return found;
}

/** Source: apk-tools, "apk v2 installed database": `P:` begins a package, `V:` is its version. */
export function apkPackages(text: string): Package[] {
  const found: Package[] = [];
  let name: string | undefined;
  let version: string | undefined;
  for (const row of [...text.split('\n'), '']) {
    if (row.startsWith('P:')) name = row.slice(2);
    else if (row.startsWith('V:')) version = row.slice(2);
    else if (row === '') {
      add(found, 'apk', name, version);
      name = undefined;
      version = undefined;
    }
  }
  return found;
}

/** `path`: of the package.json; folders that only say of what kind their modules are tell no name. */
export function npmPackages(text: string, path: string): Package[] {
  const found: Package[] = [];
  const value: unknown = JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (value === null || typeof value !== 'object') return found;
  const { name, version } = value as { name?: unknown; version?: unknown };
  const folder = dirname(path);
  const scope = basename(dirname(folder));
  const placed = scope.startsWith('@') ? `${scope}/${basename(folder)}` : basename(folder);
  if (typeof version === 'string') add(found, 'npm', typeof name === 'string' ? name : placed, version);
  return found;
}

/** Source: Python packaging, "Core metadata specifications"; what follows the first blank line is its readme. */
export function pipPackages(text: string): Package[] {
  const found: Package[] = [];
  const [fields] = paragraphs(text);
  // Two spellings of one name are one package. Source: the same, "Names and normalization".
  add(
    found,
    'pip',
    fields
      ?.get('Name')
      ?.replace(/[-_.]+/g, '-')
      .toLowerCase(),
    fields?.get('Version'),
  );
  return found;
}

function add(
  found: Package[],
  kind: PackageKind,
  name: string | undefined,
  version: string | undefined,
): void {
  if (name === undefined || name === '' || version === undefined) return;
  found.push({ kind, name: line(name), version: line(version) });
}
