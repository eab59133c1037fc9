import xterm from '@xterm/headless';
import { expect, test } from 'vitest';
import logUpdate, { adoptScreen, type Painter, takeAdopted } from '../../../src/app/ink/log-update.ts';
import Output from '../../../src/app/ink/output.ts';
import { Random } from './random.ts';

const WORDS = [
  'abc',
  'abcdefghijklmnop',
  ' ',
  '  x ',
  '│',
  '─●',
  '日本語',
  'ツ',
  '한글',
  'e\u0301',
  'д',
  '\u001b[1m',
  '\u001b[22m',
  '\u001b[2m',
  '\u001b[0m',
  '\u001b[36m',
  '\u001b[1;36m',
  '\u001b[39m',
  '\u001b[7m',
  '\u001b[27m',
  '\u001b[4m',
  '\u001b[38;5;12m',
  '\u001b[48;2;1;2;3m',
  '\u001b[49m',
];

class Screen {
  readonly terminal: xterm.Terminal;
  columns: number;
  rows: number;
  written = '';

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  painter(): Painter {
    return logUpdate.create(this as never);
  }

  /** What was written since the last call, after the terminal has shown it. */
  async flush(): Promise<string> {
    const text = this.written;
    this.written = '';
    await new Promise<void>((resolve) => this.terminal.write(text, resolve));
    return text;
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.terminal.resize(columns, rows);
  }

  /** Every cell with its character, width and style. */
  cells(): string[] {
    const { active } = this.terminal.buffer;
    const cells: string[] = [];
    for (let y = 0; y < this.rows; y++) {
      for (let x = 0; x < this.columns; x++) {
        const cell = active.getLine(active.viewportY + y)!.getCell(x)!;
        const look = [
          cell.getChars() || ' ',
          cell.getWidth(),
          cell.getFgColorMode(),
          cell.getFgColor(),
          cell.getBgColorMode(),
          cell.getBgColor(),
          cell.isBold(),
          cell.isDim(),
          cell.isInverse(),
          cell.isUnderline(),
        ];
        cells.push(`${y},${x}: ${look.join(' ')}`);
      }
    }
    return cells;
  }
}

/** What a terminal shows of a frame that is simply written to it. */
async function written(frame: string, columns: number, rows: number): Promise<string[]> {
  const screen = new Screen(columns, rows);
  screen.write(frame.replaceAll('\n', '\r\n'));
  await screen.flush();
  return screen.cells();
}

function frameOf(lines: readonly string[], width: number): string {
  const output = new Output({ width, height: lines.length });
  output.clip({ x1: 0, x2: width, y1: 0, y2: lines.length });
  lines.forEach((line, y) => {
    output.write(0, y, line, { transformers: [] });
  });
  return output.get().output;
}

test('random frames look on the terminal as if each were written whole', async () => {
  const random = new Random(Number(process.env['NACRE_SEED'] ?? 7));
  const screen = new Screen(40, 12);
  const painter = screen.painter();
  const line = () => random.text(WORDS, 8);
  let lines: string[] = Array.from({ length: screen.rows }, line);
  for (let round = 0; round < 800; round++) {
    const kind = random.below(12);
    if (kind < 3) lines = scrolled(lines, random, line);
    else if (kind < 5) lines = lines.map(line);
    else if (kind < 6) painter.clear();
    else if (kind < 7) {
      screen.resize(20 + random.below(30), 8 + random.below(10));
      lines = Array.from({ length: screen.rows }, (_, y) => lines[y] ?? line());
    } else lines = lines.with(random.below(lines.length), line());
    const frame = frameOf(lines, screen.columns);
    painter(frame);
    const bytes = await screen.flush();
    const wanted = await written(frame, screen.columns, screen.rows);
    const wrong = screen.cells().filter((cell, index) => cell !== wanted[index]);
    if (wrong.length > 0) expect.fail(`round ${round}: ${wrong.join('\n')}\nafter ${JSON.stringify(bytes)}`);
  }
});

