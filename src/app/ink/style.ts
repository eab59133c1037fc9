/** SGR styles as small numbers: a style is a list of open codes, 0 is none. */
import {
  type AnsiCode,
  ansiCodesToString,
  diffAnsiCodes,
  reduceAnsiCodesIncremental,
  tokenize,
} from '@alcalzone/ansi-tokenize';

export type Style = number;

const styles: AnsiCode[][] = [[]];
const numbers = new Map<string, Style>([['', 0]]);
const applied = new Map<string, Style>();
const transitions = new Map<number, string>();
const shortest = new Map<number, string>();

/** More styles than this are never on one screen. */
const PAIRS = 1 << 20;

export function styleOf(codes: readonly AnsiCode[]): Style {
  const key = codes.map(({ code, endCode }) => `${code}${endCode}`).join('');
  let style = numbers.get(key);
  if (style === undefined) {
    style = styles.push([...codes]) - 1;
    numbers.set(key, style);
  }
  return style;
}

/** The open codes of a style, sorted: two styles with the same look have the same. */
export function codesOf(style: Style): string {
  return styles[style]!.map(({ code }) => code)
    .toSorted()
    .join('');
}

/** The style after a sequence such as `ESC [1;36m` on top of another. */
export function apply(style: Style, sequence: string): Style {
  const key = `${style}${sequence}`;
  let next = applied.get(key);
  if (next === undefined) {
    let codes = styles[style]!;
    for (const token of tokenize(sequence)) {
      if (token.type === 'ansi') codes = reduceAnsiCodesIncremental(codes, [token]);
    }
    next = styleOf(codes);
    applied.set(key, next);
  }
  return next;
}

/** What Ink writes between two neighbouring characters. */
export function transition(from: Style, to: Style): string {
  if (from === to) return '';
  const key = from * PAIRS + to;
  let text = transitions.get(key);
  if (text === undefined) {
    text = ansiCodesToString(diffAnsiCodes(styles[from]!, styles[to]!));
    transitions.set(key, text);
  }
  return text;
}

/** The fewest bytes that bring a terminal from one style to another. */
export function pen(from: Style, to: Style): string {
  if (from === to) return '';
  const key = from * PAIRS + to;
  let text = shortest.get(key);
  if (text === undefined) {
    const stepwise = join(diffAnsiCodes(styles[from]!, styles[to]!));
    const afresh = join([{ code: '\u001b[m' }, ...styles[to]!]);
    // A reset leaves a hyperlink open, so it replaces only a list of plain attributes.
    const resettable = styles[from]!.every(({ code }) => SGR.test(code));
    text = resettable && afresh.length < stepwise.length ? afresh : stepwise;
    shortest.set(key, text);
  }
  return text;
}

const SGR = /^\u001b\[([\d;]*)m$/;

function join(codes: ReadonlyArray<{ readonly code: string }>): string {
  const attributes: string[] = [];
  let others = '';
  for (const { code } of codes) {
    const parameters = SGR.exec(code)?.[1];
    if (parameters === undefined) others += code;
    else if (!attributes.includes(parameters)) attributes.push(parameters);
  }
  return others + (attributes.length > 0 ? `\u001b[${attributes.join(';')}m` : '');
}
