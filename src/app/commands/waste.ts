import type { App } from '../app.ts';
import type { Command } from '../commands.ts';
import { wasteShown } from '../files-waste.ts';
import {
  copyWasteFix,
  copyWastePath,
  moveWaste,
  nextWasteKind,
  noItem,
  noWaste,
  openWaste,
  showWaste,
} from '../waste-actions.ts';
import { compareContents, noComparing } from '../waste-comparing.ts';
import { motions } from './motion.ts';

/** What an image carries in vain: every item with whom to blame and what to do. */
export const WASTE_COMMANDS: readonly Command[] = [
  {
    id: 'files.waste',
    title: 'Waste: what is overwritten, deleted, left over or there twice',
    scope: 'files',
    keys: ['w'],
    // The way back comes first.
    hint: 97,
    label: 'waste',
    blocked: noWaste,
    run: openWaste,
  },
  ...motions('waste', moveWaste, 'move'),
  {
    id: 'waste.show',
    title: 'Show it in the tree',
    scope: 'waste',
    keys: ['enter'],
    hint: 10,
    label: 'show in tree',
    blocked: noItem,
    run: showWaste,
  },
  {
    id: 'waste.next',
    title: 'Next kind alone: overwritten, deleted, left over, duplicates; or all',
    scope: 'waste',
    keys: ['tab', 'l', 'right'],
    hint: 20,
    label: 'next kind',
    run: (app) => nextWasteKind(app, 1),
  },
  {
    id: 'waste.previous',
    title: 'Previous kind',
    scope: 'waste',
    keys: ['shift+tab', 'h', 'left'],
    run: (app) => nextWasteKind(app, -1),
  },
  {
    id: 'waste.compare',
    title: 'Read contents, to find duplicates and copies that nothing changed',
    scope: 'waste',
    keys: ['c'],
    hint: 30,
    label: 'find duplicates',
    hinted: (app: App) => noComparing(app) === undefined && wasteShown(app.store.get()) !== undefined,
    blocked: noComparing,
    run: (app) => void compareContents(app),
  },
  {
    id: 'waste.copy-fix',
    title: 'Copy the fix',
    scope: 'waste',
    keys: ['Y'],
    hint: 41,
    label: 'copy fix',
    blocked: noItem,
    run: copyWasteFix,
  },
  {
    id: 'waste.copy',
    title: 'Copy path',
    scope: 'waste',
    keys: ['y'],
    hint: 40,
    label: 'copy path',
    blocked: noItem,
    run: copyWastePath,
  },
];
