/** Builds of the drawings, folded from the events that would have led there. */
import { type BuildJobEvent, createBuildJob } from '../../src/app/build-job.ts';
import { createLogFold } from '../../src/app/job-log.ts';
import type { BuildRequest } from '../../src/app/job-request.ts';
import { failureOf, type Job, type JobStatus } from '../../src/app/jobs.ts';
import { NO_PROGRESS } from '../../src/app/transfer-progress.ts';
import type { BuildStep, BuildStepState, BuildWarning } from '../../src/engine/build.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { INFO } from './acme-app.ts';
import { acmeId, NOW } from './acme-store.ts';

const MB = 1_000_000;

/** Stage, instruction, from and to in seconds after the start (`to` undefined: it still runs), what it needs, state. */
type Told = readonly [
  stage: string,
  name: string,
  from: number | undefined,
  to: number | undefined,
  state: BuildStepState,
  needs?: readonly string[] | undefined,
];

const DIGEST = `sha256:be01${'0'.repeat(56)}77aa`;

const DRAWN: readonly Told[] = [
  ['', '[internal] load build context', 0, 0.1, 'done'],
  ['', '[internal] load metadata for docker.io/library/node:22-slim', 0, 0.1, 'done'],
  ['deps', `FROM docker.io/library/node:22-slim@${DIGEST}`, 0.1, 0.1, 'cached'],
  ['deps', 'WORKDIR /srv', 0.1, 0.1, 'cached'],
  ['deps', 'COPY package*.json ./', 0.1, 0.2, 'done'],
  ['deps', 'RUN npm ci', 0.2, 18.5, 'done'],
  ['assets', 'COPY styles styles', 18.5, 18.6, 'done', ['deps/RUN npm ci']],
  ['assets', 'RUN npm run build:css', 18.6, undefined, 'running'],
  ['test', 'COPY test test', 18.5, 18.6, 'done', ['deps/RUN npm ci']],
  ['test', 'RUN npm test', 18.9, undefined, 'running'],
  ['runtime', 'FROM gcr.io/distroless/nodejs22', undefined, undefined, 'waiting'],
  [
    'runtime',
    'COPY --from=deps /srv/node_modules node_modules',
    undefined,
    undefined,
    'waiting',
    ['deps/RUN npm ci'],
  ],
  [
    'runtime',
    'COPY --from=assets /srv/dist dist',
    undefined,
    undefined,
    'waiting',
    ['assets/RUN npm run build:css'],
  ],
  ['runtime', 'COPY . .', undefined, undefined, 'waiting'],
];

const CSS_LOG = [
  '> api@2.3.1 build:css',
  '> lightningcss --bundle styles/index.css -o dist/app.css',
  '[1/3] resolving 214 imports',
  '[2/3] bundling',
  'warning: styles/legacy.css:88 -webkit-box is deprecated',
  '[3/3] minifying …',
];

export const WARNINGS: readonly BuildWarning[] = [
  {
    type: 'warning',
    text: "FromAsCasing: 'as' and 'FROM' keywords' casing do not match",
    detail: ["The 'as' keyword should match the case of the 'from' keyword"],
    url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
    file: 'Dockerfile',
    line: 1,
  },
  {
    type: 'warning',
    text: 'SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "NPM_TOKEN")',
    detail: [
      'Sensitive data should not be used in the ARG or ENV commands, since it stays in the image and in its history',
    ],
    url: 'https://docs.docker.com/go/dockerfile/rule/secrets-used-in-arg-or-env/',
    file: 'Dockerfile',
    line: 14,
  },
  {
    type: 'warning',
    text: 'JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals',
    detail: [],
    url: '',
    file: 'Dockerfile',
    line: undefined,
  },
];

