/** Layers laid over each other, beside the same layers unpacked one after the other into a plain map of paths. */
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../../src/engine/layers/breadth-tree.ts';
import { stackLayers } from '../../../src/engine/layers/stack-layers.ts';
import type { LayerCounts, StackedTree } from '../../../src/engine/layers/stacked-tree.ts';
import {
  file,
  folder,
  type MadeMember,
  madeContents,
  opaque,
  whiteout,
} from '../../support/made-contents.ts';
import { random } from '../stock-maker.ts';
import { randomLayer } from './random-layer.ts';

async function stacked(...layers: (readonly MadeMember[])[]): Promise<StackedTree> {
  const { indexes } = await madeContents(
    layers.map((members) => ({ members })),
    { digests: false },
  );
  return stackLayers(indexes);
}

/** `path change by size wasted`, one an entry. */
function told(tree: StackedTree): string[] {
  return Array.from({ length: tree.count - 1 }, (_, at) => {
    const { changedBy } = tree.columns;
    const entry = at + 1;
    return `${tree.path(entry)} ${tree.change(entry)} ${changedBy[entry]} ${tree.size(entry)} ${tree.wasted(entry)}`;
  });
}

describe('stacked layers', () => {
  it('tell what was added, changed and removed, by whom, and what that wastes', async () => {
    const tree = await stacked(
      [file('etc/a', 10), file('etc/b', 20), file('etc/c', 30), folder('var'), file('var/x', 5)],
      [file('etc/b', 7), whiteout('etc/c'), whiteout('var')],
      [file('etc/c', 1), file('new', 2)],
    );
    expect(told(tree)).toEqual([
      'etc added 0 18 50',
      'new added 2 2 0',
      'var removed 1 0 5',
      'etc/a added 0 10 0',
      'etc/b changed 1 7 20',
      'etc/c changed 2 1 30',
      'var/x removed 1 0 5',
    ]);
    expect(tree.size(ROOT)).toBe(20);
    expect(tree.find(Buffer.from('etc/c'))).toBe(6);
    expect(tree.find(Buffer.from('etc/none'))).toBeUndefined();
    expect(tree.parent(6)).toBe(1);
  });

  it('know folders that were emptied, replaced, and became files', async () => {
    const tree = await stacked(
      [file('o/old', 3), file('o/again', 4), file('r/in', 5), file('f/in/deep', 6)],
      [folder('o'), opaque('o'), file('o/again', 40), whiteout('r'), folder('r'), file('r/own', 1)],
      [file('f', 2)],
    );
    expect(told(tree)).toEqual([
      'f changed 2 2 6',
      'o changed 1 40 7',
      'r changed 1 1 5',
      'o/again changed 1 40 4',
      'o/old removed 1 0 3',
      'r/in removed 1 0 5',
      'r/own added 1 1 0',
    ]);
  });

  it('know who emptied a folder that is there again, and how a folder looks that a later layer only passes through', async () => {
    const tree = await stacked(
      [{ name: 'a/', mode: 0o700 }, file('a/x', 5), { name: 'tmp/', mode: 0o1777 }],
      [whiteout('a')],
      [file('a/y', 2), file('tmp/z', 1)],
    );
    expect(told(tree)).toEqual([
      'a changed 2 2 5',
      'tmp added 0 1 0',
      'a/x removed 1 0 5',
      'a/y added 2 2 0',
      'tmp/z added 2 1 0',
    ]);
    const { index, entry } = tree.source(2);
    expect(index.mode(entry)).toBe(0o1777);
  });

  it('count what each layer did to files', async () => {
    const tree = await stacked(
      [file('etc/a', 1), file('etc/b', 1), file('var/x', 1), file('var/deep/y', 1), file('o/p', 1)],
      [file('etc/b', 2), whiteout('etc/a'), whiteout('var'), whiteout('none'), file('new/n', 1)],
      [file('etc/a', 3), opaque('o')],
    );
    expect(tree.counts).toEqual([
      { added: 5, changed: 0, removed: 0 },
      { added: 1, changed: 1, removed: 3 },
      { added: 0, changed: 1, removed: 1 },
    ]);
  });

  it('count files of a folder that became a file, or came and went several times', async () => {
    const replaced = await stacked(
      [file('d/x', 1), file('d/in/y', 2), file('d/z', 3)],
      [file('d/x', 4), whiteout('d/z')],
      [file('d', 5)],
    );
    expect(replaced.counts).toEqual([
      { added: 3, changed: 0, removed: 0 },
      { added: 0, changed: 1, removed: 1 },
      { added: 0, changed: 1, removed: 2 },
    ]);
    const again = await stacked(
      [file('d/x', 1)],
      [whiteout('d')],
      [file('d/x', 2)],
      [file('d', 3)],
      [file('d/y', 4)],
    );
    expect(again.counts).toEqual([
      { added: 1, changed: 0, removed: 0 },
      { added: 0, changed: 0, removed: 1 },
      { added: 0, changed: 1, removed: 0 },
      { added: 0, changed: 1, removed: 1 },
      { added: 1, changed: 0, removed: 0 },
    ]);
    expect(told(again)).toContain('d/x removed 3 0 3');
  });

  it('count a file that an emptied folder has anew as changed alone', async () => {
    const { counts } = await stacked(
      [file('o/again', 1), file('o/old', 1)],
      [opaque('o'), file('o/again', 2)],
    );
    expect(counts[1]).toEqual({ added: 0, changed: 1, removed: 1 });
  });

  it('show what unpacking them one after the other leaves, whatever they hold', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const pick = random(seed);
      const layers = Array.from({ length: 2 + pick(4) }, () => randomLayer(pick));
      const tree = await stacked(...layers);
      const seen = new Map<string, string>();
      let bytes = 0;
      for (let entry = 1; entry < tree.count; entry++) {
        if (tree.change(entry) === 'removed') continue;
        const { layer } = tree.source(entry);
        const type = tree.type(entry);
        seen.set(`${tree.path(entry)}`, type === 'file' ? `${layer} ${tree.size(entry)}` : type);
        if (type === 'file') bytes += tree.size(entry);
      }
      const model = unpacked(layers);
      expect(Object.fromEntries([...seen].sort()), `seed ${seed}`).toEqual(
        Object.fromEntries([...model].sort()),
      );
      expect(tree.size(ROOT), `seed ${seed}`).toBe(bytes);
      const all = tree.indexes.reduce((sum, index) => sum + index.bytes, 0);
      expect(tree.wasted(ROOT) + bytes, `seed ${seed}`).toBe(all);
    }
  });

  it('count as a plain recount does, whatever they hold', async () => {
    for (let seed = 100; seed < 200; seed++) {
      const pick = random(seed);
      const layers = Array.from({ length: 2 + pick(5) }, () => randomLayer(pick));
      expect((await stacked(...layers)).counts, `seed ${seed}`).toEqual(recounted(layers));
    }
  });
});

