import { describe, expect, test } from 'vitest';
import { type ForestRow, forestRows } from '../../src/app/forest-rows.ts';
import { FOREST_VIEW } from '../../src/app/forest-view.ts';
import { effectOn, fateOf, isMarked } from '../../src/app/marks-effect.ts';
import { whyItStays } from '../../src/app/staying.ts';
import type { EngineKind } from '../../src/engine/engine.ts';
import { downFrom, type ForestNode } from '../../src/engine/forest.ts';
import type { Layer } from '../../src/engine/image.ts';
import { buildLedger } from '../../src/engine/ledger.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { cacheItem, idOf, layersOf, random, randomStock, stockOf } from '../engine/stock-maker.ts';

const KINDS: readonly EngineKind[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];
const WORLDS = 30;

/** Where layers are blobs, equal ones are one blob, whatever they stand on. */
function withBlobs(stock: Stock): Stock {
  if (stock.kind !== 'embedded') return stock;
  const layers = [...stock.layers].map(
    ([id, known]) =>
      [id, { ...known, layers: known.layers.map((layer) => ({ ...layer, blob: layer.diffId })) }] as const,
  );
  return { ...stock, layers: new Map(layers), containers: [] };
}

function rowsOf(stock: Stock, flat: boolean) {
  return forestRows({ stock, closed: new Set(), forestView: { ...FOREST_VIEW, flat } });
}

function standsOn(node: ForestNode, base: ForestNode): boolean {
  return [...downFrom(node)].includes(base);
}

function effectOf(stock: Stock, ids: readonly string[]) {
  const plan = planRemoval(
    stock,
    ids.map((id) => ({ id })),
  );
  return { plan, effect: effectOn(stock, new Set(ids), plan) };
}

describe.each(KINDS)('what is drawn as going, on %s,', (kind) => {
  test('is what the plan deletes, for any marks', () => {
    let going = 0;
    for (let seed = 1; seed <= WORLDS; seed++) {
      const stock = withBlobs(randomStock(seed, kind));
      const pick = random(seed * 7);
      const shown = stock.images.filter(({ role }) => role !== 'intermediate');
      const few = 1 + pick(3);
      const marks = shown.filter(() => pick(4) < few).map(({ id }) => id);
      const { plan, effect } = effectOf(stock, marks);
      const deletes = plan.steps.flatMap((step) => (step.action === 'delete' ? [step] : []));
      const deleted = new Set(deletes.flatMap(({ layers }) => layers.map(({ chainId }) => chainId)));
      // A blob is deleted once, and gone wherever it was.
      const blobs = new Set(
        [...stock.layers.values()].flatMap(({ layers }) =>
          layers.flatMap(({ chainId, blob }) => (deleted.has(chainId) && blob !== undefined ? [blob] : [])),
        ),
      );
      const isGone = ({ chainId, blob }: Layer): boolean =>
        deleted.has(chainId) || (blob !== undefined && blobs.has(blob));
      const flat = rowsOf(stock, true);
      const drawn = flat.filter((row) => fateOf(row, effect) === 'goes');
      expect(drawn.map(({ id }) => id).sort()).toEqual(
        flat
          .filter(({ layers }) => isGone(layers[0]!))
          .map(({ id }) => id)
          .sort(),
      );
      const bytes = new Map(
        drawn.map(({ layers: [layer], bytes: size }) => [layer!.blob ?? layer!.chainId, size]),
      );
      expect([...bytes.values()].reduce((sum, size) => sum + size, 0)).toBe(plan.freed.bytes);

      for (const row of rowsOf(stock, false).filter(({ layers }) => layers.length > 0)) {
        const above = new Map(
          flat
            .filter((one) => standsOn(one.node, row.base))
            .map((one) => [one.layers[0]!.blob ?? one.id, one] as const),
        );
        const sum = (rows: readonly ForestRow[]): number => rows.reduce((all, one) => all + one.bytes, 0);
        expect(row.total).toBe(sum([...above.values()]));
        expect(effect.going[row.base.index]).toBe(
          sum([...above.values()].filter((one) => fateOf(one, effect) === 'goes')),
        );
      }
      const gone = new Set(deletes.map(({ id }) => id));
      for (const row of rowsOf(stock, false)) {
        const count = row.layers.filter(isGone).length;
        const fate = fateOf(row, effect);
        if (row.layers.length === 0) expect(fate === 'goes').toBe(gone.has(row.image!));
        else if (count > 0) expect(fate).toBe(count === row.layers.length ? 'goes' : 'part');
        else expect(['stays', undefined]).toContain(fate);
      }
      going += drawn.length;
    }
    // Otherwise all of this would have compared nothing with nothing.
    expect(going).toBeGreaterThan(WORLDS);
  });
});

