/** Going from match to match of a search, wherever there is one. */
import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';

/** `n` and `N`; `next` goes to the one below or above. */
export function matches(scope: Scope, next: (app: App, step: 1 | -1) => void): readonly Command[] {
  return [
    { id: `${scope}.match`, title: 'Next match', scope, keys: ['n'], run: (app) => next(app, 1) },
    { id: `${scope}.match-back`, title: 'Previous match', scope, keys: ['N'], run: (app) => next(app, -1) },
  ];
}
