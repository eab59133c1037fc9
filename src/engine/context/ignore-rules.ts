/** What a `.dockerignore` keeps back. Source: docker's patternmatcher, and how BuildKit walks a context with it. */
import { posix } from 'node:path';
import { EngineError } from '../errors.ts';
import { line as oneLine } from '../text.ts';
import { compilePattern, type IgnorePattern } from './ignore-pattern.ts';

/** A folder's verdict, to be given to `judge` for what lies in it. */
export interface Verdict {
  readonly isIgnored: boolean;
  /** Which patterns match it or a folder that it lies in. */
  readonly matched: readonly boolean[];
}

export class IgnoreRules {
  readonly #patterns: readonly IgnorePattern[];
  readonly #exceptions: readonly IgnorePattern[];

  /** `text` of a file called `name` for people. Errors: `bad-input` with the line of a pattern that is none. */
  constructor(text: string, name: string) {
    this.#patterns = parse(text, name);
    this.#exceptions = this.#patterns.filter((pattern) => pattern.isException);
  }

  /** `path` is relative, with slashes; `folder` the verdict on the folder it lies in, undefined at the top. */
  judge(path: string, folder: Verdict | undefined): Verdict {
    let isIgnored = false;
    const matched = this.#patterns.map((pattern, at) => {
      const isMatched = folder?.matched[at] || (pattern.isException === isIgnored && pattern.matches(path));
      if (isMatched) isIgnored = !pattern.isException;
      return isMatched;
    });
    return { isIgnored, matched };
  }

  /** Whether something below a folder that is ignored can be sent after all. */
  mayHoldExceptions(path: string): boolean {
    if (this.#exceptions.length === 0) return false;
    const parts = path.split('/');
    return this.#exceptions.some((pattern) => pattern.reachesInto(parts));
  }
}

function parse(text: string, name: string): IgnorePattern[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((row, at): IgnorePattern[] => {
      const written = row.trim();
      if (row.startsWith('#') || written === '') return [];
      const isException = written.startsWith('!');
      const cleaned = clean(isException ? written.slice(1).trim() : written);
      const facts = { text: written, line: at + 1, isException };
      const pattern = cleaned === '' ? undefined : compilePattern(cleaned, facts);
      if (pattern !== undefined) return [pattern];
      throw new EngineError({
        code: 'bad-input',
        message: `${name}:${at + 1}: "${oneLine(written)}" is not a pattern`,
        hint: 'A "[" needs its "]", a "\\" a letter behind it, and a "!" a pattern.',
      });
    });
}

/** As Go's filepath.Clean; patterns with a slash in front start at the context too. */
function clean(pattern: string): string {
  if (pattern === '') return '';
  const normal = posix.normalize(pattern);
  const path = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
  return path.length > 1 && path.startsWith('/') ? path.slice(1) : path;
}
