import type { App } from '../app.ts';
import type { Command, Scope } from '../commands.ts';
import {
  closeAllFolders,
  closeFolder,
  enterFile,
  moveFiles,
  nextFilesPane,
  noDetails,
  noFolders,
  noLayer,
  openAllBelow,
  openFolder,
  sortFiles,
  toggleDetails,
  toggleKind,
  toggleUpTo,
} from '../files-actions.ts';
import { copyFileOrLayer, copyInstruction, noInstruction, notCopyable } from '../files-copying.ts';
import { isListing } from '../files-page.ts';
import { noFiles, openCurrentFiles } from '../files-reading.ts';
import { editFilesSearch, nextFound } from '../files-searching.ts';
import { layoutOf } from '../layout.ts';
import { currentImage } from '../movement.ts';
import { matches } from './match.ts';
import { motions } from './motion.ts';

function opening(scope: Scope, label: Command['label'] = 'files'): Command {
  return {
    id: `${scope}.files`,
    title: 'Files in its layers',
    scope,
    keys: ['f'],
    hint: 25,
    label,
    blocked: noFiles,
    run: openCurrentFiles,
  };
}

function onTree(app: App): boolean {
  const files = app.store.get().files;
  return files?.focus === 'tree' && !isListing(files);
}

function isWide(app: App): boolean {
  const { columns, rows } = app.store.get();
  return layoutOf(columns, rows).wide;
}

function noTree(app: App): string | undefined {
  return app.store.get().files?.tree === undefined ? 'nothing has been read yet' : undefined;
}

/** The files in an image: its layers, their tree, and what is searched in it. */
export const FILES_COMMANDS: readonly Command[] = [
  opening('images'),
  opening('layers', (app) => (currentImage(app.store.get()) === undefined ? 'files in layer' : 'files')),
  opening('page'),
  ...motions('files', moveFiles),
  {
    id: 'files.open',
    title: 'Open folder; of a layer, go to its tree',
    scope: 'files',
    keys: ['l', 'right'],
    hint: 10,
    hintKeys: '→',
    hinted: onTree,
    label: 'open',
    blocked: noTree,
    run: openFolder,
  },
  {
    id: 'files.close',
    title: 'Close folder, or go to the one it lies in',
    scope: 'files',
    keys: ['h', 'left'],
    hint: 11,
    hintKeys: '←',
    hinted: onTree,
    label: 'close',
    blocked: noTree,
    run: closeFolder,
  },
  {
    id: 'files.pane',
    title: 'Other pane: layers, tree',
    scope: 'files',
    keys: ['tab', 'shift+tab'],
    hint: 12,
    label: (app) => (isWide(app) ? 'pane' : app.store.get().files?.focus === 'tree' ? 'layers' : 'tree'),
    run: nextFilesPane,
  },
  {
    id: 'files.enter',
    title: 'Open or close a folder, show the facts of a file',
    scope: 'files',
    keys: ['enter'],
    hint: 13,
    hinted: (app) => !onTree(app),
    label: (app) => (app.store.get().files?.focus === 'layers' ? 'its tree' : 'go there'),
    blocked: noTree,
    run: enterFile,
  },
  {
    id: 'files.details',
    title: 'Facts of the entry, and who brought it; of a layer, its instruction',
    scope: 'files',
    keys: ['i'],
    hint: 98,
    label: (app) => (app.store.get().files?.focus === 'tree' ? 'who' : 'instruction'),
    blocked: noDetails,
    run: toggleDetails,
  },
  {
    id: 'files.open-all',
    title: 'Open all folders below; from the layers, all of the tree',
    scope: 'files',
    keys: ['L'],
    hint: 98,
    hintKeys: 'L H',
    label: 'open, close all',
    blocked: noFolders,
    run: openAllBelow,
  },
  {
    id: 'files.close-all',
    title: 'Close all folders',
    scope: 'files',
    keys: ['H'],
    blocked: noFolders,
    run: closeAllFolders,
  },
  {
    id: 'files.up-to',
    title: 'A layer alone, or stacked up to it',
    scope: 'files',
    keys: ['u'],
    hint: 14,
    hinted: (app) => app.store.get().files?.layer !== undefined,
    label: (app) => (app.store.get().files?.upTo ? 'alone' : 'stacked up to here'),
    blocked: noLayer,
    run: toggleUpTo,
  },
  {
    id: 'files.added',
    title: 'Show or hide added',
    scope: 'files',
    keys: ['+'],
    hint: 30,
    hintKeys: '+ ~ −',
    // A narrow screen has more need of the search.
    hinted: isWide,
    label: 'kinds',
    blocked: noTree,
    run: (app) => toggleKind(app, 'added'),
  },
  {
    id: 'files.changed',
    title: 'Show or hide changed',
    scope: 'files',
    keys: ['~'],
    blocked: noTree,
    run: (app) => toggleKind(app, 'changed'),
  },
  {
    id: 'files.removed',
    title: 'Show or hide removed',
    scope: 'files',
    keys: ['-'],
    blocked: noTree,
    run: (app) => toggleKind(app, 'removed'),
  },
  {
    id: 'files.base',
    title: 'Show or hide what is as the first layer brought it',
    scope: 'files',
    keys: ['='],
    blocked: noTree,
    run: (app) => toggleKind(app, 'base'),
  },
  {
    id: 'files.sort',
    title: 'Sort by size, or by name',
    scope: 'files',
    keys: ['s'],
    hint: 31,
    hinted: isWide,
    label: (app) => (app.store.get().files?.look.bySize ? 'sort by name' : 'sort by size'),
    blocked: noTree,
    run: sortFiles,
  },
  {
    id: 'files.search',
    title: 'Find paths, fuzzily or by a pattern with * or ?',
    scope: 'files',
    keys: ['/'],
    hint: 32,
    label: 'find path',
    blocked: noTree,
    run: editFilesSearch,
  },
  ...matches('files', nextFound),
  {
    id: 'files.copy',
    title: 'Copy path; of a layer, its diff ID',
    scope: 'files',
    keys: ['y'],
    blocked: notCopyable,
    run: copyFileOrLayer,
  },
  {
    id: 'files.copy-instruction',
    title: 'Copy the instruction of a layer',
    scope: 'files',
    keys: ['Y'],
    blocked: noInstruction,
    run: copyInstruction,
  },
];
