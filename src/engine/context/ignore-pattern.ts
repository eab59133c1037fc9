/** One pattern of a `.dockerignore`. Source: docker's patternmatcher, Go's path/filepath Match. */

export interface IgnorePattern {
  /** As written, for messages. */
  readonly text: string;
  /** From 1; 0 for one that no file holds. */
  readonly line: number;
  /** With `!`: what matches is sent after all. */
  readonly isException: boolean;
  /** `path` is relative, with slashes. */
  matches(path: string): boolean;
  /** Whether it can match anything below a folder that it does not match itself. */
  reachesInto(folder: readonly string[]): boolean;
}

/** Undefined where `pattern` (cleaned, without `!`) is not well formed: an open `[`, a `\` at the end. */
export function compilePattern(
  pattern: string,
  facts: Pick<IgnorePattern, 'text' | 'line' | 'isException'>,
): IgnorePattern | undefined {
  const matches = matcher(pattern);
  if (matches === undefined) return undefined;
  const parts = pattern.split('/');
  const deep = parts.findIndex((part) => part.includes('**'));
  const levels = (deep < 0 ? parts : parts.slice(0, deep)).map((part) => matcher(part));
  return {
    ...facts,
    matches,
    reachesInto: (folder) => {
      // `**` stands for any number of folders, so that only those before it can rule a folder out.
      if (deep < 0 && levels.length <= folder.length) return false;
      return levels.slice(0, folder.length).every((level, at) => level?.(folder[at]!) ?? true);
    },
  };
}

type Matcher = (path: string) => boolean;

/** The frequent shapes without a regular expression: there can be 100,000 paths. */
function matcher(pattern: string): Matcher | undefined {
  if (!/[*?[\\]/.test(pattern)) return (path) => path === pattern;
  const rest = pattern.slice(2);
  if (pattern.startsWith('**') && !/[*?[\\]/.test(rest)) {
    if (rest === '') return () => true;
    // docker treats what follows `**` as an ending, even without a slash between them.
    return (path) => path.endsWith(rest) || (rest[0] === '/' && path === rest.slice(1));
  }
  const source = expression(pattern);
  if (source === undefined) return undefined;
  const compiled = new RegExp(`^${source}$`, 'su');
  return (path) => compiled.test(path);
}

function expression(pattern: string): string | undefined {
  const letters = [...pattern];
  let source = '';
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at]!;
    if (letter === '*' && letters[at + 1] === '*') {
      at++;
      if (letters[at + 1] === '/') at++;
      source += at + 1 === letters.length ? '.*' : '(?:.*/)?';
    } else if (letter === '*') source += '[^/]*';
    else if (letter === '?') source += '[^/]';
    else if (letter === '\\') {
      const next = letters[++at];
      if (next === undefined) return undefined;
      source += literal(next);
    } else if (letter === '[') {
      const set = charSet(letters, at);
      if (set === undefined) return undefined;
      source += set.source;
      at = set.end;
    } else source += literal(letter);
  }
  return source;
}

/** From `[` to `]`, whose place is `end`. */
function charSet(
  letters: readonly string[],
  start: number,
): { readonly source: string; readonly end: number } | undefined {
  let at = start + 1;
  const isNegated = letters[at] === '^';
  if (isNegated) at++;
  const letter = (): string | undefined => {
    const next = letters[at++];
    if (next === '-' || next === ']') return undefined;
    return next === '\\' ? letters[at++] : next;
  };
  let ranges = '';
  do {
    const low = letter();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (letters[at] === '-') {
      at++;
      high = letter();
    }
    if (high === undefined || low.codePointAt(0)! > high.codePointAt(0)!) return undefined;
    ranges += `${literal(low)}-${literal(high)}`;
    if (at >= letters.length) return undefined;
  } while (letters[at] !== ']');
  return { source: `[${isNegated ? '^' : ''}${ranges}]`, end: at };
}

const literal = (letter: string): string => `\\u{${letter.codePointAt(0)!.toString(16)}}`;
