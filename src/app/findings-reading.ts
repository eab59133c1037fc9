/** Reading the images that nobody has looked into yet: asked for first, since the engine has to hand all of them out. */
import type { App } from './app.ts';
import type { KnownImages, ReadingKind } from './findings.ts';
import { countKnown, searchTab } from './findings-searching.ts';
import { findingsWork, searchedImages } from './findings-work.ts';
import { bytes, bytesOf, left, plural } from './format.ts';
import { type JobEnding, type JobEvent, startJob } from './job-runner.ts';
import { createRate } from './rate.ts';

/** While images are read, what is looked for is looked for again so often, in milliseconds. */
const AGAIN = 3_000;
/** A job's note is made anew so often, in milliseconds. */
const NOTE = 200;

const WHY: Readonly<Record<ReadingKind, string>> = {
  names: 'Read',
  contents: 'Read the contents of',
};

/** Asks once a session whether they are to be read; `again` where somebody wants to be asked. */
export function askReading(app: App, kind: ReadingKind, again = false): void {
  const work = findingsWork(app);
  const known = app.store.get().findings?.known[kind];
  if (work === undefined || known === undefined || known.known === known.images) return;
  if (work.reading.has(kind) || (work.asked.has(kind) && !again)) return;
  const state = app.store.get();
  // Nobody who types or answers something else is interrupted.
  if (!again && (state.overlay !== undefined || state.field !== undefined || state.files !== undefined))
    return;
  work.asked.add(kind);
  const count = known.images - known.known;
  app.store.update((now) => ({
    ...now,
    overlay: {
      kind: 'choice',
      choice: {
        title: `${WHY[kind]} ${plural(count, 'image')} first?`,
        rows: [
          `yes: the engine hands out up to ${bytes(known.bytes)}, once`,
          known.known === 0 ? 'no' : `no: look only into the ${plural(known.known, 'image')} known already`,
        ],
        index: 0,
        verb: 'choose',
        submit: (index) => {
          if (index === 0) readImages(app, kind, known);
        },
      },
    },
  }));
}

/** As a job: it goes on when the page is left, and what was read stays when it is cancelled. */
function readImages(app: App, kind: ReadingKind, { images, known }: KnownImages): void {
  const work = findingsWork(app);
  if (work === undefined) return;
  const many = work.many[kind];
  let broken = 0;
  const id = startJob(app, {
    kind: 'read',
    verb: 'read',
    subject: plural(images - known, 'image'),
    run: async function* (signal): AsyncGenerator<JobEvent, JobEnding, void> {
      const unread = await many.unread(searchedImages(app.store.get(), work.engine), { signal });
      const rate = createRate();
      let [done, read, notedAt, searchedAt] = [0, 0, 0, performance.now()];
      for await (const event of many.read(unread.images, { signal })) {
        const now = performance.now();
        rate.add(event.bytes - read, now);
        read = event.bytes;
        if (event.type === 'failed') {
          broken++;
          const { message, hint } = event.error;
          yield { type: 'line', topic: 'failed', text: `${event.image.name}: ${message} · ${hint}` };
        }
        if (event.type !== 'read') {
          done = event.done;
          yield { type: 'line', topic: 'read', text: event.image.name };
          if (now - searchedAt >= AGAIN) {
            searchedAt = now;
            searchTab(app);
          }
        } else if (now - notedAt < NOTE) continue;
        notedAt = now;
        const speed = rate.perSecond(now);
        const rest = speed === undefined || speed <= 0 ? undefined : (unread.bytes - read) / speed;
        const note = [
          bytesOf(read, Math.max(read, unread.bytes)),
          rest === undefined || rest <= 0 ? '' : left(rest),
        ];
        yield {
          type: 'steps',
          done,
          total: unread.images.length,
          note: note.filter((part) => part !== '').join(' · '),
        };
      }
      many.rest();
      return {
        status: broken === 0 ? 'done' : 'failed',
        note: broken === 0 ? 'all of them can be searched now' : `${plural(broken, 'image')} cannot be read`,
      };
    },
    onEnd: (_job, error) => {
      work.reading.delete(kind);
      if (error !== undefined) app.fail('reading images', error);
      void countKnown(app, kind);
      searchTab(app);
    },
  });
  work.reading.set(kind, id);
}

/** The job that reads for what is shown, while it runs. */
export function readingJob(app: App, kind: ReadingKind): string | undefined {
  return findingsWork(app)?.reading.get(kind);
}
