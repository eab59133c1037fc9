/** The overview of a comparison: both images, sums of all that differs, and their configs. Pure. */
import type { Comparison } from '../engine/compare/compare-images.ts';
import type { ConfigChange } from '../engine/compare/config-changes.ts';
import type { FileSum } from '../engine/compare/file-changes.ts';
import type { LayerRow } from '../engine/compare/layer-rows.ts';
import type { PackageChange } from '../engine/compare/package-changes.ts';
import { ROOT } from '../engine/layers/breadth-tree.ts';
import { line } from '../engine/text.ts';
import type { ComparedPackages, CompareProgress } from './compare-page.ts';
import { BLANK, growth, has, SIGN_TOKENS, type Sign, type TextRow } from './compare-signs.ts';
import { bytes, bytesOf, grouped, plural, shortId } from './format.ts';
import { kept } from './kept.ts';
import { fit, shortenMiddle, width, wrap } from './width.ts';

const LABEL = 10;
const MOST_NAME = 40;

export const overviewRows = kept(
  (comparison: Comparison, packages: ComparedPackages, search: string, cells: number): readonly TextRow[] => {
    const { a, b, treeA, treeB, config, files, layers } = comparison;
    const sides = (
      [
        ['before', a, treeA],
        ['after', b, treeB],
      ] as const
    ).map(([label, { image }, tree]) => {
      // A platform that differs is told with the configs: it is the first to give way.
      const platform = cells >= 100 ? image.platform : '';
      const facts = [shortId(image.id), platform, `${bytes(tree.size(ROOT))} of files`];
      const text = `  ${facts.filter((fact) => fact !== '').join(' · ')}`;
      const name = shortenMiddle(image.name, Math.max(16, cells - LABEL - width(text)));
      return { label, name, text };
    });
    const longest = Math.max(...sides.map(({ name }) => width(name)));
    const { added, removed, changed } = files.sums;
    const sums: TextRow[] = [
      [
        ['muted', fit('files', LABEL)],
        ...(files.list.length === 0
          ? ([['good', 'the same']] as const)
          : ([
              ['good', `+ ${sumText(added)}`],
              ['plain', '   '],
              ['bad', `− ${sumText(removed)}`],
              ['plain', '   '],
              ['warn', `~ ${sumText(changed)}`],
            ] as const)),
      ],
      [
        ['muted', fit('layers', LABEL)],
        ['plain', layerSum(layers)],
      ],
      [['muted', fit('packages', LABEL)], ...packageSum(packages)],
    ];
    const folders = added.folders + removed.folders + changed.folders;
    const beside = `   ${plural(folders, 'folder')}`;
    const taken = sums[0]!.reduce((sum, [, text]) => sum + width(text), width(beside));
    if (folders > 0 && taken <= cells) sums[0] = [...sums[0]!, ['muted', beside]];
    const rows = config.filter(({ field, key, before = '', after = '' }) =>
      has(search, field, key, before, after),
    );
    const names = Math.min(MOST_NAME, Math.max(0, ...rows.map((change) => width(configName(change)))));
    const head: TextRow = [
      ['title', 'CONFIG  '],
      ['muted', config.length === 0 ? 'the same' : plural(rows.length, 'difference')],
    ];
    return [
      ...sides.map(
        ({ label, name, text }): TextRow => [
          ['muted', fit(label, LABEL)],
          ['strong', fit(name, longest)],
          ['muted', text],
        ],
      ),
      BLANK,
      ...sums,
      BLANK,
      head,
      ...rows.flatMap((change) => configRows(change, names, cells)),
    ];
  },
);

/** One row where all of it fits, else old and new below. */
function configRows(change: ConfigChange, names: number, cells: number): TextRow[] {
  const { field, before, after } = change;
  const sign: Sign = before === undefined ? '+' : after === undefined ? '−' : '~';
  const name = configName(change);
  const lead: TextRow = [
    [SIGN_TOKENS[sign], sign],
    ['plain', ' '],
    ['strong', width(name) < names ? fit(name, names) : name],
  ];
  if (field === 'port' || field === 'volume') return [lead];
  const value = before === undefined ? after : after === undefined ? before : `${before} → ${after}`;
  const isLine = value?.includes('\n') !== true;
  if (isLine && Math.max(names, width(name)) + width(value ?? '') + 6 <= cells)
    return [[...lead, ['plain', `  ${value}`]]];
  const below = (text: string | undefined, part: Sign): TextRow[] =>
    text === undefined
      ? []
      : wrap(text, cells - 8).map(
          (row, at): TextRow => [
            [SIGN_TOKENS[part], at === 0 ? `  ${part} ` : '    '],
            ['plain', row],
          ],
        );
  return [lead, ...below(before, '−'), ...below(after, '+')];
}

function configName({ field, key }: ConfigChange): string {
  const noun = field.replace('-', ' ');
  return key === '' ? noun : `${noun} ${line(key)}`;
}

/** `63  +4.4 MB`; of changed files what is stored anew, too, where that is more: `4  98.7 MB (+6.2 MB)`. */
function sumText({ files, bytes: amount, moved }: FileSum): string {
  if (moved === 0) return `${grouped(files)}  ${bytes(0)}`;
  return `${grouped(files)}  ${moved === Math.abs(amount) ? growth(amount) : `${bytes(moved)} (${growth(amount)})`}`;
}

function layerSum(layers: readonly LayerRow[]): string {
  const count = (kind: LayerRow['kind']): number => layers.filter((row) => row.kind === kind).length;
  return `${count('shared')} shared · ${count('removed')} only before · ${count('added')} only after`;
}

function readText({ bytes: read, total }: CompareProgress): string {
  return read === 0 ? '' : `  ${bytesOf(read, total)}`;
}

/** How many packages differ, or how far that is. */
export function packageSum(packages: ComparedPackages): TextRow {
  switch (packages.status) {
    case 'waiting':
      return [['muted', '…']];
    case 'reading':
      return [['muted', `reading …${readText(packages.progress)}`]];
    case 'failed':
      return [['bad', `✗ ${packages.error.message}`]];
    case 'read': {
      const { list, problems } = packages.changes;
      const failed: TextRow =
        problems.length === 0 ? [] : [['warn', `   ${plural(problems.length, 'file')} not read`]];
      if (list.length === 0) return [['good', problems.length === 0 ? 'the same' : ''], ...failed];
      const count = (is: (change: PackageChange) => boolean): string => grouped(list.filter(is).length);
      return [
        ['good', `+ ${count(({ before }) => before.length === 0)}`],
        ['plain', '   '],
        ['bad', `− ${count(({ after }) => after.length === 0)}`],
        ['plain', '   '],
        ['warn', `~ ${count(({ before, after }) => before.length > 0 && after.length > 0)}`],
        ...failed,
      ];
    }
  }
}
