/** Jobs of the drawings, folded from the events that would have led there. */
import { createLogFold } from '../../src/app/job-log.ts';
import { movedNote } from '../../src/app/job-words.ts';
import { failureOf, type Job } from '../../src/app/jobs.ts';
import { createTransferFold, NO_PROGRESS } from '../../src/app/transfer-progress.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { TransferEvent, TransferPart } from '../../src/engine/transfer.ts';
import { INFO } from './acme-app.ts';
import { acmeId, NOW } from './acme-store.ts';

const MB = 1_000_000;
const START = (NOW - 9) * 1000;

export const PRIVATE_REFUSED = new EngineError({
  code: 'unauthorized',
  message: 'ghcr.io refused the pull of acme/private:1',
  hint: 'Log in with nacre login ghcr.io',
  detail: '403 DENIED: requested access to the resource is denied',
  cause: new Error('GET https://ghcr.io/v2/acme/private/manifests/1 answered 403'),
});

/** Log lines at seconds after the start. */
function logOf(lines: readonly (readonly [number, string, string])[]): Job['log'] {
  const log = createLogFold();
  for (const [seconds, topic, text] of lines) log.add({ at: START + seconds * 1000, topic, text });
  return log.tail();
}

export function job(facts: Partial<Job> & Pick<Job, 'id' | 'kind' | 'subject' | 'status'>): Job {
  return {
    verb: facts.kind,
    note: '',
    startedAt: START,
    endedAt: facts.status === 'running' || facts.status === 'waiting' ? undefined : START + 6_200,
    engine: INFO.address,
    request: undefined,
    steps: undefined,
    progress: NO_PROGRESS,
    log: logOf([]),
    failure: undefined,
    images: [],
    file: '',
    ...facts,
  };
}

export const DRAWN_EVENTS: readonly (readonly [number, TransferEvent])[] = drawnEvents();

/** The pull of the drawing, event by event, at milliseconds after its start. */
function drawnEvents(): (readonly [number, TransferEvent])[] {
  const part = (
    id: string,
    stage: TransferPart['stage'],
    done = 0,
    total: number | undefined = undefined,
    note = '',
  ): TransferEvent => ({ type: 'part', id, stage, done, total, ...(note !== '' && { note }) });
  const events: (readonly [number, TransferEvent])[] = [
    [
      0,
      {
        type: 'resolved',
        reference: 'ghcr.io/acme/web-api:1.6.0',
        digest: `sha256:77aa${'0'.repeat(56)}02c1`,
        platform: 'linux/amd64',
      },
    ],
  ];
  for (const id of ['2a9f10cc31be', 'be0177d2aa10', '0c77f0219e44', '51d7ab330201'])
    events.push([100, part(id, 'present')]);
  const layers = { '9e02cc771035': 31.4, '4410bfae2187': 58.7, d90e11c2bbf0: 40.3, '07aa55e1c0d2': 9.6 };
  for (const [id, size] of Object.entries(layers)) events.push([100, part(id, 'waiting', 0, size * MB)]);
  const moving = (id: keyof typeof layers, share: number): TransferEvent =>
    part(id, 'downloading', Math.round(share * layers[id] * MB), layers[id] * MB);
  for (let step = 1; step <= 60; step++) {
    const at = 200 + step * 130;
    if (step <= 30) events.push([at, moving('9e02cc771035', step / 30)]);
    if (step === 31) events.push([at, part('9e02cc771035', 'unpacking', 10 * MB, 31.4 * MB)]);
    if (step === 45) events.push([at, part('9e02cc771035', 'done')]);
    events.push([at, moving('4410bfae2187', (step / 60) * 0.714)]);
    if (step === 50)
      events.push([at, part('d90e11c2bbf0', 'retrying', 0, undefined, 'connection reset at 4.1 MB')]);
    events.push([at, moving('d90e11c2bbf0', (step / 60) * 0.3035)]);
  }
  return events;
}

/** The jobs of drawing 5; with `layers`, an image of so many instead. */
export function pullJobs(layers = 0): Job[] {
  const fold = createTransferFold();
  for (const [at, event] of DRAWN_EVENTS) fold.add(event, START + at);
  for (let layer = 0; layer < layers; layer++) {
    const id = layer.toString(16).padStart(12, 'a');
    const stage = layer < 20 ? 'done' : layer < 23 ? 'downloading' : 'waiting';
    fold.add({ type: 'part', id, stage, done: layer < 23 ? 2 * MB : 0, total: 4 * MB }, START + 8_100);
  }
  const running = job({
    id: 'p4',
    kind: 'pull',
    subject: 'ghcr.io/acme/web-api:1.6.0',
    status: 'running',
    request: { kind: 'pull', reference: 'ghcr.io/acme/web-api:1.6.0', platform: '' },
    progress: fold.progress(START + 8_200),
    log: logOf([
      [1, 'auth', 'ghcr.io: token for acme/web-api:pull (credential helper: gh)'],
      [1, 'resolve', '1.6.0 → sha256:77aa…02c1'],
      [2, 'layer', '9e02cc771035 verified, unpacking'],
      [6, 'layer', '9e02cc771035 unpacked in 1.9 s'],
      [7, 'retry', 'd90e11c2bbf0 connection reset at 4.1 MB, resumed (1 of 5)'],
    ]),
  });
  const waiting = job({ id: 'p5', kind: 'push', subject: 'ghcr.io/acme/web-api:1.5.0', status: 'waiting' });
  return [waiting, running, ...failedJobs(), ...finishedJobs().slice(0, 1)].sort(
    (a, b) => Number(b.status === 'running') - Number(a.status === 'running'),
  );
}

