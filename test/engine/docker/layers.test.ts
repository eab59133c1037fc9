import { describe, expect, test } from 'vitest';
import { chainIds, matchLayers } from '../../../src/engine/docker/layers.ts';
import type { History } from '../../../src/engine/image.ts';

const diff = (number: number) => `sha256:${number.toString(16).padStart(64, '0')}`;
const diffs = (count: number) => Array.from({ length: count }, (_, index) => diff(index + 1));

/** From the base up, as a Dockerfile reads; engines tell it the other way round. */
function history(...rows: readonly (readonly [createdBy: string, size: number])[]): History[] {
  return rows
    .map(([createdBy, size]) => ({ id: '', created: 0, createdBy, comment: '', size, references: [] }))
    .reverse();
}

const sizes = (...args: Parameters<typeof matchLayers>) => {
  const { layers, exact, reason } = matchLayers(...args);
  return [layers.map((layer) => layer.size), exact, reason];
};

describe('layers and history', () => {
  test('match one to one when every layer has a size', () => {
    const rows = history(
      ['', 100],
      ['/bin/sh -c #(nop)  ENV A=1', 0],
      ['/bin/sh -c make', 20],
      ['CMD ["x"]', 0],
    );
    const { layers, exact } = matchLayers('id', diffs(2), rows, 120);
    expect(exact).toBe(true);
    expect(layers).toEqual([
      { chainId: diff(1), diffId: diff(1), size: 100, createdBy: '' },
      { chainId: chainIds(diffs(2))[1], diffId: diff(2), size: 20, createdBy: 'RUN make' },
    ]);
  });

  test('match when every step without a size that can make a layer has made one', () => {
    const rows = history(
      ['ADD x /', 100],
      ['WORKDIR /w', 0],
      ['ENV A=1', 0],
      ['RUN make', 20],
      ['RUN mkdir /y', 0],
    );
    expect(sizes('id', diffs(4), rows, 120)).toEqual([[100, 0, 20, 0], true, undefined]);
  });

  test('match when the history is nothing but layers', () => {
    const rows = history(['', 5], ['', 0], ['', 7]);
    expect(sizes('id', diffs(3), rows, 12)).toEqual([[5, 0, 7], true, undefined]);
  });

  test('have certain sizes when the empty ones all lie in one place, but no certain instructions', () => {
    const rows = history(['ADD x /', 100], ['RUN true', 0], ['WORKDIR /w', 0], ['RUN make', 20]);
    const { layers, exact } = matchLayers('id', diffs(3), rows, 120);
    expect([layers.map((layer) => layer.size), exact]).toEqual([[100, 0, 20], true]);
    expect(layers.map((layer) => layer.createdBy)).toEqual(['ADD x /', '', 'RUN make']);
  });

  test('are in doubt when empty ones may lie in several places', () => {
    const rows = history(['ADD x /', 100], ['RUN true', 0], ['RUN make', 20], ['RUN mkdir /y', 0]);
    expect(sizes('id', diffs(3), rows, 120).slice(1)).toEqual([
      false,
      expect.stringContaining('empty steps'),
    ]);
  });

  test('are in doubt when the history tells too little or too much', () => {
    expect(sizes('id', diffs(3), history(['', 5]), 5).slice(1)).toEqual([
      false,
      expect.stringContaining('all its layers'),
    ]);
    expect(sizes('id', diffs(1), history(['', 5], ['', 6]), 11).slice(1)).toEqual([
      false,
      expect.stringContaining('more layers'),
    ]);
  });

  test('are in doubt when they do not add up to the image', () => {
    expect(sizes('id', diffs(2), history(['', 5], ['', 6]), 12)).toEqual([
      [5, 6],
      false,
      expect.stringContaining('add up'),
    ]);
    // Other stores count an image differently: nothing to compare with.
    expect(sizes('id', diffs(2), history(['', 5], ['', 6]), undefined)).toEqual([[5, 6], true, undefined]);
  });

  test('of one layer are the image where nothing else is told', () => {
    expect(sizes('id', diffs(1), [], 50)).toEqual([[50], true, undefined]);
  });

  test('may be none', () => {
    expect(sizes('id', [], history(['LABEL a=b', 0]), 0)).toEqual([[], true, undefined]);
  });
});

test('chain ids are those of the image specification', () => {
  // printf 'sha256:…1 sha256:…2' | sha256sum, and once more with the third.
  expect(chainIds([])).toEqual([]);
  expect(chainIds(diffs(3))).toEqual([
    diff(1),
    'sha256:e0213565073dd272477933ef550455db21856966e444074f1492aef0939305ac',
    'sha256:af4149e65a6923bb39782a876ce40a7c3b08fc85ec732e9efcc661d9399016d0',
  ]);
});
