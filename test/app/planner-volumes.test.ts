/** Volumes on the planner: read only when something asks for them, marked only by their rule, kept by space and K. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { newPlanner } from '../../src/app/planner.ts';
import { workedOut } from '../../src/app/planner-following.ts';
import { plannerRows } from '../../src/app/planner-rows.ts';
import { createRemovalFold, settledRecord } from '../../src/app/removal-record.ts';
import type { AppState } from '../../src/app/state.ts';
import { followVolumes, ticksVolumes, wantsVolumes } from '../../src/app/volume-loading.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { volumeId } from '../../src/engine/volume.ts';
import { acmeApp, acmeState, INFO } from './acme-app.ts';
import { ASKED, shownVolumes } from './acme-removals.ts';
import { STOCK, VOLUME_SIZES, VOLUMES } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const RULES = ['dangling', 'unused-volumes=all'];

function planner(change: Partial<AppState> = {}) {
  const stock = { ...STOCK, volumes: VOLUMES, volumeSizes: VOLUME_SIZES };
  return acmeApp(
    acmeState(SIZE, { screen: 'disk', stock, marks: new Set(), planner: newPlanner(RULES), ...change }),
  );
}

const volumesIn = (state: AppState): string[] =>
  plannerRows(workedOut(state)).flatMap(({ kind, name, excluded }) =>
    kind === 'volume' ? [`${excluded ? 'stays ' : ''}${name}`] : [],
  );

describe('volumes on the planner', () => {
  test('are marked by their rule alone, and only those that nobody uses', () => {
    const app = planner();
    app.press('space');
    expect(volumesIn(app.store.get())).toEqual([]);
    app.press('j', 'space');
    const [nameless] = VOLUMES.filter(({ anonymous }) => anonymous);
    expect(volumesIn(app.store.get())).toEqual([
      `volume ${nameless!.name.slice(0, 12)}`,
      'volume uploads-2025',
    ]);
    // An image that a person marks takes no volume along.
    app.press('space');
    app.store.update((state) => ({ ...state, marks: new Set(STOCK.images.map(({ id }) => id)) }));
    expect(volumesIn(app.store.get())).toEqual([]);
  });

  test('stay when they are left out, and come back', () => {
    const app = planner();
    app.press('j', 'space');
    app.store.update(workedOut);
    app.press('tab', 'G', 'space');
    expect(volumesIn(app.store.get()).at(-1)).toBe('stays volume uploads-2025');
    app.store.update(workedOut);
    app.press('G', 'space');
    expect(volumesIn(app.store.get()).filter((row) => row.startsWith('stays'))).toEqual([]);
    expect(volumesIn(app.store.get())).toHaveLength(2);
  });

  test('are pinned by K, and then no rule means them', async () => {
    const app = planner();
    app.press('j', 'space');
    app.store.update(workedOut);
    app.press('tab', 'G', 'K');
    await pause(0);
    expect(app.store.get().pins.kept.names).toEqual(['volume=uploads-2025']);
    expect(app.store.get().toast?.text).toContain('nacre unpin volume=uploads-2025');
    expect(volumesIn(app.store.get())).toHaveLength(1);
    const { plan } = workedOut(app.store.get()).cleanup!;
    expect(plan.spared).toMatchObject([{ name: 'volume uploads-2025', why: 'pinned' }]);
  });

  test('are read when the planner needs them, and never before', async () => {
    let asked = 0;
    const engine = {
      info: INFO,
      absent: {},
      volumes: {
        list: async () => {
          asked++;
          return VOLUMES;
        },
      },
    } as unknown as Engine;
    const app = acmeApp(acmeState(SIZE, { screen: 'images', planner: newPlanner(RULES) }), {}, engine);
    const stop = followVolumes(app);
    const rest = () => pause(20);
    app.press('j');
    await rest();
    expect({ asked, volumes: app.store.get().stock?.volumes }).toEqual({ asked: 0, volumes: undefined });
    app.store.update((state) => ({ ...state, screen: 'disk', planner: newPlanner(['dangling']) }));
    await rest();
    expect(asked).toBe(0);
    app.store.update((state) => ({ ...state, planner: newPlanner(RULES) }));
    await expect.poll(() => app.store.get().stock?.volumes).toEqual(VOLUMES);
    expect(asked).toBe(1);
    const { stock } = app.store.get();
    // Read again when containers changed: the same volumes are no reason to plan anew.
    app.store.update((state) => ({ ...state, containers: [...state.containers] }));
    await expect.poll(() => asked).toBe(2);
    await rest();
    expect(app.store.get().stock).toBe(stock);
    stop();
    app.store.update((state) => ({ ...state, containers: [...state.containers] }));
    await pause(350);
    expect(asked).toBe(2);
  });

  test('are read for a plan only where a ticked rule is about them', () => {
    const app = planner({ screen: 'images' });
    expect([wantsVolumes(app.store.get()), ticksVolumes(app.store.get())]).toEqual([false, false]);
    app.store.update((state) => ({ ...state, planner: { ...state.planner, ticked: new Set(RULES) } }));
    expect([wantsVolumes(app.store.get()), ticksVolumes(app.store.get())]).toEqual([true, true]);
  });
});

describe('what became of volumes', () => {
  const shown = shownVolumes();
  const [first, second] = shown.plan.volumes;

  test('is told one by one, and added up', () => {
    const fold = createRemovalFold('docker-classic', ASKED, shown);
    const error = new EngineError({ code: 'in-use', message: 'a container uses it', hint: 'remove that' });
    fold.add({ type: 'thing', id: volumeId(first!.name), name: 'volume' });
    fold.add({ type: 'volume-removed', volume: first! });
    fold.add({ type: 'thing-failed', id: volumeId(second!.name), name: 'volume', error });
    const { items, parts, freed } = fold.record();
    expect(items.filter(({ kind }) => kind === 'volume')).toMatchObject([
      { status: 'done', freed: first!.size, deed: 'delete for good' },
      { status: 'failed', freed: 0, error },
    ]);
    expect({ parts: parts.volumes.bytes, freed: freed.bytes }).toEqual({
      parts: first!.size,
      freed: first!.size,
    });
  });

  test('is looked up once the engine is back', () => {
    const fold = createRemovalFold('docker-classic', ASKED, shown);
    fold.add({ type: 'thing', id: volumeId(first!.name), name: 'volume' });
    fold.fail(new EngineError({ code: 'unreachable', message: 'gone', hint: 'start it' }));
    const gone = settledRecord(fold.record(), { ids: new Set(), names: new Set() });
    expect(gone.parts.volumes).toMatchObject({ bytes: first!.size, bound: 'about' });
    const present = { ids: new Set([volumeId(first!.name)]), names: new Set<string>() };
    const there = settledRecord(fold.record(), present);
    expect(there.parts.volumes.bytes).toBe(0);
    expect(there.items.find(({ id }) => id === volumeId(first!.name))).toMatchObject({ note: 'still there' });
  });
});
