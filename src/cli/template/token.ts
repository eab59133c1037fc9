/** Cuts a Go template into text and the tokens inside `{{ }}`. */
import { UsageError } from '../failure.ts';

export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close' }
  /** `.Name`; `.` alone is an empty name. `attached` when no space stands before it, as in `(x).Name`. */
  | { readonly kind: 'field'; readonly name: string; readonly attached: boolean }
  /** `$name`; `$` alone is an empty name. */
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'word'; readonly name: string }
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'sign'; readonly sign: '(' | ')' | '|' | ',' | ':=' | '=' };

const PATTERN =
  /(?<space>\s+)|\.(?<field>[\p{L}_][\p{L}\p{N}_]*)?(?![\d])|\$(?<variable>[\p{L}_][\p{L}\p{N}_]*)?|(?<string>"(?:[^"\\\n]|\\.)*")|`(?<raw>[^`]*)`|(?<number>[+-]?\d+(?:\.\d+)?)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<sign>:=|[()|,=])/uy;

export function tokens(template: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  let trim = false;
  while (at < template.length) {
    const open = template.indexOf('{{', at);
    let text = template.slice(at, open < 0 ? undefined : open);
    if (trim) text = text.trimStart();
    if (open < 0) {
      found.push({ kind: 'text', text });
      break;
    }
    const inside = /^-\s/.test(template.slice(open + 2, open + 4)) ? open + 3 : open + 2;
    if (inside === open + 3) text = text.trimEnd();
    if (text !== '') found.push({ kind: 'text', text });

    const comment = /^\s*\/\*[\s\S]*?\*\/\s*(-?)\}\}/.exec(template.slice(inside));
    if (comment !== null) {
      at = inside + comment[0].length;
      trim = comment[1] === '-';
      continue;
    }
    found.push({ kind: 'open' });
    const end = action(template, inside, found);
    found.push({ kind: 'close' });
    trim = end.trim;
    at = end.at;
  }
  return found;
}

/** Reads tokens up to `}}`; tells where the text goes on and whether its leading space is to go. */
function action(template: string, start: number, into: Token[]): { at: number; trim: boolean } {
  let at = start;
  let spaced = true;
  for (;;) {
    const ending = /^(\s-)?\}\}/.exec(template.slice(at, at + 4));
    if (ending !== null) return { at: at + ending[0].length, trim: ending[1] !== undefined };
    PATTERN.lastIndex = at;
    const groups = PATTERN.exec(template)?.groups;
    if (groups === undefined) {
      if (at >= template.length) throw new UsageError('--format: a {{ has no }}');
      throw new UsageError(`--format: '${template.slice(at, at + 12)}' cannot stand inside {{ }}`);
    }
    if (groups['space'] === undefined) into.push(token(groups, template[at]!, spaced));
    spaced = groups['space'] !== undefined;
    at = PATTERN.lastIndex;
  }
}

function token(groups: Record<string, string | undefined>, first: string, spaced: boolean): Token {
  const { string, raw, number, word, sign } = groups;
  if (string !== undefined) return { kind: 'value', value: unquote(string) };
  if (raw !== undefined) return { kind: 'value', value: raw };
  if (number !== undefined) return { kind: 'value', value: Number(number) };
  if (word !== undefined) return { kind: 'word', name: word };
  if (sign !== undefined) return { kind: 'sign', sign: sign as '(' };
  if (first === '$') return { kind: 'variable', name: groups['variable'] ?? '' };
  return { kind: 'field', name: groups['field'] ?? '', attached: !spaced };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const plain = ESCAPES[code];
    if (plain === undefined) throw new UsageError(`--format: '\\${code}' is no escape of a quoted text`);
    return plain;
  });
}
