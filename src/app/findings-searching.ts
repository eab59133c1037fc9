/** Searching all images: those that are known answer at once, the others once somebody had them read. */
import { asEngineError, EngineError } from '../engine/errors.ts';
import { duplicateFiles } from '../engine/layers/find-duplicates.ts';
import { findInImages } from '../engine/layers/find-in-images.ts';
import { largestFiles, type SearchedEvent } from '../engine/layers/find-largest.ts';
import { parsePathPattern } from '../engine/layers/path-pattern.ts';
import type { FailedImage, ManyImage } from '../engine/layers/read-many.ts';
import type { App } from './app.ts';
import {
  changedFindings,
  type FindingsSearch,
  type FindingsTab,
  NO_SEARCH,
  type ReadingKind,
  withSearch,
} from './findings.ts';
import { duplicateGroup, HitGroups, largeGroup } from './findings-groups.ts';
import { type FindingsWork, findingsWork, knownImages, searchedImages } from './findings-work.ts';
import { bytes, grouped, plural } from './format.ts';

/** What was found is shown so often, in milliseconds. */
const PAUSE = 100;
/** The largest files, and the contents that take most. */
const LIMIT = 500;

/** Told of images that nobody has read yet: they are left out. */
export type OnUnread = (app: App, kind: ReadingKind) => void;

/** Looks for a name, a path or a digest. */
export function searchPattern(app: App, text: string, onUnread?: OnUnread): void {
  let kind: ReadingKind;
  try {
    kind = parsePathPattern(text).kind === 'digest' ? 'contents' : 'names';
  } catch (thrown) {
    app.say('bad', asEngineError(thrown).message);
    return;
  }
  void search(app, 'find', { text: text.trim(), kind, onUnread });
}

/** Looks again for what the open tab is about; one that was never searched begins, where it needs no words. */
export function searchTab(app: App, onUnread?: OnUnread): void {
  const { findings } = app.store.get();
  if (findings === undefined) return;
  const { tab, searches } = findings;
  const { text } = searches[tab];
  if (tab === 'find') {
    if (text !== '') searchPattern(app, text, onUnread);
  } else void search(app, tab, { text: '', kind: tab === 'largest' ? 'names' : 'contents', onUnread });
}

/** Counts what is known, for the page that has just been opened. */
export async function countKnown(app: App, kind: ReadingKind): Promise<void> {
  const work = findingsWork(app);
  if (work === undefined) return;
  try {
    const images = searchedImages(app.store.get(), work.engine);
    const unread = await work.many[kind].unread(images);
    putKnown(app, kind, images, unread);
  } catch {
    // The search itself tells why.
  }
}

function putKnown(
  app: App,
  kind: ReadingKind,
  images: readonly ManyImage[],
  unread: Parameters<typeof knownImages>[1],
): void {
  const known = knownImages(images, unread);
  app.store.stream((state) =>
    changedFindings(state, (findings) => ({ ...findings, known: { ...findings.known, [kind]: known } })),
  );
}

interface Asked {
  readonly text: string;
  readonly kind: ReadingKind;
  readonly onUnread: OnUnread | undefined;
}

async function search(app: App, tab: FindingsTab, { text, kind, onUnread }: Asked): Promise<void> {
  const work = findingsWork(app);
  const before = app.store.get().findings?.searches[tab];
  // What was found the last time stays until there is something new.
  const kept = before?.text === text ? { sum: before.sum, failed: [], error: undefined } : NO_SEARCH;
  const begun = { ...kept, text, kind, done: 0, total: 0 };
  if (work === undefined) {
    app.store.update((state) =>
      changedFindings(state, (findings) =>
        withSearch(findings, tab, { ...begun, status: 'stopped', error: noEngine() }),
      ),
    );
    app.say('plain', 'waits until the engine is back');
    return;
  }
  work.searching?.abort();
  const searching = new AbortController();
  work.searching = searching;
  const { signal } = searching;
  const put = (change: Partial<FindingsSearch>): void =>
    app.store.stream((state) =>
      signal.aborted ? state : changedFindings(state, (findings) => withSearch(findings, tab, change)),
    );
  app.store.update((state) =>
    changedFindings(state, (findings) =>
      withSearch(findings, tab, { ...begun, sum: '', status: 'searching' }),
    ),
  );
  try {
    const images = searchedImages(app.store.get(), work.engine);
    const unread = await work.many[kind].unread(images, { signal });
    putKnown(app, kind, images, unread);
    if (unread.images.length > 0) onUnread?.(app, kind);
    const call: Call = { work, images: unread.known, kind, signal, put, failed: unread.failed };
    if (tab === 'find') await find(call, text);
    else if (tab === 'largest') await largest(call);
    else await duplicates(call);
    put({ status: 'done' });
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (!signal.aborted) put({ status: 'stopped', error: error.code === 'cancelled' ? undefined : error });
  } finally {
    work.many[kind].rest();
    if (work.searching === searching) work.searching = undefined;
  }
}

