/** Addresses of git repositories as build contexts. Source: docker's "Build context", "Git repositories". */
import { posix } from 'node:path';
import { EngineError } from '../errors.ts';
import { redact } from '../redact.ts';

export interface GitAddress {
  /** As git takes it; may hold credentials. */
  readonly remote: string;
  /** Branch, tag, commit or other ref; `HEAD` where none is named. */
  readonly ref: string;
  /** Folder within the repository, without a slash in front; `''` is the whole. */
  readonly folder: string;
  /** For people, without credentials: `github.com/acme/api#main:web`. */
  readonly name: string;
}

/** `git@host:path`, and other users. */
const SSH_PATH = /^[\w.-]+@[\w.-]+:(?!\/\/)/;

/** Whether `place` is written as a git repository, by docker's rules; its ref may still be none. */
export function isGitAddress(place: string): boolean {
  const [base = ''] = place.split('#', 1);
  return base.startsWith('github.com/') || isRepository(base);
}

/** Undefined for what is no git repository by docker's rules. Errors: `bad-input` for a ref that cannot be one. */
export function parseGitAddress(place: string): GitAddress | undefined {
  const hash = place.indexOf('#');
  const base = hash < 0 ? place : place.slice(0, hash);
  const fragment = hash < 0 ? '' : place.slice(hash + 1);
  const isGitHub = base.startsWith('github.com/');
  const remote = isGitHub ? `https://${base}` : base;
  if (!isGitHub && !isRepository(remote)) return undefined;
  const isWeb = !SSH_PATH.test(remote);
  const [ref = '', ...rest] = (isWeb ? unescaped(fragment) : fragment).split(':');
  // A path that climbs out ends at the top.
  const folder = posix.join('/', rest.join(':')).replace(/^\/+|\/+$/g, '');
  const name = redact(
    remote
      .replace(/^[a-z]+:\/\//i, '')
      .replace(/^[^/@]*@(?=[^/]*\/)/, '')
      .replace(/\.git$/, ''),
  );
  const shown = fragment === '' ? name : `${name}#${redact(fragment)}`;
  if (/^[-+^:]|[\s~^*?[\\\u0000-\u001f\u007f]|\.\./.test(ref)) {
    throw new EngineError({
      code: 'bad-input',
      message: `cannot build from ${name}: "${redact(ref)}" is not the name of a branch, tag or commit`,
      hint: 'Write it as ADDRESS#REF or ADDRESS#REF:FOLDER.',
    });
  }
  return { remote, ref: ref === '' ? 'HEAD' : ref, folder, name: shown };
}

function isRepository(remote: string): boolean {
  if (/^https?:\/\//i.test(remote)) return /\.git$/.test(remote);
  return /^(?:git|ssh):\/\//i.test(remote) || SSH_PATH.test(remote);
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
