import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseLine } from '../../../src/app/ink/line.ts';
import Output, { type Clip, type Transformer } from '../../../src/app/ink/output.ts';
import { codesOf } from '../../../src/app/ink/style.ts';
import { Random } from './random.ts';

// Ink exports its Output to nobody, so it is taken from where it lies.
const inkOutput = fileURLToPath(new URL('../../../node_modules/ink/build/output.js', import.meta.url));
const { default: InkOutput } = (await import(inkOutput)) as { default: typeof Output };

const WORDS = [
  'abc',
  'abcdefghijklmnop',
  ' ',
  '  x ',
  '│',
  '─●',
  '日本語',
  'ツール',
  '한글',
  'e\u0301',
  '\u0301',
  '👩‍👩‍👧',
  '😀',
  '🇩🇪',
  '1️⃣',
  '\u200b',
  '\u00a0',
  '\n',
  '\n',
  '\r\n',
  '\u001b[1m',
  '\u001b[22m',
  '\u001b[2m',
  '\u001b[0m',
  '\u001b[m',
  '\u001b[36m',
  '\u001b[1;36m',
  '\u001b[39m',
  '\u001b[7m',
  '\u001b[27m',
  '\u001b[38;5;12m',
  '\u001b[48;2;1;2;3m',
  '\u001b[49m',
  '\u001b]8;;http://x\u0007',
  '\u001b]8;;\u0007',
  '\u001b]0;title\nx\u0007',
];

const TRANSFORMERS: readonly Transformer[] = [
  (line) => `\u001b[31m${line}\u001b[39m`,
  (line, index) => `${index}${line}`,
  (line) => line.toUpperCase(),
];

/** The cells of a frame, each with its styles in a fixed order: the same cells can be written in several ways. */
function cells(frame: string): string[] {
  return frame.split('\n').map((row) => {
    const { values, styles } = parseLine(row.replace(/\u001b\[m/g, '\u001b[0m'));
    return values
      .map((value, index) => `${value}${codesOf(styles[index]!)}`)
      .join('')
      .trimEnd();
  });
}

type Step = (output: Output) => void;

function randomSteps(random: Random, width: number, height: number): Step[] {
  const steps: Step[] = [];
  let depth = 0;
  const bound = (end: number) => (random.below(4) === 0 ? undefined : random.below(end));
  for (let left = 1 + random.below(12); left > 0; left--) {
    const kind = random.below(6);
    if (kind === 0) {
      const clip: Clip = {
        x1: bound(width),
        x2: bound(width + 4),
        y1: bound(height),
        y2: bound(height + 3),
      };
      steps.push((output) => output.clip(clip));
      depth++;
    } else if (kind === 1 && depth > 0) {
      steps.push((output) => output.unclip());
      depth--;
    } else {
      const x = random.below(width + 8) - 4;
      const y = random.below(height + 4) - 2;
      const text = random.text(WORDS, 9);
      const transformers = random.below(5) > 0 ? [] : [random.pick(TRANSFORMERS), random.pick(TRANSFORMERS)];
      steps.push((output) => output.write(x, y, text, { transformers }));
    }
  }
  return steps;
}

test("gives the same frame as Ink's own Output for random writes, clips and transformers", () => {
  const random = new Random(Number(process.env['NACRE_SEED'] ?? 20));
  let drawn = 0;
  let same = 0;
  for (let round = 0; round < 6_000; round++) {
    const width = 5 + random.below(30);
    const height = 1 + random.below(8);
    const steps = randomSteps(random, width, height);
    const frame = (Kind: typeof Output) => {
      const output = new Kind({ width, height });
      for (const step of steps) step(output);
      return output.get();
    };
    const wanted = frame(InkOutput);
    if (wanted.output.trim() !== '') drawn++;
    const own = frame(Output);
    expect(own.height).toBe(wanted.height);
    if (own.output === wanted.output) same++;
    else expect(cells(own.output), `round ${round}`).toEqual(cells(wanted.output));
  }
  expect(drawn).toBeGreaterThan(4_000);
  // Only a row of one plain text may be written in another way than Ink's.
  expect(same).toBeGreaterThan(3_000);
});

test('a row that comes again in another frame, or in another row, is the same', () => {
  const draw = (rows: readonly string[], width: number) => {
    const frames = [InkOutput, Output].map((Kind) => {
      const output = new Kind({ width, height: rows.length });
      rows.forEach((text, y) => {
        output.write(1, y, text, { transformers: [] });
      });
      return output.get().output;
    });
    expect(cells(frames[1]!)).toEqual(cells(frames[0]!));
    return frames[1]!.split('\n');
  };
  const [first, second] = draw(['\u001b[1mone\u001b[22m', 'two 日本'], 20);
  expect(draw(['zero', '\u001b[1mone\u001b[22m', 'two 日本'], 20).slice(1)).toEqual([first, second]);
  draw(['\u001b[1mone\u001b[22m', 'two 日本'], 7);
});
