/**
 * Stands in for Ink's `log-update` in the bundle: paints full-screen frames in the alternate screen.
 * It keeps the rows that are on the screen and writes only the cells that changed, at their places;
 * rows that moved are moved by the terminal where that is shorter. A changed size, a suspension and
 * anything else that Ink reports as lost make it paint the whole screen again.
 */
import { Brush } from './brush.ts';
import { BLANK, type Row, rowOf } from './row.ts';
import { spans } from './row-diff.ts';
import { bestScroll, movement, type Scroll } from './scroll.ts';

interface Screen {
  readonly columns: number;
  readonly height: number;
  readonly lines: readonly string[];
  /** The lines as cells, as far as they have been looked at. */
  readonly rows: (Row | undefined)[];
}

interface Position {
  readonly x: number;
  readonly y: number;
}

type Stream = Pick<NodeJS.WriteStream, 'write'> & { readonly columns?: number; readonly rows?: number };

export interface Painter {
  /** Paints a frame; true when that changed anything. */
  (frame: string): boolean;
  clear(): void;
  done(): void;
  reset(): void;
  sync(frame: string): void;
  setCursorPosition(position: Position | undefined): void;
  isCursorDirty(): boolean;
  willRender(frame: string): boolean;
  getCursorPosition(): Position | undefined;
}

const SHOW = '\u001b[?25h';
const HIDE = '\u001b[?25l';
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';

/** Smaller updates are one write that no terminal shows in halves. */
const SYNCHRONIZED = 1024;
/** Fewer changed rows than this are never worth a scroll. */
const SCROLLED_ROWS = 6;

let adopted: readonly string[] | undefined;

/**
 * Tells the painter that the alternate screen is open already and shows these rows (with their SGR
 * sequences) from the top, the cursor hidden: the first frame then only writes what differs.
 */
export function adoptScreen(lines: readonly string[]): void {
  adopted = lines;
}

/** Whether the alternate screen is open already; asked once by an Ink that is about to open it. */
export function takeAdopted(): boolean {
  const isOpen = adopted !== undefined;
  adopted = undefined;
  return isOpen;
}

let repaintShown = (): void => {};

/**
 * Paints what is shown once more, for a terminal that may have lost it: one that shrank and grew back
 * faster than its size was read has cut its rows, and no size tells.
 */
export function repaintScreen(): void {
  repaintShown();
}

function create(stream: Stream, { showCursor = false }: { readonly showCursor?: boolean } = {}): Painter {
  let shown: Screen | undefined;
  let frame: string | undefined;
  let cursor: Position | undefined;
  let isCursorDirty = false;
  let shownCursor: Position | undefined;
  let isHidden = false;

  if (adopted !== undefined) {
    shown = { ...size(stream), lines: adopted, rows: [] };
    isHidden = true;
  }

  const wantedCursor = () => (isCursorDirty ? cursor : undefined);
  const isChanged = (text: string, position: Position | undefined) =>
    text !== frame || position?.x !== shownCursor?.x || position?.y !== shownCursor?.y;

  const paint = (text: string): boolean => {
    const position = wantedCursor();
    isCursorDirty = false;
    const { columns, height } = size(stream);
    const isLost = shown === undefined || shown.columns !== columns || shown.height !== height;
    if (!isLost && !isChanged(text, position)) return false;

    const next: Screen = { columns, height, lines: linesOf(text), rows: [] };
    const brush = new Brush(columns);
    if (shownCursor !== undefined || (!isHidden && !showCursor)) brush.write(HIDE);
    isHidden = true;
    if (isLost) paintAll(brush, next);
    else paintChanges(brush, shown!, next);
    if (position !== undefined) {
      brush.move(position.y, position.x);
      brush.write(SHOW);
    }
    const bytes = brush.take();
    if (bytes !== '') stream.write(bytes.length > SYNCHRONIZED ? BEGIN + bytes + END : bytes);
    shown = next;
    frame = text;
    shownCursor = position;
    return bytes !== '';
  };

  const forget = () => {
    shown = undefined;
    frame = undefined;
    shownCursor = undefined;
  };

  repaintShown = () => {
    const { columns, height } = size(stream);
    // Another size brings a frame of its own.
    if (shown === undefined || shown.columns !== columns || shown.height !== height) return;
    const brush = new Brush(columns);
    paintAll(brush, shown);
    stream.write(BEGIN + brush.take() + END);
  };

  return Object.assign(paint, {
    /** The next frame is painted whole, over whatever stands there. */
    clear: forget,
    reset: forget,
    done() {
      forget();
      if (showCursor) return;
      stream.write(SHOW);
      isHidden = false;
    },
    /** Ink has written this frame itself, from the top left of an erased screen. */
    sync(text: string) {
      const position = wantedCursor();
      isCursorDirty = false;
      const { columns, height } = size(stream);
      const lines = linesOf(text);
      // What was taller has scrolled, and only its end can be seen.
      shown = lines.length <= height ? { columns, height, lines, rows: [] } : undefined;
      frame = text;
      if (position !== undefined) stream.write(`\u001b[${position.y + 1};${position.x + 1}H${SHOW}`);
      else if (shownCursor !== undefined) stream.write(HIDE);
      shownCursor = position;
    },
    setCursorPosition(position: Position | undefined) {
      cursor = position;
      isCursorDirty = true;
    },
    isCursorDirty: () => isCursorDirty,
    willRender: (text: string) => isChanged(text, wantedCursor()),
    getCursorPosition: () => shownCursor,
  });
}

