/** All that an image carries in vain, one item a row, and below what is known of the one under the cursor. */
import type { FilesPage } from '../app/files-page.ts';
import {
  currentWaste,
  unlistedText,
  type WastePage,
  wasteItems,
  wasteLayout,
  wasteOfPage,
} from '../app/files-waste.ts';
import { bytes, bytesOf, grouped, plural } from '../app/format.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, wrap } from '../app/width.ts';
import type { Waste } from '../engine/layers/waste.ts';
import type { WasteItem, WasteKind } from '../engine/layers/waste-item.ts';
import { blameText, efficiencyText, itemPath, KIND_WORDS, storyText } from '../engine/layers/waste-words.ts';
import { compose, fill, type Piece, ruleWith } from './line.ts';

const SIZE = 10;
const TIMES = 6;
const KIND = 13;
const LABEL = 9;

/** What the numbers mean. */
export const WASTE_STATUS: readonly Piece[] = [
  ' × layers that have the path   ',
  ['muted', 'sizes are unpacked · duplicates are no waste'],
];

const TOKENS: Readonly<Record<WasteKind, Token>> = {
  overwritten: 'warn',
  deleted: 'bad',
  leftover: 'accent',
  duplicate: 'muted',
};

export function wasteScreen(state: AppState, files: FilesPage, page: WastePage, theme: Theme): string[] {
  const cells = state.columns;
  const { height, list, facts } = wasteLayout(state);
  const waste = wasteOfPage(state, files);
  const items = wasteItems(state);
  const title = [`${shorten(files.name, Math.max(12, cells - 50))} · waste`];
  if (waste !== undefined) title.push(sumText(waste, page.kind));
  const lines = [
    ruleWith(
      theme,
      cells,
      title.join(' '),
      waste === undefined ? '' : `efficiency ${efficiencyText(waste.efficiency)}`,
      'cursor',
    ),
  ];
  const by = cells < 100 ? 0 : Math.min(46, Math.floor(cells * 0.36));
  const path = cells - 2 - SIZE - TIMES - 2 - KIND - by;
  lines.push(
    compose(theme, cells, [
      [
        'muted',
        `  ${fitEnd('SIZE', SIZE)}${fitEnd('TIMES', TIMES)}  ${fit('KIND', KIND)}${fit('PATH', path)}${fit(by === 0 ? '' : 'BLAME', by)}`,
      ],
    ]),
  );
  const cursor = Math.min(page.at, items.length - 1);
  const top = windowTop(page.top, cursor, items.length, list);
  const steps = files.image?.layers ?? [];
  const rows = items.slice(top, top + list).map((item, index) => {
    const on = top + index === cursor;
    const blame = by === 0 ? '' : blameText(steps, item);
    return compose(theme, cells, [
      on ? ['cursor', '▌'] : ' ',
      ' ',
      fitEnd(bytes(item.bytes), SIZE),
      ['muted', fitEnd(`×${item.times}`, TIMES)],
      '  ',
      [TOKENS[item.kind], fit(KIND_WORDS[item.kind], KIND)],
      [on ? 'cursor' : 'plain', fitMiddle(itemPath(item), path - 1)],
      by === 0 ? '' : ' ',
      ['muted', by === 0 ? '' : fit(shorten(blame, by), by)],
    ]);
  });
  if (rows.length === 0) {
    const none = waste === undefined ? 'working it out …' : noneText(waste, page.kind);
    rows.push(
      compose(theme, cells, []),
      ...wrap(none, cells - 6).map((text) => compose(theme, cells, [['muted', `   ${text}`]])),
    );
  }
  const about = waste === undefined ? '' : unlistedText(waste, page.kind);
  lines.push(...fill(rows, list, cells));
  lines.push(ruleWith(theme, cells, factsTitle(page), about, 'strong'));
  lines.push(...fill(factLines(state, files, theme, cells), facts - 1, cells));
  return fill(lines, height, cells);
}

/** `11.3 MB in 3 paths`; of one kind `deleted 2.7 MB in 1 path`. */
function sumText({ bytes: sum, byKind, compared }: Waste, kind: WasteKind | undefined): string {
  if (kind !== undefined) {
    if (kind === 'duplicate' && !compared) return '· duplicates not known';
    const { bytes: own, items } = byKind[kind];
    return `· ${KIND_WORDS[kind]} ${bytes(own)} in ${plural(items, 'path')}`;
  }
  const paths = byKind.overwritten.items + byKind.deleted.items + byKind.leftover.items;
  return paths === 0 ? 'none' : `${bytes(sum)} in ${plural(paths, 'path')}`;
}

function noneText({ compared }: Waste, kind: WasteKind | undefined): string {
  if (kind === 'duplicate')
    return compared
      ? 'No two files have the same content.'
      : 'Contents have not been read: c reads them, and then duplicates are known.';
  if (kind !== undefined) return `Nothing is ${KIND_WORDS[kind]}.`;
  return 'Nothing is carried in vain: no layer hides what another one brings, and nothing is left over.';
}

function factsTitle({ comparing }: WastePage): string {
  return comparing === undefined
    ? 'What to do'
    : `↻ reading contents ${bytesOf(comparing.bytes, comparing.total)}`;
}

function factLines(state: AppState, files: FilesPage, theme: Theme, cells: number): string[] {
  const item = currentWaste(state);
  if (item === undefined) return [];
  const steps = files.image?.layers ?? [];
  const fact = (label: string, text: string, token: Token = 'plain'): string[] =>
    wrap(text, cells - LABEL - 4).map((part, index) =>
      compose(theme, cells, ['  ', ['muted', fit(index === 0 ? label : '', LABEL)], [token, part]]),
    );
  return [
    ...fact('fix', item.fix, 'good'),
    ...fact('what', `${storyText(steps, item)}${filesText(item)}`),
    ...fact('blame', shorten(blameText(steps, item), (cells - LABEL - 4) * 2 - 4)),
    ...fact('path', itemPath(item)),
  ];
}

function filesText({ files, kind, bytes: size }: WasteItem): string {
  const amount = `${grouped(size)} bytes`;
  return kind === 'duplicate' || files === 1 ? ` · ${amount}` : ` · ${amount} in ${plural(files, 'file')}`;
}
