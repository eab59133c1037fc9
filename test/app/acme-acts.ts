/** A journal of changes as the drawn store could have one, and an app that reads it. */
import type { ActList } from '../../src/app/act-list.ts';
import type { RemovalEntry } from '../../src/engine/engine.ts';
import type {
  ChangeAction,
  ChangedEngine,
  ChangedImage,
  ChangeEnd,
  ChangeState,
  NameHolder,
  RecordedAct,
  RecordedChange,
  Undone,
} from '../../src/engine/undo/change.ts';
import type { ChangeJournal } from '../../src/engine/undo/change-journal.ts';
import { type Facts, factsFrom } from '../../src/engine/undo/facts.ts';
import { INFO } from './acme-app.ts';
import { acmeId, NOW, STOCK } from './acme-store.ts';

const HERE: ChangedEngine = { kind: INFO.kind, address: INFO.address };
const PODMAN: ChangedEngine = { kind: 'podman', address: 'unix:///run/user/1000/podman/podman.sock' };

const hex = (digit: string): string => digit.repeat(64);

/** An image that is gone. */
function past(name: string, digit: string, size: number, digests: readonly string[] = []): ChangedImage {
  return {
    id: `sha256:${hex(digit)}`,
    references: name === '' ? [] : [name],
    digests,
    parentId: '',
    created: NOW - 40 * 86_400,
    size,
    platform: 'linux/amd64',
    chainId: `sha256:${hex('c')}`,
    config: {
      entrypoint: ['node'],
      cmd: ['dist/server.js'],
      env: ['NODE_ENV'],
      workingDir: '/srv',
      user: 'node',
      exposedPorts: ['8080/tcp'],
    },
  };
}

/** One that is still there. */
function present(name: string): ChangedImage {
  const { id, references, digests, size } = STOCK.images.find((image) => image.id === acmeId(name))!;
  return { ...past('', '0', size), id, references, digests };
}

interface Call {
  readonly action: ChangeAction;
  readonly subject: string;
  readonly images?: readonly ChangedImage[];
  readonly names?: readonly NameHolder[];
  readonly given?: readonly NameHolder[];
  readonly entries?: readonly RemovalEntry[];
  readonly state?: ChangeState;
  readonly error?: ChangeEnd['error'];
  readonly records?: number;
  readonly freed?: number;
}

/** `ago`: seconds since. */
function actOf(
  id: string,
  ago: number,
  calls: readonly Call[],
  rest: { readonly engine?: ChangedEngine; readonly undoes?: string; readonly undone?: Undone } = {},
): RecordedAct {
  const { engine = HERE, undoes, undone } = rest;
  const time = (NOW - ago) * 1000;
  const changes = calls.map((call, index): RecordedChange => {
    const { state = 'done', error, records, freed } = call;
    return {
      change: {
        id: `${id}${index}`,
        act: { id, ...(undoes !== undefined && { undoes }) },
        time,
        engine,
        action: call.action,
        subject: call.subject,
        images: call.images ?? [],
        names: call.names ?? [],
      },
      state,
      end:
        state === 'running' || state === 'cut-off'
          ? undefined
          : {
              time: time + 40,
              outcome: state,
              entries: call.entries ?? [],
              given: call.given ?? [],
              ...(error !== undefined && { error }),
              ...(records !== undefined && { records }),
              ...(freed !== undefined && { freed }),
            },
    };
  });
  return { id, time, engine, changes, undoes, undone };
}

const untagged = (reference: string): RemovalEntry => ({ action: 'untagged', reference });
const deleted = (image: ChangedImage): RemovalEntry => ({ action: 'deleted', id: image.id });

const WEB = present('ghcr.io/acme/web-api:1.5.0');
const PULLED = past('ghcr.io/acme/web-api:1.3.0', '1', 411_900_000, [
  `ghcr.io/acme/web-api@sha256:${hex('a')}`,
]);
const TRASHED = past('acme/ml-train:2026-07', '2', 6_910_000_000);
const LOST = past('', '3', 1_860_000_000);

const gone = (image: ChangedImage): Call => ({
  action: 'remove',
  subject: image.references[0] ?? image.id,
  images: [image],
  entries: [...image.references.map(untagged), deleted(image)],
});

export const ACTS: readonly RecordedAct[] = [
  actOf('1f00aa0001', 20, [{ action: 'prune', subject: '', state: 'running', images: [LOST] }]),
  actOf('1f00aa0002', 95, [
    {
      action: 'remove',
      subject: 'ghcr.io/acme/web-api:beta',
      images: [{ ...WEB, references: [...WEB.references, 'ghcr.io/acme/web-api:beta'] }],
      entries: [untagged('ghcr.io/acme/web-api:beta')],
    },
  ]),
  actOf('1f00aa0003', 1_900, [gone(PULLED)]),
  actOf('1f00aa0004', 2_400, [gone(TRASHED)]),
  actOf('1f00aa0005', 9_000, [
    gone(LOST),
    {
      action: 'remove',
      subject: 'postgres:17',
      images: [present('postgres:17')],
      state: 'failed',
      error: { code: 'in-use', message: 'postgres:17 is used by the running container db' },
    },
  ]),
  actOf(
    '1f00aa0006',
    30_000,
    [
      {
        action: 'tag',
        subject: WEB.id,
        images: [WEB],
        names: [{ name: 'web:next', image: '' }],
        given: [{ name: 'web:next', image: WEB.id }],
      },
    ],
    { undone: { by: '1f00aa0007', time: (NOW - 29_000) * 1000, lacks: [] } },
  ),
  actOf('1f00aa0008', 90_000, [
    { action: 'prune-build-cache', subject: '', records: 14, freed: 2_310_000_000 },
  ]),
  actOf('1f00aa0009', 100_000, [{ ...gone(past('team/shop:2', '4', 88_000_000)), state: 'done' }], {
    engine: PODMAN,
  }),
  actOf('1f00aa000a', 400 * 86_400, [
    { action: 'remove', subject: 'nginx:1.29', state: 'cut-off', images: [present('nginx:1.29')] },
  ]),
];

export const ACT_FACTS: Facts = factsFrom(HERE, STOCK.images, [TRASHED.id]);

export function actList(change: Partial<ActList> = {}): ActList {
  return {
    acts: ACTS,
    error: undefined,
    facts: ACT_FACTS,
    place: { cursor: undefined, top: 0 },
    filter: '',
    details: undefined,
    ...change,
  };
}

/** A journal that holds these. */
export function journalOf(acts: readonly RecordedAct[]): ChangeJournal {
  return {
    folder: '',
    begin: () => Promise.resolve(),
    end: () => Promise.resolve(),
    undone: () => Promise.resolve(),
    list: () => Promise.resolve([...acts]),
  };
}
