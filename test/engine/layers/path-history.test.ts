import { describe, expect, test } from 'vitest';
import { pathHistory } from '../../../src/engine/layers/path-history.ts';
import { type DrawnEntry, drawnLayer } from '../../app/drawn-layer.ts';

const file = (path: string, size = 1): DrawnEntry => ({ path, size });

const LAYERS = [
  [file('etc/a'), file('etc/b'), file('var/lib/x'), file('o/in'), file('r/in'), file('f')],
  [file('etc/b', 2), file('etc/.wh.a'), file('.wh.var')],
  [file('etc/a', 3), file('o/.wh..wh..opq'), file('r/own'), file('.wh.r'), file('f/deep')],
].map((entries) => drawnLayer(entries));

function told(path: string): string[] {
  return pathHistory(LAYERS, Buffer.from(path)).map(({ layer, what, entry }) => {
    const size = entry === undefined ? '' : ` ${LAYERS[layer]!.size(entry)}`;
    return `${layer} ${what}${size}`;
  });
}

describe('the history of a path', () => {
  test('names the layers that did something to it', () => {
    expect(told('etc/a')).toEqual(['0 added 1', '1 removed', '2 added 3']);
    expect(told('etc/b')).toEqual(['0 added 1', '1 changed 2']);
    expect(told('none')).toEqual([]);
  });

  test('knows what went with a folder that was removed, emptied or replaced', () => {
    expect(told('var/lib/x')).toEqual(['0 added 1', '1 removed']);
    expect(told('o/in')).toEqual(['0 added 1', '2 removed']);
    expect(told('r/in')).toEqual(['0 added 1', '2 removed']);
    expect(told('r/own')).toEqual(['2 added 1']);
    expect(told('f')).toEqual(['0 added 1', '2 changed 0']);
  });

  test('leaves out layers that only pass through a folder', () => {
    expect(told('etc')).toEqual(['0 added 0']);
  });
});
