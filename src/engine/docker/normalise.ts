/**
 * One spelling for what engines spell differently: ids, names, absent values, unknown numbers.
 * Nothing leaves the backend that has not gone through here; text is sanitised on the way.
 */
import { familiarize } from '../reference.ts';
import { line } from '../text.ts';

/** Shared, so that ten thousand images without labels cost one object. */
export const NO_TEXTS: readonly string[] = Object.freeze([]);
export const NO_LABELS: Readonly<Record<string, string>> = Object.freeze({});

/** `sha256:` and hex; Podman leaves the prefix out, `<missing>` and absent ids are `''`. */
export function imageId(value: unknown): string {
  if (typeof value !== 'string' || value === '' || value.includes('<')) return '';
  return value.includes(':') ? line(value) : `sha256:${line(value)}`;
}

/** A name or reference in familiar form: Podman says `docker.io/library/app:1`. */
export function familiarName(value: string): string {
  return familiarize(line(value));
}

/** Names of an image, sorted: `null`, `[]`, `<none>:<none>` and `<none>@<none>` are all none. */
export function names(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NO_TEXTS;
  const found: string[] = [];
  for (const name of value) {
    if (typeof name === 'string' && !name.startsWith('<none>')) found.push(familiarName(name));
  }
  if (found.length === 0) return NO_TEXTS;
  // Podman repeats a name in places.
  return found.length === 1 ? found : [...new Set(found)].sort();
}

export function labels(value: unknown): Readonly<Record<string, string>> {
  if (value === null || typeof value !== 'object') return NO_LABELS;
  let found: Record<string, string> | undefined;
  for (const [key, text] of Object.entries(value)) {
    found ??= {};
    found[line(key)] = line(String(text));
  }
  return found ?? NO_LABELS;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? line(value) : '';
}

/** A number, 0 where there is none. */
export function number(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A count or size; `-1` and absent are unknown. */
export function known(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

/** Texts of a JSON array; a single text, as old images have for Cmd, counts as one. */
export function texts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [line(value)];
  return Array.isArray(value) ? value.map((item) => line(String(item))) : NO_TEXTS;
}

/** Keys of Go's `map[string]struct{}`. */
export function keys(value: unknown): readonly string[] {
  return value !== null && typeof value === 'object' ? Object.keys(value).map(line).sort() : NO_TEXTS;
}

/** Unix seconds of an RFC 3339 moment; Go's zero time and absent ones are 0. */
export function seconds(value: unknown): number {
  const moment = timestamp(value);
  return moment === '' ? 0 : Math.floor(Date.parse(moment) / 1000);
}

/** An RFC 3339 moment; Go's zero time, Unix zero and what is no time are `''`. */
export function timestamp(value: unknown): string {
  if (typeof value !== 'string') return '';
  const at = Date.parse(value);
  return Number.isNaN(at) || at <= 0 ? '' : line(value);
}

/** `linux/arm64`, `linux/arm/v7`. `/info` speaks of machines as the kernel does: `x86_64`. */
export function platform(os: unknown, architecture: unknown, variant: unknown = ''): string {
  const machine = text(architecture);
  const name = MACHINES[machine] ?? machine;
  return [text(os), name, text(variant)].filter((part) => part !== '').join('/');
}

const MACHINES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm/v7',
  armv6l: 'arm/v6',
  i686: '386',
  i386: '386',
};
