/** Shell patterns as Go's path.Match reads them, which is what docker's filters use. */
import { EngineError } from './errors.ts';

const compiled = new Map<string, (text: string) => boolean>();

/**
 * `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are classes, `\` takes the next character as it is.
 * The whole text must match. Errors: `bad-input` for a broken pattern. Source: Go, path.Match.
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const expression = new RegExp(`^${translate(pattern)}$`, 'su');
  const matches = (text: string) => expression.test(text);
  // Every keystroke in a search line is a new pattern: the memory must not grow with them.
  if (compiled.size > 200) compiled.clear();
  compiled.set(pattern, matches);
  return matches;
}

function translate(pattern: string): string {
  const characters = [...pattern];
  let out = '';
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    if (character === '*') {
      if (!out.endsWith('[^/]*')) out += '[^/]*';
    } else if (character === '?') out += '[^/]';
    else if (character === '[') {
      const end = classEnd(pattern, characters, at);
      out += translateClass(pattern, characters.slice(at + 1, end));
      at = end;
    } else if (character === '\\') {
      at++;
      if (at >= characters.length) throw broken(pattern);
      out += literal(characters[at]!);
    } else out += literal(character);
  }
  return out;
}

function classEnd(pattern: string, characters: readonly string[], start: number): number {
  let at = start + 1;
  if (characters[at] === '^') at++;
  for (let first = true; at < characters.length; at++, first = false) {
    if (characters[at] === ']' && !first) return at;
    if (characters[at] === '\\') at++;
  }
  throw broken(pattern);
}

function translateClass(pattern: string, inside: readonly string[]): string {
  const negated = inside[0] === '^';
  const rest = negated ? inside.slice(1) : inside;
  let out = '';
  for (let at = 0; at < rest.length; ) {
    const low = one(pattern, rest, at);
    at = low.next;
    let high = low.character;
    if (rest[at] === '-') {
      const end = one(pattern, rest, at + 1);
      high = end.character;
      at = end.next;
    }
    if (low.character <= high) out += `${literal(low.character)}-${literal(high)}`;
  }
  if (out === '') return negated ? '[^]' : '(?!)';
  return negated ? `[^${out}]` : `[${out}]`;
}

function one(pattern: string, inside: readonly string[], at: number): { character: string; next: number } {
  const escaped = inside[at] === '\\';
  const character = inside[escaped ? at + 1 : at];
  if (character === undefined || (!escaped && (character === '-' || character === ']')))
    throw broken(pattern);
  return { character, next: at + (escaped ? 2 : 1) };
}

function literal(character: string): string {
  return /[\w\s]/.test(character) || character > '\u007f'
    ? character
    : `\\u{${character.codePointAt(0)!.toString(16)}}`;
}

function broken(pattern: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `"${pattern}" is not a pattern`,
    hint: 'Use * and ? for text between slashes and [a-z] for one of several characters; \\ takes the next one as it is.',
  });
}
