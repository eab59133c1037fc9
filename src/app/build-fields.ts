/** Fields of the build form: lists typed in one line, read into values and written back. */
import type { BuildSecretSource } from './job-request.ts';

/** Words at blanks, as a shell reads them: quotes keep blanks, a backslash the next sign. */
export function words(text: string): string[] {
  const found: string[] = [];
  let word = '';
  let quote = '';
  let isOpen = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === '\\' && quote !== "'" && at + 1 < text.length) word += text[++at]!;
    else if (quote !== '') {
      if (sign === quote) quote = '';
      else word += sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      isOpen = true;
    } else if (/\s/.test(sign)) {
      if (word !== '' || isOpen) found.push(word);
      word = '';
      isOpen = false;
    } else word += sign;
  }
  if (word !== '' || isOpen) found.push(word);
  return found;
}

/** One word as `words` reads it. */
function quoted(word: string): string {
  return word === '' || /[\s"'\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
}

/** Names in one line, at blanks or commas. */
export function names(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '');
}

/** `KEY=value` words; a key alone takes its value from `env`. Throws what is wrong with them, in words for people. */
export function pairs(
  text: string,
  env: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const word of words(text)) {
    const cut = word.indexOf('=');
    const key = cut < 0 ? word : word.slice(0, cut);
    if (key === '') throw new Error(`"${word}" has no name before its =`);
    const value = cut < 0 ? env[key] : word.slice(cut + 1);
    if (value === undefined) throw new Error(`"${key}" has no value: write ${key}=value`);
    found[key] = value;
  }
  return found;
}

export function pairsText(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}=${value === '' ? '' : quoted(value)}`)
    .join(' ');
}

/** `npm=~/.npmrc token=$TOKEN`, or docker's own `id=npm,src=…`. Throws what is wrong, in words for people. */
export function secretSources(text: string): BuildSecretSource[] {
  return words(text).map((word) => {
    if (word.startsWith('id=') || /,(?:src|source|env)=/.test(word)) return dockerSecret(word);
    const cut = word.indexOf('=');
    const id = cut < 0 ? '' : word.slice(0, cut);
    const from = word.slice(cut + 1);
    if (id === '' || from === '' || from === '$')
      throw new Error('write  id=file  or  id=$VARIABLE  for each secret');
    return from.startsWith('$') ? { id, from: { env: from.slice(1) } } : { id, from: { file: from } };
  });
}

function dockerSecret(word: string): BuildSecretSource {
  const fields = Object.fromEntries(
    word.split(',').map((field) => {
      const cut = field.indexOf('=');
      return [field.slice(0, Math.max(0, cut)), field.slice(cut + 1)];
    }),
  ) as Readonly<Record<string, string>>;
  const id = fields['id'] ?? '';
  const file = fields['src'] ?? fields['source'];
  const env = fields['env'];
  if (id === '') throw new Error('a secret has no id');
  if (file !== undefined) return { id, from: { file } };
  return { id, from: { env: env ?? id } };
}

export function secretsText(secrets: readonly BuildSecretSource[]): string {
  return secrets
    .map(({ id, from }) => quoted(`${id}=${'env' in from ? `$${from.env}` : from.file}`))
    .join(' ');
}
