import { showLayers } from '../branches.ts';
import type { Command } from '../commands.ts';
import { copyReference } from '../copying.ts';
import { move } from '../movement.ts';
import { askTag, askUntag } from '../naming.ts';
import { copyPage, editSearch, nextMatch, nextTab, openPage } from '../paging.ts';
import { togglePin } from '../pinning.ts';
import { askRemoval } from '../removing.ts';
import { matches } from './match.ts';
import { motions } from './motion.ts';

/** The page of one image. */
export const PAGE_COMMANDS: readonly Command[] = [
  ...motions('page', move),
  {
    id: 'page.next',
    title: 'Next tab',
    scope: 'page',
    keys: ['tab', 'l', 'right'],
    hint: 10,
    label: 'next tab',
    run: (app) => nextTab(app, 1),
  },
  {
    id: 'page.previous',
    title: 'Previous tab',
    scope: 'page',
    keys: ['shift+tab', 'h', 'left'],
    run: (app) => nextTab(app, -1),
  },
  {
    id: 'page.inspect',
    title: 'Inspect JSON',
    scope: 'page',
    keys: ['i'],
    run: (app) => openPage(app, 'inspect'),
  },
  {
    id: 'page.layers',
    title: 'Show in the layer tree',
    scope: 'page',
    keys: ['L'],
    hint: 30,
    label: 'layers',
    run: showLayers,
  },
  {
    id: 'page.search',
    title: 'Search this page',
    scope: 'page',
    keys: ['/'],
    hint: 20,
    label: 'search',
    run: editSearch,
  },
  ...matches('page', nextMatch),
  {
    id: 'page.pin',
    title: 'Pin or unpin',
    scope: 'page',
    keys: ['K'],
    run: (app) => togglePin(app),
  },
  { id: 'page.copy', title: 'Copy reference', scope: 'page', keys: ['y'], run: copyReference },
  { id: 'page.copy-all', title: 'Copy the whole page', scope: 'page', keys: ['Y'], run: copyPage },
  {
    id: 'page.tag',
    title: 'Tag…',
    scope: 'page',
    keys: ['t'],
    hint: 40,
    label: 'tag',
    changes: true,
    run: askTag,
  },
  { id: 'page.untag', title: 'Remove a name…', scope: 'page', keys: ['u'], changes: true, run: askUntag },
  {
    id: 'page.delete',
    title: 'Delete…',
    scope: 'page',
    keys: ['d'],
    hint: 50,
    label: 'delete',
    changes: true,
    run: (app) => askRemoval(app),
  },
];
