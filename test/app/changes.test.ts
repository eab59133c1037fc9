import { describe, expect, test, vi } from 'vitest';
import { followContainer } from '../../src/app/changes.ts';
import { changesTop, shownChanges } from '../../src/app/changes-page.ts';
import { currentContainer } from '../../src/app/container-list.ts';
import { createTheme } from '../../src/app/theme.ts';
import type { ContainerChange } from '../../src/engine/container.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { changesScreen } from '../../src/views/changes-screen.ts';
import type { AcmeApp } from './acme-app.ts';
import { acmeEngine, appOn, CHANGES, containerId } from './acme-containers.ts';

const current = (app: AcmeApp): string | undefined => currentContainer(app.store.get())?.name;
const toast = (app: AcmeApp): string => app.store.get().toast?.text ?? '';

/** An app, and the containers whose changes it has asked for. */
function askedApp() {
  const asked: string[] = [];
  const app = appOn(
    acmeEngine({
      changes(container) {
        asked.push(container);
        return Promise.resolve(CHANGES);
      },
    }),
  );
  return { app, asked };
}

describe('what has changed in a container', () => {
  test('is asked for when the cursor rests on it, and not while it moves', async () => {
    const { app, asked } = askedApp();
    const stop = followContainer(app, 20);
    app.press('C', 'j', 'j', 'j');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toHaveLength(CHANGES.length));
    expect(asked).toEqual([containerId('cache')]);
    expect(app.store.get().changes?.counts).toEqual({ added: 41, modified: 5, deleted: 2 });
    stop();
  });

  test('is asked for again when the engine is back, for the page of a container too', async () => {
    const { app, asked } = askedApp();
    const stop = followContainer(app, 0);
    app.press('C', 'j', 'enter');
    await vi.waitFor(() => expect(app.store.get().changes?.list).toBeDefined());
    const { connection } = app.store.get();
    app.store.update((state) => ({ ...state, connection: { status: 'connecting' } as typeof connection }));
    await vi.waitFor(() => expect(asked).toContain(containerId('api-1')));
    asked.length = 0;
    app.store.update((state) => ({ ...state, connection }));
    await vi.waitFor(() => expect(asked).toEqual([containerId('api-1')]));
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
