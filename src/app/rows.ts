/** The three image lists as they are shown: filtered, sorted, each row with its name and figures. Pure and remembered. */
import fuzzysort from 'fuzzysort';
import type { Size } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import { matchImages, parseFilterTerms } from '../engine/filters.ts';
import type { Image } from '../engine/image.ts';
import type { Ledger } from '../engine/ledger.ts';
import { shortId } from './format.ts';
import { ledgerOf } from './ledger-of.ts';
import type { AppState, PaneId, SortColumn } from './state.ts';

export interface Row {
  readonly id: string;
  readonly image: Image;
  /** The first name, or what stands for one: `a91cf06bd3e8`. */
  readonly name: string;
  /** What deleting it alone frees; undefined while that is being found out. */
  readonly own: Size | undefined;
  readonly uses: number;
  /** One of them runs. */
  readonly running: boolean;
}

export interface RowList {
  readonly rows: readonly Row[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** How many there are without the filter. */
  readonly all: number;
}

export type Rows = Readonly<Record<PaneId, RowList>> & {
  /** How many images stand on intermediate ones. */
  readonly standing: number;
  /** Why the filter could not be read, `''` when it could. */
  readonly problem: string;
};

type Input = Pick<AppState, 'images' | 'stock' | 'usage' | 'containers' | 'filter' | 'sort'>;

let lastInput: Input | undefined;
let lastRows: Rows | undefined;

/** The rows of a state; the same object as before when nothing they depend on changed. */
export function rowsOf(state: AppState): Rows {
  const { images, stock, usage, containers, filter, sort } = state;
  const last = lastInput;
  if (
    lastRows !== undefined &&
    last !== undefined &&
    last.images === images &&
    last.stock === stock &&
    last.usage === usage &&
    last.containers === containers &&
    last.filter === filter &&
    last.sort === sort
  ) {
    return lastRows;
  }
  lastInput = { images, stock, usage, containers, filter, sort };
  lastRows = makeRows(lastInput);
  return lastRows;
}

function makeRows(input: Input): Rows {
  const ledger = ledgerOf(input.stock);
  const shared = ledger === undefined ? sharedSizes(input.usage) : undefined;
  const uses = new Map<string, number>();
  const runs = new Set<string>();
  for (const container of input.containers) {
    if (container.running) runs.add(container.imageId);
    uses.set(container.imageId, (uses.get(container.imageId) ?? 0) + 1);
  }
  const panes: Record<PaneId, Row[]> = { tagged: [], dangling: [], intermediate: [] };
  for (const image of input.images) {
    panes[image.role].push({
      id: image.id,
      image,
      name:
        image.references[0] ??
        (image.role === 'dangling' ? undefined : image.digests[0]) ??
        shortId(image.id),
      own: ownOf(image, ledger, shared),
      running: runs.has(image.id),
      uses: uses.get(image.id) ?? Math.max(0, image.containers ?? 0),
    });
  }
  const steps = new Set(panes.intermediate.map((row) => row.id));
  const standing = input.images.filter(
    (image) => image.role !== 'intermediate' && steps.has(image.parentId),
  ).length;
  const filter = readFilter(input);
  return {
    tagged: listOf(panes.tagged, filter, input.sort),
    dangling: listOf(panes.dangling, filter, input.sort),
    intermediate: listOf(panes.intermediate, filter, input.sort),
    standing,
    problem: filter.problem,
  };
}

/** The ledger's figure, or what the engine itself said meanwhile. */
function ownOf(
  image: Image,
  ledger: Ledger | undefined,
  shared: ReadonlyMap<string, number> | undefined,
): Size | undefined {
  if (ledger?.stock.layers.has(image.id)) return ledger.own(image.id);
  const sharedSize = image.sharedSize ?? shared?.get(image.id);
  if (sharedSize === undefined) return undefined;
  return {
    bytes: Math.max(0, image.size - sharedSize),
    bound: 'about',
    reason: 'the engine counts it so; its layers are still being read',
  };
}

function sharedSizes(usage: AppState['usage']): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const image of usage?.perImage ?? []) {
    if (image.sharedSize !== undefined) sizes.set(image.id, image.sharedSize);
  }
  return sizes;
}

interface Filter {
  readonly text: string;
  /** Ids that pass the docker-style terms; undefined without any. */
  readonly passing: ReadonlySet<string> | undefined;
  readonly problem: string;
}

function readFilter(input: Input): Filter {
  if (input.filter.trim() === '') return { text: '', passing: undefined, problem: '' };
  const { filters, text, problem = '' } = parseFilterTerms(input.filter);
  const asked = Object.keys(filters).length > 0;
  if (!asked) return { text: text.trim(), passing: undefined, problem };
  try {
    const passing = new Set(matchImages(input.images, filters).map((image) => image.id));
    return { text: text.trim(), passing, problem };
  } catch (thrown) {
    // A term that names an image nobody has, as every half-typed one does.
    return { text: text.trim(), passing: undefined, problem: problem || asEngineError(thrown).message };
  }
}

function listOf(all: Row[], filter: Filter, sort: AppState['sort']): RowList {
  const passing = filter.passing;
  const candidates = passing === undefined ? all : all.filter((row) => passing.has(row.id));
  const rows = filter.text === '' ? candidates.sort(comparator(sort)) : search(candidates, filter.text);
  const indexOf = new Map<string, number>();
  for (const [index, row] of rows.entries()) {
    indexOf.set(row.id, index);
  }
  return { rows, indexOf, all: all.length };
}

const HEX = /^(?:sha256:)?[0-9a-f]{4,64}$/;

/** Best match first; an image matches by any of its names, and by the start of its id. */
function search(rows: readonly Row[], text: string): Row[] {
  const found = fuzzysort.go(text, rows, {
    key: (row: Row) => (row.image.references.length > 1 ? row.image.references.join(' ') : row.name),
    limit: 0,
    threshold: 0.3,
  });
  const matches = found.map((result) => result.obj);
  if (!HEX.test(text)) return matches;
  const prefix = text.replace('sha256:', '');
  const seen = new Set(matches);
  const byId = rows.filter(
    (row) => !seen.has(row) && row.id.slice(row.id.indexOf(':') + 1).startsWith(prefix),
  );
  return [...byId, ...matches];
}

const COMPARE: Record<SortColumn, (a: Row, b: Row) => number> = {
  own: (a, b) =>
    (b.own?.bytes ?? b.image.size) - (a.own?.bytes ?? a.image.size) || b.image.size - a.image.size,
  size: (a, b) => b.image.size - a.image.size,
  age: (a, b) => b.image.created - a.image.created,
  use: (a, b) => b.uses - a.uses,
  name: () => 0,
};

function comparator(sort: AppState['sort']): (a: Row, b: Row) => number {
  const compare = COMPARE[sort.column];
  const sign = sort.reverse ? -1 : 1;
  // Ties break by name and id: engines do not list in a stable order.
  return (a, b) => sign * compare(a, b) || (sort.column === 'name' ? sign : 1) * byName(a, b);
}

function byName(a: Row, b: Row): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
