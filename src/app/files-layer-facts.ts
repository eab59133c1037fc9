/** The layer under the cursor of the files page in words: what made it, how much it holds, who has it. Pure. */
import { downFrom, imagesOn } from '../engine/forest.ts';
import { dateText, type EntryLine } from './files-entry.ts';
import { type LayerLine, type LayerLines, layerLines } from './files-layers.ts';
import type { FilesPage } from './files-page.ts';
import { forestTree } from './forest-tree.ts';
import { ago, bytes, grouped, plural } from './format.ts';
import { kept } from './kept.ts';
import type { AppState } from './state.ts';
import { shorten, wrap } from './width.ts';

export interface FilesLayerFacts {
  readonly title: string;
  /** The whole of it; undefined where all layers are meant. */
  readonly instruction: string | undefined;
  readonly lines: readonly EntryLine[];
}

/** Names of images that are told of those that share a layer. */
const NAMES = 4;
/** Cells before a fact, and after it. */
export const LABEL = 15;
/** Rows of any fact but the instruction. */
const ROWS = 2;

/** Undefined while nobody knows of layers. */
export function filesLayerFacts(
  state: Pick<AppState, 'stock' | 'now'>,
  page: FilesPage,
): FilesLayerFacts | undefined {
  if (page.image === undefined) return undefined;
  return madeFacts(page.image, page.layer, layerLines(state, page), state.stock, page.id, state.now);
}

const madeFacts = kept(
  (
    image: NonNullable<FilesPage['image']>,
    layer: number | undefined,
    known: LayerLines,
    stock: AppState['stock'],
    id: string,
    now: number,
  ): FilesLayerFacts => {
    const count = image.layers.length;
    if (layer === undefined) {
      const { all } = known;
      const lines =
        all === undefined
          ? []
          : [
              { label: 'size', text: sizeText(all.bytes) },
              { label: 'files', text: countsText(all.counts) },
            ];
      return { title: `all of ${plural(count, 'layer')}`, instruction: undefined, lines };
    }
    const { step, createdBy, diffId, created = 0 } = image.layers[layer]!;
    const line = known.layers[layer]!;
    const place = `layer ${layer + 1} of ${count}`;
    const steps = image.steps === undefined ? '' : ` of ${image.steps}`;
    const lines: EntryLine[] = [
      { label: 'size', text: readText(line) },
      ...(line.counts === undefined ? [] : [{ label: 'files', text: countsText(line.counts) }]),
      { label: 'diff ID', text: diffId },
      ...(created > 0 ? [{ label: 'made', text: `${dateText(created)}, ${ago(created, now)}` }] : []),
      ...(line.label === createdBy ? [] : [{ label: 'ends here', text: line.label }]),
      ...sharedLines(stock, id, layer, diffId),
    ];
    return {
      title: step > 0 ? `step ${step}${steps} · ${place}` : place,
      instruction: createdBy === '' ? 'no instruction recorded' : createdBy,
      lines,
    };
  },
);

function sizeText(count: number): string {
  return `${bytes(count)}${count >= 1000 ? ` (${plural(count, 'byte')})` : ''}, unpacked`;
}

function readText({ read, bytes: count }: LayerLine): string {
  if (read === 'not') return 'not read yet';
  return read === 'partly' ? `${bytes(count)} so far` : sizeText(count);
}

function countsText({ added, changed, removed }: NonNullable<LayerLine['counts']>): string {
  return `${grouped(added)} added · ${grouped(changed)} changed · ${grouped(removed)} removed`;
}

/** Nothing where the image is none of the list. */
function sharedLines(stock: AppState['stock'], id: string, layer: number, diffId: string): EntryLine[] {
  if (stock === undefined) return [];
  const { forest, nameOf } = forestTree(stock);
  const node = [...downFrom(forest.tops.get(id))].at(-1 - layer);
  if (node?.layer.diffId !== diffId) return [];
  const others = imagesOn(node).filter((image) => image !== id);
  if (others.length === 0) return [{ label: 'shared', text: 'no, only this image has it' }];
  const named = others.slice(0, NAMES).map(nameOf).join(', ');
  const more = others.length > NAMES ? ` and ${grouped(others.length - NAMES)} more` : '';
  return [{ label: 'shared', text: `by ${plural(others.length + 1, 'image')}: this one, ${named}${more}` }];
}

/** Facts as rows of so many cells, the label at the first of each; the instruction gives way where not all fit. */
export function layerFactRows(
  { instruction, lines }: FilesLayerFacts,
  cells: number,
  height = Number.POSITIVE_INFINITY,
): EntryLine[] {
  const room = cells - LABEL;
  const rest = lines.flatMap(({ label, text }) => rowsOf(label, firstRows(wrap(text, room), room)));
  if (instruction === undefined) return rest;
  const made = wrap(instruction, room);
  const most = Math.max(1, height - rest.length);
  const more = `and ${plural(made.length - most + 1, 'more row')} · Y copies all of it`;
  const shown =
    made.length <= most
      ? made
      : most === 1
        ? [shorten(instruction, room)]
        : [...made.slice(0, most - 1), shorten(more, room)];
  return [...rowsOf('made by', shown), ...rest];
}

/** What is longer ends in an ellipsis. */
function firstRows(rows: readonly string[], cells: number): readonly string[] {
  if (rows.length <= ROWS) return rows;
  return [...rows.slice(0, ROWS - 1), shorten(rows.slice(ROWS - 1).join(' '), cells)];
}

function rowsOf(label: string, rows: readonly string[]): EntryLine[] {
  return rows.map((text, at) => ({ label: at === 0 ? label : '', text }));
}
