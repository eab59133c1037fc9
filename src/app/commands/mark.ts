import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import { markAll, startRange, toggleMark } from '../marking.ts';
import { currentImage } from '../movement.ts';
import { unmarkAll } from '../planner-actions.ts';
import { nothingListed } from './list.ts';

function marks(scope: Scope): Command[] {
  return [
    {
      id: `${scope}.mark`,
      title: 'Mark or unmark',
      scope,
      keys: ['space'],
      hint: 5,
      label: 'mark',
      blocked: scope === 'layers' ? noImageEnds : nothingListed,
      run: toggleMark,
    },
    { id: `${scope}.unmark`, title: 'Clear all marks', scope, keys: ['A'], run: unmarkAll },
  ];
}

function noImageEnds(app: App): string | undefined {
  return currentImage(app.store.get()) === undefined
    ? 'no image ends here: a marks all images that stand on this layer'
    : undefined;
}

export const MARK_COMMANDS: readonly Command[] = [
  ...marks('images'),
  {
    id: 'mark.range',
    title: 'Mark a range from here',
    scope: 'images',
    keys: ['v'],
    blocked: nothingListed,
    run: startRange,
  },
  {
    id: 'mark.all',
    title: 'Mark all shown',
    scope: 'images',
    keys: ['a'],
    blocked: nothingListed,
    run: markAll,
  },
  ...marks('layers'),
];
