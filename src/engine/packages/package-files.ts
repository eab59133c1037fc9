/** Which files of an image tell of its packages. */
import type { PackageKind } from './package.ts';

export type PackageFormat =
  | 'dpkg'
  | 'apk'
  | 'rpm-sqlite'
  | 'rpm-ndb'
  | 'rpm-berkeley'
  | 'npm'
  | 'pip'
  | 'egg';

interface Rule {
  readonly format: PackageFormat;
  readonly kind: PackageKind;
  readonly path: RegExp;
}

/** Source: dpkg(1) "Files"; distroless keeps one file a package in status.d. */
const DPKG = /^var\/lib\/dpkg\/status(?:\.d\/[^/]+(?<!\.md5sums))?$/;
const APK = /^(?:usr\/)?lib\/apk\/db\/installed$/;
/** Where rpm has kept its database over the years. */
const RPM = '^(?:var/lib/rpm|usr/lib/sysimage/rpm|usr/share/rpm)';

const RULES: readonly Rule[] = [
  { format: 'dpkg', kind: 'dpkg', path: DPKG },
  { format: 'apk', kind: 'apk', path: APK },
  { format: 'rpm-sqlite', kind: 'rpm', path: new RegExp(`${RPM}/rpmdb\\.sqlite$`) },
  { format: 'rpm-ndb', kind: 'rpm', path: new RegExp(`${RPM}/Packages\\.db$`) },
  { format: 'rpm-berkeley', kind: 'rpm', path: new RegExp(`${RPM}/Packages$`) },
  {
    format: 'npm',
    kind: 'npm',
    path: /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/.@][^/]*\/package\.json$/,
  },
  { format: 'pip', kind: 'pip', path: /(?:^|\/)[^/]+\.dist-info\/METADATA$/ },
  { format: 'egg', kind: 'pip', path: /(?:^|\/)[^/]+\.egg-info(?:\/PKG-INFO)?$/ },
];

export interface PackageFile {
  readonly format: PackageFormat;
  readonly kind: PackageKind;
  /** The file with the packages: a change of what lies beside it is a change of that. */
  readonly path: string;
}

/** SQLite keeps what is not in the database yet in a file beside it. Source: sqlite.org, "Write-Ahead Logging". */
export const LOG = '-wal';

/** What a file of this path, from the root and without a slash in front, tells of; undefined for most. */
export function packageFileOf(path: string): PackageFile | undefined {
  const main = path.endsWith(`.sqlite${LOG}`) ? path.slice(0, -LOG.length) : path;
  const rule = RULES.find((each) => each.path.test(main));
  return rule && { format: rule.format, kind: rule.kind, path: main };
}

/** Databases hold all packages of their kind, other files one each. */
export function isDatabase({ format }: PackageFile): boolean {
  return format !== 'npm' && format !== 'pip' && format !== 'egg';
}
