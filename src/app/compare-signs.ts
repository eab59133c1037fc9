/** What rows of a comparison are made of: pieces of text in their colours, and signs of what happened. */
import { bytes } from './format.ts';
import type { Token } from './theme.ts';

/** A row of text in its colours. */
export type TextRow = readonly (readonly [Token, string])[];

export type Sign = '+' | '−' | '~' | '?' | '=';

export const SIGN_TOKENS: Readonly<Record<Sign, Token>> = {
  '+': 'good',
  '−': 'bad',
  '~': 'warn',
  '?': 'warn',
  '=': 'muted',
};

export const BLANK: TextRow = [];

/** `+1.2 MB`, `−3 B`, `+0 B`. */
export function growth(value: number): string {
  return `${value < 0 ? '−' : '+'}${bytes(Math.abs(value))}`;
}

/** Whether a search finds one of these, letter case ignored; without one, all is found. */
export function has(search: string, ...texts: readonly string[]): boolean {
  const wanted = search.toLowerCase();
  return wanted === '' || texts.some((text) => text.toLowerCase().includes(wanted));
}
