/** The page of waste in words. Pure. */
import type { Waste } from '../engine/layers/waste.ts';
import type { WasteItem, WasteKind } from '../engine/layers/waste-item.ts';
import { blameText, efficiencyText, itemPath, KIND_WORDS, storyText } from '../engine/layers/waste-words.ts';
import type { FilesPage } from './files-page.ts';
import { currentWaste, type WastePage } from './files-waste.ts';
import { bytes, bytesOf, grouped, plural } from './format.ts';
import { kept } from './kept.ts';
import type { AppState } from './state.ts';
import { shorten } from './width.ts';

export interface WasteWords {
  readonly kind: WasteKind;
  readonly size: string;
  readonly times: string;
  readonly word: string;
  readonly path: string;
  readonly blame: string;
}

export function wasteWords({ image }: FilesPage, item: WasteItem): WasteWords {
  return {
    kind: item.kind,
    size: bytes(item.bytes),
    times: `×${item.times}`,
    word: KIND_WORDS[item.kind],
    path: itemPath(item),
    blame: blameText(image?.layers ?? [], item),
  };
}

/** `web:1 · waste 11.3 MB in 3 paths`, and of one kind `web:1 · waste · deleted 2.7 MB in 1 path`. */
export function wasteTitle(
  files: FilesPage,
  page: WastePage,
  waste: Waste | undefined,
  cells: number,
): string {
  const title = `${shorten(files.name, Math.max(12, cells - 50))} · waste`;
  return waste === undefined ? title : `${title} ${sumText(waste, page.kind)}`;
}

export function efficiencyWords(waste: Waste | undefined): string {
  return waste === undefined ? '' : `efficiency ${efficiencyText(waste.efficiency)}`;
}

function sumText({ bytes: sum, byKind, compared }: Waste, kind: WasteKind | undefined): string {
  if (kind !== undefined) {
    if (kind === 'duplicate' && !compared) return '· duplicates not known';
    const { bytes: own, items } = byKind[kind];
    return `· ${KIND_WORDS[kind]} ${bytes(own)} in ${plural(items, 'path')}`;
  }
  const paths = byKind.overwritten.items + byKind.deleted.items + byKind.leftover.items;
  return paths === 0 ? 'none' : `${bytes(sum)} in ${plural(paths, 'path')}`;
}

/** Why nothing is listed. */
export function noneText(waste: Waste | undefined, kind: WasteKind | undefined): string {
  if (waste === undefined) return 'working it out …';
  if (kind === 'duplicate')
    return waste.compared
      ? 'No two files have the same content.'
      : 'Contents have not been read: c reads them, and then duplicates are known.';
  if (kind !== undefined) return `Nothing is ${KIND_WORDS[kind]}.`;
  return 'Nothing is carried in vain: no layer hides what another one brings, and nothing is left over.';
}

/** What stands over the facts of an item: what goes on, or what to make of them. */
export function factsTitle({ comparing }: WastePage): string {
  return comparing === undefined
    ? 'What to do'
    : `↻ reading contents ${bytesOf(comparing.bytes, comparing.total)}`;
}

export interface WasteFacts {
  readonly fix: string;
  readonly what: string;
  readonly blame: string;
  readonly path: string;
}

/** Of the item under the cursor. */
export function wasteFacts(state: AppState): WasteFacts | undefined {
  const item = currentWaste(state);
  return item === undefined || state.files === undefined ? undefined : factsOf(state.files, item);
}

const factsOf = kept(({ image }: FilesPage, item: WasteItem): WasteFacts => {
  const steps = image?.layers ?? [];
  const amount = `${grouped(item.bytes)} bytes`;
  const many = item.kind !== 'duplicate' && item.files > 1 ? ` in ${plural(item.files, 'file')}` : '';
  return {
    fix: item.fix,
    what: `${storyText(steps, item)} · ${amount}${many}`,
    blame: blameText(steps, item),
    path: itemPath(item),
  };
});
