/** A framed window over a screen: rows of text with a border, placed in the middle. */
import type { Layout } from '../app/layout.ts';
import type { Theme } from '../app/theme.ts';
import { cut, width } from '../app/width.ts';

export interface Window {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly lines: readonly string[];
  /** The furthest its text can be scrolled. */
  readonly lastTop: number;
}

/** Inner cells of a window on this screen: as wide as asked, with a margin around. */
export function innerWidth(layout: Layout, wanted: number): number {
  return Math.max(20, Math.min(wanted, layout.columns - 6));
}

/** Inner rows that fit between header and hints, border taken off. */
export function innerHeight(layout: Layout): number {
  return Math.max(3, layout.rows - 6);
}

/** Each of `rows` must be exactly `cells` wide. */
export function windowOf(
  layout: Layout,
  theme: Theme,
  title: string,
  rows: readonly string[],
  cells: number,
  lastTop = 0,
): Window {
  const edge = (text: string): string => theme.paint('accent', text);
  const shown = cut(title, cells - 4);
  const lines = [
    edge('╭─ ') +
      theme.paint('title', shown) +
      edge(` ${'─'.repeat(Math.max(0, cells - width(shown) - 3))}╮`),
    ...rows.map((row) => edge('│') + row + edge('│')),
    edge(`╰${'─'.repeat(cells)}╯`),
  ];
  return {
    x: Math.max(0, Math.floor((layout.columns - cells - 2) / 2)),
    y: Math.max(1, Math.floor((layout.rows - lines.length) / 2)),
    width: cells + 2,
    lastTop,
    lines: theme.ascii ? lines.map((row) => theme.finish(row)) : lines,
  };
}
