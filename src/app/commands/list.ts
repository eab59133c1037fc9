import type { Command } from '../commands.ts';
import { editFilter } from '../filtering.ts';
import { move } from '../movement.ts';
import { motions } from './motion.ts';

/** Moving through the list of a screen. */
export const LIST_COMMANDS: readonly Command[] = [
  ...motions('list', move),
  ...motions('disk', move),
  {
    id: 'list.filter',
    title: 'Filter',
    scope: 'images',
    keys: ['/'],
    hint: 60,
    run: (app) => editFilter(app),
  },
];