function scrolled(lines: readonly string[], random: Random, line: () => string): string[] {
  const top = random.below(2);
  const bottom = lines.length - random.below(2);
  const region = lines.slice(top, bottom);
  for (let count = 1 + random.below(3); count > 0; count--) {
    if (random.below(2) === 0) region.push(line(), ...region.splice(0, 1).slice(1));
    else region.unshift(line(), ...region.splice(region.length - 1, 1).slice(1));
  }
  return [...lines.slice(0, top), ...region.slice(0, bottom - top), ...lines.slice(bottom)];
}

const list = (cursor: number, top: number, rows: number): string =>
  Array.from({ length: rows }, (_, row) => {
    const name = `registry.local/team/service-${top + row}:1.${(top + row) % 7}`.padEnd(50);
    const size = `${((top + row) * 7919) % 1000}.1 MB`.padStart(10);
    return top + row === cursor ? `\u001b[1;36m▌ ${name}${size}\u001b[0m` : `  ${name}${size}`;
  }).join('\n');

test('moving a cursor rewrites two rows at most, the same frame nothing', async () => {
  const screen = new Screen(120, 40);
  const painter = screen.painter();
  painter(list(5, 0, 40));
  await screen.flush();
  painter(list(6, 0, 40));
  const moved = await screen.flush();
  expect(moved.length).toBeGreaterThan(0);
  expect(Buffer.byteLength(moved)).toBeLessThan(600);
  expect(painter(list(6, 0, 40))).toBe(false);
  expect(await screen.flush()).toBe('');
  expect(screen.cells()).toEqual(await written(list(6, 0, 40), 120, 40));
});

test('scrolling a list by one row lets the terminal move the rows', async () => {
  const screen = new Screen(120, 40);
  const painter = screen.painter();
  painter(list(39, 0, 40));
  await screen.flush();
  painter(list(40, 1, 40));
  const bytes = await screen.flush();
  expect(bytes).toContain('\u001b[S');
  expect(Buffer.byteLength(bytes)).toBeLessThan(600);
  expect(screen.cells()).toEqual(await written(list(40, 1, 40), 120, 40));
});

test('a row that gets longer keeps what it had', async () => {
  const screen = new Screen(40, 3);
  const painter = screen.painter();
  painter('one two\nb\nc');
  await screen.flush();
  painter('one two three\nb\nc');
  expect(await screen.flush()).toBe('\u001b[1;9Hthree');
  painter('one\nb\nc');
  expect(await screen.flush()).toBe('\u001b[1;5H\u001b[K');
});

test('emoji and clusters repaint their row, and what follows them stands in its column', async () => {
  const screen = new Screen(30, 3);
  const painter = screen.painter();
  painter('a 👩‍👩‍👧 b\n1️⃣ c\nx');
  await screen.flush();
  painter('a 👩‍👩‍👧 b!\n1️⃣ c\nx');
  const bytes = await screen.flush();
  expect(bytes).toContain('👩‍👩‍👧\u001b[1;5H');
  expect(bytes).not.toContain('c');
});

test('a frame is painted over what an adopted screen shows', async () => {
  const screen = new Screen(40, 5);
  const first = ['\u001b[1mTitle\u001b[22m', '', 'row 1', 'row 2', 'foot'];
  screen.write(`\u001b[?1049h\u001b[?25l${first.map((line, y) => `\u001b[${y + 1}H${line}`).join('')}`);
  await screen.flush();
  expect(takeAdopted()).toBe(false);
  adoptScreen(first);
  const painter = screen.painter();
  expect(takeAdopted()).toBe(true);
  expect(takeAdopted()).toBe(false);
  painter(first.with(2, 'row 9').join('\n'));
  expect(await screen.flush()).toBe('\u001b[3;5H9');
  expect(screen.cells()).toEqual(await written(first.with(2, 'row 9').join('\n'), 40, 5));
});

test('the cursor of a text field is shown at its place, and hidden again', async () => {
  const screen = new Screen(40, 3);
  const painter = screen.painter();
  painter.setCursorPosition({ x: 4, y: 1 });
  painter('a\nb\nc');
  expect(await screen.flush()).toMatch(/\u001b\[\?25l.*\u001b\[2;5H\u001b\[\?25h$/s);
  painter.setCursorPosition(undefined);
  painter('a\nb\nc');
  expect(await screen.flush()).toBe('\u001b[?25l');
  painter.done();
  expect(await screen.flush()).toBe('\u001b[?25h');
});
