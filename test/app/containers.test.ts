import { describe, expect, test, vi } from 'vitest';
import { followContainer } from '../../src/app/changes.ts';
import { changesTop, shownChanges } from '../../src/app/changes-page.ts';
import { currentContainer, listedContainers, stateText } from '../../src/app/container-list.ts';
import { handleInput } from '../../src/app/input.ts';
import type { MouseButton } from '../../src/app/keyboard.ts';
import type { AppState } from '../../src/app/state.ts';
import { createTheme } from '../../src/app/theme.ts';
import type { ContainerChange } from '../../src/engine/container.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { changesScreen } from '../../src/views/changes-screen.ts';
import { type AcmeApp, acmeApp, acmeState, EMBEDDED } from './acme-app.ts';
import {
  type AcmeEngine,
  ALL_CONTAINERS,
  acmeEngine,
  CHANGES,
  containerId,
  LEFTOVER,
} from './acme-containers.ts';
import { acmeId } from './acme-store.ts';

function appOn(engine: AcmeEngine | undefined = acmeEngine(), change: Partial<AppState> = {}): AcmeApp {
  const state = acmeState(
    { columns: 120, rows: 36 },
    { marks: new Set(), containers: ALL_CONTAINERS, ...change },
  );
  return acmeApp(state, {}, engine);
}

const current = (app: AcmeApp): string | undefined => currentContainer(app.store.get())?.name;
const toast = (app: AcmeApp): string => app.store.get().toast?.text ?? '';

describe('the list of containers', () => {
  test('has them all, the youngest first, and those of one image', () => {
    const app = appOn();
    app.press('C');
    expect(listedContainers(app.store.get()).map(({ name }) => name)).toEqual([
      'nacre-throwaway-3f9c2a',
      'api-1',
      'api-2',
      'cache',
      'db',
      'front-1',
      'front-2',
      'worker-1',
    ]);
    expect(app.calls).toEqual(['refresh']);
    app.press('esc', 'c');
    expect(listedContainers(app.store.get()).map(({ name }) => name)).toEqual(['api-1', 'api-2', 'worker-1']);
  });

  test('keeps its cursor on a container while others come and go', () => {
    const app = appOn();
    app.press('C', 'j', 'j', 'j');
    expect(current(app)).toBe('cache');
    app.store.update((state) => ({
      ...state,
      containers: ALL_CONTAINERS.filter(({ name }) => name !== 'api-1'),
    }));
    expect(current(app)).toBe('cache');
    app.press('G');
    expect(current(app)).toBe('worker-1');
  });

  test('goes back to the page it was opened from, and from the image of a container to itself', () => {
    const app = appOn();
    app.press('enter', 'c');
    expect(app.store.get().page).toBeUndefined();
    app.press('j', 'i');
    expect(app.store.get().page?.id).toBe(acmeId('ghcr.io/acme/web-api:1.5.0'));
    app.press('esc');
    expect(current(app)).toBe('api-2');
    app.press('esc');
    expect(app.store.get().page?.tab).toBe('overview');
    app.press('C', '4');
    expect([app.store.get().screen, app.store.get().containerList]).toEqual(['jobs', undefined]);
  });

  test('an image that nothing uses has none to show; an engine without containers says why', () => {
    const app = appOn();
    app.press('g', 'c');
    expect(toast(app)).toBe('no container uses this image');
    const reason = 'the embedded engine stores images and runs no containers';
    const embedded = {
      ...acmeEngine(),
      info: EMBEDDED,
      containers: undefined,
      absent: { containers: reason },
    };
    const other = appOn(embedded as unknown as AcmeEngine);
    for (const key of ['C', 'c', 'r']) {
      other.press(key);
      expect(toast(other)).toBe(reason);
    }
    expect(other.store.get().containerList).toBeUndefined();
  });

  test('of an engine that is read only takes no commit, no run and no removal', () => {
    const app = appOn(acmeEngine(), { readOnly: true });
    app.press('r');
    expect(toast(app)).toContain('--read-only');
    app.press('C');
    for (const key of ['c', 'd']) {
      app.press(key);
      expect(toast(app)).toContain('--read-only');
    }
    expect(app.store.get().overlay).toBeUndefined();
  });

  test('removes a throwaway container after asking, and no other', async () => {
    const engine = acmeEngine();
    const app = appOn(engine);
    app.press('C', 'd', 'enter');
    expect(engine.done.removed).toEqual([]);
    app.press('d', 'down', 'enter');
    await vi.waitFor(() => expect(toast(app)).toBe('removed nacre-throwaway-3f9c2a'));
    expect(engine.done.removed).toEqual([LEFTOVER.id]);
    app.press('j', 'd');
    expect(toast(app)).toContain('only throwaway containers');
    app.store.update((state) => ({
      ...state,
      containers: [{ ...LEFTOVER, running: true, state: 'running', status: 'Up 2 minutes' }],
    }));
    app.press('d');
    expect(toast(app)).toBe('it still runs: stop it first');
    const stopped: string[] = [];
    const stop = (container: string): Promise<void> => Promise.resolve(void stopped.push(container));
    Object.assign(engine.containers!, { stop });
    app.press('d', 'down', 'enter');
    await vi.waitFor(() => expect(engine.done.removed).toEqual([LEFTOVER.id, LEFTOVER.id]));
    expect(stopped).toEqual([LEFTOVER.id]);
  });

  test('hears the mouse', async () => {
    const app = appOn();
    app.press('C');
    const mouse = (button: MouseButton, y: number): void =>
      handleInput(app, { type: 'mouse', button, x: 5, y });
    mouse('left', 5);
    expect(current(app)).toBe('api-2');
    mouse('left', 2);
    mouse('left', 30);
    expect(current(app)).toBe('api-2');
    mouse('wheel-down', 5);
    expect(current(app)).toBe('front-1');
    app.press('g', 'j', 'enter');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toBeDefined());
    mouse('wheel-down', 5);
    expect(changesTop(app.store.get())).toBe(3);
  });

  test('tells how one ended', () => {
    expect(stateText({ state: 'exited', status: 'Exited (137) 3 hours ago' })).toBe('exited 137');
    expect(stateText({ state: 'running', status: 'Up 2 days (healthy)' })).toBe('running');
    expect(stateText({ state: '', status: 'Created' })).toBe('Created');
  });
});

