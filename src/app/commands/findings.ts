import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import { currentFinding, editPattern, searchOf } from '../findings.ts';
import {
  allRead,
  askToRead,
  copyFinding,
  enterFinding,
  foldFinding,
  moveFindings,
  nextFindingsTab,
  noFinding,
  noFindings,
  noHidden,
  notFinding,
  openFinding,
  openFindings,
  stopFinding,
  toggleHidden,
} from '../findings-actions.ts';
import { motions } from './motion.ts';

function opening(scope: Scope): Command {
  return {
    id: `${scope}.find-everywhere`,
    title: 'Find in all images',
    scope,
    keys: ['F'],
    blocked: noFindings,
    run: openFindings,
  };
}

function enterLabel(app: App): string {
  const row = currentFinding(app.store.get());
  if (row?.kind !== 'group' || row.uses.length === 1) return 'its files';
  return row.isOpen ? 'fold' : 'its images';
}

/** Finding a path or a content in all images, the largest files, and those that are there twice. */
export const FINDINGS_COMMANDS: readonly Command[] = [
  opening('images'),
  opening('layers'),
  ...motions('findings', moveFindings),
  {
    id: 'findings.enter',
    title: 'Images that have it; of an image, its files there',
    scope: 'findings',
    keys: ['enter'],
    hint: 10,
    label: enterLabel,
    blocked: noFinding,
    run: enterFinding,
  },
  {
    id: 'findings.files',
    title: 'Files of the image',
    scope: 'findings',
    keys: ['f'],
    hint: 14,
    label: 'files',
    hinted: (app) => {
      const row = currentFinding(app.store.get());
      return row?.kind === 'group' && row.uses.length > 1;
    },
    blocked: noFinding,
    run: openFinding,
  },
  {
    id: 'findings.search',
    title: 'Look for a name, a path or a digest',
    scope: 'findings',
    keys: ['/'],
    hint: 16,
    label: 'look for',
    run: (app) => app.store.update(editPattern),
  },
  {
    id: 'findings.next',
    title: 'Next: find, largest files, duplicates',
    scope: 'findings',
    keys: ['tab'],
    hint: 18,
    label: 'next tab',
    run: (app) => nextFindingsTab(app, 1),
  },
  {
    id: 'findings.previous',
    title: 'The one before',
    scope: 'findings',
    keys: ['shift+tab'],
    motion: true,
    run: (app) => nextFindingsTab(app, -1),
  },
  {
    id: 'findings.unfold',
    title: 'Show the images that have it',
    scope: 'findings',
    keys: ['l', 'right'],
    motion: true,
    blocked: noFinding,
    run: (app) => foldFinding(app, true),
  },
  {
    id: 'findings.fold',
    title: 'Hide them',
    scope: 'findings',
    keys: ['h', 'left'],
    motion: true,
    blocked: noFinding,
    run: (app) => foldFinding(app, false),
  },
  {
    id: 'findings.hidden',
    title: 'Show what later layers hide, or not',
    scope: 'findings',
    keys: ['a'],
    hint: 20,
    label: (app) => (app.store.get().findings?.hiddenToo ? 'without hidden' : 'hidden too'),
    blocked: noHidden,
    run: toggleHidden,
  },
  {
    id: 'findings.read',
    title: 'Read the images that are not known yet…',
    scope: 'findings',
    keys: ['i'],
    hint: 12,
    label: 'read the others',
    blocked: allRead,
    run: askToRead,
  },
  {
    id: 'findings.stop',
    title: 'Stop searching and reading',
    scope: 'findings',
    keys: ['c'],
    hint: 11,
    label: 'stop',
    blocked: notFinding,
    run: stopFinding,
  },
  {
    id: 'findings.copy',
    title: 'Copy its path',
    scope: 'findings',
    keys: ['y'],
    hint: 30,
    label: 'copy path',
    hinted: (app) => {
      const { findings } = app.store.get();
      return findings !== undefined && searchOf(findings).groups.length > 0;
    },
    blocked: noFinding,
    run: copyFinding,
  },
];
