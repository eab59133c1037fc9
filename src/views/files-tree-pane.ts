/** The tree of files, or the list of paths that a search found, and facts of the entry under the cursor. */
import { layerName, layerTitle, numberHead } from '../app/files-layers.ts';
import type { FilesLayout } from '../app/files-layout.ts';
import { type FilesPage, freshFound, hasCome, isCurrent, isListing } from '../app/files-page.ts';
import { currentPath, deletedText, fileRow, layersText } from '../app/files-row.ts';
import { bytes, grouped } from '../app/format.ts';
import { Generations } from '../app/ink/generations.ts';
import { kept } from '../app/kept.ts';
import { windowTop } from '../app/list.ts';
import { isPattern } from '../app/path-search.ts';
import type { Kind, ShownTree } from '../app/shown-tree.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitEnd, shorten, shortenMiddle, width, wrap } from '../app/width.ts';
import { filesDetails } from './files-details.ts';
import { compose, fill, highlighted, type Piece, rule } from './line.ts';

const SIZE = 9;
const MODE = 11;
const STEP = 6;
/** Where it is said what removed an entry, for names that leave room before it. */
const REMARK = 29;
/** Cells that a name has at least, however deep it lies. */
const NAME = 24;

const SIGNS: Readonly<Record<Kind, readonly [Token, string]>> = {
  added: ['good', '+'],
  changed: ['warn', '~'],
  removed: ['bad', '−'],
  base: ['plain', ' '],
};

export function filesTreePane(state: AppState, page: FilesPage, layout: FilesLayout, theme: Theme): string[] {
  const cells = layout.treeCells;
  const isFocused = page.focus === 'tree';
  const arrow = page.look.bySize ? 'SIZE ▼' : 'SIZE';
  const figures = [fitEnd(arrow, SIZE), ' ', fit('MODE', MODE - 1), fitEnd(numberHead(page.image), STEP)];
  const head = compose(theme, cells, [['muted', '    PATH']], [['muted', figures.join('')]]);
  const notes = noteLines(page, theme, cells);
  const rows = [
    ...notes,
    ...fileRows(page, theme, cells, Math.max(0, layout.tree - notes.length), isFocused),
  ];
  return [
    rule(theme, cells, titleOf(page, cells), isFocused ? 'cursor' : 'strong'),
    head,
    ...fill(rows, layout.tree, cells),
    ...(layout.details > 0 ? filesDetails(state, page, theme, cells, layout.details) : []),
  ];
}

/** `Stacked files 31,209 · /srv/dist`. */
function titleOf(page: FilesPage, cells: number): string {
  const { tree, search, image } = page;
  if (tree === undefined || image === undefined) return 'Files';
  const { alone } = tree.shown;
  const count = tree.shown.tree.indexes.length;
  const waits = isCurrent(page) ? '' : ' …';
  // While nothing has come, nobody knows how many there are.
  const isKnown = page.indexes.length === 0 || (hasCome(page) && (waits === '' || tree.shown.files > 0));
  const files = isKnown ? `files ${grouped(tree.shown.files)}${waits}` : 'files …';
  const what =
    alone !== undefined
      ? `${layerTitle(image.layers, alone)} alone · ${files}`
      : count < page.indexes.length
        ? `Stacked up to ${layerName(image.layers, count - 1)} · ${files}`
        : `Stacked ${files}`;
  if (isListing(page)) {
    const found = freshFound(page);
    const before = search!.found?.text === search!.text ? search!.found : undefined;
    const total =
      found === undefined
        ? before === undefined
          ? 'searching …'
          : `${grouped(before.total)} found so far …`
        : found.problem !== ''
          ? 'not searched'
          : `${grouped(found.total)} found`;
    const most =
      found !== undefined && found.total > found.entries.length
        ? `, ${grouped(found.entries.length)} listed`
        : '';
    return `${total}${most} · ${shorten(search!.text, 30)} · ${what}`;
  }
  const path = currentPath(page);
  if (path === '') return what;
  return `${what} · ${shortenMiddle(path, Math.max(8, cells - width(what) - 8))}`;
}

/** What stands above the rows, or in their place: why something is not there. */
function noteLines(page: FilesPage, theme: Theme, cells: number): string[] {
  const note = (token: Token, text: string): string[] =>
    wrap(text, cells - 6).map((part) => compose(theme, cells, ['    ', [token, part]]));
  const { error, tree, image, search } = page;
  if (error !== undefined)
    return [
      ...note('bad', `✗ ${error.message}`),
      ...(error.hint === '' ? [] : note('muted', error.hint)),
      ...note('muted', againText(error.code === 'unreachable', hasCome(page))),
      ' '.repeat(cells),
    ];
  if (image === undefined) return note('muted', `asking ${page.source.where} what is in it …`);
  if (page.indexes.length === 0)
    return note(
      'muted',
      'This image has no layers, so there is no file in it (FROM scratch, and nothing was added).',
    );
  if (tree === undefined)
    return note(
      'muted',
      page.progress.done ? 'putting the layers together …' : 'waiting for the first layer …',
    );
  if (isListing(page)) {
    const found = freshFound(page);
    if (search!.text.trim() === '') return [];
    if (found === undefined) return search!.found === undefined ? note('muted', 'searching …') : [];
    if (found.problem !== '') return note('warn', found.problem);
    return found.total === 0 ? note('muted', `No path matches ${search!.text}.`) : [];
  }
  if (tree.entries.length > 0) return [];
  if (page.look.hidden.size > 0) return note('muted', 'All of it is hidden: + ~ - = show kinds again.');
  if (!page.progress.done)
    return note(
      'muted',
      page.progress.bytes > 0
        ? 'nothing of it has come yet …'
        : `No bytes have come from ${page.source.where} yet: an engine may pack up all of an image before it sends any.`,
    );
  return note(
    'muted',
    tree.shown.alone === undefined ? 'There is no file in it.' : 'This layer changed no files: it is empty.',
  );
}