describe('what has changed in a container', () => {
  test('is asked for when the cursor rests on it, and not while it moves', async () => {
    const asked: string[] = [];
    const app = appOn(
      acmeEngine({
        changes(container) {
          asked.push(container);
          return Promise.resolve(CHANGES);
        },
      }),
    );
    const stop = followContainer(app, 20);
    app.press('C', 'j', 'j', 'j');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toHaveLength(CHANGES.length));
    expect(asked).toEqual([containerId('cache')]);
    expect(app.store.get().changes?.counts).toEqual({ added: 41, modified: 5, deleted: 2 });
    stop();
  });

  test('of the last one asked for is shown, however late another answer comes', async () => {
    const answers = new Map<string, (list: readonly ContainerChange[]) => void>();
    const app = appOn(
      acmeEngine({ changes: (container) => new Promise((resolve) => answers.set(container, resolve)) }),
    );
    const [first, second] = [containerId('api-1'), containerId('api-2')];
    app.session.loadChanges(first);
    app.session.loadChanges(second);
    answers.get(second)!([]);
    answers.get(first)!(CHANGES);
    await vi.waitFor(() => expect(app.store.get().changes?.list).toEqual([]));
    expect(app.store.get().changes?.container).toBe(second);
  });

  test('is asked for again on demand', async () => {
    let told = 0;
    const list = (length: number): ContainerChange[] =>
      Array.from({ length }, (_, index) => ({ kind: 'added', path: `/${index}` }));
    const app = appOn(acmeEngine({ changes: () => Promise.resolve(list(++told)) }));
    app.press('C', 'j', 'enter');
    await vi.waitFor(() => expect(shownChanges(app.store.get())).toHaveLength(1));
    app.press('R');
    // What is known stays until then.
    expect(shownChanges(app.store.get())).toHaveLength(1);
    await vi.waitFor(() => expect(shownChanges(app.store.get())).toHaveLength(2));
  });

  test('that cannot be told says why', async () => {
    const error = new EngineError({ code: 'not-found', message: 'gone', hint: 'R lists again' });
    const app = appOn(acmeEngine({ changes: () => Promise.reject(error) }));
    app.session.loadChanges(containerId('api-1'));
    await vi.waitFor(() => expect(app.store.get().changes?.error).toBe(error));
  });

  test('can be searched, kind by kind, and copied', async () => {
    const app = appOn();
    app.press('C', 'j', 'enter');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toBeDefined());
    app.press('/', ...'VAR', 'enter');
    expect(toast(app)).toBe('match 1 of 3');
    app.press('n', 'n', 'n');
    expect(toast(app)).toBe('match 1 of 3');
    app.press('N');
    expect(toast(app)).toBe('match 3 of 3');
    app.press('tab', 'tab', 'tab');
    expect(shownChanges(app.store.get()).map(({ kind }) => kind)).toEqual(['deleted', 'deleted']);
    app.press('y');
    expect(app.copied).toEqual(['/srv/dist/old-bundle.js\n/var/cache/apt/archives/partial']);
    app.press('n');
    expect(toast(app)).toBe('match 1 of 1');
    app.press('/', 'ctrl+u', ...'nowhere', 'enter');
    expect(toast(app)).toBe('"nowhere" is in none of these paths');
    app.press('tab', 'G');
    expect(changesTop(app.store.get())).toBe(CHANGES.length - 28);
    app.press('esc');
    expect(current(app)).toBe('api-1');
  });

  test('of 100,000 paths those on the screen are read, and all of them once for a search', async () => {
    let reads = 0;
    const many = Array.from({ length: 100_000 }, (_, index) => ({
      kind: 'added' as const,
      get path() {
        reads++;
        return `/srv/data/${String(index).padStart(6, '0')}/file.bin`;
      },
    }));
    const app = appOn(acmeEngine({ changes: () => Promise.resolve(many) }));
    const theme = createTheme({ colour: false, ascii: false });
    const draw = (): string[] => changesScreen(app.store.get(), theme, 120, 30);
    app.press('C', 'j', 'enter');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toHaveLength(100_000));
    reads = 0;
    draw();
    const screen = reads;
    expect(screen).toBeGreaterThan(0);
    expect(screen).toBeLessThan(200);
    for (let step = 0; step < 50; step++) {
      app.press(step % 2 === 0 ? 'ctrl+d' : 'j');
      draw();
    }
    expect(reads).toBe(51 * screen);
    reads = 0;
    app.press('/', ...'/099999/', 'enter', 'n', 'N');
    expect(reads).toBe(100_000);
    expect(toast(app)).toBe('match 1 of 1');
    expect(changesTop(app.store.get())).toBe(100_000 - 28);
  });
});
