/**
 * Image references by the distribution grammar: `[domain/]path[:tag][@digest]`.
 * The short, familiar form leaves out what Docker Hub implies: `docker.io/library/app` is `app`.
 */
import { EngineError } from './errors.ts';

const HUB = 'docker.io';
const LEGACY_HUB = 'index.docker.io';
const OFFICIAL = 'library/';
const MAX_PATH = 255;

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?$`);
const WORD = '[a-z0-9]+(?:(?:[_.]|__|-+)[a-z0-9]+)*';
const PATH = new RegExp(`^${WORD}(?:/${WORD})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };
const FULL_ID = /^[0-9a-f]{64}$/;
const ID = /^(?:sha256:[0-9a-f]{1,64}|[0-9a-f]{4,64})$/;

export class Reference {
  /** `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** `library/app`, `a/b`. */
  readonly path: string;
  /** `''` where none was given. */
  readonly tag: string;
  /** `sha256:…`, `''` where none was given. */
  readonly digest: string;

  constructor(parts: { domain: string; path: string; tag: string; digest: string }) {
    this.domain = parts.domain;
    this.path = parts.path;
    this.tag = parts.tag;
    this.digest = parts.digest;
  }

  /** `docker.io/library/app`. */
  get name(): string {
    return `${this.domain}/${this.path}`;
  }

  /** `app`. */
  get familiarName(): string {
    return familiarize(this.name);
  }

  /** As a person writes it: `app:1`, `localhost:5000/a/b:tag`, `app@sha256:…`. */
  familiar(): string {
    return this.familiarName + this.#suffix();
  }

  /** With everything said: `docker.io/library/app:1`. */
  full(): string {
    return this.name + this.#suffix();
  }

  /** The same, tagged `latest` where it names neither a tag nor a digest. */
  withDefaultTag(): Reference {
    return this.tag === '' && this.digest === '' ? new Reference({ ...this, tag: 'latest' }) : this;
  }

  #suffix(): string {
    return (this.tag && `:${this.tag}`) + (this.digest && `@${this.digest}`);
  }
}

/** Source: the distribution reference grammar. Errors: `bad-input` that says which part is wrong and what would be right. */
export function parseReference(text: string): Reference {
  if (text === '') throw bad(text, 'it is empty', 'Write a name such as app:1.');
  const whole = text.trim();
  if (whole !== text) throw bad(text, 'it has blanks around it', `Write ${whole}.`);
  if (FULL_ID.test(text)) {
    throw bad(text, 'it is an image id, which cannot be a name', 'Give a name such as app:1.');
  }
  const { name, tag, digest } = splitSuffixes(text);
  const { domain, path } = splitDomain(name);
  if (!DOMAIN.test(domain)) {
    throw bad(text, `"${domain}" is not a registry host`, 'A host looks like registry.example:5000.');
  }
  if (path !== path.toLowerCase()) {
    const lower = name.toLowerCase() + text.slice(name.length);
    const helps = PATH.test(path.toLowerCase())
      ? `Try "${lower}".`
      : 'Use lower-case letters, digits and single . _ - between them.';
    throw bad(text, 'a repository name is in lower case', helps);
  }
  if (!PATH.test(path)) {
    throw bad(
      text,
      `"${familiarize(`${domain}/${path}`)}" is not a repository name`,
      'Use lower-case letters, digits and single . _ - between them, parts divided by /.',
    );
  }
  if (path.length > MAX_PATH) {
    throw bad(text, `its repository name is longer than ${MAX_PATH} characters`, 'Choose a shorter name.');
  }
  if (tag !== undefined && !TAG.test(tag)) {
    throw bad(
      text,
      tag.length > 128 ? 'its tag is longer than 128 characters' : `"${tag}" is not a tag`,
      'A tag is up to 128 letters, digits, _ . and -, and does not begin with . or -.',
    );
  }
  if (digest !== undefined) checkDigest(text, digest);
  return new Reference({ domain, path, tag: tag ?? '', digest: digest ?? '' });
}

