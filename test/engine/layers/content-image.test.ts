/** An image as its config describes it: which step made each layer, and when. */
import { expect, test } from 'vitest';
import { contentImage } from '../../../src/engine/layers/content-image.ts';

const diff = (digit: string): string => `sha256:${digit.repeat(64)}`;
const CALLED = { name: 'one', id: diff('f') };
const ROOTFS = { type: 'layers', diff_ids: [diff('1'), diff('2'), diff('3')] };
const NO_KEYS = [undefined, undefined, undefined];

test('layers have the step that made them, and its moment where the history has one', () => {
  const history = [
    { created: '2026-08-30T12:04:05.5Z', created_by: 'ADD rootfs.tar / # buildkit' },
    { created: '2026-08-30T12:05:00Z', created_by: 'ENV A=1', empty_layer: true },
    { created: '0001-01-01T00:00:00Z', created_by: 'COPY a b' },
    { created_by: 'RUN c' },
    { created_by: 'CMD d', empty_layer: true },
  ];
  const image = contentImage(CALLED, { rootfs: ROOTFS, history }, NO_KEYS);
  expect(image.steps).toBe(5);
  expect(image.layers.map(({ step, created }) => [step, created])).toEqual([
    [1, Date.UTC(2026, 7, 30, 12, 4, 5) / 1000],
    [3, undefined],
    [4, undefined],
  ]);
});

test('without a history nothing is said of steps', () => {
  for (const history of [undefined, [], 'none']) {
    const image = contentImage(CALLED, { rootfs: ROOTFS, history }, NO_KEYS);
    expect(image).not.toHaveProperty('steps');
    expect(image.layers[0]).toEqual({ diffId: diff('1'), createdBy: '', step: 0 });
  }
});
