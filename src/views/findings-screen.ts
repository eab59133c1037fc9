/** Find in all images: tabs, what is looked for, and below it what was found, one place a row, its images under it. */
import {
  FINDINGS_TABS,
  type FindingRow,
  type Findings,
  type FindingsSearch,
  type FindingsTab,
  findingCursor,
  findingRows,
  findingsHeight,
  searchOf,
  unknownText,
} from '../app/findings.ts';
import type { FindingGroup, FindingUse } from '../app/findings-groups.ts';
import { bytes, grouped, plural } from '../app/format.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, width, wrap } from '../app/width.ts';
import { compose, fill, type Piece, ruleWith } from './line.ts';

const TAB_NAMES: Readonly<Record<FindingsTab, string>> = {
  find: 'Find',
  largest: 'Largest files',
  duplicates: 'Duplicates',
};
const SIZE = 10;
const COPIES = 10;

export function findingsScreen(
  state: AppState,
  findings: Findings,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  const search = searchOf(findings);
  const known = findings.known[search.kind];
  const rows = findingRows(state);
  const lines = [
    ruleWith(theme, cells, 'Find in all images', unknownText(known), 'cursor'),
    tabRow(findings, theme, cells),
    askedRow(findings, search, theme, cells),
  ];
  if (rows.length === 0)
    return fill([...lines, ...nothingLines(state, findings, theme, cells)], height, cells);
  const columns = columnsOf(findings.tab, cells);
  lines.push(compose(theme, cells, [['muted', headOf(findings.tab, columns)]]));
  const room = findingsHeight(state);
  const cursor = findingCursor(state);
  const top = windowTop(findings.places[findings.tab].top, cursor, rows.length, room);
  for (const [index, row] of rows.slice(top, top + room).entries())
    lines.push(rowLine(row, findings.tab, columns, theme, cells, top + index === cursor));
  return fill(lines, height, cells);
}

function tabRow({ tab, known, searches }: Findings, theme: Theme, cells: number): string {
  const tabs = FINDINGS_TABS.flatMap((one): Piece[] => [
    ' ',
    one === tab ? ['strong', `[${TAB_NAMES[one]}]`] : ['muted', ` ${TAB_NAMES[one]} `],
  ]);
  const images = known[searches[tab].kind];
  const count = images === undefined ? 'counting images …' : plural(images.images, 'image');
  return compose(theme, cells, tabs, [['muted', count], ' ']);
}

/** What is looked for, what came of it, and what failed. */
function askedRow({ tab }: Findings, search: FindingsSearch, theme: Theme, cells: number): string {
  const { status, text, done, total, sum, isCut, failed, groups } = search;
  const asked: Piece[] =
    tab === 'find'
      ? text === ''
        ? [['muted', '/ looks for a name, a path or a digest']]
        : [['muted', 'for '], shorten(text, Math.floor(cells / 2))]
      : [['muted', tab === 'largest' ? 'each layer once' : 'equal contents']];
  const far = total === 0 ? '…' : `${grouped(done)} of ${grouped(total)}`;
  const broken: Piece[] =
    failed.length === 0 ? [] : [['warn', `  ✗ ${plural(failed.length, 'image')} cannot be read`]];
  const result: Piece[] =
    status === 'searching'
      ? [['accent', `↻ ${tab === 'find' ? 'searching' : 'looking through layers:'} ${far}`]]
      : status === 'stopped'
        ? [['warn', 'stopped']]
        : [['muted', isCut ? `${sum} · the first ${grouped(groups.length)}` : sum]];
  return compose(theme, cells, ['  ', ...asked], ['  ', ...result, ...broken, ' ']);
}

/** Cells of the columns; 0 for one that is left out. */
interface Columns {
  readonly path: number;
  readonly images: number;
  readonly by: number;
}

function columnsOf(tab: FindingsTab, cells: number): Columns {
  const rest = cells - 5 - SIZE - 3 - (tab === 'duplicates' ? COPIES + SIZE : 0);
  const images = tab === 'duplicates' ? 12 : Math.min(28, Math.floor(rest * 0.36));
  // Where there is no room for all, what brought it is one key away.
  const by = cells < 100 ? 0 : Math.min(40, Math.floor(rest * 0.3));
  return { path: rest - images - by, images, by };
}

function headOf(tab: FindingsTab, { path, images, by }: Columns): string {
  const numbers =
    tab === 'duplicates'
      ? `${fitEnd('TOO MUCH', SIZE)}${fitEnd('COPIES', COPIES)}${fitEnd('SIZE', SIZE)}`
      : fitEnd('SIZE', SIZE);
  return `     ${fit('PATH', path)}${numbers}   ${fit('IN', images)}${by === 0 ? '' : fit('BROUGHT BY', by)}`;
}

