/** Text with SGR sequences as characters, the same characters that Ink's own tokenizer sees. */
import { styledCharsFromTokens, tokenize } from '@alcalzone/ansi-tokenize';
import { Generations } from './generations.ts';
import { cellsOf, ESCAPE, sgrEnd } from './simple-text.ts';
import stringWidth from './string-width.ts';
import { apply, type Style, styleOf, transition } from './style.ts';

/** One entry a grapheme. */
export interface Line {
  readonly values: readonly string[];
  readonly styles: readonly Style[];
  /** Display widths: 0, 1 or more cells. */
  readonly widths: readonly number[];
}

const IGNORABLE = /^\p{Default_Ignorable_Code_Point}+$/u;

const lines = new Generations<Line>(256);
const widths = new Map<string, number>();

export function parseLine(text: string): Line {
  return lines.get(text) ?? lines.set(text, parseSimple(text) ?? parseAny(text));
}

/** Text in which every UTF-16 unit is a grapheme, with SGR sequences; it needs no segmenter. */
function parseSimple(text: string): Line | undefined {
  const values: string[] = [];
  const styles: Style[] = [];
  const widths: number[] = [];
  let style: Style = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === ESCAPE) {
      const end = sgrEnd(text, at);
      if (end < 0) return undefined;
      style = apply(style, text.slice(at, end));
      at = end - 1;
      continue;
    }
    const width = cellsOf(unit);
    if (width === 0) return undefined;
    values.push(text[at]!);
    styles.push(style);
    widths.push(width);
  }
  return { values, styles, widths };
}

function parseAny(text: string): Line {
  // Characters that print nothing take no cell.
  const characters = styledCharsFromTokens(tokenize(text)).filter(({ value }) => !IGNORABLE.test(value));
  return {
    values: characters.map(({ value }) => value),
    styles: characters.map((character) => styleOf(character.styles)),
    widths: characters.map(({ value }) => widthOf(value)),
  };
}

/** The display width of one grapheme. */
export function widthOf(value: string): number {
  if (value.length === 1 && value >= ' ' && value <= '~') return 1;
  let width = widths.get(value);
  if (width === undefined) {
    width = stringWidth(value);
    widths.set(value, width);
  }
  return width;
}

/** The characters as text again, with the styles that begin and end between them. */
export function lineText(values: ReadonlyArray<string | undefined>, styles: readonly Style[]): string {
  let text = '';
  let style: Style = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value === undefined) continue;
    const next = styles[index]!;
    if (next !== style) {
      text += transition(style, next);
      style = next;
    }
    text += value;
  }
  return text + transition(style, 0);
}