function steps(told: readonly Told[], start: number): BuildStep[] {
  const ids = new Map<string, string>();
  const positions = new Map<string, number>();
  return told.map(([stage, name, from, to, state, needs = []], index) => {
    const id = `v${index}`;
    const position = stage === '' ? undefined : (positions.get(stage) ?? 0) + 1;
    if (position !== undefined) positions.set(stage, position);
    ids.set(`${stage}/${name}`, id);
    const before = told[index - 1];
    const inputs = before !== undefined && before[0] === stage && stage !== '' ? [`v${index - 1}`] : [];
    return {
      type: 'step',
      id,
      name,
      stage,
      position,
      of: stage === '' ? undefined : told.filter((other) => other[0] === stage).length,
      internal: stage === '',
      inputs: [...inputs, ...needs.map((need) => ids.get(need)!)],
      state,
      startedAt: from === undefined ? undefined : start + from * 1000,
      endedAt: to === undefined ? undefined : start + to * 1000,
      error: '',
    };
  });
}

export const REQUEST: BuildRequest = {
  kind: 'build',
  place: '/home/me/services/api',
  dockerfile: '',
  references: ['acme/api:dev'],
  target: '',
  args: {},
  labels: {},
  platform: '',
  network: '',
  noCache: false,
  pull: false,
  builder: '',
  secrets: [],
};

export interface Drawn {
  readonly status: JobStatus;
  readonly told: readonly Told[];
  /** Lines by the instruction that printed them. */
  readonly logs?: Readonly<Record<string, readonly string[]>>;
  readonly more?: readonly BuildJobEvent[];
  /** Seconds: how long it runs. */
  readonly seconds: number;
  /** Seconds before now that it began. */
  readonly ago?: number;
  readonly job?: Partial<Job>;
  /** Changes a step as it is told. */
  readonly change?: (step: BuildStep) => BuildStep;
}

export function buildJob({ status, told, logs = {}, more = [], seconds, ago, job, change }: Drawn): Job {
  const startedAt = (NOW - (ago ?? seconds)) * 1000;
  const fold = createBuildJob();
  const log = createLogFold();
  const at = startedAt + seconds * 1000;
  const add = (event: BuildJobEvent, when = at): void => {
    const line = fold.add(event, when);
    if (line !== undefined) log.add(line);
  };
  add({
    type: 'origin',
    file: '/home/me/services/api/Dockerfile',
    stages: ['deps', 'assets', 'test', 'runtime'],
    builder: 'buildkit',
  });
  add({ type: 'sent', bytes: 4_200_000, files: 1_204, ignored: 38 });
  for (const step of steps(told, startedAt)) {
    add(change === undefined ? step : change(step), step.endedAt ?? step.startedAt);
    for (const text of logs[step.name] ?? []) add({ type: 'log', step: step.id, stream: 'out', text });
  }
  for (const event of more) add(event);
  const isOver = status !== 'running' && status !== 'waiting';
  if (isOver) fold.end(status, at);
  return {
    id: `build-${startedAt}`,
    kind: 'build',
    verb: 'build',
    subject: './services/api → acme/api:dev',
    status,
    note: '',
    startedAt,
    endedAt: isOver ? at : undefined,
    engine: INFO.address,
    request: REQUEST,
    steps: undefined,
    progress: NO_PROGRESS,
    build: fold.build(),
    log: log.tail(),
    failure: undefined,
    images: [],
    file: '',
    ...job,
  };
}

/** Drawing 6. */
export function runningBuild(): Job {
  const css = [...Array.from({ length: 406 }, (_, index) => `styles/part-${index}.css`), ...CSS_LOG];
  return buildJob({
    status: 'running',
    told: DRAWN,
    seconds: 31,
    logs: { 'RUN npm run build:css': css, 'RUN npm test': ['ok 1 starts', 'ok 2 answers'] },
  });
}

