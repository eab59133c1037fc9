/** Rows of the command table for moving about, for any scope that has something to move through. */
import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
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

export function motions(scope: Scope, go: (app: App, motion: Motion) => void): Command[] {
  return MOTIONS.map(({ motion, title, keys }) => ({
    id: `${scope}.${motion}`,
    title,
    scope,
    keys,
    motion: true,
    run: (app) => go(app, motion),
  }));
}
