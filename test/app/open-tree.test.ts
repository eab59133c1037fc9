/** Trees of files as rows, beside the same tree walked through plainly. */
import { describe, expect, test } from 'vitest';
import {
  allClosed,
  closed,
  entryAt,
  type OpenTree,
  opened,
  openedBelow,
  openTree,
  parentRow,
  revealed,
} from '../../src/app/open-tree.ts';
import { isFolder, type Kind, type ShownTree, showTree, signOf } from '../../src/app/shown-tree.ts';
import { shownPath } from '../../src/engine/layers/shown-path.ts';
import { stackLayers } from '../../src/engine/layers/stack-layers.ts';
import { random } from '../engine/stock-maker.ts';
import { type DrawnEntry, drawnLayer } from './drawn-layer.ts';

function shown(
  layers: readonly (readonly DrawnEntry[])[],
  { alone, hidden = [], bySize = false }: { alone?: number; hidden?: readonly Kind[]; bySize?: boolean } = {},
): ShownTree {
  const stack = stackLayers(layers.map((entries) => drawnLayer(entries)));
  const work = showTree(stack, alone, { hidden: new Set(hidden), bySize });
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

const file = (path: string, size = 1): DrawnEntry => ({ path, size });

/** `  name`, indented, one a row; the cursor's has a `>` in front. */
function rows({ entries, depths, at, shown: { tree } }: OpenTree): string[] {
  return Array.from(
    entries,
    (entry, row) => `${row === at ? '>' : ''}${'  '.repeat(depths[row]!)}${shownPath(tree.name(entry))}`,
  );
}

const LAYERS = [
  [
    file('etc/a', 10),
    file('etc/b', 20),
    file('usr/lib/one/x', 5),
    file('usr/lib/two/y', 50),
    file('zero', 0),
  ],
  [file('etc/b', 7), file('etc/.wh.a'), file('srv/app/only/deep/file', 3)],
];

describe('the rows of a tree', () => {
  test('are what lies in the root, then what is opened; closing takes them away', () => {
    const tree = openTree(shown(LAYERS));
    expect(rows(tree)).toEqual(['>etc', 'srv', 'usr', 'zero']);
    const etc = opened(tree, 0);
    expect(rows(etc)).toEqual(['>etc', '  a', '  b', 'srv', 'usr', 'zero']);
    // A folder with nothing but a folder in it opens with that.
    const srv = opened({ ...etc, at: 5 }, 3);
    expect(rows(srv)).toEqual([
      'etc',
      '  a',
      '  b',
      'srv',
      '  app',
      '    only',
      '      deep',
      '        file',
      'usr',
      '>zero',
    ]);
    expect(parentRow(srv, 7)).toBe(6);
    expect(parentRow(srv, 3)).toBe(-1);
    expect(rows(closed(srv, 3))).toEqual(['etc', '  a', '  b', 'srv', 'usr', '>zero']);
    expect(rows(closed({ ...srv, at: 6 }, 3))).toEqual(['etc', '  a', '  b', '>srv', 'usr', 'zero']);
    expect(rows(allClosed({ ...srv, at: 7 }))).toEqual(['etc', '>srv', 'usr', 'zero']);
  });

  test('come largest first where that is asked for', () => {
    const tree = openedBelow(openTree(shown(LAYERS, { bySize: true })), 0);
    expect(rows(tree)).toEqual([
      '>usr',
      '  lib',
      '    two',
      '      y',
      '    one',
      '      x',
      'etc',
      'srv',
      'zero',
    ]);
  });

  test('leave out kinds that are hidden, and folders in which nothing is left', () => {
    const all = (hidden: readonly Kind[], alone?: number) => {
      let tree = openTree(shown(LAYERS, { hidden, ...(alone !== undefined && { alone }) }));
      for (let row = 0; row < tree.entries.length; row++) tree = openedBelow(tree, row);
      return rows(tree).map((row) => row.replace('>', '').trim());
    };
    expect(all(['base', 'added'])).toEqual(['etc', 'a', 'b']);
    expect(all(['base', 'added', 'changed'])).toEqual(['etc', 'a']);
    expect(all(['removed', 'changed', 'base'])).toEqual(['srv', 'app', 'only', 'deep', 'file']);
    expect(all([], 1)).toEqual(['etc', 'a', 'b', 'srv', 'app', 'only', 'deep', 'file']);
    expect(all(['removed'], 1)).toEqual(['etc', 'b', 'srv', 'app', 'only', 'deep', 'file']);
    expect(all(['base', 'added', 'changed', 'removed'])).toEqual([]);
  });

  test('stay open in another tree, with the cursor on the same path or on what is left of it', () => {
    let tree = openedBelow(openTree(shown(LAYERS)), 2);
    tree = { ...tree, at: 5 };
    expect(rows(tree)).toEqual([
      'etc',
      'srv',
      'usr',
      '  lib',
      '    one',
      '>      x',
      '    two',
      '      y',
      'zero',
    ]);
    const later = openTree(shown([...LAYERS, [file('usr/lib/one/.wh.x'), file('usr/new')]]), tree);
    expect(rows(later)).toEqual([
      'etc',
      'srv',
      'usr',
      '  lib',
      '    one',
      '>      x',
      '    two',
      '      y',
      '  new',
      'zero',
    ]);
    const without = openTree(shown([[file('usr/lib/one/z'), file('usr/lib/other')]]), tree);
    expect(rows(without)).toEqual(['usr', '  lib', '>    one', '      z', '    other']);
  });

  test('open as far as an entry that is gone to', () => {
    const tree = openTree(shown(LAYERS));
    const entry = tree.shown.tree.find(Buffer.from('usr/lib/two/y'))!;
    const there = revealed(tree, entry);
    expect(rows(there)).toEqual(['etc', 'srv', 'usr', '  lib', '    one', '    two', '>      y', 'zero']);
    expect(entryAt(there)).toBe(entry);
    expect(revealed(there, entry)).toEqual(there);
  });

  test('are those of a plain walk, whatever was opened and closed', () => {
    for (let seed = 0; seed < 20; seed++) {
      const pick = random(seed);
      const layer = () =>
        Array.from({ length: 60 }, () =>
          file(
            Array.from({ length: 1 + pick(4) }, () => 'abcd'[pick(4)]).join('/') + (pick(2) ? '' : '/'),
            pick(9),
          ),
        ).filter(
          ({ path }, at, all) =>
            !all.some(({ path: other }, index) => index < at && clash(String(path), String(other))),
        );
      let tree = openTree(shown([layer(), layer()], { bySize: pick(2) === 1 }));
      for (let step = 0; step < 40 && tree.entries.length > 0; step++) {
        const row = pick(tree.entries.length);
        const way = pick(4);
        tree = way === 0 ? closed(tree, row) : way === 1 ? openedBelow(tree, row) : opened(tree, row);
        expect([...tree.entries], `seed ${seed} step ${step}`).toEqual(plainWalk(tree));
      }
    }
  });
});

/** One cannot be a file while the other lies in it. */
function clash(one: string, other: string): boolean {
  const [a, b] = [one.replace(/\/$/, ''), other.replace(/\/$/, '')];
  return a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

function plainWalk({ shown: { tree, sizes, look }, open }: OpenTree, folder = 0): number[] {
  const { from, to } = tree.children(folder);
  const children = Array.from({ length: to - from }, (_, at) => from + at);
  if (look.bySize) children.sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  return children.flatMap((child) => [
    child,
    ...(open[child] === 1 ? plainWalk({ shown: { tree, sizes, look }, open } as OpenTree, child) : []),
  ]);
}

describe('what is shown of a tree', () => {
  test('has the bytes of folders, and of what was removed those that it had', () => {
    const all = shown(LAYERS);
    const at = (view: ShownTree, path: string): number => view.sizes[view.tree.find(Buffer.from(path))!]!;
    expect([at(all, 'etc'), at(all, 'etc/a'), at(all, 'usr'), at(all, 'srv')]).toEqual([7, 10, 55, 3]);
    const second = shown(LAYERS, { alone: 1 });
    expect([at(second, 'etc'), at(second, 'etc/a'), at(second, 'etc/b'), at(second, 'usr')]).toEqual([
      7, 10, 7, 0,
    ]);
    expect(all.files).toBe(5);
    expect(second.files).toBe(2);
  });
});

describe('the sign of a folder', () => {
  const SIGNS: Readonly<Record<Kind, string>> = { added: '+', changed: '~', removed: '-', base: ' ' };
  /** `~ etc`, of all that is shown. */
  const signs = (view: ShownTree): string[] => {
    const { tree, shows } = view;
    return Array.from({ length: tree.count }, (_, entry) => entry)
      .filter((entry) => entry > 0 && shows[entry] === 1 && isFolder(tree, entry))
      .map((entry) => `${SIGNS[signOf(view, entry)]} ${shownPath(tree.path(entry))}`);
  };
  const layers = [
    [file('etc/deep/a'), file('usr/lib/x'), file('gone/x'), { path: 'mode/', mode: 0o700 }],
    [file('etc/deep/b'), file('.wh.gone'), file('srv/app/y'), { path: 'mode/', mode: 0o755 }],
    [{ path: 'srv/' }, file('srv/app/y', 2), { path: 'srv/new/' }, file('etc/deep/.wh.a')],
  ];

  test('says whether later layers than the base brought it, or did anything in it', () => {
    expect(signs(shown(layers))).toEqual([
      '~ etc',
      '- gone',
      '~ mode',
      '~ srv',
      '  usr',
      '~ etc/deep',
      '~ srv/app',
      '+ srv/new',
      '  usr/lib',
    ]);
  });

  test('of one that later layers only add to is that of what they brought', () => {
    const adding = [
      [file('etc/a')],
      [file('opt/one')],
      [{ path: 'opt/' }, file('opt/two'), { path: 'etc/' }, file('etc/b')],
    ];
    expect(signs(shown(adding))).toEqual(['~ etc', '+ opt']);
    expect(signs(shown([...adding, [file('opt/.wh.one')]]))).toEqual(['~ etc', '~ opt']);
  });

  test('says of one layer alone whether that brought it, or only what is in it', () => {
    expect(signs(shown(layers.slice(0, 2), { alone: 1 }))).toEqual([
      '~ etc',
      '- gone',
      '~ mode',
      '+ srv',
      '~ etc/deep',
      '+ srv/app',
    ]);
    expect(signs(shown(layers, { alone: 2 }))).toEqual([
      '~ etc',
      '~ srv',
      '~ etc/deep',
      '~ srv/app',
      '+ srv/new',
    ]);
  });

  test('stays what it is where kinds are hidden', () => {
    expect(signs(shown(layers, { hidden: ['changed', 'removed', 'base'] }))).toEqual([
      '~ etc',
      '~ srv',
      '~ etc/deep',
      '~ srv/app',
      '+ srv/new',
    ]);
    expect(signs(shown(layers, { hidden: ['added', 'base'] }))).toEqual([
      '~ etc',
      '- gone',
      '~ mode',
      '~ srv',
      '~ etc/deep',
      '~ srv/app',
    ]);
  });

  test('is that of a plain look at all below it', () => {
    for (let seed = 0; seed < 40; seed++) {
      const pick = random(seed);
      const layer = () =>
        Array.from({ length: 30 }, () => {
          const names = Array.from({ length: 1 + pick(4) }, () => 'abcd'[pick(4)]!);
          if (pick(5) === 0) names.push(`.wh.${'abcd'[pick(4)]}`);
          return file(names.join('/') + (pick(3) || names.at(-1)!.startsWith('.wh.') ? '' : '/'));
        }).filter(
          ({ path }, at, all) =>
            !all.some(({ path: other }, index) => index < at && clash(String(path), String(other))),
        );
      const drawn = [layer(), layer(), layer()];
      const base = stackLayers([drawnLayer(drawn[0]!)]);
      const view = shown(drawn);
      const { tree } = view;
      const below = (entry: number): number[] => {
        const { from, to } = tree.children(entry);
        const inside = Array.from({ length: to - from }, (_, at) => from + at);
        return [...inside, ...inside.flatMap(below)];
      };
      const isAltered = (entry: number): boolean =>
        tree.change(entry) !== 'added' && !(isFolder(tree, entry) && tree.change(entry) === 'changed');
      for (let entry = 1; entry < tree.count; entry++) {
        if (!isFolder(tree, entry)) continue;
        const path = tree.path(entry);
        const wanted: Kind =
          tree.change(entry) === 'removed'
            ? 'removed'
            : base.find(path) === undefined && !below(entry).some(isAltered)
              ? 'added'
              : [entry, ...below(entry)].some((each) => tree.columns.changedBy[each]! > 0)
                ? 'changed'
                : 'base';
        expect(signOf(view, entry), `seed ${seed} ${path}`).toBe(wanted);
      }
    }
  });
});
