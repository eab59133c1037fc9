/** A command as it is typed: words with quotes, as a shell reads them, but nothing is expanded. */
import { EngineError } from '../engine/errors.ts';

export interface CommandLine {
  readonly words: readonly string[];
  /** The first sign, outside of quotes, that only a shell would understand: `|`, `$HOME`; `''` where there is none. */
  readonly shellSign: string;
}

const SHELL_SIGN = /^(?:\|\|?|&&?|;|<|>>?|`|\*|\$[A-Za-z_({]\w*)/;

/** Errors: `bad-input` for a quote that is not closed. */
export function parseCommandLine(text: string): CommandLine {
  const words: string[] = [];
  let word: string | undefined;
  let shellSign = '';
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === "'" || sign === '"') {
      const [inside, end] = quoted(text, at);
      word = (word ?? '') + inside;
      at = end;
    } else if (sign === '\\' && at + 1 < text.length) {
      word = (word ?? '') + text[++at]!;
    } else if (/\s/.test(sign)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      shellSign ||= SHELL_SIGN.exec(text.slice(at))?.[0] ?? '';
      word = (word ?? '') + sign;
    }
  }
  if (word !== undefined) words.push(word);
  return { words, shellSign };
}

/** What stands in the quotes that open at `start`, and where they close. */
function quoted(text: string, start: number): readonly [inside: string, end: number] {
  const quote = text[start]!;
  let inside = '';
  for (let at = start + 1; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === quote) return [inside, at];
    const next = text[at + 1];
    if (quote === '"' && sign === '\\' && (next === '"' || next === '\\')) {
      inside += next;
      at += 1;
    } else inside += sign;
  }
  throw new EngineError({
    code: 'bad-input',
    message: `the quote ${quote} is not closed`,
    hint: `Close it, or write \\${quote} for the sign itself.`,
  });
}

const PLAIN = /^[\w@%+=:,./-]+$/;

/** Words as they would have to be typed. */
export function commandText(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
