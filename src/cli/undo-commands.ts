/** Commands about the journal of changes, as data. */
import type { CommandSpec } from './flag.ts';

export const UNDO_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'journal',
    summary: 'List what was tagged, untagged, deleted and pruned, and whether it can come back',
    operands: '',
    least: 0,
    most: 0,
    flags: [
      { name: 'limit', short: 'n', value: 'N', help: 'Show only the newest N; default 50, 0 for all' },
      { name: 'all', short: 'a', help: 'Show what was done to other engines, too' },
      { name: 'json', help: 'Print a JSON document for machines' },
    ],
    notes: [
      'Newest first. COMES BACK says how: at once (its names are given back), from the trash, or by a pull of its digest.',
      'It lies in $XDG_STATE_HOME/nacre/changes; [journal] keep = false in the settings turns it off, and undo with it.',
    ],
    load: () => import('./commands/journal.ts'),
  },
  {
    name: 'undo',
    summary: 'Take back the last change, or the one of the journal that ID names',
    operands: '[ID]',
    least: 0,
    most: 1,
    flags: [
      { name: 'yes', short: 'y', help: 'Do not ask before something is pulled or loaded' },
      { name: 'dry-run', help: 'Show what would be done, and do nothing' },
      { name: 'quiet', short: 'q', help: 'Do not show how far a pull or a load has come' },
      { name: 'json', help: 'Print events for machines, one a line' },
    ],
    changes: true,
    events: true,
    notes: [
      'Without an ID: the last change of this engine that is no undo itself; where that cannot come back, it asks',
      'before it takes back one that was made earlier, and does not without a terminal.',
      'Names come back at once. Deleted images come from the trash, or are pulled by their digest.',
      'A name that is the name of another image by now stays there. An undo is a change, too: undo takes it back by its ID.',
      'It fails (1) where anything does not come back, and says what.',
    ],
    load: () => import('./commands/undo.ts'),
  },
];
