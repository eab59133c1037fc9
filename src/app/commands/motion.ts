/** Rows of the command table for moving about, for any scope that has something to move through. */
import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import { layoutOf } from '../layout.ts';
import type { Motion } from '../list.ts';

const MOTIONS: readonly { motion: Motion; title: string; keys: readonly string[] }[] = [
  { motion: 'down', title: 'down', keys: ['j', 'down'] },
  { motion: 'up', title: 'up', keys: ['k', 'up'] },
  { motion: 'top', title: 'to the top', keys: ['g', 'home'] },
  { motion: 'bottom', title: 'to the bottom', keys: ['G', 'end'] },
  { motion: 'half-down', title: 'half a page down', keys: ['ctrl+d'] },
  { motion: 'half-up', title: 'half a page up', keys: ['ctrl+u'] },
  { motion: 'page-down', title: 'a page down', keys: ['pgdn'] },
  { motion: 'page-up', title: 'a page up', keys: ['pgup'] },
];

/** With `hinted`, what is moved through stands first in the hint line. */
export function motions(scope: Scope, go: (app: App, motion: Motion) => void, hinted?: string): Command[] {
  return MOTIONS.map(({ motion, title, keys }) => ({
    id: `${scope}.${motion}`,
    title,
    scope,
    keys,
    motion: true,
    ...(motion === 'down' &&
      hinted !== undefined && {
        ...{ hint: 1, hintKeys: '↑↓', label: hinted },
        // A narrow screen has more need of what nobody knows.
        hinted: (app: App) => layoutOf(app.store.get().columns, app.store.get().rows).wide,
      }),
    run: (app) => go(app, motion),
  }));
}