describe('a layer that stays says why:', () => {
  const base = ['b', 100] as const;
  const reasons = (stock: Stock, ids: readonly string[], layer: readonly (readonly [string, number])[]) => {
    const { effect } = effectOf(stock, ids);
    return whyItStays(buildLedger(stock), effect, undefined, [layersOf(layer).at(-1)!]);
  };

  test('an unmarked image', () => {
    const stock = stockOf([
      { name: 'a', tags: ['x/a:1'], layers: [base, ['a', 1]] },
      { name: 'b', tags: ['x/b:1'], layers: [base, ['c', 2]] },
    ]);
    expect(reasons(stock, [idOf('a')], [base])).toEqual(['1 unmarked image still needs it: b:1.']);
  });

  test('a container of a marked image', () => {
    const stock = stockOf([{ name: 'a', tags: ['a:1'], layers: [base] }], {
      containers: [{ name: 'web', image: 'a', running: true }],
    });
    expect(reasons(stock, [idOf('a')], [base])).toEqual(['a:1 is marked and cannot go: web runs from it.']);
  });

  test('the build cache', () => {
    const stock = stockOf([{ name: 'a', tags: ['a:1'], layers: [base, ['a', 1]] }], {
      buildCache: [cacheItem('record', 100, { shared: true })],
    });
    expect(reasons(stock, [idOf('a')], [base])).toEqual(['The build cache holds it: pruning that frees it.']);
    const { effect } = effectOf(stock, [idOf('a')]);
    expect(rowsOf(stock, false).map((row) => fateOf(row, effect))).toEqual(['part']);
  });

  test('a pin that rules do not cross', () => {
    const stock = stockOf([{ name: 'a', tags: ['a:1'], layers: [base] }]);
    const spared = [{ id: idOf('a'), name: 'a:1', why: 'pinned', by: ['a:*'] }] as const;
    const effect = effectOn(stock, new Set([idOf('a')]), planRemoval(stock, []), spared);
    expect(whyItStays(buildLedger(stock), effect, undefined, layersOf([base]))).toEqual([
      'a:1 is marked and cannot go: it is pinned by a:*.',
    ]);
  });
});

test('a mark is drawn on every branch of which all images are marked', () => {
  const stock = stockOf([
    {
      name: 'a',
      tags: ['a:1'],
      layers: [
        ['b', 1],
        ['c', 2],
        ['d', 3],
      ],
    },
    {
      name: 'b',
      tags: ['b:1'],
      layers: [
        ['b', 1],
        ['c', 2],
        ['e', 4],
      ],
    },
    {
      name: 'c',
      tags: ['c:1'],
      layers: [
        ['b', 1],
        ['f', 5],
      ],
    },
  ]);
  const { effect } = effectOf(stock, [idOf('a'), idOf('b')]);
  const marked = rowsOf(stock, false).map((row) => [row.bytes, isMarked(row, effect)]);
  expect(marked).toEqual([
    [1, false],
    [2, true],
    [4, true],
    [3, true],
    [5, false],
  ]);
});
