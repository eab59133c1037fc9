/** After a removal: the engine's totals once more, and where it was lost in the middle, what is still there. */
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Engine } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import { volumeId } from '../engine/volume.ts';
import type { App } from './app.ts';
import { type EngineTotals, type Present, type RemovalRecord, settledRecord } from './removal-record.ts';

function changeRecord(app: App, job: string, change: (record: RemovalRecord) => RemovalRecord): void {
  app.store.stream((state) => ({
    ...state,
    jobs: state.jobs.map((each) =>
      each.id === job && each.removal !== undefined ? { ...each, removal: change(each.removal) } : each,
    ),
  }));
}

/** Asks the engine for its totals once more; where it is lost, when it is back, and then also what is still there. */
export function countAfter(app: App, job: string, record: RemovalRecord): void {
  const { before } = record.totals;
  const isUnsure = record.items.some((item) => item.status === 'unsure');
  if (before === undefined && !isUnsure) return;
  const measure = (totals: Partial<EngineTotals>): void =>
    changeRecord(app, job, (now) => ({ ...now, totals: { ...now.totals, ...totals } }));
  const count = async (engine: Engine): Promise<void> => {
    if (isUnsure) {
      const present = await presentOn(engine, record);
      changeRecord(app, job, (now) => settledRecord(now, present));
    }
    if (before !== undefined) measure({ after: await engine.diskUsage() });
    measure({ counting: false, problem: '' });
  };
  const tryOn = (engine: Engine): void => {
    measure({ counting: true });
    count(engine).catch((thrown: unknown) => {
      const { code, message } = asEngineError(thrown);
      const isLost = code === 'unreachable' || code === 'cancelled';
      measure({ counting: false, problem: isLost ? 'the engine does not answer' : message });
      if (isLost) untilBack(app, job, engine, tryOn);
    });
  };
  const engine = app.session.engine();
  if (engine !== undefined) tryOn(engine);
  else {
    measure({ problem: 'the engine does not answer' });
    untilBack(app, job, undefined, tryOn);
  }
}

/** Calls `then` with the engine once it is connected anew, as long as the job is on the list. */
function untilBack(app: App, job: string, lost: Engine | undefined, then: (engine: Engine) => void): void {
  const address = app.store.get().jobs.find((each) => each.id === job)?.engine;
  const unsubscribe = app.store.subscribe(() => {
    const engine = app.session.engine();
    const isKept = app.store.get().jobs.some((each) => each.id === job);
    if (isKept && (engine === undefined || engine === lost || engine.info.address !== address)) return;
    unsubscribe();
    if (isKept) then(engine!);
  });
}

/** What the engine holds of what was to go. */
async function presentOn(engine: Engine, { shown }: RemovalRecord): Promise<Present> {
  const { volumes: wanted } = shown.plan;
  const [images, containers, usage, volumes] = await Promise.all([
    engine.list({ all: true }),
    shown.plan.containers.length > 0 ? engine.containers?.list() : [],
    shown.plan.buildCache.length > 0 ? engine.diskUsage() : undefined,
    wanted.length > 0 ? engine.volumes?.list() : [],
  ]);
  const cache: DiskUsage['buildCacheItems'] = usage?.buildCacheItems ?? [];
  return {
    ids: new Set([
      ...[...images, ...(containers ?? []), ...cache].map(({ id }) => id),
      ...(volumes ?? []).map(({ name }) => volumeId(name)),
    ]),
    names: new Set(images.flatMap(({ references, digests }) => [...references, ...digests])),
  };
}