/** The job of drawing 10c. */
export function failedJobs(): Job[] {
  return [
    job({
      id: 'p3',
      kind: 'pull',
      subject: 'ghcr.io/acme/private:1',
      status: 'failed',
      note: 'not allowed',
      endedAt: START + 1_200,
      request: { kind: 'pull', reference: 'ghcr.io/acme/private:1', platform: '' },
      failure: failureOf(PRIVATE_REFUSED),
      log: logOf([
        [0, 'auth', 'credentials of "gh" from ~/.docker/config.json (credsStore secretservice)'],
        [1, 'failed', 'ghcr.io refused the pull of acme/private:1'],
      ]),
      file: '/home/me/.local/state/nacre/jobs/20260901-120410-pull-812-1.jsonl',
    }),
  ];
}

export function finishedJobs(): Job[] {
  const fold = createTransferFold();
  for (const [at, event] of DRAWN_EVENTS) {
    if (event.type === 'part' && event.stage === 'present') fold.add(event, at);
  }
  fold.add(
    {
      type: 'resolved',
      reference: 'redis:8-alpine',
      digest: `sha256:53c1${'0'.repeat(56)}9a02`,
      platform: 'linux/amd64',
    },
    0,
  );
  for (const [id, size] of Object.entries({ '9e02cc771035': 31.4, '4410bfae2187': 22 })) {
    fold.add({ type: 'part', id, stage: 'downloading', done: size * MB, total: size * MB }, 1_000);
    fold.add({ type: 'part', id, stage: 'unpacking', done: 0, total: size * MB }, 2_000);
    fold.add({ type: 'part', id, stage: 'done', done: 0, total: undefined }, 3_000);
  }
  const progress = fold.progress(6_200);
  return [
    job({
      id: 'p2',
      kind: 'pull',
      subject: 'redis:8-alpine',
      status: 'done',
      note: movedNote(progress, 6_200),
      request: { kind: 'pull', reference: 'redis:8-alpine', platform: '' },
      progress,
      log: logOf([[0, 'resolve', '8-alpine → sha256:53c1…9a02']]),
      images: [{ id: acmeId('redis:8-alpine'), reference: 'redis:8-alpine' }],
    }),
    job({
      id: 'p1',
      kind: 'save',
      subject: '/home/me/backup/web-api-1.5.0.tar.zst',
      status: 'cancelled',
      note: 'cancelled',
      startedAt: START - 86_400_000,
      endedAt: START - 86_390_000,
    }),
    job({
      id: 'p0',
      kind: 'push',
      subject: 'ghcr.io/acme/web-api:1.5.0',
      status: 'done',
      note: 'everything was there already',
      startedAt: START - 90_000,
      endedAt: START - 86_000,
    }),
  ];
}

export function removalJobs(): Job[] {
  return [
    job({
      id: 'j3',
      kind: 'remove',
      verb: 'delete',
      subject: '5 images',
      status: 'running',
      note: '2 of 5',
      steps: { done: 2, total: 5 },
      startedAt: (NOW - 3) * 1000,
      log: logOf([
        [6, 'remove', 'acme/ml-train:old'],
        [6, 'engine', 'Untagged: acme/ml-train:old'],
        [7, 'engine', `Deleted: ${acmeId('acme/ml-train:old')}`],
        [7, 'remove', 'a91cf06bd3e8'],
      ]),
    }),
    job({ id: 'j2', kind: 'remove', verb: 'remove', subject: '2 names', status: 'done', note: 'freed 0 B' }),
    job({
      id: 'j1',
      kind: 'remove',
      verb: 'delete',
      subject: 'node:22-alpine',
      status: 'failed',
      note: '1 refusal, freed 0 B',
      log: logOf([[1, 'refused', 'node:22-alpine is used by a running container. Stop it first.']]),
    }),
  ];
}

/** What others do on the same engine, among what is done here. */
export function elsewhereJobs(): readonly Job[] {
  const others = [
    job({
      id: 'elsewhere-a',
      kind: 'build',
      subject: 'acme/api:dev',
      status: 'running',
      origin: 'elsewhere',
      note: 'running',
      startedAt: START - 4_000,
    }),
    job({
      id: 'elsewhere-pull',
      kind: 'pull',
      subject: 'postgres:18',
      status: 'done',
      origin: 'elsewhere',
      note: 'pulled',
      startedAt: START - 60_000,
      endedAt: START - 60_000,
      images: [{ id: acmeId('redis:8-alpine'), reference: 'postgres:18' }],
    }),
    job({
      id: 'elsewhere-b',
      kind: 'build',
      subject: 'https://github.com/acme/web.git#main to release',
      status: 'done',
      origin: 'elsewhere',
      note: '14 steps, 12 cached',
      startedAt: START - 240_000,
      endedAt: START - 222_000,
    }),
    job({
      id: 'elsewhere-c',
      kind: 'build',
      subject: 'Dockerfile',
      status: 'failed',
      origin: 'elsewhere',
      note: 'failed',
      startedAt: START - 900_000,
      endedAt: START - 890_000,
    }),
  ];
  return [...pullJobs().slice(0, 1), ...others];
}
