import { expect, test } from 'vitest';
import { createUndoStack } from '../../src/app/undo.ts';

const entry = (what: string) => ({ what, revert: () => Promise.resolve() });

test('the last thing done is the first taken back', () => {
  const stack = createUndoStack();
  stack.push(entry('first'));
  stack.push(entry('second'));
  expect(stack.peek()?.what).toBe('second');
  expect([stack.pop()?.what, stack.pop()?.what, stack.pop()?.what]).toEqual(['second', 'first', undefined]);
  expect(stack.peek()).toBeUndefined();
});

test('the oldest is forgotten when there are very many', () => {
  const stack = createUndoStack();
  for (let count = 0; count < 500; count++) stack.push(entry(String(count)));
  let kept = 0;
  let last = '';
  for (let one = stack.pop(); one !== undefined; one = stack.pop()) {
    kept++;
    last = one.what;
  }
  expect(kept).toBe(50);
  expect(last).toBe('450');
});
