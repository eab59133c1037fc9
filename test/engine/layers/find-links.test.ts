/** What lies behind links, has several names, or is too much to be told at once. */
import { describe, expect, test } from 'vitest';
import { whiteout } from '../../support/made-contents.ts';
import { find, told } from './finding.ts';
import { digestOf, file, manyImages } from './many-images.ts';

const OLD = [file('lib/libssl.so.3', 'old')];

describe('a search through images', () => {
  test('follows links on the way, as a container would', async () => {
    const merged = [
      { name: 'lib', link: 'usr/lib' },
      { name: 'opt', link: '/usr/../round' },
      { name: 'round', link: 'opt' },
      file('usr/lib/x/libssl.so.3', 'merged'),
    ];
    const { images } = await manyImages({
      merged: [merged],
      over: [OLD, merged],
      back: [merged, [whiteout('lib'), file('lib/x/libssl.so.3', 'plain')]],
    });
    for (const pattern of ['/lib/x/libssl.so.3', 'lib/**/libssl.so.3'])
      expect(told(await find(images, pattern)), pattern).toEqual([
        'merged usr/lib/x/libssl.so.3 0/',
        ...(pattern.includes('**') ? ['over lib/libssl.so.3 0/1'] : []),
        'over usr/lib/x/libssl.so.3 1/',
        'back lib/x/libssl.so.3 1/',
      ]);
    // The last part is what is looked for, and not followed; a circle leads nowhere.
    expect(told(await find(images.slice(0, 1), '/lib'))).toEqual(['merged lib 0/']);
    expect(told(await find(images, '/opt/any'))).toEqual([]);
  });

  test('finds a content under all names that it has in a layer', async () => {
    const { images } = await manyImages({
      linked: [[file('one', 'same'), { name: 'two', hard: 'one' }], [whiteout('one')]],
    });
    expect(told(await find(images, digestOf('same'), true))).toEqual(['linked one 0/1', 'linked two 0/']);
  });

  test('tells much in pieces', async () => {
    const many = [...Array(1_200)].map((_, at) => file(`f/${at}`, ''));
    const { images } = await manyImages({ one: [many], two: [many, [file('f/7', 'new')]] });
    const events = await find(images, '/f/*');
    expect(
      Math.max(...events.map((event) => (event.type === 'failed' ? 0 : event.hits.length))),
    ).toBeLessThan(1_000);
    expect(events.filter(({ type }) => type === 'image').map(({ done }) => done)).toEqual([1, 2]);
    expect(told(events)).toHaveLength(2_401);
    expect(told(events)).toContain('two f/7 0/1');
  });
});
