/** Two images beside each other, over whatever they were compared from. Pure. */
import type { Comparison } from '../engine/compare/compare-images.ts';
import type { FileChange } from '../engine/compare/file-changes.ts';
import type { Sources } from '../engine/compare/file-diff.ts';
import type { TextDiff } from '../engine/compare/hunk.ts';
import type { PackageChanges } from '../engine/compare/package-changes.ts';
import type { EngineError } from '../engine/errors.ts';
import { layoutOf } from './layout.ts';
import type { AppState } from './state.ts';

export type CompareTab = 'overview' | 'packages' | 'files' | 'layers';
export const COMPARE_TABS: readonly CompareTab[] = ['overview', 'packages', 'files', 'layers'];

/** What is compared. */
export interface Compared {
  /** What people call it. */
  readonly name: string;
  /** An id that the engine knows; undefined for what is to be found by its name. */
  readonly id: string | undefined;
}

export interface ComparePage {
  /** Pages are told apart by it: another reading has another. */
  readonly opened: object;
  readonly before: Compared;
  readonly after: Compared;
  readonly progress: CompareProgress;
  readonly error: EngineError | undefined;
  /** Undefined until both are read. */
  readonly comparison: Comparison | undefined;
  readonly sources: Sources | undefined;
  readonly packages: ComparedPackages;
  readonly tab: CompareTab;
  /** The row under the cursor, and the first one drawn, of each tab. */
  readonly places: Readonly<Record<CompareTab, ComparePlace>>;
  /** Kinds of changes of files that are not shown. */
  readonly hidden: ReadonlySet<FileChange['kind']>;
  readonly byPath: boolean;
  /** Only rows that hold it are shown. */
  readonly search: string;
  readonly patch: ComparePatch | undefined;
}

export interface ComparePlace {
  readonly at: number;
  readonly top: number;
}

export interface CompareProgress {
  /** What is read, or done. */
  readonly what: string;
  readonly bytes: number;
  readonly total: number | undefined;
}

export type ComparedPackages =
  | { readonly status: 'waiting' }
  | { readonly status: 'reading'; readonly progress: CompareProgress }
  | { readonly status: 'read'; readonly changes: PackageChanges }
  | { readonly status: 'failed'; readonly error: EngineError };

/** How the text of one file differs. */
export interface ComparePatch {
  readonly change: FileChange;
  /** Another try to read it has another. */
  readonly tried: object;
  /** What the sources have read so far, to find it. */
  readonly read: { readonly bytes: number; readonly total: number | undefined };
  /** Undefined while it is read. */
  readonly diff: TextDiff | undefined;
  readonly error: EngineError | undefined;
  readonly top: number;
}

const START: ComparePlace = { at: 0, top: 0 };

export function newComparePage(before: Compared, after: Compared): ComparePage {
  return {
    opened: {},
    before,
    after,
    progress: { what: `reading ${before.name}`, bytes: 0, total: undefined },
    error: undefined,
    comparison: undefined,
    sources: undefined,
    packages: { status: 'waiting' },
    tab: 'overview',
    places: { overview: START, packages: START, files: START, layers: START },
    hidden: new Set(),
    byPath: false,
    search: '',
    patch: undefined,
  };
}

/** Whether anything of it could not be read. */
export function compareFailed({ error, packages, patch }: ComparePage): boolean {
  return error !== undefined || packages.status === 'failed' || patch?.error !== undefined;
}

/** The page, where nothing else stands over it. */
export function compareShown(state: AppState): ComparePage | undefined {
  return state.actList === undefined && state.files === undefined ? state.compare : undefined;
}

/** Rows between the title, the tabs and the footer; the list of files has a row of heads, too. */
export function compareHeight(state: AppState, page: ComparePage): number {
  const height = layoutOf(state.columns, state.rows).body.height;
  if (page.patch !== undefined) return Math.max(1, height - 2);
  return Math.max(1, height - (page.tab === 'files' ? 3 : 2));
}
