/** What goes on for the files page outside of the state: reading, arranging and searching, one of each at a time. */
import type { App } from './app.ts';
import type { FilesPage } from './files-page.ts';

export interface FilesWork {
  reading: AbortController | undefined;
  /** Give it up; undefined while nothing is being arranged. */
  stopArranging: (() => void) | undefined;
  /** Before this moment nothing is arranged that nobody asked for; of `performance.now()`. */
  restsUntil: number;
  resting: NodeJS.Timeout | undefined;
  stopSearching: (() => void) | undefined;
  /** What is being looked for. */
  searching: string;
  /** Pages that were left and had been read to the end, the one left last being the last. */
  recent: readonly FilesPage[];
}

/** Pages kept, and entries that all of them may have. */
const MOST_PAGES = 4;
const MOST_ENTRIES = 3_000_000;

const works = new WeakMap<App['store'], FilesWork>();

export function filesWork({ store }: Pick<App, 'store'>): FilesWork {
  let work = works.get(store);
  if (work === undefined) {
    work = {
      reading: undefined,
      stopArranging: undefined,
      restsUntil: 0,
      resting: undefined,
      stopSearching: undefined,
      searching: '',
      recent: [],
    };
    works.set(store, work);
  }
  return work;
}

/** Ends all of it, and keeps a page that was read to its end for when it is opened again. */
export function leaveFiles(work: FilesWork, page: FilesPage): void {
  work.reading?.abort();
  work.stopArranging?.();
  work.stopSearching?.();
  clearTimeout(work.resting);
  work.resting = undefined;
  work.restsUntil = 0;
  work.reading = undefined;
  work.stopArranging = undefined;
  work.stopSearching = undefined;
  if (!page.progress.done) return;
  const kept = [...work.recent.filter(({ id }) => id !== page.id), page].slice(-MOST_PAGES);
  while (kept.length > 1 && entriesIn(kept) > MOST_ENTRIES) kept.shift();
  work.recent = entriesIn(kept) > MOST_ENTRIES ? [] : kept;
}

/** Layers that pages share count once. */
function entriesIn(pages: readonly FilesPage[]): number {
  const indexes = new Set(pages.flatMap((page) => page.indexes));
  let entries = 0;
  for (const { count } of indexes) entries += count;
  for (const { stacks } of pages) for (const { count } of stacks.values()) entries += count;
  return entries;
}
