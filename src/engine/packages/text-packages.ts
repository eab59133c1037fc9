/** Packages out of files that are text: of dpkg, apk, npm and pip. */
import { basename, dirname } from 'node:path/posix';
import { linesOf, paragraphs } from './fields.ts';
import { type Package, type PackageKind, packageText } from './package.ts';
import { unreadable } from './unreadable.ts';

/** The status file holds what was removed but for its settings, too. Source: dpkg(1), "Package states". */
export function* dpkgPackages(text: string): Generator<Package> {
  for (const fields of paragraphs(text, ['Package', 'Status', 'Version'])) {
    const status = fields.get('Status');
    if (status !== undefined && !/ (?:installed|triggers-\w+|half-configured|unpacked)$/.test(status))
      continue;
    yield* known('dpkg', fields.get('Package'), fields.get('Version'));
  }
}

/** Source: apk-tools, "apk v2 installed database": `P:` begins a package, `V:` is its version. */
export function* apkPackages(text: string): Generator<Package> {
  let name: string | undefined;
  let version: string | undefined;
  for (const row of linesOf(`${text}\n`)) {
    if (row.startsWith('P:')) name = row.slice(2);
    else if (row.startsWith('V:')) version = row.slice(2);
    else if (row === '') {
      yield* known('apk', name, version);
      name = undefined;
      version = undefined;
    }
  }
}

/** `path`: of the package.json; folders that only say of what kind their modules are tell no name. */
export function npmPackages(text: string, path: string): Package[] {
  const value = parsed(text.startsWith('\ufeff') ? text.slice(1) : text);
  if (value === null || typeof value !== 'object') return [];
  const { name, version } = value as { name?: unknown; version?: unknown };
  const folder = dirname(path);
  const scope = basename(dirname(folder));
  const placed = scope.startsWith('@') ? `${scope}/${basename(folder)}` : basename(folder);
  return typeof version === 'string' ? known('npm', typeof name === 'string' ? name : placed, version) : [];
}

/** What V8 says of text that is no JSON holds pieces of that text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable('it is no JSON', cause);
  }
}

/** Source: Python packaging, "Core metadata specifications"; what follows the first blank line is its readme. */
export function pipPackages(text: string): Package[] {
  const [fields] = paragraphs(text, ['Name', 'Version']);
  // Two spellings of one name are one package. Source: the same, "Names and normalization".
  return known(
    'pip',
    fields
      ?.get('Name')
      ?.replace(/[-_.]+/g, '-')
      .toLowerCase(),
    fields?.get('Version'),
  );
}

/** None where it has no name or no version. */
function known(kind: PackageKind, name: string | undefined, version: string | undefined): Package[] {
  if (name === undefined || name === '' || version === undefined) return [];
  return [{ kind, name: packageText(name), version: packageText(version) }];
}
