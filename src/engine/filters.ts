/** Image filters: docker's `key=value` forms, the terms of a search line, and their meaning. */
import { EngineError } from './errors.ts';
import type { Image, ImageFilters } from './image.ts';
import { parseMoment } from './moment.ts';
import { compilePattern } from './pattern.ts';
import { isImageId, repositoryOf } from './reference.ts';

const KEYS = ['dangling', 'label', 'since', 'before', 'reference', 'until'] as const;
type Key = (typeof KEYS)[number];

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

/** One filter as `docker images -f` takes it. Errors: `bad-input` naming the valid filters. */
export function parseFilter(form: string): ImageFilters {
  return parseFilters([form]);
}

/** Several of them together: `label` and `reference` add up, of the others the last one counts. */
export function parseFilters(forms: readonly string[]): ImageFilters {
  let filters: ImageFilters = {};
  for (const form of forms) {
    const equals = form.indexOf('=');
    if (equals === -1) {
      throw bad(
        `"${form}" is not a filter: it has no "="`,
        `Write it as key=value; keys are ${KEYS.join(', ')}.`,
      );
    }
    const key = form.slice(0, equals).trim().toLowerCase();
    if (!isKey(key)) throw bad(`there is no filter "${key}"`, `Filters are ${KEYS.join(', ')}.`);
    filters = add(filters, key, form.slice(equals + 1).trim());
  }
  return filters;
}

export interface FilterTerms {
  readonly filters: ImageFilters;
  /** What is left to search for, blanks squeezed. */
  readonly text: string;
  /** What is wrong with a term, which is then left out; a half-written one must not stop the typing. */
  readonly problem: string | undefined;
}

const TERM = /(?:[^\s"]|"[^"]*"?)+/g;

/** A search line: `dangling:true label:k=v ref:ac* text`. Other words with a colon are text: `app:1`. */
export function parseFilterTerms(line: string): FilterTerms {
  let filters: ImageFilters = {};
  let problem: string | undefined;
  const text: string[] = [];
  for (const term of line.match(TERM) ?? []) {
    const colon = term.indexOf(':');
    const word = term.slice(0, Math.max(colon, 0)).toLowerCase();
    const key = word === 'ref' ? 'reference' : word;
    if (!isKey(key)) {
      text.push(term);
      continue;
    }
    const value = term.slice(colon + 1).replaceAll('"', '');
    if (value === '') continue;
    try {
      filters = add(filters, key, value);
    } catch (thrown) {
      if (!(thrown instanceof EngineError)) throw thrown;
      problem ??= thrown.message;
    }
  }
  return { filters, text: text.join(' '), problem };
}

/**
 * Docker's `reference` filter: the pattern meets the familiar reference, or its name without tag and
 * digest; `*` stops at a slash. Errors: `bad-input` for a broken pattern.
 */
export function referenceMatches(pattern: string, familiarRef: string): boolean {
  const matches = compilePattern(pattern);
  return matches(familiarRef) || matches(repositoryOf(familiarRef));
}

/**
 * The images that pass, in the same order, with all their names. `now` is Unix seconds.
 * Errors: `not-found` when `since` or `before` name no image of the list, `bad-input`.
 */
export function matchImages(
  images: readonly Image[],
  filters: ImageFilters,
  now: number = Date.now() / 1000,
): Image[] {
  const { dangling, label, since, before, reference, until } = filters;
  const after = since === undefined ? undefined : find(images, since).created;
  const limits = [
    before === undefined ? undefined : find(images, before).created,
    until === undefined ? undefined : parseMoment(until, now),
  ].filter((limit) => limit !== undefined);
  const patterns = reference?.map((pattern) => compilePattern(pattern));
  return images.filter((image) => {
    if (dangling !== undefined && isDangling(image) !== dangling) return false;
    if (label !== undefined && !label.every((wanted) => hasLabel(image, wanted))) return false;
    if (after !== undefined && image.created <= after) return false;
    if (limits.some((limit) => image.created >= limit)) return false;
    return patterns === undefined || patterns.some((matches) => carries(image, matches));
  });
}

function add(filters: ImageFilters, key: Key, value: string): ImageFilters {
  switch (key) {
    case 'dangling':
      return { ...filters, dangling: parseBoolean(value) };
    case 'label':
      return { ...filters, label: [...(filters.label ?? []), value] };
    case 'reference':
      compilePattern(value);
      return { ...filters, reference: [...(filters.reference ?? []), value] };
    case 'until':
      parseMoment(value, 0);
      return { ...filters, until: value };
    case 'since':
    case 'before':
      if (value === '') throw bad(`the filter "${key}" needs an image`, `Write ${key}=app:1, or an id.`);
      return { ...filters, [key]: value };
  }
}

function parseBoolean(value: string): boolean {
  if (TRUE.has(value)) return true;
  if (FALSE.has(value)) return false;
  throw bad(`the filter "dangling" cannot be "${value}"`, 'Write dangling=true or dangling=false.');
}

function isKey(word: string): word is Key {
  return (KEYS as readonly string[]).includes(word);
}

/** As docker counts it: an image known by digest alone is dangling too, a parent of others is not. */
function isDangling(image: Image): boolean {
  return image.references.length === 0 && image.role !== 'intermediate';
}

function hasLabel(image: Image, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  if (equals === -1) return Object.hasOwn(image.labels, wanted);
  const key = wanted.slice(0, equals);
  return Object.hasOwn(image.labels, key) && image.labels[key] === wanted.slice(equals + 1);
}

function carries(image: Image, matches: (text: string) => boolean): boolean {
  const one = (reference: string) => matches(reference) || matches(repositoryOf(reference));
  return image.references.some(one) || image.digests.some(one);
}

function find(images: readonly Image[], wanted: string): Image {
  const tagged = repositoryOf(wanted) === wanted ? `${wanted}:latest` : wanted;
  const named = images.find((image) => image.references.includes(tagged) || image.digests.includes(wanted));
  if (named !== undefined) return named;
  if (isImageId(wanted)) {
    const prefix = wanted.startsWith('sha256:') ? wanted : `sha256:${wanted}`;
    const found = images.find((image) => image.id.startsWith(prefix));
    if (found !== undefined) return found;
  }
  throw new EngineError({
    code: 'not-found',
    message: `no image is called ${wanted}`,
    hint: 'since and before take the name or id of an image that is there.',
  });
}

function bad(message: string, hint: string): EngineError {
  return new EngineError({ code: 'bad-input', message, hint });
}
