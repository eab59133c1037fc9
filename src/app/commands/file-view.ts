import type { App } from '../app.ts';
import type { Command } from '../commands.ts';
import { askExtract, notExtractable } from '../extracting.ts';
import { notViewable, openFileView } from '../file-opening.ts';
import {
  copyFilePath,
  copyFileText,
  moveFileView,
  nextFileMatch,
  noText,
  nothingToShift,
  notWrappable,
  searchFileView,
  shiftFileView,
  toggleHex,
  toggleWrap,
} from '../file-viewing.ts';
import { layoutOf } from '../layout.ts';
import { matches } from './match.ts';
import { motions } from './motion.ts';

/** A narrow screen has more need of the way back. */
function isWide(app: App): boolean {
  const { columns, rows } = app.store.get();
  return layoutOf(columns, rows).wide;
}

/** One file of an image: looking at it, and putting it on the disk. */
export const FILE_VIEW_COMMANDS: readonly Command[] = [
  {
    id: 'files.view',
    title: 'View file',
    scope: 'files',
    keys: ['v'],
    hint: 20,
    label: 'view file',
    blocked: notViewable,
    run: openFileView,
  },
  {
    id: 'files.extract',
    title: 'Extract a file or folder to disk…',
    scope: 'files',
    keys: ['e'],
    hint: 21,
    label: 'extract to disk',
    blocked: notExtractable,
    run: askExtract,
  },
  ...motions('file', moveFileView, 'scroll'),
  {
    id: 'file.search',
    title: 'Search this file; enter without a text repeats the last search',
    scope: 'file',
    keys: ['/'],
    hint: 10,
    label: 'search',
    run: searchFileView,
  },
  ...matches('file', nextFileMatch),
  {
    id: 'file.wrap',
    title: 'Cut long lines, or let them go on in further rows',
    scope: 'file',
    keys: ['W'],
    hint: 20,
    label: (app) => (app.store.get().fileView?.wrap ? 'cut lines' : 'wrap lines'),
    blocked: notWrappable,
    run: toggleWrap,
  },
  {
    id: 'file.right',
    title: 'Further right in long lines',
    scope: 'file',
    keys: ['l', 'right'],
    hint: 21,
    hintKeys: '← →',
    hinted: (app) => isWide(app) && nothingToShift(app) === undefined && noText(app) === undefined,
    label: 'to the side',
    blocked: nothingToShift,
    run: (app) => shiftFileView(app, 1),
  },
  {
    id: 'file.left',
    title: 'Further left in long lines',
    scope: 'file',
    keys: ['h', 'left'],
    blocked: nothingToShift,
    run: (app) => shiftFileView(app, -1),
  },
  {
    id: 'file.hex',
    title: 'Hex, or text',
    scope: 'file',
    keys: ['x'],
    hint: 22,
    label: (app) => (app.store.get().fileView?.hex ? 'text' : 'hex'),
    blocked: noText,
    run: toggleHex,
  },
  {
    id: 'file.extract',
    title: 'Extract it to disk…',
    scope: 'file',
    keys: ['e'],
    hint: 30,
    label: 'extract to disk',
    run: askExtract,
  },
  {
    id: 'file.copy',
    title: 'Copy path',
    scope: 'file',
    keys: ['y'],
    hint: 40,
    label: 'copy path',
    hinted: isWide,
    run: copyFilePath,
  },
  {
    id: 'file.copy-all',
    title: 'Copy the whole text',
    scope: 'file',
    keys: ['Y'],
    blocked: noText,
    run: copyFileText,
  },
];