/** A name that can be given to an image: `latest` where no tag is said. Errors: `bad-input`, for a digest too. */
export function parseNewName(text: string): Reference {
  const name = parseReference(text).withDefaultTag();
  if (name.digest === '') return name;
  throw new EngineError({
    code: 'bad-input',
    message: `"${text}" cannot be given as a name: a digest follows from the content`,
    hint: `Leave the digest out: ${name.familiarName}:${name.tag || 'latest'}.`,
  });
}

/** `docker.io/library/app:1` → `app:1`; a name outside Docker Hub stays. Takes names and references. */
export function familiarize(name: string): string {
  if (!name.startsWith(`${HUB}/`)) return name;
  const rest = name.slice(HUB.length + 1);
  const slash = rest.indexOf('/');
  if (slash === -1) return rest;
  if (rest.startsWith(OFFICIAL)) {
    return rest.includes('/', OFFICIAL.length) ? rest : rest.slice(OFFICIAL.length);
  }
  // Without its domain such a name would read as one on another registry.
  return isDomain(rest.slice(0, slash)) ? name : rest;
}

/** A reference without tag and digest: `localhost:5000/a:1` → `localhost:5000/a`. Takes what engines answer, unchecked. */
export function repositoryOf(reference: string): string {
  const at = reference.indexOf('@');
  const named = at === -1 ? reference : reference.slice(0, at);
  const colon = tagColon(named);
  return colon === -1 ? named : named.slice(0, colon);
}

/** Whether a text can mean an image by its id: `sha256:…`, or 4 to 64 hex digits. A name such as `cafe` can too. */
export function isImageId(text: string): boolean {
  return ID.test(text);
}

/** The first 12 hex digits of an id. */
export function shortId(id: string): string {
  const colon = id.indexOf(':');
  return id.slice(colon + 1, colon + 13);
}

function splitSuffixes(text: string): { name: string; tag: string | undefined; digest: string | undefined } {
  const at = text.indexOf('@');
  const named = at === -1 ? text : text.slice(0, at);
  const digest = at === -1 ? undefined : text.slice(at + 1);
  const colon = tagColon(named);
  if (colon === -1) return { name: named, tag: undefined, digest };
  return { name: named.slice(0, colon), tag: named.slice(colon + 1), digest };
}

/** Where a tag begins; a colon before the last slash belongs to the registry's port. */
function tagColon(named: string): number {
  return named.indexOf(':', named.lastIndexOf('/') + 1);
}

function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash === -1 ? '' : name.slice(0, slash);
  const named = slash !== -1 && isDomain(first);
  const domain = !named || first === LEGACY_HUB ? HUB : first;
  const path = named ? name.slice(slash + 1) : name;
  return { domain, path: domain === HUB && !path.includes('/') ? OFFICIAL + path : path };
}

/** A first part is a host when it has a dot or a port, is `localhost`, or could not be a repository's. */
function isDomain(part: string): boolean {
  return part.includes('.') || part.includes(':') || part === 'localhost' || part !== part.toLowerCase();
}

function checkDigest(text: string, digest: string): void {
  const algorithm = digest.slice(0, digest.indexOf(':'));
  const length = DIGEST_LENGTHS[algorithm];
  if (DIGEST.test(digest) && length === undefined) {
    throw bad(text, `"${algorithm}" is not a known digest algorithm`, 'Use sha256, sha384 or sha512.');
  }
  const hex = digest.slice(algorithm.length + 1);
  if (!DIGEST.test(digest) || hex.length !== length || hex !== hex.toLowerCase()) {
    throw bad(
      text,
      `"${digest}" is not a digest`,
      'A digest looks like sha256: and 64 lower-case hex digits.',
    );
  }
}

function bad(text: string, why: string, hint: string): EngineError {
  const shown = text.length > 80 ? `${text.slice(0, 77)}…` : text;
  return new EngineError({
    code: 'bad-input',
    message: `"${shown}" is not an image reference: ${why}`,
    hint,
  });
}
