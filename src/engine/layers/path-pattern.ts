/** What a person looks for inside images: a name, a path from the root, or the digest of a content. */
import { EngineError } from '../errors.ts';
import { compilePattern } from '../pattern.ts';

/** One part of a path. */
export type PatternPart =
  | { readonly kind: 'plain'; readonly bytes: Buffer }
  | { readonly kind: 'glob'; readonly matches: (name: string) => boolean }
  /** `**`: any number of folders, none too. */
  | { readonly kind: 'any' };

export type PathPattern =
  /** Lower case, the first digits or all 64. */
  | { readonly kind: 'digest'; readonly hex: string }
  /** The last part of a path, wherever it lies. */
  | { readonly kind: 'name'; readonly name: Exclude<PatternPart, { kind: 'any' }> }
  | { readonly kind: 'path'; readonly parts: readonly PatternPart[] };

const DIGEST = /^(?:sha256:([0-9a-f]{4,64})|([0-9a-f]{64}))$/i;
const GLOB = /[*?[\\]/;
const SLASH = 0x2f;
const BYTE = /\\x([0-9a-f]{2})/gi;

/**
 * `libssl.so.3` and `*.pem` are names, whatever folder they lie in; `/etc/passwd` and `usr/lib*` are paths from the root;
 * `sha256:` with four digits or more is the content of a file. Patterns are those of Go's path.Match,
 * and `**` is any number of folders; in a part without a pattern, `\xNN` is a byte. Errors: `bad-input`.
 */
export function parsePathPattern(text: string): PathPattern {
  const digest = DIGEST.exec(text.trim());
  if (digest !== null) return { kind: 'digest', hex: (digest[1] ?? digest[2]!).toLowerCase() };
  if (/^sha256:/i.test(text.trim())) throw unfit(text, 'its digest has to have 4 to 64 digits from 0 to f');
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (text.trim() === '') throw unfit(text, 'it is empty');
  if (parts.length === 0) throw unfit(text, 'it names no file');
  if (parts.includes('..')) throw unfit(text, '.. leads out of an image');
  const [only] = parts;
  if (parts.length === 1 && only !== '**' && !text.startsWith('/') && !text.startsWith('./'))
    return { kind: 'name', name: partOf(only!) };
  // Two of them in a row are one.
  const lean = parts.filter((part, at) => part !== '**' || parts[at - 1] !== '**');
  return { kind: 'path', parts: lean.map((part) => (part === '**' ? { kind: 'any' } : partOf(part))) };
}

/** Whether a text is more than the plain name of one path. */
export function isGlob(text: string): boolean {
  return GLOB.test(text.replace(BYTE, ''));
}

/** The bytes of a path without patterns, its parts joined by slashes. */
export function plainPath(text: string): Buffer {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  return bytesOf(parts.join('/'));
}

/** The parts of a path: bytes from the root, without a slash in front. */
export function plainParts(path: Uint8Array): PatternPart[] {
  return namesOf(Buffer.from(path)).map((bytes) => ({ kind: 'plain', bytes }));
}

/** Whether a pattern that is no digest means this path: bytes from the root, without a slash in front. */
export function matchesPath(pattern: Exclude<PathPattern, { kind: 'digest' }>, path: Buffer): boolean {
  if (pattern.kind === 'name') return matchesPart(pattern.name, path.subarray(path.lastIndexOf(SLASH) + 1));
  return matchesParts(pattern.parts, namesOf(path));
}

function namesOf(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let from = 0; from <= path.length; ) {
    const slash = path.indexOf(SLASH, from);
    const end = slash === -1 ? path.length : slash;
    names.push(path.subarray(from, end));
    from = end + 1;
  }
  return names;
}

/** Goes back to the last `**` where the rest does not fit, which then stands for one folder more. */
function matchesParts(parts: readonly PatternPart[], names: readonly Buffer[]): boolean {
  let [part, name] = [0, 0];
  let again: readonly [number, number] | undefined;
  while (name < names.length) {
    const wanted = parts[part];
    if (wanted?.kind === 'any') {
      // At the end it stands for what is below a folder, not for the folder.
      if (part === parts.length - 1) return true;
      again = [part, name];
      part++;
    } else if (wanted !== undefined && matchesPart(wanted, names[name]!)) {
      part++;
      name++;
    } else if (again !== undefined) {
      again = [again[0], again[1] + 1];
      part = again[0] + 1;
      name = again[1];
    } else return false;
  }
  return part === parts.length;
}

function matchesPart(part: PatternPart, name: Buffer): boolean {
  if (part.kind === 'any') return true;
  return part.kind === 'plain' ? part.bytes.equals(name) : part.matches(name.toString('utf8'));
}

function partOf(text: string): Exclude<PatternPart, { kind: 'any' }> {
  return isGlob(text)
    ? { kind: 'glob', matches: compilePattern(text) }
    : { kind: 'plain', bytes: bytesOf(text) };
}

function bytesOf(text: string): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const found of text.matchAll(BYTE)) {
    parts.push(Buffer.from(text.slice(from, found.index)), Buffer.of(Number.parseInt(found[1]!, 16)));
    from = found.index + found[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from))]);
}

function unfit(text: string, why: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `"${text}" cannot be looked for: ${why}`,
    hint: 'Give a name (libssl.so.3), a path (/etc/passwd, **/x/*.so) or the digest of a content (sha256:…).',
  });
}
