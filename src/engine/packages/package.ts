/** A package that a package manager has put into an image. */

export type PackageKind = 'dpkg' | 'apk' | 'rpm' | 'npm' | 'pip';

export interface Package {
  readonly kind: PackageKind;
  /** Fit to be shown. */
  readonly name: string;
  readonly version: string;
}