function size(stream: Stream): { columns: number; height: number } {
  return { columns: stream.columns || 80, height: stream.rows || 24 };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  // A frame lower than the screen ends with a newline, which is no row.
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function rowAt({ lines, rows }: Screen, y: number): Row {
  const known = rows[y] ?? rowOf(lines[y] ?? '');
  rows[y] = known;
  return known;
}

function paintAll(brush: Brush, screen: Screen): void {
  brush.reset();
  for (let y = 0; y < screen.height; y++) paintWhole(brush, y, screen);
}

function paintChanges(brush: Brush, before: Screen, after: Screen): void {
  const { columns, height } = after;
  const changed: number[] = [];
  for (let y = 0; y < height; y++) {
    if ((before.lines[y] ?? '') !== (after.lines[y] ?? '')) changed.push(y);
    else after.rows[y] = before.rows[y];
  }
  let old = (y: number) => rowAt(before, y);
  const next = (y: number) => rowAt(after, y);
  if (changed.length >= SCROLLED_ROWS) {
    const first = changed[0]!;
    const last = changed.at(-1)!;
    const lines = movement(old, next, first, last, columns);
    if (lines === undefined && changed.length * 2 > height) {
      // Another screen: comparing it cell by cell would take longer than it saves.
      for (const y of changed) paintWhole(brush, y, after);
      return;
    }
    // Beside a pane that stays another may move: there only the cells that differ are written.
    const scroll =
      lines === undefined || lines === 0 ? undefined : bestScroll(old, next, first, last, lines, columns);
    if (scroll !== undefined) {
      brush.scroll(scroll.top, scroll.bottom, scroll.lines);
      old = moved(old, scroll);
      for (let y = first; y <= last; y++) paintRow(brush, y, old(y), next(y), columns);
      return;
    }
  }
  for (const y of changed) paintRow(brush, y, old(y), next(y), columns);
}

/** The rows on the screen after a scroll. */
function moved(before: (y: number) => Row, { top, bottom, lines }: Scroll): (y: number) => Row {
  return (y) => {
    if (y < top || y > bottom) return before(y);
    return y + lines < top || y + lines > bottom ? BLANK : before(y + lines);
  };
}

function paintWhole(brush: Brush, y: number, screen: Screen): void {
  if (!brush.line(y, screen.lines[y] ?? '')) brush.cells(y, rowAt(screen, y), 0, Number.POSITIVE_INFINITY);
}

function paintRow(brush: Brush, y: number, before: Row, after: Row, columns: number): void {
  for (const { from, to } of spans(before, after, columns)) brush.cells(y, after, from, to);
}

export default { create };
