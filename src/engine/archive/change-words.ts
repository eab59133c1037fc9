/** Words of a Dockerfile line; quotes and backslashes are left in them, for `expand` to take off. */
import type { EngineError } from '../errors.ts';
import { badChange } from './change-fault.ts';

/** The exec form, `["a", "b"]`; undefined for the shell form. What only looks like it is the shell form, as docker has it. */
export function jsonWords(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Divided at blanks that are neither quoted nor escaped. Errors: `bad-input` for a quote without an end. */
export function words(text: string): string[] {
  const list: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'" && at + 1 < text.length) word += char + text[++at];
    else if (quote === '' && /\s/.test(char)) {
      if (word !== '') list.push(word);
      word = '';
    } else {
      if (char === quote) quote = '';
      else if (quote === '' && (char === '"' || char === "'")) quote = char;
      word += char;
    }
  }
  if (quote !== '') {
    throw badChange(`a ${quote} has no end`, 'Close the quote.');
  }
  if (word !== '') list.push(word);
  return list;
}

/** `a=1 b="2 3"`, or the old form `a everything else`. Errors: `bad-input`. */
export function pairs(text: string, instruction: string): [name: string, value: string][] {
  const list = words(text);
  const [first = ''] = list;
  if (!first.includes('=')) {
    const value = text.slice(first.length).trim();
    if (value === '') throw notPair(first, instruction);
    return [[first, value]];
  }
  return list.map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw notPair(word, instruction);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

function notPair(word: string, instruction: string): EngineError {
  return badChange(
    `"${word}" has no value`,
    `Write it as ${instruction} name=value, with quotes around a value with blanks.`,
  );
}
