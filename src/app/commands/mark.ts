import type { Command, Scope } from '../commands.ts';
import { clearMarks, markAll, startRange, toggleMark } from '../marking.ts';
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
      blocked: nothingListed,
      run: toggleMark,
    },
    { id: `${scope}.unmark`, title: 'Clear all marks', scope, keys: ['A'], run: clearMarks },
  ];
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
