/** The command about the trash, as data. */
import type { CommandSpec } from './flag.ts';

export const TRASH_COMMAND: CommandSpec = {
  name: 'trash',
  summary: 'List deleted images that can come back, and bring them back',
  operands: '[restore IMAGE...]',
  least: 0,
  most: Number.POSITIVE_INFINITY,
  flags: [
    { name: 'empty', help: 'Delete for good what is in the trash; asks first' },
    { name: 'force', short: 'f', help: 'Do not ask' },
    { name: 'yes', short: 'y', help: 'The same' },
    { name: 'quiet', short: 'q', help: 'restore: show no progress' },
    { name: 'json', help: 'Print a JSON document for machines' },
  ],
  changes: ([action]) => action === 'restore',
  notes: [
    'restore loads images back into the engine that nacre talks to, and gives them their names again, but none',
    "that another image has by now. IMAGE is a name it had, the beginning of its id, or the trash's own key.",
    'What goes into it is set in config.toml: [trash] keep = "7d", size = "20GB". It is off until one is set.',
    'The folder is NACRE_TRASH, or $XDG_DATA_HOME/nacre/trash.',
  ],
  load: () => import('./commands/trash.ts'),
};
