import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import {
  copyCompared,
  enterCompare,
  moveCompare,
  nextCompareTab,
  searchCompare,
  sortCompare,
  toggleChanges,
} from '../compare-actions.ts';
import { askCompare, compareLabel, notComparable } from '../compare-asking.ts';
import { compareAgain } from '../compare-reading.ts';
import { fileRows } from '../compare-rows.ts';
import { markedImages } from '../planned.ts';
import { motions } from './motion.ts';

function opening(scope: Scope): Command {
  return {
    id: `${scope}.compare`,
    title: scope === 'page' ? 'Compare with…' : 'Compare the two marked images, or this one with…',
    scope,
    keys: ['D'],
    hint: 24,
    label: compareLabel,
    hinted: (app) => scope !== 'page' && markedImages(app.store.get()).size === 2,
    blocked: notComparable,
    run: askCompare,
  };
}

function onFiles(app: App): boolean {
  const { compare } = app.store.get();
  return compare?.tab === 'files' && compare.patch === undefined;
}

function notRead(app: App): string | undefined {
  return app.store.get().compare?.comparison === undefined ? 'nothing has been compared yet' : undefined;
}

function noList(app: App): string | undefined {
  return notRead(app) ?? (onFiles(app) ? undefined : 'this is about the list of files');
}

function noFile(app: App): string | undefined {
  const { compare } = app.store.get();
  if (compare?.comparison === undefined) return notRead(app);
  if (compare.patch !== undefined) return 'this is its text';
  const isEmpty = compare.tab === 'files' && fileRows(compare).length === 0;
  return isEmpty ? 'there is no file under the cursor' : undefined;
}

function onPatch(app: App): boolean {
  return app.store.get().compare?.patch !== undefined;
}

/** Two images beside each other. */
export const COMPARE_COMMANDS: readonly Command[] = [
  opening('images'),
  opening('layers'),
  opening('page'),
  ...motions('compare', moveCompare),
  {
    id: 'compare.next',
    title: 'Next tab: overview, packages, files, layers',
    scope: 'compare',
    keys: ['tab', 'l', 'right'],
    hint: 10,
    label: 'next tab',
    hinted: (app) => notRead(app) === undefined && !onPatch(app),
    run: (app) => nextCompareTab(app, 1),
  },
  {
    id: 'compare.previous',
    title: 'Previous tab',
    scope: 'compare',
    keys: ['shift+tab', 'h', 'left'],
    run: (app) => nextCompareTab(app, -1),
  },
  {
    id: 'compare.enter',
    title: 'How the text of a file differs; from other tabs, to the files',
    scope: 'compare',
    keys: ['enter'],
    hint: 12,
    label: (app) => (onFiles(app) ? 'its text' : 'files'),
    blocked: noFile,
    run: enterCompare,
  },
  {
    id: 'compare.added',
    title: 'Show or hide added',
    scope: 'compare',
    keys: ['+'],
    hint: 30,
    hintKeys: '+ ~ −',
    label: 'toggle kinds',
    hinted: onFiles,
    blocked: noList,
    run: (app) => toggleChanges(app, 'added'),
  },
  {
    id: 'compare.changed',
    title: 'Show or hide changed',
    scope: 'compare',
    keys: ['~'],
    blocked: noList,
    run: (app) => toggleChanges(app, 'changed'),
  },
  {
    id: 'compare.removed',
    title: 'Show or hide removed',
    scope: 'compare',
    keys: ['-'],
    blocked: noList,
    run: (app) => toggleChanges(app, 'removed'),
  },
  {
    id: 'compare.sort',
    title: 'Sort by path, or by bytes moved',
    scope: 'compare',
    keys: ['s'],
    hint: 31,
    label: (app) => (app.store.get().compare?.byPath ? 'sort by bytes' : 'sort by path'),
    hinted: onFiles,
    blocked: noList,
    run: sortCompare,
  },
  {
    id: 'compare.search',
    title: 'Show only what has a text in it',
    scope: 'compare',
    keys: ['/'],
    hint: 32,
    label: 'search',
    hinted: (app) => !onPatch(app),
    blocked: (app) =>
      notRead(app) ?? (onPatch(app) ? 'esc goes back to the list, which can be searched' : undefined),
    run: searchCompare,
  },
  {
    id: 'compare.swap',
    title: 'The other way round',
    scope: 'compare',
    keys: ['S'],
    hint: 40,
    label: 'swap',
    hinted: (app) => !onPatch(app),
    blocked: notRead,
    run: (app) => compareAgain(app, true),
  },
  {
    id: 'compare.again',
    title: 'Read both again',
    scope: 'compare',
    keys: ['r'],
    run: (app) => compareAgain(app, false),
  },
  {
    id: 'compare.copy',
    title: 'Copy path',
    scope: 'compare',
    keys: ['y'],
    blocked: noFile,
    run: copyCompared,
  },
];
