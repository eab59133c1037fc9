/** What an image carries in vain, for people: figures, the biggest items with whom to blame and what to do, and limits. */
import type { ImageContents } from '../engine/layers/contents.ts';
import type { Waste } from '../engine/layers/waste.ts';
import type { WasteItem } from '../engine/layers/waste-item.ts';
import { blameText, efficiencyText, itemPath, KIND_WORDS, storyText } from '../engine/layers/waste-words.ts';
import { figureText, type Verdict } from './check-verdict.ts';
import { dockerSize } from './docker-size.ts';
import { ellipsis } from './ellipsis.ts';
import { count } from './plan-report.ts';

const LABEL = 13;
const SIZE = 9;
const INSTRUCTION = 90;
const COUNTED = ['overwritten', 'deleted', 'leftover'] as const;

/** `most`: items shown of each list. */
export function* checkReport(
  { image }: ImageContents,
  waste: Waste,
  verdicts: readonly Verdict[],
  most: number,
): Generator<string> {
  const { byKind, items } = waste;
  const platform = image.platform === '' ? '' : `  ${image.platform}`;
  yield `${image.name}${platform}`;
  yield fact('Size', `${dockerSize(waste.carried)} in ${count(image.layers.length, 'layer')}, unpacked`);
  const parts = COUNTED.filter((kind) => byKind[kind].items > 0).map(
    (kind) => `${dockerSize(byKind[kind].bytes)} ${KIND_WORDS[kind]}`,
  );
  yield fact('Waste', `${dockerSize(waste.bytes)}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`);
  yield fact('Efficiency', efficiencyText(waste.efficiency));
  const twice = byKind.duplicate;
  yield fact(
    'Duplicates',
    waste.compared
      ? `${dockerSize(twice.bytes)}${twice.items === 0 ? '' : ` in ${count(twice.items, 'path')}, not counted as waste`}`
      : 'not looked for: contents were not read',
  );
  for (const { limit, actual, kept } of verdicts)
    yield fact(
      kept ? 'Kept' : 'Broken',
      `--${limit.name} ${limit.text}${kept ? '' : ` (${figureText(limit, actual)})`}`,
    );
  const wasted = items.filter(({ kind }) => kind !== 'duplicate');
  const total = COUNTED.reduce((sum, kind) => sum + byKind[kind].items, 0);
  yield* list(image.layers, 'Waste, the biggest first', wasted, total, most);
  const double = items.filter(({ kind }) => kind === 'duplicate');
  yield* list(image.layers, 'Duplicates, the biggest first', double, twice.items, most);
}

type Steps = ImageContents['image']['layers'];

function* list(
  steps: Steps,
  title: string,
  items: readonly WasteItem[],
  total: number,
  most: number,
): Generator<string> {
  if (total === 0) return;
  yield '';
  yield title;
  for (const item of items.slice(0, most)) yield* itemLines(steps, item);
  const more = total - Math.min(most, items.length);
  if (more > 0) yield `  and ${more} smaller${most < items.length ? ': --limit shows more' : ''}`;
}

function* itemLines(steps: Steps, item: WasteItem): Generator<string> {
  yield `  ${dockerSize(item.bytes).padStart(SIZE)}  ×${item.times}  ${itemPath(item)}`;
  yield detail('what', storyText(steps, item));
  yield detail('blame', ellipsis(blameText(steps, item), INSTRUCTION));
  yield detail('fix', item.fix);
}

function fact(label: string, text: string): string {
  return `${label.padEnd(LABEL)}${text}`;
}

function detail(label: string, text: string): string {
  return `${' '.repeat(SIZE + 4)}${label.padEnd(7)}${text}`;
}
