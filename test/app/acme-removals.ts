/** A clean-up of the drawn store, and what can become of it. */

import { NO_LOG } from '../../src/app/job-log.ts';
import type { Job } from '../../src/app/jobs.ts';
import type { Overlay, PlanDialog } from '../../src/app/overlay.ts';
import { createRemovalFold, type EngineTotals, type RemovalRecord } from '../../src/app/removal-record.ts';
import { outcomeOf, titleOf } from '../../src/app/removal-words.ts';
import { type Asked, type ShownPlan, shownPlan } from '../../src/app/shown-plan.ts';
import { EMPTY_FIELD } from '../../src/app/text-field.ts';
import { NO_PROGRESS } from '../../src/app/transfer-progress.ts';
import { NO_MARKS, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import type { CleanupEvent, CleanupResult } from '../../src/engine/cleanup/execute-cleanup.ts';
import { WHOLE } from '../../src/engine/cleanup/marked.ts';
import { createPins } from '../../src/engine/cleanup/pins.ts';
import type { Scene } from '../../src/engine/cleanup/scene.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import type { DiskUsage } from '../../src/engine/disk-usage.ts';
import type { Size } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { freedBy } from '../../src/engine/removal-freed.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { volumeId } from '../../src/engine/volume.ts';
import { DRAWN_MARKS, INFO } from './acme-app.ts';
import { acmeId, CONTAINERS, NOW, STOCK, USAGE, VOLUME_SIZES, VOLUMES } from './acme-store.ts';

const MB = 1_000_000;
export const CLEANING_STOCK: Stock = {
  ...STOCK,
  buildCache: USAGE.buildCacheItems,
  written: Object.fromEntries(CONTAINERS.map(({ id }, index) => [id, index * 6 * MB])),
};

const SCENE: Scene = {
  stock: CLEANING_STOCK,
  uses: NO_USES,
  pins: createPins({ names: ['nginx:*'], labels: [] }),
  now: NOW,
};

const plan = planCleanup(
  SCENE,
  {
    ...NO_MARKS,
    images: new Map(
      [...DRAWN_MARKS, acmeId('redis:8-alpine'), acmeId('nginx:1.29'), acmeId('postgres:17')].map((id) => [
        id,
        WHOLE,
      ]),
    ),
    containers: CONTAINERS.filter(({ name }) => name === 'front-2' || name === 'cache'),
    buildCache: USAGE.buildCacheItems,
    notes: ['not-used-for=30d: 1 image is left out, because nothing is known of its use.'],
  },
  { canStop: true },
);

export const ASKED: Asked = {
  kind: 'clean-up',
  marked: false,
  plan: () => plan,
  again: () => () => {},
};

/** Everything a clean-up can have; `trash`: what goes is kept. */
export function shownCleanup(trash = false): ShownPlan {
  return shownPlan(
    CLEANING_STOCK,
    plan,
    trash
      ? {
          bytes: { bytes: 7_800 * MB, bound: 'about', reason: 'what is compressed takes less' },
          until: NOW + 7 * 86_400,
          folder: '/home/me/.local/share/nacre/trash',
          sameDisk: 'yes',
          tooLarge: false,
        }
      : undefined,
    SCENE.pins,
  );
}

/** The same without containers and build cache. */
export function shownImages(trash = false): ShownPlan {
  const images = {
    ...plan,
    containers: [],
    buildCache: [],
    parts: { ...plan.parts, containers: NONE, buildCache: NONE },
  };
  return shownPlan(
    CLEANING_STOCK,
    { ...images, freed: plan.parts.images },
    trash ? shownCleanup(true).trash : undefined,
    SCENE.pins,
  );
}

/** Nothing but build cache: it goes by `y`. */
export function shownCache(): ShownPlan {
  const cache = planCleanup(SCENE, { ...NO_MARKS, buildCache: USAGE.buildCacheItems });
  return shownPlan(CLEANING_STOCK, cache, undefined, SCENE.pins);
}

/** Volumes besides images: one that somebody named, and one that nobody did. */
export function shownVolumes(): ShownPlan {
  const stock = { ...CLEANING_STOCK, volumes: VOLUMES, volumeSizes: VOLUME_SIZES };
  const images = new Map([...DRAWN_MARKS].map((id) => [id, WHOLE] as const));
  const volumes = VOLUMES.filter(({ users }) => users.length === 0);
  return shownPlan(
    stock,
    planCleanup({ ...SCENE, stock }, { ...NO_MARKS, images, volumes }),
    undefined,
    SCENE.pins,
  );
}

/** Everything that was meant stays. */
export function shownNothing(): ShownPlan {
  const images = new Map([acmeId('nginx:1.29'), acmeId('postgres:17')].map((id) => [id, WHOLE] as const));
  return shownPlan(CLEANING_STOCK, planCleanup(SCENE, { ...NO_MARKS, images }), undefined, SCENE.pins);
}

const NONE: Size = { bytes: 0, bound: 'exact' };

export function cleanupDialog(shown: ShownPlan, change: Partial<PlanDialog> = {}): Overlay {
  return {
    kind: 'plan',
    dialog: {
      asked: ASKED,
      shown,
      progress: undefined,
      notice: '',
      typed: EMPTY_FIELD,
      focus: 'cancel',
      deafUntil: 0,
      top: 0,
      ...change,
    },
  };
}

/** Everything the executor tells when all goes well, in its order. */
export function eventsOf({ plan }: ShownPlan): CleanupEvent[] {
  return [
    { type: 'checking' },
    ...plan.containers.flatMap((container): CleanupEvent[] => [
      { type: 'thing', id: container.id, name: container.name },
      { type: 'container-removed', container },
    ]),
    ...plan.buildCache.flatMap((record): CleanupEvent[] => [
      { type: 'thing', id: record.id, name: record.id },
      { type: 'cache-removed', record, freed: { bytes: record.size, bound: 'exact' } },
    ]),
    ...plan.images.calls.flatMap((call, index): CleanupEvent[] => [
      { type: 'removing', call, index, total: plan.images.calls.length },
      { type: 'removed', call, entries: call.expected },
    ]),
    ...plan.volumes.flatMap((volume): CleanupEvent[] => [
      { type: 'thing', id: volumeId(volume.name), name: volume.name },
      { type: 'volume-removed', volume },
    ]),
  ];
}

export const REFUSED = new EngineError({
  code: 'in-use',
  message: 'ghcr.io/acme/web-api:1.4.2 is used by the running container api-old',
  hint: 'Stop and remove api-old first, or take containers along.',
});

export const LOST = new EngineError({
  code: 'unreachable',
  message: 'cannot reach the engine at unix:///var/run/docker.sock: the connection was closed',
  hint: 'Start it: sudo systemctl start docker.',
  retryable: true,
});

function usageAfter(images: number, containers: number, cache: number, volumes: number): DiskUsage {
  const less = (size: Size, bytes: number): Size => ({ ...size, bytes: size.bytes - bytes });
  return {
    ...USAGE,
    layersTotal: less(USAGE.layersTotal, images),
    containers: { ...USAGE.containers, size: less(USAGE.containers.size, containers) },
    buildCache: { ...USAGE.buildCache, size: less(USAGE.buildCache.size, cache) },
    volumes: { ...USAGE.volumes, size: less(USAGE.volumes.size, volumes) },
  };
}

export type End = 'done' | 'refused' | 'lost' | 'cancelled' | 'running' | 'diverged';

/** The same clean-up with different ends. */
export function removalRecord(end: End, shown: ShownPlan = shownCleanup()): RemovalRecord {
  const fold = createRemovalFold('docker-classic', ASKED, shown);
  const totals: EngineTotals = { before: USAGE, after: undefined, counting: false, problem: '' };
  fold.measure(totals);
  const refused = shown.plan.images.calls.find((call) => call.target.endsWith(':1.4.2'))!;
  const all = eventsOf(shown).flatMap((event): CleanupEvent[] => {
    if (end !== 'refused' || event.type !== 'removed' || event.call !== refused) return [event];
    return [{ type: 'failed', call: refused, error: REFUSED }];
  });
  const count = { done: all.length, refused: all.length, diverged: 8, lost: 12, cancelled: 11, running: 12 }[
    end
  ];
  const told = all.slice(0, count);
  for (const event of told) fold.add(event);
  if (end === 'lost') fold.fail(LOST);
  else if (end !== 'running') {
    const entries = told.flatMap((event) => (event.type === 'removed' ? event.entries : []));
    const images = freedBy('docker-classic', shown.plan.images, entries, shown.images);
    const parts = { ...fold.record().parts, images };
    const result: CleanupResult = {
      outcome: end === 'refused' ? 'done' : end,
      reasons: end === 'diverged' ? ['build cache k1qy7jvx0r4n was removed'] : [],
      containers: [],
      buildCache: [],
      volumes: [],
      images: undefined,
      parts,
      freed: {
        bytes: parts.images.bytes + parts.containers.bytes + parts.buildCache.bytes + parts.volumes.bytes,
        bound: 'exact',
      },
      failures: [],
    };
    fold.end(result);
  }
  const { parts } = fold.record();
  if (end === 'lost') fold.measure({ ...totals, problem: 'the engine does not answer' });
  else if (end !== 'running')
    fold.measure({
      ...totals,
      after: usageAfter(
        parts.images.bytes,
        parts.containers.bytes,
        parts.buildCache.bytes,
        parts.volumes.bytes,
      ),
    });
  return fold.record();
}

export function removalJob(end: End, shown: ShownPlan = shownCleanup()): Job {
  const removal = removalRecord(end, shown);
  const running = end === 'running';
  return {
    id: `removal-${end}`,
    kind: 'remove',
    ...titleOf(ASKED, shown.plan),
    status: running ? 'running' : outcomeOf(removal).status,
    note: running ? '6 of 10' : (outcomeOf(removal).note ?? ''),
    startedAt: (NOW - 5) * 1000,
    endedAt: running ? undefined : (NOW - 2) * 1000,
    engine: INFO.address,
    request: undefined,
    steps: { done: 5, total: 10 },
    progress: NO_PROGRESS,
    removal,
    log: NO_LOG,
    failure: undefined,
    images: [],
    file: '',
  };
}
