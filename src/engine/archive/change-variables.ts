/** Takes quotes off a word and puts variables in. Source: Dockerfile reference, "Environment replacement". */
import { badChange } from './change-fault.ts';

export type Variables = ReadonlyMap<string, string>;

/** `$A`, `${A}`, `${A:-else}`, `${A:+then}`; a variable nobody set is empty; nothing is put in between single quotes. */
export function expand(word: string, variables: Variables): string {
  let result = '';
  let quote = '';
  for (let at = 0; at < word.length; ) {
    const char = word[at]!;
    if (char === quote) {
      quote = '';
      at++;
    } else if (quote === '' && (char === "'" || char === '"')) {
      quote = char;
      at++;
    } else if (char === '\\' && quote !== "'" && at + 1 < word.length) {
      const next = word[at + 1]!;
      // Between double quotes a backslash means itself before most characters.
      result += quote === '"' && !'"$\\'.includes(next) ? char + next : next;
      at += 2;
    } else if (char === '$' && quote !== "'") {
      const { value, length } = variableAt(word, at, variables);
      result += value;
      at += length;
    } else {
      result += char;
      at++;
    }
  }
  return result;
}

function variableAt(word: string, at: number, variables: Variables): { value: string; length: number } {
  const rest = word.slice(at + 1);
  const plain = /^\w+/.exec(rest)?.[0];
  if (plain !== undefined) return { value: variables.get(plain) ?? '', length: plain.length + 1 };
  if (!rest.startsWith('{')) return { value: '$', length: 1 };
  const end = closingBrace(word, at + 2);
  const inner = end === -1 ? '' : word.slice(at + 2, end);
  const [, name, modifier, other = ''] = /^(\w+)(?:(:?[-+])([\s\S]*))?$/.exec(inner) ?? [];
  if (name === undefined) {
    throw badChange(
      `"${word.slice(at)}" is no variable`,
      `Write $NAME, or with braces NAME, NAME:-other or NAME:+other; a plain dollar sign is \\$.`,
    );
  }
  const value = variables.get(name);
  const isSet = modifier?.startsWith(':') ? Boolean(value) : value !== undefined;
  const length = end + 1 - at;
  if (modifier?.endsWith('-')) return { value: isSet ? value! : expand(other, variables), length };
  if (modifier?.endsWith('+')) return { value: isSet ? expand(other, variables) : '', length };
  return { value: value ?? '', length };
}

function closingBrace(word: string, from: number): number {
  let depth = 1;
  for (let at = from; at < word.length; at++) {
    if (word[at] === '\\') at++;
    else if (word[at] === '{') depth++;
    else if (word[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