/** Of each layer: files whose paths were never there or were, and those that it leaves nothing of. */
function recounted(layers: readonly (readonly MadeMember[])[]): LayerCounts[] {
  const ever = new Set<string>();
  return layers.map((members, layer) => {
    const before = unpacked(layers.slice(0, layer));
    const after = unpacked(layers.slice(0, layer + 1));
    const files = members.filter(({ name, content }) => content !== undefined && !/\.wh\.[^/]*$/.test(name));
    const changed = files.filter(({ name }) => ever.has(name)).length;
    const removed = [...before].filter(([path, what]) => what !== 'directory' && !after.has(path)).length;
    for (const path of after.keys()) ever.add(path);
    return { added: files.length - changed, changed, removed };
  });
}

/** What each layer takes away goes first, since that is about lower layers; then comes what it has. */
function unpacked(layers: readonly (readonly MadeMember[])[]): Map<string, string> {
  const there = new Map<string, string>();
  const clear = (path: string, itself: boolean) => {
    for (const other of [...there.keys()]) {
      if (other.startsWith(`${path}/`) || (itself && other === path)) there.delete(other);
    }
  };
  for (const [layer, entries] of layers.entries()) {
    for (const { name } of entries) {
      const hidden = /^(.*\/)?\.wh\.([^/]+)$/.exec(name);
      if (name.endsWith('/.wh..wh..opq')) clear(name.slice(0, -'/.wh..wh..opq'.length), false);
      else if (hidden !== null) clear(`${hidden[1] ?? ''}${hidden[2]}`, true);
    }
    for (const { name, content } of entries) {
      const path = name.replace(/\/$/, '');
      const parts = path.split('/');
      const isMark = parts.at(-1)!.startsWith('.wh.');
      for (let depth = 1; depth < parts.length; depth++) {
        const above = parts.slice(0, depth).join('/');
        if (there.get(above) !== 'directory') there.set(above, 'directory');
      }
      if (isMark) continue;
      if (content === undefined) there.set(path, 'directory');
      else {
        clear(path, true);
        there.set(path, `${layer} ${content.length}`);
      }
    }
  }
  return there;
}
