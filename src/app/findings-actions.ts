/** What keys and mouse do on the page that finds in all images. */
import type { App } from './app.ts';
import { openFiles } from './files-reading.ts';
import {
  changedFindings,
  currentFinding,
  editPattern,
  FINDINGS_TABS,
  folded,
  movedFindings,
  newFindings,
  searchOf,
} from './findings.ts';
import type { FindingUse } from './findings-groups.ts';
import { askReading, readingJob } from './findings-reading.ts';
import { countKnown, searchAnew, searchPattern, searchTab } from './findings-searching.ts';
import { findingsWork } from './findings-work.ts';
import type { Motion } from './list.ts';
import type { AppState } from './state.ts';

/** As it was left, with the keyboard where a pattern is typed. */
export function openFindings(app: App): void {
  const work = findingsWork(app);
  if (work === undefined) return;
  const findings = { ...(work.last ?? newFindings()), opened: {} };
  app.store.update((state) => editPattern({ ...state, findings }));
  const { opened } = findings;
  let { images } = app.store.get();
  let engine = app.session.engine();
  let last = findings;
  const unsubscribe = app.store.subscribe(() => {
    const state = app.store.get();
    if (state.findings?.opened !== opened) {
      unsubscribe();
      // Another engine that was connected since has a work of its own.
      const now = findingsWork(app) ?? work;
      now.last = last;
      now.searching?.abort();
      return;
    }
    last = state.findings;
    const current = app.session.engine();
    if (current !== undefined && current !== engine) {
      engine = current;
      queueMicrotask(() => searchAnew(app));
    }
    if (state.images === images) return;
    images = state.images;
    queueMicrotask(() => void countKnown(app, searchOf(last).kind));
  });
  void countKnown(app, 'names');
}

export function noFindings(app: App): string | undefined {
  if (app.store.get().images.length === 0) return 'there are no images';
  return app.session.engine() === undefined ? 'waits until the engine is back' : undefined;
}

/** What was typed is looked for. */
export function submitPattern(app: App, text: string): void {
  if (text.trim() !== '') searchPattern(app, text, askReading);
}

export function nextFindingsTab(app: App, step: 1 | -1): void {
  app.store.update((state) =>
    changedFindings(state, (findings) => {
      const at = FINDINGS_TABS.indexOf(findings.tab) + step + FINDINGS_TABS.length;
      return { ...findings, tab: FINDINGS_TABS[at % FINDINGS_TABS.length]! };
    }),
  );
  const { findings } = app.store.get();
  if (findings === undefined) return;
  const { status, kind, text } = searchOf(findings);
  if (findings.known[kind] === undefined) void countKnown(app, kind);
  const waits = findings.tab === 'find' ? text !== '' && status === 'stopped' : status !== 'done';
  if (waits) searchTab(app, askReading);
}

export function moveFindings(app: App, motion: Motion): void {
  app.store.update((state) => movedFindings(state, motion));
}

export function foldFinding(app: App, open: boolean): void {
  app.store.update((state) => folded(state, open));
}

/** A group shows its images, or hides them; of an image, and of a group with one alone, the files are opened there. */
export function enterFinding(app: App): void {
  const row = currentFinding(app.store.get());
  if (row === undefined) return;
  if (row.kind === 'use') open(app, row.use);
  else if (row.uses.length === 1) open(app, row.uses[0]!);
  else foldFinding(app, !row.isOpen);
}

/** The files of the image under the cursor, of a group those of its first. */
export function openFinding(app: App): void {
  const row = currentFinding(app.store.get());
  const use = row?.kind === 'use' ? row.use : row?.uses[0];
  if (use !== undefined) open(app, use);
}

/** Where it is hidden, the layer that brought it shows it alone. */
function open(app: App, { image, path, layer, hiddenBy }: FindingUse): void {
  openFiles(app, image, hiddenBy === undefined ? { path } : { path, layer });
}

export function noFinding(app: App): string | undefined {
  return currentFinding(app.store.get()) === undefined ? 'nothing is listed here' : undefined;
}

export function toggleHidden(app: App): void {
  app.store.update((state) =>
    changedFindings(state, (findings) => ({ ...findings, hiddenToo: !findings.hiddenToo })),
  );
}

/** Hidden files are told apart only where a pattern is looked for. */
export function noHidden(app: App): string | undefined {
  const { findings } = app.store.get();
  if (findings?.tab !== 'find') return 'what is hidden counts here, too';
  return searchOf(findings).hidden === 0 ? 'nothing that was found is hidden by a later layer' : undefined;
}

/** Asks whether the images that are not known are to be read. */
export function askToRead(app: App): void {
  const { findings } = app.store.get();
  if (findings !== undefined) askReading(app, searchOf(findings).kind, true);
}

export function allRead(app: App): string | undefined {
  const { findings } = app.store.get();
  if (findings === undefined) return undefined;
  const { kind } = searchOf(findings);
  if (readingJob(app, kind) !== undefined) return 'they are being read: 4 shows how far that is';
  const known = findings.known[kind];
  if (known === undefined) return 'which images are known is still being looked up';
  return known.known === known.images ? 'all images are known already' : undefined;
}

/** Ends the search, and the reading of images for it. */
export function stopFinding(app: App): void {
  const { findings } = app.store.get();
  const work = findingsWork(app);
  if (findings === undefined || work === undefined) return;
  const job = work.reading.get(searchOf(findings).kind);
  if (job !== undefined) app.session.works.get(job)?.cancel.abort();
  work.searching?.abort();
  app.store.update((state) =>
    changedFindings(state, (now) => ({
      ...now,
      searches: {
        ...now.searches,
        [now.tab]: {
          ...searchOf(now),
          status: searchOf(now).status === 'searching' ? 'stopped' : searchOf(now).status,
        },
      },
    })),
  );
}

export function notFinding(app: App): string | undefined {
  const { findings } = app.store.get();
  if (findings === undefined) return undefined;
  const { status, kind } = searchOf(findings);
  return status === 'searching' || readingJob(app, kind) !== undefined ? undefined : 'nothing is under way';
}

export function copyFinding(app: App): void {
  const row = currentFinding(app.store.get());
  if (row === undefined) return;
  const path = row.kind === 'use' ? row.use.shown : row.group.path;
  if (app.terminal.copy(path)) app.say('good', `copied ${path}`);
  else app.say('bad', 'too long for the terminal clipboard');
}

export function closeFindings(state: AppState): AppState {
  return { ...state, findings: undefined };
}
