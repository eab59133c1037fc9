import { expect, test } from 'vitest';
import { createLogText } from '../../../src/app/log-text.ts';

const line = (index: number) => ({
  at: 0,
  topic: 'build',
  text: index % 3 === 0 ? `line ${index} ${'long '.repeat(20)}` : `line ${index}`,
});

test('a log that is cut has the rows of the lines that are left, and goes on', () => {
  const cut = createLogText();
  const whole = createLogText();
  for (let index = 0; index < 100; index++) whole.add([line(index)]);
  const all = [...whole.rows(60)];

  for (let index = 0; index < 80; index++) cut.add([line(index)]);
  const before = [...cut.rows(60)];
  for (let index = 80; index < 100; index++) cut.add([line(index)]);
  const gone = cut.cut(30);
  expect(gone.lines).toBe(70);
  expect(cut.count).toBe(30);
  expect(cut.rows(60)).toEqual(all.slice(gone.rows));
  expect(before[gone.rows]).toContain('line 70');
  cut.add([line(100)]);
  expect(cut.rows(60).at(-1)).toContain('line 100');
  expect(cut.rows(90)[0]).toContain('line 70');
  expect(cut.cut(31)).toEqual({ lines: 0, rows: 0 });
});
