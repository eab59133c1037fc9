/** Makes the tree that the files page asks for, a piece at a time: until it is there, the one before stays. */
import { stackGradually } from '../engine/layers/stack-layers.ts';
import type { StackedTree } from '../engine/layers/stacked-tree.ts';
import type { App } from './app.ts';
import { type FilesPage, isCurrent, wantedTree } from './files-page.ts';
import { searchFilesAgain } from './files-searching.ts';
import { filesWork } from './files-work.ts';
import { inSlices } from './in-slices.ts';
import { type OpenTree, openTree, revealed } from './open-tree.ts';
import { type ShownTree, showTree } from './shown-tree.ts';
import type { AppState } from './state.ts';

/** What comes while it is read is arranged in one part in so many of the time: reading goes first. */
const SHARE = 5;
/** Milliseconds between two trees while more comes, however quickly they are made: each is garbage with the next. */
const LEAST_REST = 300;
/** Stacks kept beside the one of all layers. */
const MOST_STACKS = 2;

interface Arranged {
  readonly page: FilesPage;
  readonly layers: number;
  readonly stack: StackedTree;
  readonly shown: ShownTree;
}

/** With `patient`, what is being made is not given up for what has come meanwhile: that is made next. */
export function arrangeFiles(app: App, patient = false): void {
  const work = filesWork(app);
  const page = app.store.get().files;
  if (page === undefined || page.image === undefined || isCurrent(page)) return;
  const begun = performance.now();
  if (patient && (work.stopArranging !== undefined || begun < work.restsUntil)) {
    if (work.stopArranging === undefined) arrangeLater(app, work.restsUntil - begun);
    return;
  }
  work.stopArranging?.();
  work.stopArranging = undefined;
  let isAtOnce = true;
  let isDone = false;
  const stop = inSlices(arranging(page), (made) => {
    isDone = true;
    work.stopArranging = undefined;
    const now = performance.now();
    // What comes first is shown at once.
    const rest = made.stack.count > 1 ? Math.max(LEAST_REST, (now - begun) * (SHARE - 1)) : 0;
    work.restsUntil = made.page.progress.done ? 0 : now + rest;
    if (isAtOnce) app.store.update((state) => withTree(state, made));
    else app.store.stream((state) => withTree(state, made));
    searchFilesAgain(app);
    // What was read meanwhile.
    arrangeLater(app, 0);
  });
  isAtOnce = false;
  if (!isDone) work.stopArranging = stop;
}

function arrangeLater(app: App, rest: number): void {
  const work = filesWork(app);
  clearTimeout(work.resting);
  work.resting = setTimeout(() => arrangeFiles(app, true), rest);
}

function* arranging(page: FilesPage): Generator<void, Arranged> {
  const { layers, alone } = wantedTree(page);
  const stack = page.stacks.get(layers) ?? (yield* stackGradually(page.indexes.slice(0, layers)));
  return { page, layers, stack, shown: yield* showTree(stack, alone, page.look) };
}

function withTree(state: AppState, { page, layers, stack, shown }: Arranged): AppState {
  const now = state.files;
  if (now === undefined || now.opened !== page.opened) return state;
  const isWhole = (tree: StackedTree): boolean => tree.indexes.length === now.indexes.length;
  const left =
    now.tree !== undefined && isWhole(now.tree.shown.tree) && now.tree.shown.alone === undefined
      ? now.tree
      : now.left;
  const isBack = isWhole(stack) && shown.alone === undefined && left !== undefined;
  const before = isBack ? left : now.tree;
  const made = openTree(shown, before);
  const goal = now.goTo === undefined ? undefined : stack.find(now.goTo);
  const tree =
    goal !== undefined
      ? revealed(made, goal)
      : staysAtTop(before, shown)
        ? { ...made, at: Math.min(0, made.at), top: 0 }
        : made;
  return {
    ...state,
    files: {
      ...now,
      tree,
      left: isBack ? undefined : left,
      // What more was read since belongs to no stack that was made before.
      stacks: now.indexes === page.indexes ? withStack(now, layers, stack) : now.stacks,
      goTo: goal === undefined && !now.progress.done ? now.goTo : undefined,
    },
  };
}

/** Which layer comes first is chance: while more of the same comes, a cursor that nobody moved is not taken down by it. */
function staysAtTop(before: OpenTree | undefined, shown: ShownTree): boolean {
  return (
    before?.at === 0 &&
    before.depths.every((depth) => depth === 0) &&
    before.shown.tree !== shown.tree &&
    before.shown.tree.indexes.length === shown.tree.indexes.length &&
    before.shown.alone === shown.alone
  );
}

function withStack(page: FilesPage, layers: number, stack: StackedTree): ReadonlyMap<number, StackedTree> {
  const all = page.indexes.length;
  const others = [...page.stacks].filter(([count]) => count !== layers && count !== all);
  const whole = page.stacks.get(all);
  return new Map([
    ...(whole === undefined ? [] : [[all, whole] as const]),
    ...others.slice(-MOST_STACKS),
    [layers, stack],
  ]);
}
