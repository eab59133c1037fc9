/** A package that a package manager has put into an image. */
import { line } from '../text.ts';

export type PackageKind = 'dpkg' | 'apk' | 'rpm' | 'npm' | 'pip';

export interface Package {
  readonly kind: PackageKind;
  /** Fit to be shown. */
  readonly name: string;
  readonly version: string;
}

/** Characters of a name or a version that are shown: no real one comes near it. */
const MOST = 256;

/** A name or a version out of an image, fit to be shown. */
export function packageText(text: string): string {
  return line(text.length <= MOST ? text : `${text.slice(0, MOST)}…`);
}