function rowLine(
  row: FindingRow,
  tab: FindingsTab,
  columns: Columns,
  theme: Theme,
  cells: number,
  on: boolean,
): string {
  const mark: Piece = on ? ['cursor', '▌'] : ' ';
  if (row.kind === 'use') return imageLine(row.use, tab, theme, cells, mark, on);
  const { group, uses, isOpen } = row;
  const { path, images, by } = columns;
  const isHidden = uses.every(({ hiddenBy }) => hiddenBy !== undefined);
  const fold = uses.length === 1 ? ' ' : isOpen ? '▾' : '▸';
  const numbers =
    tab === 'duplicates'
      ? `${fitEnd(bytes((group.copies - 1) * group.size), SIZE)}${fitEnd(`${grouped(group.copies)} ×`, COPIES)}${fitEnd(bytes(group.size), SIZE)}`
      : fitEnd(sizeText(group), SIZE);
  return compose(theme, cells, [
    mark,
    '  ',
    ['muted', fold],
    ' ',
    [on ? 'cursor' : isHidden ? 'muted' : 'plain', fitMiddle(folderText(group), path)],
    [isHidden ? 'muted' : 'plain', numbers],
    '   ',
    [isHidden ? 'muted' : 'plain', `${fitMiddle(imagesText(uses), images - 2)}  `],
    by === 0 ? '' : ['muted', fit(group.layer.createdBy, by)],
  ]);
}

function folderText({ path, type }: FindingGroup): string {
  return type === 'directory' ? `${path}/` : path;
}

function sizeText({ type, size }: FindingGroup): string {
  return type === 'file' ? bytes(size) : '·';
}

/** One is told by its name, several are counted. */
function imagesText(uses: readonly FindingUse[]): string {
  const images = new Set(uses.map(({ image }) => image));
  return images.size === 1 ? uses[0]!.name : plural(images.size, 'image');
}

function imageLine(
  { name, shown, layer, layers, hiddenBy, step }: FindingUse,
  tab: FindingsTab,
  theme: Theme,
  cells: number,
  mark: Piece,
  on: boolean,
): string {
  const hidden = hiddenBy === undefined ? '' : `  hidden by layer ${hiddenBy + 1}`;
  const where = `  layer ${layer + 1} of ${layers}${step === 0 ? '' : ` · step ${step}`}   `;
  const room = cells - 7 - width(hidden) - width(where);
  // Equal contents lie under several paths.
  const named = tab === 'duplicates' ? Math.min(width(name), Math.floor(room * 0.5)) : room;
  const path = tab === 'duplicates' ? `  ${fitMiddle(shown, room - named - 2)}` : '';
  return compose(
    theme,
    cells,
    [mark, '      ', [on ? 'cursor' : 'plain', fitMiddle(name, named)], ['muted', path]],
    [
      ['warn', hidden],
      ['muted', where],
    ],
  );
}

function nothingLines(state: AppState, findings: Findings, theme: Theme, cells: number): string[] {
  const { status, text, error, hidden, failed } = searchOf(findings);
  const known = findings.known[searchOf(findings).kind];
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['   ', ...pieces]);
  const say = (what: string): string[] => wrap(what, cells - 6).map((part) => row(['muted', part]));
  const lines = [row()];
  if (error !== undefined) return [...lines, row(['bad', `✗ ${error.message}`]), ...say(error.hint)];
  if (status === 'searching') return [...lines, ...say('searching …')];
  for (const { name, error: why } of failed.slice(0, 5))
    lines.push(row(['bad', `✗ ${name}: ${why.message}`]));
  if (status === undefined && findings.tab === 'find') {
    lines.push(
      row(['key', '  libssl.so.3  *.pem     '], 'a name, whatever folder it lies in'),
      row(['key', '  /etc/passwd  **/x/*.so '], 'a path from the root; ** is any number of folders'),
      row(['key', '  sha256:08be…           '], 'the content of a file'),
    );
  } else if (status === 'done' && known?.known !== 0) {
    const looked = known?.known ?? state.images.length;
    lines.push(
      ...say(
        findings.tab === 'duplicates'
          ? `No content lies twice in ${plural(looked, 'image')}.`
          : findings.tab === 'largest'
            ? `There is no file in ${plural(looked, 'image')}.`
            : hidden === 0
              ? `None of ${plural(looked, 'image')} has ${text}.`
              : `No image shows ${text}, but it lies in ${plural(hidden, 'layer')} that later ones hide: a shows it.`,
      ),
    );
  }
  if (known !== undefined && known.known < known.images)
    lines.push(
      row(),
      ...say(
        `i reads ${plural(known.images - known.known, 'image')} that nobody has looked into yet, up to ${bytes(known.bytes)}.`,
      ),
    );
  return lines;
}
