/** Pulls, pushes, saves, loads and imports: from what was asked for to a job, and what is said at its end. */
import { stat } from 'node:fs/promises';
import type { EngineError } from '../engine/errors.ts';
import type { TransferEvent, TransferPart } from '../engine/transfer.ts';
import type { App } from './app.ts';
import { cursorWhileAway } from './arriving.ts';
import { build, buildSubject } from './building.ts';
import { commit } from './committing.ts';
import { connectedEngine } from './connected.ts';
import { extractFiles } from './extracting.ts';
import { bytes, plural, shortId } from './format.ts';
import { type JobRequest, openPlace } from './job-request.ts';
import { type JobEnding, type JobEvent, type JobSpec, startJob } from './job-runner.ts';
import { shortSubject } from './job-words.ts';
import { type Job, titleOf, unfinished } from './jobs.ts';
import { offerImport } from './loading.ts';
import { afterRefusal } from './login.ts';

type RequestOf<Kind extends JobRequest['kind']> = Extract<JobRequest, { kind: Kind }>;
type Steps = AsyncGenerator<JobEvent, JobEnding, void>;

/** Starts it as a job, or lets it wait for its turn; its id, undefined where the same is under way already. */
export function startRequest(app: App, request: JobRequest): string | undefined {
  const same = JSON.stringify(request);
  if (unfinished(app.store.get().jobs).some((job) => JSON.stringify(job.request) === same)) {
    app.say('plain', 'this is under way already: 4 shows it');
    return undefined;
  }
  const goTo = cursorWhileAway(app);
  return startJob(app, {
    ...specOf(app, request),
    kind: request.kind,
    verb: request.kind === 'extract' ? 'copy' : request.kind,
    request,
    // A commit moves nothing, and what is extracted is waited for: neither waits for others.
    queued: request.kind !== 'commit' && request.kind !== 'extract',
    onEnd: (job, error) => void ended(app, job, error, goTo),
  });
}

function specOf(app: App, request: JobRequest): Pick<JobSpec, 'subject' | 'run'> {
  switch (request.kind) {
    case 'build':
      return { subject: buildSubject(request), run: (signal, tell) => build(app, request, signal, tell) };
    case 'pull':
      return { subject: request.reference, run: (signal) => pull(app, request, signal) };
    case 'push':
      return { subject: request.reference, run: (signal) => push(app, request, signal) };
    case 'commit':
      return {
        subject: request.reference || request.name,
        run: (signal) => commit(app, request, signal),
      };
    case 'save':
      return { subject: request.path, run: (signal) => save(app, request, signal) };
    case 'load':
      return { subject: openPlace(request.place), run: (signal) => load(app, request, signal) };
    case 'extract':
      return { subject: request.to, run: (signal) => extractFiles(app, request, signal) };
    case 'import':
      return {
        subject: request.reference === '' ? openPlace(request.place) : request.reference,
        run: (signal) => importTar(app, request, signal),
      };
  }
}

async function* pull(app: App, request: RequestOf<'pull'>, signal: AbortSignal): Steps {
  const { reference, platform } = request;
  const result = yield* connectedEngine(app).pull(reference, {
    signal,
    ...(platform !== '' && { platform }),
  });
  return {
    status: 'done',
    images: [{ id: result.id, reference: result.reference }],
    ...(!result.changed && { note: 'is up to date' }),
  };
}

async function* push(app: App, request: RequestOf<'push'>, signal: AbortSignal): Steps {
  const { reference } = request;
  const image = app.store.get().images.find((each) => each.references.includes(reference));
  yield* connectedEngine(app).push(reference, { signal });
  return { status: 'done', images: image === undefined ? [] : [{ id: image.id, reference }] };
}

async function* save(app: App, request: RequestOf<'save'>, signal: AbortSignal): Steps {
  const { images, path, compression, overwrite } = request;
  const { saveToFile } = await import('../engine/archive/save-file.ts');
  yield* saveToFile(connectedEngine(app), images, path, { compression, overwrite, signal });
  const { size } = await stat(path);
  return { status: 'done', note: `${plural(countOf(app, images), 'image')}, ${bytes(size)}` };
}

/** How many images the names and ids stand for. */
function countOf(app: App, names: readonly string[]): number {
  const { images } = app.store.get();
  const idOf = (name: string): string =>
    images.find(({ references }) => references.includes(name))?.id ?? name;
  return new Set(names.map(idOf)).size;
}

