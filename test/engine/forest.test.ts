import { describe, expect, it } from 'vitest';
import { buildForest, imagesOn } from '../../src/engine/forest.ts';
import { chainOf, idOf, stockOf } from './stock-maker.ts';

describe('the layer forest', () => {
  const stock = stockOf([
    { name: 'base', tags: ['base:1'], layers: [['b', 100]] },
    {
      name: 'app',
      tags: ['app:1'],
      layers: [
        ['b', 100],
        ['a', 10],
        ['x', 1],
      ],
    },
    {
      name: 'web',
      tags: ['web:1'],
      layers: [
        ['b', 100],
        ['w', 50],
      ],
    },
    {
      name: 'twin',
      layers: [
        ['b', 100],
        ['a', 10],
        ['x', 1],
      ],
    },
    { name: 'lone', tags: ['lone:1'], layers: [['l', 500]] },
    { name: 'scratch', tags: ['scratch:1'], layers: [] },
    { name: 'unread', tags: ['unread:1'] },
  ]);
  const forest = buildForest(stock);

  it('holds shared beginnings once, the largest subtree first', () => {
    expect(forest.roots.map((node) => node.chainId)).toEqual([chainOf(['l']), chainOf(['b'])]);
    const base = forest.roots[1]!;
    expect(base.children.map((node) => [node.chainId, node.bytes])).toEqual([
      [chainOf(['b', 'w']), 50],
      [chainOf(['b', 'a']), 11],
    ]);
    expect(base.bytes).toBe(161);
    expect(forest.nodes.size).toBe(5);
  });

  it('counts the images on each layer and says where each ends', () => {
    const base = forest.nodes.get(chainOf(['b']))!;
    expect(base.imageCount).toBe(4);
    expect(base.images).toEqual([idOf('base')]);
    expect(imagesOn(base).sort()).toEqual(['base', 'app', 'web', 'twin'].map(idOf).sort());
    expect(forest.tops.get(idOf('app'))).toBe(forest.tops.get(idOf('twin')));
  });

  it('knows the total, and what sharing saves', () => {
    expect(forest.bytes).toBe(661);
    const unshared = 100 + 111 + 150 + 111 + 500;
    expect(forest.saved).toBe(unshared - 661);
  });

  it('leaves out images whose layers are not known, but not those without layers', () => {
    expect([...forest.unread]).toEqual([idOf('unread')]);
    expect(forest.tops.has(idOf('scratch'))).toBe(false);
  });

  it('takes a size that is certain over one that is not', () => {
    const doubtful = buildForest(
      stockOf([
        {
          name: 'a',
          layers: [
            ['b', 7],
            ['x', 1],
          ],
          exact: false,
        },
        { name: 'b', layers: [['b', 9]] },
      ]),
    );
    expect(doubtful.nodes.get(chainOf(['b']))).toMatchObject({ exact: true, layer: { size: 9 } });
    expect(doubtful.nodes.get(chainOf(['b', 'x']))).toMatchObject({ exact: false, parent: { exact: true } });
    expect(doubtful.bytes).toBe(10);
  });
});
