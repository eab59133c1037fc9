/** An engine that holds a made stock and does what a shown plan expects of it, save for the faults it is made to have. */
import type { App } from '../../src/app/app.ts';
import type { DiskUsage } from '../../src/engine/disk-usage.ts';
import type { Engine, RemovalEntry } from '../../src/engine/engine.ts';
import { asEngineError, EngineError } from '../../src/engine/errors.ts';
import type { Image } from '../../src/engine/image.ts';
import type { PlannedCall } from '../../src/engine/plan.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { INFO } from './acme-app.ts';
import { USAGE } from './acme-store.ts';

export interface Faults {
  /** Called before the nth thing goes, counted from 1; what it throws is the engine's answer. */
  readonly before?: (nth: number, target: string) => void;
  /** What it answers in place of what was expected. */
  readonly answer?: (nth: number, expected: readonly RemovalEntry[]) => readonly RemovalEntry[];
}

export interface PlannedEngine {
  readonly engine: Engine;
  /** What went, in order. */
  readonly removed: string[];
  /** What a shown plan expects is what it will do. */
  learn(app: App): void;
  /** Until then, one that was lost once answers nothing; then it is a new connection. */
  revive(): Engine;
  /** Changes an image behind everybody's back. */
  change(id: string, how: Partial<Image>): void;
}

export function plannedEngine(stock: Stock, faults: Faults = {}): PlannedEngine {
  const removed: string[] = [];
  const gone = new Set<string>();
  const untagged = new Set<string>();
  const changed = new Map<string, Partial<Image>>();
  const calls: PlannedCall[] = [];
  let nth = 0;
  let lost: unknown;
  const alive = (): void => {
    if (lost !== undefined) throw lost;
  };
  const losing = <Result>(body: () => Result): Result => {
    alive();
    try {
      return body();
    } catch (thrown) {
      if (asEngineError(thrown).code === 'unreachable') lost = thrown;
      throw thrown;
    }
  };
  const images = (): Image[] =>
    stock.images
      .filter(({ id }) => !gone.has(id))
      .map((image) => {
        const now = { ...image, ...changed.get(image.id) };
        return { ...now, references: now.references.filter((name) => !untagged.has(name)) };
      });
  const take = (target: string): void => {
    nth++;
    losing(() => faults.before?.(nth, target));
    removed.push(target);
  };
  const usage = (): DiskUsage => {
    const left = new Map(
      images().flatMap(({ id }) =>
        (stock.layers.get(id)?.layers ?? []).map((layer) => [layer.chainId, layer.size]),
      ),
    );
    const bytes = [...left.values()].reduce((sum, size) => sum + size, 0);
    const items = (stock.buildCache ?? []).filter(({ id }) => !gone.has(id));
    return {
      ...USAGE,
      layersTotal: { bytes, bound: 'exact' },
      buildCacheItems: items,
    };
  };
  const engine = {
    info: INFO,
    absent: {},
    list: async () => losing(images),
    diskUsage: async () => losing(usage),
    inspect: async (target: string) => {
      const found = images().find(({ id, references }) => id === target || references.includes(target));
      if (found === undefined)
        throw new EngineError({ code: 'not-found', message: `no ${target}`, hint: 'look' });
      return found;
    },
    remove: async (target: string) => {
      take(target);
      const { expected } = calls.findLast((call) => call.target === target)!;
      for (const entry of expected)
        if (entry.action === 'deleted') gone.add(entry.id);
        else untagged.add(entry.reference);
      return losing(() => faults.answer?.(nth, expected) ?? expected);
    },
    buildCache: {
      prune: async ({ filters }: { filters: { id: readonly string[] } }) => {
        const [id = ''] = filters.id;
        take(`cache ${id}`);
        gone.add(id);
        const size = stock.buildCache?.find((item) => item.id === id)?.size ?? 0;
        return { deleted: [id], freed: { bytes: size, bound: 'exact' } };
      },
    },
    containers: {
      list: async () => stock.containers.filter(({ id }) => !gone.has(id)),
      stop: async (id: string) => void take(`stop ${nameOf(id)}`),
      remove: async (id: string) => {
        take(`container ${nameOf(id)}`);
        gone.add(id);
      },
    },
  } as unknown as Engine;
  const nameOf = (id: string): string => stock.containers.find((one) => one.id === id)!.name;
  return {
    engine,
    removed,
    learn: ({ store }) =>
      void store.subscribe(() => {
        const { overlay } = store.get();
        if (overlay?.kind === 'plan') calls.push(...(overlay.dialog.shown?.plan.images.calls ?? []));
      }),
    revive: () => {
      lost = undefined;
      return { ...engine };
    },
    change: (id, how) => void changed.set(id, how),
  };
}
