/** Find in all images, over the screen it was opened from: what is looked for, what was found, and how it is looked at. Pure. */
import type { EngineError } from '../engine/errors.ts';
import type { FindingGroup, FindingUse } from './findings-groups.ts';
import { plural } from './format.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { cursorIndex, type Keyed, type Motion, motionTarget, moveTo, windowTop } from './list.ts';
import type { AppState, Place } from './state.ts';
import { fieldOf, type TextField } from './text-field.ts';

export type FindingsTab = 'find' | 'largest' | 'duplicates';
export const FINDINGS_TABS: readonly FindingsTab[] = ['find', 'largest', 'duplicates'];

/** Names and sizes lie in an index; digests are made of all contents. */
export type ReadingKind = 'names' | 'contents';

/** How much of the images is known already. */
export interface KnownImages {
  readonly images: number;
  readonly known: number;
  /** What the engine would have to hand out for the others, about. */
  readonly bytes: number;
}

export interface Findings {
  /** Pages are told apart by it: another opening has another. */
  readonly opened: object;
  readonly tab: FindingsTab;
  /** What later layers overwrote or removed is shown, too. */
  readonly hiddenToo: boolean;
  readonly searches: Readonly<Record<FindingsTab, FindingsSearch>>;
  readonly places: Readonly<Record<FindingsTab, Place>>;
  /** Groups whose images are shown, by id. */
  readonly unfolded: ReadonlySet<string>;
  /** Undefined until that was found out. */
  readonly known: Readonly<Record<ReadingKind, KnownImages | undefined>>;
}

export interface FindingsSearch {
  /** Undefined before the first one. */
  readonly status: 'searching' | 'done' | 'stopped' | undefined;
  /** What is looked for; `''` where that is no question. */
  readonly text: string;
  readonly kind: ReadingKind;
  /** Images, or layers, looked through so far, and of how many. */
  readonly done: number;
  readonly total: number;
  readonly groups: readonly FindingGroup[];
  /** Some of what was found is too much to be shown. */
  readonly isCut: boolean;
  /** What all of it comes to, in words. */
  readonly sum: string;
  /** Found, but in no image that shows it. */
  readonly hidden: number;
  readonly error: EngineError | undefined;
  /** Names of images that could not be read, and why. */
  readonly failed: readonly { readonly name: string; readonly error: EngineError }[];
}

export const NO_SEARCH: FindingsSearch = {
  status: undefined,
  text: '',
  kind: 'names',
  done: 0,
  total: 0,
  groups: [],
  isCut: false,
  sum: '',
  hidden: 0,
  error: undefined,
  failed: [],
};

const NOWHERE: Place = { cursor: undefined, top: 0 };

export function newFindings(): Findings {
  return {
    opened: {},
    tab: 'find',
    hiddenToo: false,
    searches: { find: NO_SEARCH, largest: NO_SEARCH, duplicates: { ...NO_SEARCH, kind: 'contents' } },
    places: { find: NOWHERE, largest: NOWHERE, duplicates: NOWHERE },
    unfolded: new Set(),
    known: { names: undefined, contents: undefined },
  };
}

/** The search of the tab that is open. */
export function searchOf({ tab, searches }: Findings): FindingsSearch {
  return searches[tab];
}

export type FindingRow = Keyed & { readonly group: FindingGroup } & (
    | { readonly kind: 'group'; readonly uses: readonly FindingUse[]; readonly isOpen: boolean }
    | { readonly kind: 'use'; readonly use: FindingUse }
  );

interface Rows {
  readonly rows: readonly FindingRow[];
  readonly indexOf: ReadonlyMap<string, number>;
}

const rowsFrom = kept(
  (groups: readonly FindingGroup[], unfolded: ReadonlySet<string>, all: boolean): Rows => {
    const rows: FindingRow[] = [];
    for (const group of groups) {
      const isOpen = unfolded.has(group.id);
      // Where all are meant they are those of the group, which makes them once a row is looked at.
      const shown = all ? undefined : group.uses.filter(({ hiddenBy }) => hiddenBy === undefined);
      if (shown?.length === 0) continue;
      const row: FindingRow = {
        ...{ id: group.id, kind: 'group', group, isOpen },
        get uses() {
          return shown ?? group.uses;
        },
      };
      rows.push(row);
      if (isOpen) for (const use of row.uses) rows.push({ id: use.id, kind: 'use', group, use });
    }
    return { rows, indexOf: new Map(rows.map(({ id }, index) => [id, index])) };
  },
);

