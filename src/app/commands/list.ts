import type { App } from '../app.ts';
import type { Command } from '../commands.ts';
import { editFilter } from '../filtering.ts';
import { move } from '../movement.ts';
import { motions } from './motion.ts';

/** Moving through the list of a screen. */
export const LIST_COMMANDS: readonly Command[] = [
  ...motions('list', move),
  {
    id: 'list.filter',
    title: 'Filter',
    scope: 'images',
    keys: ['/'],
    hint: 60,
    blocked: nothingListed,
    run: (app) => editFilter(app),
  },
  {
    id: 'list.match',
    title: 'Next match',
    scope: 'images',
    keys: ['n'],
    motion: true,
    blocked: noFilter,
    run: (app) => move(app, 'down'),
  },
  {
    id: 'list.match-back',
    title: 'Previous match',
    scope: 'images',
    keys: ['N'],
    motion: true,
    blocked: noFilter,
    run: (app) => move(app, 'up'),
  },
];

export function nothingListed(app: App): string | undefined {
  return app.store.get().images.length === 0 ? 'there are no images' : undefined;
}

function noFilter(app: App): string | undefined {
  return app.store.get().filter === '' ? '/ filters first' : undefined;
}
