/** Asking what to push: one of an image's names, or all names of what is marked. */
import { parseReference } from '../engine/reference.ts';
import type { App } from './app.ts';
import { chosenRows } from './chosen.ts';
import { plural } from './format.ts';
import { startRequest } from './transfers.ts';

export function askPush(app: App): void {
  const rows = chosenRows(app);
  const names = rows.flatMap((row) => row.image.references);
  if (names.length === 0) {
    app.say('plain', 'it has no name to push it under: t gives it one');
    return;
  }
  const all = names.length > 1;
  const push = (chosen: readonly string[]): void => {
    for (const reference of chosen) startRequest(app, { kind: 'push', reference });
  };
  const shown = names.map(target);
  app.store.update((state) => ({
    ...state,
    overlay: {
      kind: 'choice',
      choice: {
        title:
          rows.length > 1
            ? `Push ${plural(rows.length, 'marked image')}?`
            : all
              ? 'Push which name?'
              : 'Push it?',
        rows:
          rows.length > 1
            ? [`all ${names.length} names`, ...shown]
            : all
              ? [...shown, `all ${names.length} names`]
              : shown,
        index: 0,
        verb: 'push',
        submit: (index) => {
          const at = rows.length > 1 ? index - 1 : index;
          push(names[at] === undefined ? names : [names[at]]);
        },
      },
    },
  }));
}

/** The name, and where it would go when it does not say so itself. */
function target(name: string): string {
  const { domain } = parseReference(name);
  return name.startsWith(`${domain}/`) ? name : `${name}   to ${domain}`;
}
