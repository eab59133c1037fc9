import type { App } from '../app.ts';
import { closeAllBranches, closeBranch, currentForestRow, openAllBranches, openBranch } from '../branches.ts';
import type { Command } from '../commands.ts';
import {
  markBranch,
  nextForestMatch,
  nextForestSort,
  reverseForestSort,
  searchForest,
  toggleFlat,
  zoomLayer,
} from '../forest-actions.ts';
import { openMarked } from '../planner-actions.ts';
import { nothingListed } from './list.ts';
import { matches } from './match.ts';

/** Whether branches are in sight. */
function isTree(app: App): boolean {
  const { flat, zoomed } = app.store.get().forestView;
  return !flat && !zoomed && nothingListed(app) === undefined;
}

/** The forest of layers: its branches, its order, and what is searched in it. */
export const LAYERS_COMMANDS: readonly Command[] = [
  {
    id: 'branch.open',
    title: 'Open branch',
    scope: 'layers',
    keys: ['l', 'right'],
    hint: 10,
    hinted: isTree,
    label: 'open',
    run: openBranch,
  },
  {
    id: 'branch.close',
    title: 'Close branch',
    scope: 'layers',
    keys: ['h', 'left'],
    hint: 11,
    hinted: isTree,
    label: 'close',
    run: closeBranch,
  },
  {
    id: 'branch.open-all',
    title: 'Open all branches',
    scope: 'layers',
    keys: ['L', '+'],
    run: openAllBranches,
  },
  {
    id: 'branch.close-all',
    title: 'Close all branches',
    scope: 'layers',
    keys: ['H', '-'],
    run: closeAllBranches,
  },
  {
    id: 'layers.zoom',
    title: 'This layer on the whole screen',
    scope: 'layers',
    keys: ['i'],
    hint: 22,
    // Where no image ends, enter does the same.
    hinted: (app) => currentForestRow(app.store.get())?.image !== undefined,
    label: (app) => (app.store.get().forestView.zoomed ? 'forest' : 'layer'),
    blocked: nothingListed,
    run: zoomLayer,
  },
  {
    id: 'layers.flat',
    title: 'As a tree, or every layer a row',
    scope: 'layers',
    keys: ['T'],
    hint: 64,
    label: (app) => (app.store.get().forestView.flat ? 'tree' : 'flat'),
    blocked: nothingListed,
    run: toggleFlat,
  },
  {
    id: 'layers.sort',
    title: 'Sort by the next column',
    scope: 'layers',
    keys: ['s'],
    hint: 62,
    label: 'sort',
    blocked: nothingListed,
    run: nextForestSort,
  },
  {
    id: 'layers.reverse',
    title: 'Reverse the order',
    scope: 'layers',
    keys: ['S'],
    blocked: nothingListed,
    run: reverseForestSort,
  },
  {
    id: 'layers.search',
    title: 'Search instructions, names and digests',
    scope: 'layers',
    keys: ['/'],
    hint: 60,
    label: 'search',
    blocked: nothingListed,
    run: searchForest,
  },
  ...matches('layers', nextForestMatch),
  {
    id: 'layers.mark-branch',
    title: 'Mark or unmark all images on this layer',
    scope: 'layers',
    keys: ['a'],
    hint: 6,
    label: 'mark all',
    blocked: nothingListed,
    run: markBranch,
  },
  {
    id: 'layers.clean',
    title: 'Clean up: what is marked, and rules',
    scope: 'layers',
    keys: ['x'],
    hint: 52,
    label: 'clean up',
    run: openMarked,
  },
];
