import { describe, expect, test, vi } from 'vitest';
import { EngineError } from '../../src/engine/errors.ts';
import type { AcmeApp } from './acme-app.ts';
import { acmeEngine, appOn, asked, RAN, ran } from './acme-containers.ts';

const overlay = (app: AcmeApp): string | undefined => app.store.get().overlay?.kind;
const toast = (app: AcmeApp): string => app.store.get().toast?.text ?? '';

describe('what becomes of the container', () => {
  test('is removal by default; keys typed for what ran do not answer', async () => {
    const engine = acmeEngine();
    const app = appOn(engine);
    const { clock } = app;
    app.press('r', 'enter');
    await asked(app);
    // At the very moment of the end.
    Object.assign(app, { clock: () => app.store.get().runEnding!.deafUntil - 1 });
    app.press('enter');
    expect(overlay(app)).toBe('ending');
    Object.assign(app, { clock });
    app.press('enter');
    await vi.waitFor(() => expect(engine.done.removed).toEqual([RAN]));
    expect([overlay(app), app.store.get().runEnding]).toEqual([undefined, undefined]);
    await vi.waitFor(() => expect(app.session.works.size).toBe(0));
  });

  test('is waited for when nacre ends while it is being removed', async () => {
    const removing = Promise.withResolvers<void>();
    const app = await ran(acmeEngine({ remove: () => removing.promise }));
    app.press('enter');
    const [work] = [...app.session.works.values()];
    let hasEnded = false;
    void work!.ended.then(() => {
      hasEnded = true;
    });
    work!.cancel.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect([hasEnded, app.store.get().runEnding]).toEqual([false, undefined]);
    removing.resolve();
    await work!.ended;
  });

  test('is asked again after its changes were looked at', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    app.press('up', 'up', 'enter');
    expect(app.store.get().changesPage?.container).toBe(RAN);
    app.press('?', 'esc');
    expect(overlay(app)).toBeUndefined();
    app.press('esc');
    expect(overlay(app)).toBe('ending');
    app.press('k', 'k', 'enter', '2');
    expect([overlay(app), app.store.get().screen]).toEqual(['ending', 'layers']);
    app.press('k', 'k', 'enter', 'C');
    expect([overlay(app), app.store.get().changesPage]).toEqual(['ending', undefined]);
    expect(engine.done.removed).toEqual([]);
  });

  test('is asked again when the commit is not made after all; a commit settles it', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    app.press('up', 'enter', 'esc');
    expect(overlay(app)).toBe('ending');
    app.press('up', 'enter', ...'acme/tried:1', 'enter');
    await vi.waitFor(() => expect(engine.done.removed).toEqual([RAN]));
    expect(engine.done.committed).toMatchObject([{ container: RAN, reference: 'acme/tried:1' }]);
    expect([overlay(app), app.store.get().runEnding]).toEqual([undefined, undefined]);
  });

  test('can be committed from the page of its changes', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    app.press('g', 'enter', 'c', 'esc');
    expect(app.store.get().changesPage?.container).toBe(RAN);
    app.press('c', ...'acme/tried:2', 'enter');
    await vi.waitFor(() => expect(engine.done.removed).toEqual([RAN]));
    expect(app.store.get().changesPage).toBeUndefined();
  });

  test('is to stay when that is said', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    app.press('down', 'enter');
    expect(toast(app)).toContain('is kept · C lists it');
    await vi.waitFor(() => expect(app.session.works.size).toBe(0));
    expect(engine.done.removed).toEqual([]);
  });

  test('escape removes what nobody changed, and nothing else', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    app.press('esc');
    expect([overlay(app), toast(app)]).toEqual(['ending', expect.stringContaining('what was changed')]);
    const other = acmeEngine({ changes: () => Promise.resolve([]) });
    const unchanged = await ran(other);
    unchanged.press('esc');
    await vi.waitFor(() => expect(other.done.removed).toEqual([RAN]));
  });

  test('is removal when nacre ends before it was said', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    const [work] = [...app.session.works.values()];
    work!.cancel.abort();
    await work!.ended;
    expect(engine.done.removed).toEqual([RAN]);
  });

  test('cannot be told of another engine', async () => {
    const app = await ran(acmeEngine());
    app.press('g', 'enter', 'E');
    expect(toast(app)).toContain('first say what becomes of the container');
  });

  test('stays a question in the list, when it could not be removed', async () => {
    const busy = new EngineError({ code: 'in-use', message: 'the container is in use', hint: 'Wait.' });
    const app = await ran(acmeEngine({ remove: () => Promise.reject(busy) }));
    app.press('enter');
    await vi.waitFor(() => expect(app.store.get().lastError).toBe(busy));
    expect(toast(app)).toContain('was not removed');
  });
});
