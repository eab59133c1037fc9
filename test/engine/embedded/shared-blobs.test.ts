/** Blobs that are shared where layers are not: what the accounts of images make of them. */
import { expect, test } from 'vitest';
import type { Layer } from '../../../src/engine/image.ts';
import { buildLedger } from '../../../src/engine/ledger.ts';
import { planRemoval } from '../../../src/engine/planner.ts';
import { makeStock } from '../../../src/engine/stock.ts';

const blob = (name: string) => `sha256:${name.repeat(64).slice(0, 64)}`;

/** Layers from the base up, one letter and size each; `besides` are blobs of manifests and configs. */
function image(id: string, layers: readonly [string, number][], besides: readonly [string, number][]) {
  let chain = '';
  const stack = layers.map(([name, size]): Layer => {
    chain += name;
    return { chainId: `chain ${chain}`, diffId: blob(name), size, createdBy: name, blob: blob(name) };
  });
  const metadata = besides.map(([name, size]) => ({ digest: blob(name), size }));
  return { id, layers: stack, metadata, exact: true };
}

const made = [
  image(
    'one',
    [
      ['a', 100],
      ['b', 20],
    ],
    [['1', 3]],
  ),
  // The same blobs the other way round, one of them twice, and a manifest that is shared.
  image(
    'two',
    [
      ['b', 20],
      ['a', 100],
      ['b', 20],
    ],
    [
      ['2', 5],
      ['3', 7],
    ],
  ),
  image('three', [['c', 1000]], [['3', 7]]),
];
const stock = makeStock({
  kind: 'embedded',
  images: made.map(({ id }) => ({
    id,
    references: [`${id}:1`],
    digests: [],
    parentId: '',
    role: 'tagged' as const,
    created: 0,
    size: 0,
    sharedSize: undefined,
    containers: undefined,
    labels: {},
  })),
  layers: new Map(made.map((layers) => [layers.id, layers])),
});

test('a blob counts once, wherever it stands', () => {
  const ledger = buildLedger(stock);
  const exact = (bytes: number) => ({ bytes, bound: 'exact' });
  expect(ledger.total()).toEqual(exact(100 + 20 + 3 + 5 + 7 + 1000));
  expect(ledger.saved()).toEqual(exact(100 + 20 + 7));
  expect([ledger.own('one'), ledger.shared('one')]).toEqual([exact(3), exact(120)]);
  expect([ledger.own('two'), ledger.shared('two')]).toEqual([exact(5), exact(127)]);
  expect([ledger.own('three'), ledger.shared('three')]).toEqual([exact(1000), exact(7)]);
  expect([...ledger.sharers('chain a')].sort()).toEqual(['one', 'two']);
  expect(ledger.shareCount('chain c')).toBe(1);
});

test('a blob goes with the last image that needs it, and is told to stay till then', () => {
  const freed = (...ids: string[]) =>
    planRemoval(
      stock,
      ids.map((id) => ({ id })),
    ).freed.bytes;
  expect(freed('one')).toBe(3);
  expect(freed('one', 'two')).toBe(100 + 20 + 3 + 5);
  expect(freed('one', 'two', 'three')).toBe(100 + 20 + 3 + 5 + 7 + 1000);
  const { keeps, steps } = planRemoval(stock, [{ id: 'one' }]);
  expect(keeps.map(({ chainId, images }) => [chainId, images])).toEqual([
    ['chain a', ['two']],
    ['chain ab', ['two']],
  ]);
  expect(steps).toMatchObject([
    { action: 'untag', reference: 'one:1' },
    { action: 'delete', id: 'one', layers: [] },
  ]);
  expect(planRemoval(stock, [{ id: 'one' }, { id: 'two' }]).keeps).toEqual([]);
});
