import { describe, expect, test, vi } from 'vitest';
import { changesTop } from '../../src/app/changes-page.ts';
import { currentContainer, listedContainers, stateText, statusText } from '../../src/app/container-list.ts';
import { handleInput } from '../../src/app/input.ts';
import type { MouseButton } from '../../src/app/keyboard.ts';
import { type AcmeApp, EMBEDDED } from './acme-app.ts';
import { type AcmeEngine, ALL_CONTAINERS, acmeEngine, appOn, LEFTOVER } from './acme-containers.ts';
import { acmeId } from './acme-store.ts';

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

  test('tells of a state only what stays true', () => {
    const seen = ['Up 3 hours', 'Up Less than a second', 'Up About a minute (healthy)', 'Up 2 days (Paused)'];
    expect(seen.map((status) => statusText({ status }))).toEqual(['Up', 'Up', 'Up (healthy)', 'Up (Paused)']);
    const over = ['Exited (137) 3 hours ago', 'Restarting (1) 5 seconds ago', 'Created', 'exited'];
    expect(over.map((status) => statusText({ status }))).toEqual([
      'Exited (137)',
      'Restarting (1)',
      'Created',
      'exited',
    ]);
  });

  test('tells how one ended', () => {
    expect(stateText({ state: 'exited', status: 'Exited (137) 3 hours ago' })).toBe('exited 137');
    expect(stateText({ state: 'running', status: 'Up 2 days (healthy)' })).toBe('running');
    expect(stateText({ state: '', status: 'Created' })).toBe('Created');
  });
});