const NO_ROWS: Rows = { rows: [], indexOf: new Map() };

function allRows({ findings }: Pick<AppState, 'findings'>): Rows {
  if (findings === undefined) return NO_ROWS;
  const { tab, unfolded, hiddenToo } = findings;
  // What the largest are, and what lies there twice, takes room whether it shows or not.
  return rowsFrom(searchOf(findings).groups, unfolded, hiddenToo || tab !== 'find');
}

export function findingRows(state: Pick<AppState, 'findings'>): readonly FindingRow[] {
  return allRows(state).rows;
}

/** The row under the cursor, by its number; -1 where there is none. */
export function findingCursor(state: Pick<AppState, 'findings'>): number {
  const { rows, indexOf } = allRows(state);
  return state.findings === undefined
    ? -1
    : cursorIndex(rows, state.findings.places[state.findings.tab], indexOf);
}

export function currentFinding(state: Pick<AppState, 'findings'>): FindingRow | undefined {
  return findingRows(state)[findingCursor(state)];
}

/** Rows that lists have: below the title, the tabs, what is looked for and the heads of the columns. */
export function findingsHeight(state: Pick<AppState, 'columns' | 'rows'>): number {
  return Math.max(1, layoutOf(state.columns, state.rows).body.height - HEAD);
}

/** Rows above the list: title, tabs, what is looked for, heads of the columns. */
export const HEAD = 4;

export function changedFindings(state: AppState, change: (findings: Findings) => Findings): AppState {
  if (state.findings === undefined) return state;
  const findings = change(state.findings);
  return findings === state.findings ? state : { ...state, findings };
}

export function withSearch(findings: Findings, tab: FindingsTab, change: Partial<FindingsSearch>): Findings {
  return { ...findings, searches: { ...findings.searches, [tab]: { ...findings.searches[tab], ...change } } };
}

export function movedFindings(state: AppState, motion: Motion): AppState {
  const rows = findingRows(state);
  if (rows.length === 0) return state;
  const height = findingsHeight(state);
  return placed(state, motionTarget(motion, findingCursor(state), rows.length, height));
}

/** With the cursor on a row, counted from the first one drawn. */
export function clickedFinding(state: AppState, row: number): AppState {
  const rows = findingRows(state);
  const height = findingsHeight(state);
  if (state.findings === undefined || row < 0 || row >= Math.min(height, rows.length)) return state;
  const { top } = state.findings.places[state.findings.tab];
  return placed(state, windowTop(top, findingCursor(state), rows.length, height) + row);
}

function placed(state: AppState, index: number): AppState {
  const rows = findingRows(state);
  const height = findingsHeight(state);
  return changedFindings(state, (findings) => ({
    ...findings,
    places: {
      ...findings.places,
      [findings.tab]: moveTo(rows, findings.places[findings.tab], index, height),
    },
  }));
}

/** Shows the images of the group under the cursor, or hides them; of one of its images it is the group. */
export function folded(state: AppState, open: boolean): AppState {
  const row = currentFinding(state);
  if (row === undefined) return state;
  const { id } = row.group;
  return changedFindings(state, (findings) => {
    if (findings.unfolded.has(id) === open) return findings;
    const unfolded = new Set(findings.unfolded);
    if (open) unfolded.add(id);
    else unfolded.delete(id);
    const place = { ...findings.places[findings.tab], cursor: id };
    return { ...findings, unfolded, places: { ...findings.places, [findings.tab]: place } };
  });
}

/** The pattern as it is typed; it is looked for with enter. */
export function typingPattern(state: AppState, field: TextField): AppState {
  return { ...state, field };
}

export function editPattern(state: AppState): AppState {
  return changedFindings(
    { ...state, field: fieldOf(state.findings?.searches.find.text ?? '') },
    (findings) => ({
      ...findings,
      tab: 'find',
    }),
  );
}

/** `5 of 13 images are not read yet`; `''` where all are, or nobody knows yet. */
export function unknownText(known: KnownImages | undefined): string {
  const left = known === undefined ? 0 : known.images - known.known;
  if (known === undefined || left === 0) return '';
  return left === known.images
    ? `${left === 1 ? 'the only image is' : `none of ${plural(left, 'image')} is`} read yet`
    : `${left} of ${plural(known.images, 'image')} ${left === 1 ? 'is' : 'are'} not read yet`;
}
