import { describe, expect, it } from 'vitest';
import { buildLedger } from '../../src/engine/ledger.ts';
import { planRemoval } from '../../src/engine/planner.ts';
import { withLayers } from '../../src/engine/stock.ts';
import { cacheItem, chainOf, idOf, layersOf, type MadeImage, randomStock, stockOf } from './stock-maker.ts';

const FAMILY: MadeImage[] = [
  { name: 'base', tags: ['base:1'], layers: [['b', 100]] },
  {
    name: 'step',
    parent: 'base',
    layers: [
      ['b', 100],
      ['s', 20],
    ],
  },
  {
    name: 'app',
    tags: ['app:1'],
    parent: 'step',
    layers: [
      ['b', 100],
      ['s', 20],
      ['a', 3],
    ],
  },
  { name: 'lone', tags: ['lone:1'], layers: [['l', 7]] },
];
const exact = (bytes: number) => ({ bytes, bound: 'exact' });

describe('the ledger', () => {
  it('counts as own what goes with the image, untagged parents included', () => {
    const ledger = buildLedger(stockOf(FAMILY));
    expect(ledger.own(idOf('app'))).toEqual(exact(23));
    expect(ledger.shared(idOf('app'))).toEqual(exact(100));
    expect(ledger.own(idOf('base'))).toEqual(exact(0));
    expect(ledger.own(idOf('step'))).toEqual(exact(0));
    expect(ledger.own(idOf('lone'))).toEqual(exact(7));
    expect(ledger.total()).toEqual(exact(130));
    expect(ledger.complete).toBe(true);
  });

  it.each([
    ['a name', { name: 'step', tags: ['step:1'] }, []],
    ['another child', { name: 'other' }, []],
    ['a container', {}, [{ name: 'c', image: 'step' }]],
  ])('leaves a parent alone that has %s', (_, change: Partial<MadeImage>, containers) => {
    const images = FAMILY.map((image) => (image.name === change.name ? { ...image, ...change } : image));
    if (change.name === 'other') {
      images.push({
        name: 'other',
        parent: 'step',
        tags: ['other:1'],
        layers: [
          ['b', 100],
          ['s', 20],
        ],
      });
    }
    expect(buildLedger(stockOf(images, { containers })).own(idOf('app'))).toEqual(exact(3));
  });

  it('tells who shares a layer, and the containers that hold it', () => {
    const ledger = buildLedger(stockOf(FAMILY, { containers: [{ name: 'web', image: 'app' }] }));
    expect([...ledger.sharers(chainOf(['b']))].sort()).toEqual(['base', 'step', 'app'].map(idOf).sort());
    expect(ledger.shareCount(chainOf(['b', 's']))).toBe(2);
    expect(ledger.holders(chainOf(['b', 's', 'a']))).toEqual({ images: [idOf('app')], containers: ['web'] });
    expect(ledger.sharers('sha256:none')).toEqual([]);
  });

  it('marks what may still be less while layers are being read, and the total as a lower bound', () => {
    const partial = stockOf([...FAMILY, { name: 'late', tags: ['late:1'] }]);
    const ledger = buildLedger(partial);
    expect(ledger).toMatchObject({ complete: false, unread: 1 });
    expect(ledger.own(idOf('app'))).toEqual({
      bytes: 23,
      bound: 'about',
      reason: 'the layers of 1 image are not known',
    });
    expect(ledger.own(idOf('late'))).toMatchObject({ bytes: 0, bound: 'at-least' });
    expect(ledger.total()).toMatchObject({ bytes: 130, bound: 'at-least' });
    const late = {
      id: idOf('late'),
      layers: layersOf([
        ['b', 100],
        ['s', 20],
        ['a', 3],
      ]),
      exact: true,
    };
    const whole = buildLedger(withLayers(partial, { layers: [late], vanished: [] }));
    expect(whole.own(idOf('app'))).toEqual(exact(0));
    expect(whole.total()).toEqual(exact(130));
  });

  it('says why containers of images that are gone make it inexact', () => {
    const ledger = buildLedger(stockOf(FAMILY, { containers: [{ name: 'left', image: 'gone' }] }));
    expect(ledger.own(idOf('lone'))).toMatchObject({
      bound: 'about',
      reason: expect.stringContaining('left'),
    });
  });

  it('marks containerd as a lower bound and Podman as about', () => {
    expect(buildLedger(stockOf(FAMILY, { kind: 'docker-containerd' })).own(idOf('app'))).toMatchObject({
      bytes: 23,
      bound: 'at-least',
      reason: expect.stringContaining('compressed'),
    });
    expect(buildLedger(stockOf(FAMILY, { kind: 'podman' })).own(idOf('app'))).toMatchObject({
      bytes: 23,
      bound: 'about',
    });
  });

  it('marks layers whose sizes did not fit', () => {
    const ledger = buildLedger(stockOf([{ name: 'odd', layers: [['o', 5]], exact: false }, ...FAMILY]));
    expect(ledger.own(idOf('odd'))).toMatchObject({ bytes: 5, bound: 'about' });
    expect(ledger.own(idOf('lone'))).toEqual(exact(7));
  });

  it('doubts everything until the build cache has been read, then only what the cache may hold', () => {
    expect(buildLedger(stockOf(FAMILY, { buildCache: undefined })).own(idOf('lone')).bound).toBe('about');
    const cached = buildLedger(
      stockOf(FAMILY, { buildCache: [cacheItem('r', 3), cacheItem('x', 9, { shared: false })] }),
    );
    expect(cached.own(idOf('lone'))).toEqual(exact(7));
  });

  it('counts no layer as own that the build cache certainly holds', () => {
    const stock = stockOf(FAMILY, { buildCache: [cacheItem('r', 7)] });
    const ledger = buildLedger(stock);
    expect(planRemoval(stock, [{ id: idOf('lone') }]).freed).toEqual(exact(0));
    expect(ledger.own(idOf('lone'))).toEqual(exact(0));
    expect(ledger.shared(idOf('lone')).bytes).toBe(7);
    expect(ledger.own(idOf('app'))).toEqual(exact(23));
  });

  it('splits every image of random stocks into own and shared', () => {
    for (let seed = 0; seed < 300; seed++) {
      const stock = randomStock(seed);
      const ledger = buildLedger(stock);
      for (const image of stock.images) {
        const own = ledger.own(image.id).bytes;
        expect(own).toBeGreaterThanOrEqual(0);
        expect(own + ledger.shared(image.id).bytes).toBe(image.size);
      }
    }
  });
});