async function* load(app: App, request: RequestOf<'load'>, signal: AbortSignal): Steps {
  const { openSource } = await import('../engine/archive/source.ts');
  const source = await openSource(request.place, { signal });
  try {
    const result = yield* counted(connectedEngine(app).load(source.stream, { signal }), source);
    const images = result.images.map((image) => ({ id: image.id, reference: image.references[0] ?? '' }));
    const names = result.images.flatMap((image) =>
      image.references.length > 0 ? image.references : [shortId(image.id)],
    );
    return { status: 'done', note: firstOf(names), images };
  } finally {
    source.stream.destroy();
  }
}

async function* importTar(app: App, request: RequestOf<'import'>, signal: AbortSignal): Steps {
  const { reference, platform, place } = request;
  const { openSource } = await import('../engine/archive/source.ts');
  const source = await openSource(place, { signal });
  try {
    const result = yield* counted(
      connectedEngine(app).import(source.stream, {
        signal,
        message: `Imported from ${source.name}`,
        ...(reference !== '' && { reference }),
        ...(platform !== '' && { platform }),
      }),
      source,
    );
    return { status: 'done', images: [{ id: result.id, reference: result.reference }] };
  } finally {
    source.stream.destroy();
  }
}

/** What an engine reads of a file is counted in the file's own bytes: only those have a known end. */
async function* counted<Result>(
  events: AsyncGenerator<TransferEvent, Result, void>,
  source: { readonly size?: number | undefined; read(): number },
): AsyncGenerator<TransferEvent, Result, void> {
  try {
    for (;;) {
      const step = await events.next();
      if (step.done === true) return step.value;
      yield step.value.type === 'part' && step.value.id === 'archive'
        ? inFile(step.value, source)
        : step.value;
    }
  } finally {
    await events.return(undefined as never);
  }
}

function inFile(
  part: TransferPart,
  source: { readonly size?: number | undefined; read(): number },
): TransferPart {
  if (part.stage !== 'reading' && part.stage !== 'uploading') return part;
  const { size } = source;
  const done = source.read();
  return { ...part, done: size === undefined ? done : Math.min(done, size), total: size };
}

/** The first names of many, and how many more. */
function firstOf(names: readonly string[]): string {
  const more = names.length - 3;
  return names.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

async function ended(
  app: App,
  job: Job,
  error: EngineError | undefined,
  goTo: (id: string) => boolean,
): Promise<void> {
  const { request } = job;
  if (request === undefined) return;
  if (job.status === 'cancelled') {
    app.say('plain', `${titleOf(job)}: cancelled`);
  } else if (error !== undefined) {
    failed(app, job, request, error);
  }
  if (request.kind === 'push' || request.kind === 'save' || request.kind === 'extract') {
    if (job.status === 'done')
      app.say(
        'good',
        `${PAST[request.kind]} ${job.subject}${request.kind === 'push' ? '' : ` · ${job.note}`}`,
      );
    if (request.kind !== 'push') return;
  }
  // Even what was cancelled may have brought something.
  await app.session.refresh();
  if (job.status !== 'done' || request.kind === 'push') return;
  const [image] = job.images;
  const name = image?.reference || job.subject;
  const many = job.images.length > 1 ? ` and ${plural(job.images.length - 1, 'more image')}` : '';
  const how = job.note === 'is up to date' ? `${name} ${job.note}` : `${PAST[request.kind]} ${name}${many}`;
  const there = image !== undefined && goTo(image.id);
  const onJobs = app.store.get().screen === 'jobs';
  app.say('good', `${how}${there ? ' · enter opens it' : onJobs ? '' : ' · 4 shows it'}`);
}

const PAST: Readonly<Record<JobRequest['kind'], string>> = {
  pull: 'pulled',
  push: 'pushed',
  commit: 'committed',
  save: 'saved',
  load: 'loaded',
  import: 'imported',
  extract: 'extracted to',
  build: 'built',
};

function failed(app: App, job: Job, request: JobRequest, error: EngineError): void {
  // It was to be removed with the image there: nobody has said what becomes of it without.
  const stays = request.kind === 'commit' && request.remove ? ' · its container stays, C lists it' : '';
  app.fail(`${job.verb} of ${shortSubject(job)} failed`, error, job.note + stays);
  if (error.code === 'unauthorized' && ('reference' in request || request.kind === 'build'))
    afterRefusal(app, job);
  else if (error.code === 'bad-input' && request.kind === 'load' && job.progress.parts.length > 0)
    offerImport(app, request.place, job.startedAt);
}
