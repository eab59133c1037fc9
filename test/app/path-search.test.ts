import { describe, expect, test } from 'vitest';
import { type FoundPaths, searchPaths } from '../../src/app/path-search.ts';
import { type Kind, showTree } from '../../src/app/shown-tree.ts';
import { shownPath } from '../../src/engine/layers/shown-path.ts';
import { stackLayers } from '../../src/engine/layers/stack-layers.ts';
import { type DrawnEntry, drawnLayer } from './drawn-layer.ts';

function finished<Result>(work: Generator<unknown, Result>): {
  readonly result: Result;
  readonly pauses: number;
} {
  for (let pauses = 0; ; pauses++) {
    const { done, value } = work.next();
    if (done) return { result: value, pauses };
  }
}

const file = (path: string | Buffer): DrawnEntry => ({ path, size: 1 });

const LAYERS = [
  [
    file('etc/ssl/openssl.cnf'),
    file('usr/lib/libssl.so.3'),
    file('usr/lib/libcrypto.so.3'),
    file('usr/lib/python3/ssl.py'),
    file('usr/share/doc/libssl3/copyright'),
    file('opt/ÄPFEL/Grün.txt'),
    file(Buffer.from('opt/bell\u0007')),
  ],
  [file('usr/lib/.wh.libssl.so.3'), file('srv/lib/mine.so')],
];

function find(text: string, alone?: number, hidden: readonly Kind[] = []): string[] {
  return told(search(text, alone, hidden));
}

function search(text: string, alone?: number, hidden: readonly Kind[] = []): FoundPaths {
  const stack = stackLayers(LAYERS.map((entries) => drawnLayer(entries)));
  const { result: shown } = finished(showTree(stack, alone, { hidden: new Set(hidden), bySize: false }));
  return finished(searchPaths(shown, text)).result;
}

function told({ entries, shown }: FoundPaths): string[] {
  return Array.from(entries, (entry) => shownPath(shown.tree.path(entry)));
}

describe('a search for paths', () => {
  test('is fuzzy, over whole paths and best first', () => {
    expect(find('libssl.so')[0]).toBe('usr/lib/libssl.so.3');
    expect(find('/usr/lib/libssl')[0]).toBe('usr/lib/libssl.so.3');
    expect(find('usrliblibcr')[0]).toBe('usr/lib/libcrypto.so.3');
    expect(find('etcopenssl')).toEqual(['etc/ssl/openssl.cnf']);
    expect(find('LIBCRYPTO')).toEqual(['usr/lib/libcrypto.so.3']);
    // Words in any order.
    expect(find('copyright libssl3')).toEqual(['usr/share/doc/libssl3/copyright']);
    expect(find('no such file')).toEqual([]);
    expect(find('   ')).toEqual([]);
  });

  test('knows other letters, and names as they are shown', () => {
    expect(find('grün')).toEqual(['opt/ÄPFEL/Grün.txt']);
    expect(find('apfelgrun')).toEqual(['opt/ÄPFEL/Grün.txt']);
    expect(find('bell')).toEqual(['opt/bell\\x07']);
  });

  test('with a star or a question mark is a pattern of names, or of paths from anywhere', () => {
    expect(find('*.so*')).toEqual(['srv/lib/mine.so', 'usr/lib/libcrypto.so.3', 'usr/lib/libssl.so.3']);
    expect(find('lib/*.so')).toEqual(['srv/lib/mine.so']);
    expect(find('/lib/*.so')).toEqual([]);
    expect(find('/usr/*/lib*.3')).toEqual(['usr/lib/libcrypto.so.3', 'usr/lib/libssl.so.3']);
    expect(find('/**/ssl*')).toEqual(['etc/ssl', 'usr/lib/python3/ssl.py']);
    expect(find('ss?')).toEqual(['etc/ssl']);
    expect(find('usr/**')).toContain('usr/share/doc/libssl3/copyright');
    expect(find('*.SO')).toEqual([]);
  });

  test('says what is wrong with a pattern', () => {
    expect(search('*[a').problem).toMatch(/pattern/);
    expect(search(`${'*/'.repeat(31)}x`).problem).toMatch(/30 folders/);
  });

  test('finds only what is shown', () => {
    expect(find('*.so*', 1)).toEqual(['srv/lib/mine.so', 'usr/lib/libssl.so.3']);
    expect(find('*.so*', 1, ['removed'])).toEqual(['srv/lib/mine.so']);
    expect(find('lib', 1)).not.toContain('usr/lib');
    expect(find('*.so*', undefined, ['base', 'removed'])).toEqual(['srv/lib/mine.so']);
  });

  test('of many paths pauses often, counts all and lists the best', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => file(`d${at % 50}/file-${at}.txt`));
    const stack = stackLayers([drawnLayer(many)]);
    const { result: shown } = finished(showTree(stack, undefined, { hidden: new Set(), bySize: false }));
    for (const text of ['file-19999', 'f', '*.txt']) {
      const { result, pauses } = finished(searchPaths(shown, text));
      expect(pauses, text).toBeGreaterThan(30);
      if (text === 'file-19999') expect(told(result)[0]).toBe('d49/file-19999.txt');
      else {
        expect(result.total, text).toBe(20_000);
        expect(result.entries.length).toBe(5_000);
      }
    }
  });
});