/** Its base image is being pulled. */
export function pullingBuild(): Job {
  const told: readonly Told[] = DRAWN.slice(0, 6).map(([stage, name], index) =>
    index === 2
      ? [stage, name, 0.1, undefined, 'running']
      : index < 2
        ? [stage, name, 0, 0.1, 'done']
        : [stage, name, undefined, undefined, 'waiting'],
  );
  return buildJob({
    status: 'running',
    told,
    seconds: 9,
    more: [
      {
        type: 'inside',
        step: 'v2',
        id: 'a',
        name: 'downloading sha256:20ee',
        done: 31.4 * MB,
        total: 31.4 * MB,
        ended: true,
      },
      {
        type: 'inside',
        step: 'v2',
        id: 'b',
        name: 'downloading sha256:77aa',
        done: 12.2 * MB,
        total: 40.3 * MB,
        ended: false,
      },
      {
        type: 'inside',
        step: 'v2',
        id: 'c',
        name: 'extracting sha256:20ee',
        done: 0,
        total: undefined,
        ended: false,
      },
    ],
  });
}

const FAILED = new EngineError({
  code: 'build-failed',
  message: 'step RUN npm test failed: exit code: 1',
  hint: 'Its last lines tell why.',
  detail: 'not ok 3 logs in',
});

export function failedBuild(): Job {
  const told = DRAWN.map((step): Told => {
    const [stage, name, from, , state, needs] = step;
    if (name === 'RUN npm test') return [stage, name, from, 30.1, 'failed', needs];
    return state === 'running' ? [stage, name, from, 30.2, 'cancelled', needs] : step;
  });
  return buildJob({
    status: 'failed',
    told,
    seconds: 30.2,
    logs: {
      'RUN npm test': [
        '> api@2.3.1 test',
        '> node --test',
        'ok 1 starts',
        'ok 2 answers',
        'not ok 3 logs in',
        '  AssertionError: expected 200, got 401',
        '      at test/login.test.js:14:10',
        'failed 1 of 3',
      ],
    },
    change: (step) =>
      step.state === 'failed'
        ? { ...step, error: 'process "/bin/sh -c npm test" did not complete successfully: exit code: 1' }
        : step,
    job: { note: 'step 8 of 12: exit code 1', failure: failureOf(FAILED) },
  });
}

const EXPORT: Told = ['', 'exporting to image', 44.2, 45.1, 'done'];

/** All of it was done; with `ago`, some time before. */
export function finishedBuild(cached = false, ago = 45): Job {
  let clock = 0.1;
  const told = DRAWN.map(([stage, name, , , , needs], index): Told => {
    const isCached = cached || name.startsWith('FROM') || name.startsWith('WORKDIR');
    const from = clock;
    clock += isCached || stage === '' ? 0 : name.startsWith('RUN') ? 12 : 0.3;
    return [stage, name, from, clock, stage !== '' && isCached && index > 1 ? 'cached' : 'done', needs];
  });
  return buildJob({
    status: 'done',
    told: [...told, cached ? ['', 'exporting to image', clock, clock + 0.1, 'done'] : EXPORT],
    seconds: cached ? 0.4 : 45.1,
    ago,
    more: WARNINGS,
    job: {
      note: `acme/api:dev in ${cached ? '0.4 s' : '45 s'}`,
      images: [{ id: acmeId('ghcr.io/acme/web-api:1.5.0'), reference: 'acme/api:dev' }],
    },
  });
}

/** Everything was cached before, and from `COPY package*.json` on nothing is now. */
export function buildsAfterAnother(): Job[] {
  return [finishedBuild(), finishedBuild(true, 600)];
}

/** Its context is being sent. */
export function beginningBuild(status: JobStatus = 'running'): Job {
  return buildJob({ status, told: [], seconds: 2 });
}

const SYNTAX = new EngineError({
  code: 'bad-input',
  message: 'Dockerfile, line 3: unknown instruction: RUNN',
  hint: 'Correct it, then build again',
  detail: 'dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)',
});

/** It never came to a step. */
export function syntaxBuild(): Job {
  return buildJob({
    status: 'failed',
    told: [],
    seconds: 0.4,
    job: { note: SYNTAX.message, failure: failureOf(SYNTAX) },
  });
}

/** What commands look at when they ask whether there is a builder. */
export const BUILDING_ENGINE = {
  absent: {},
  builder: { kinds: ['buildkit', 'classic'] },
} as unknown as Engine;