function againText(isLost: boolean, isBelow: boolean): string {
  const again = isLost ? 'R tries again, and nacre does when the engine is back' : 'R tries again';
  return isBelow ? `${again}; what was read so far is below.` : `${again}.`;
}

function fileRows(
  page: FilesPage,
  theme: Theme,
  cells: number,
  height: number,
  isFocused: boolean,
): string[] {
  const { tree, search, image } = page;
  if (tree === undefined || image === undefined) return [];
  const look = { image, theme, cells, isFocused };
  if (isListing(page)) {
    const found = search!.found;
    if (found === undefined || found.problem !== '') return [];
    const top = windowTop(search!.top, search!.at, found.entries.length, height);
    return Array.from(found.entries.subarray(top, top + height), (entry, at) =>
      entryRow(found.shown, entry, {
        ...look,
        depth: 0,
        isCursor: top + at === search!.at,
        list: search!.text,
      }),
    );
  }
  const { shown, entries, depths, open } = tree;
  const top = windowTop(tree.top, tree.at, entries.length, height);
  return Array.from(entries.subarray(top, top + height), (entry, at) =>
    entryRow(shown, entry, {
      ...look,
      depth: depths[top + at]!,
      isCursor: top + at === tree.at,
      isOpen: open[entry] === 1,
    }),
  );
}

interface RowLook {
  readonly image: NonNullable<FilesPage['image']>;
  readonly theme: Theme;
  readonly cells: number;
  readonly isFocused: boolean;
  readonly isCursor: boolean;
  readonly depth: number;
  readonly isOpen?: boolean;
  /** The text that was looked for: the row is one of a list, and shows its whole path. */
  readonly list?: string;
}

/** Rows of a tree as drawn, those looked at last: most of them look the same after a key. */
const plainRows = kept(
  (_shown: ShownTree, _image: RowLook['image'], _theme: Theme, _cells: number, _list: string | undefined) =>
    new Generations<string>(256),
);

function entryRow(shown: ShownTree, entry: number, look: RowLook): string {
  if (look.isCursor) return drawRow(shown, entry, look);
  const rows = plainRows(shown, look.image, look.theme, look.cells, look.list);
  const key = look.isOpen ? `▾${entry}` : `${entry}`;
  return rows.get(key) ?? rows.set(key, drawRow(shown, entry, look));
}

function drawRow(shown: ShownTree, entry: number, look: RowLook): string {
  const { theme, cells, isCursor, list } = look;
  const row = fileRow(shown, entry, look.image);
  const room = cells - SIZE - MODE - STEP;
  const indent = list === undefined ? Math.min(look.depth * 2, Math.max(0, room - NAME)) : 0;
  const lead = 3 + indent;
  const arrow = row.folder ? (look.isOpen ? '▾' : '▸') : row.link ? '↪' : ' ';
  const remark = list === undefined ? deletedText(row.deletedIn, room - lead - 5) : '';
  const nameRoom = Math.max(1, room - lead - 3 - (remark === '' ? 0 : width(remark) + 2));
  const target = row.link ? ` → ${row.target}` : '';
  const name = shortenMiddle(
    list === undefined ? row.name : row.path,
    target === '' ? nameRoom : Math.max(nameRoom - width(target), Math.ceil(nameRoom / 2)),
  );
  const token: Token = isCursor ? 'cursor' : row.kind === 'removed' ? 'muted' : 'plain';
  const shownName: Piece[] =
    list === undefined || isPattern(list)
      ? [[token, name]]
      : highlighted(name, list.trim()).map((piece) => (typeof piece === 'string' ? [token, piece] : piece));
  const leadsTo = shorten(target, Math.max(0, nameRoom - width(name)));
  const before = lead + 3 + width(name + leadsTo);
  const gap = Math.max(2, Math.min(REMARK, room - width(remark)) - before);
  return compose(
    theme,
    cells,
    [
      ' ',
      !isCursor ? ' ' : look.isFocused ? ['cursor', '▌'] : ['muted', '▏'],
      ' '.repeat(lead - 2),
      SIGNS[row.sign],
      ['muted', `${arrow} `],
      ...shownName,
      ['muted', leadsTo],
      ['bad', remark === '' ? '' : `${' '.repeat(gap)}${remark}`],
    ],
    [
      fitEnd(bytes(row.bytes), SIZE),
      ['muted', ` ${row.mode}`],
      fitEnd(layersText(row.layers, STEP - 1), STEP),
    ],
  );
}