function noEngine(): EngineError {
  return new EngineError({
    code: 'unreachable',
    message: 'the engine is gone',
    hint: 'As soon as it is back, this is looked for.',
  });
}

/** Looks for what an engine that is back was not there for. */
export function searchAnew(app: App): void {
  const { findings } = app.store.get();
  if (findings === undefined) return;
  const { error, failed, kind } = findings.searches[findings.tab];
  if (error !== undefined || failed.length > 0) searchTab(app);
  else void countKnown(app, kind);
}

interface Call {
  readonly work: FindingsWork;
  readonly images: readonly ManyImage[];
  readonly kind: ReadingKind;
  readonly signal: AbortSignal;
  readonly put: (change: Partial<FindingsSearch>) => void;
  readonly failed: readonly FailedImage[];
}

async function find({ work, images, kind, signal, put, failed }: Call, text: string): Promise<void> {
  const groups = new HitGroups();
  const broken = [...failed];
  let shownAt = performance.now();
  const show = (done: number): void => {
    shownAt = performance.now();
    put({
      done,
      total: images.length,
      groups: groups.all(),
      isCut: groups.isCut,
      hidden: groups.hidden,
      sum: hitSum(groups),
      failed: named(broken),
    });
  };
  let done = 0;
  for await (const event of findInImages(images, parsePathPattern(text), work.many[kind], { signal })) {
    done = event.done;
    if (event.type === 'failed') broken.push(event);
    else groups.add(event.image, event.content, event.hits);
    if (performance.now() - shownAt >= PAUSE) show(done);
  }
  show(done);
}

/** `in 12 images · 3 hidden`. */
function hitSum({ images, found, hidden }: HitGroups): string {
  if (found === 0) return '';
  const shown = images === 0 ? '' : `in ${plural(images, 'image')}`;
  return [shown, hidden === 0 ? '' : `${grouped(hidden)} hidden`].filter((part) => part !== '').join(' · ');
}

async function largest({ work, images, kind, signal, put, failed }: Call): Promise<void> {
  const found = await through(largestFiles(images, LIMIT, work.many[kind], { signal }), put);
  const taken = found.files.reduce((sum, { file }) => sum + file.size, 0);
  put({
    groups: found.files.map(largeGroup),
    isCut: found.files.length === LIMIT,
    sum: taken === 0 ? '' : `${bytes(taken)} in ${plural(found.files.length, 'file')}`,
    failed: named([...failed, ...found.failed]),
  });
}

async function duplicates({ work, images, kind, signal, put, failed }: Call): Promise<void> {
  const found = await through(duplicateFiles(images, LIMIT, work.many[kind], { signal }), put);
  put({
    groups: found.contents.map(duplicateGroup),
    isCut: found.count > found.contents.length,
    sum:
      found.count === 0 ? '' : `${bytes(found.bytes)} more than needed in ${plural(found.count, 'content')}`,
    failed: named([...failed, ...found.failed]),
  });
}

async function through<Result>(
  events: AsyncGenerator<SearchedEvent, Result, void>,
  put: Call['put'],
): Promise<Result> {
  let shownAt = 0;
  for (;;) {
    const step = await events.next();
    if (step.done) return step.value;
    if (performance.now() - shownAt < PAUSE) continue;
    shownAt = performance.now();
    put({ done: step.value.done, total: step.value.total });
  }
}

function named(failed: readonly FailedImage[]): FindingsSearch['failed'] {
  return failed.map(({ image, error }) => ({ name: image.name, error }));
}
