import { describe, expect, test, vi } from 'vitest';
import type { AppState } from '../../src/app/state.ts';
import type { RunResult } from '../../src/engine/container.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { type AcmeEngine, ALL_CONTAINERS, acmeEngine, NO_SHELL, RAN } from './acme-containers.ts';
import { acmeId, DETAIL } from './acme-store.ts';

const WEB = acmeId('ghcr.io/acme/web-api:1.5.0');

function appOn(engine: AcmeEngine, change: Partial<AppState> = {}): AcmeApp {
  const state = acmeState(
    { columns: 120, rows: 36 },
    { marks: new Set(), containers: ALL_CONTAINERS, ...change },
  );
  return acmeApp(state, {}, engine);
}

const overlay = (app: AcmeApp): string | undefined => app.store.get().overlay?.kind;
const toast = (app: AcmeApp): string => app.store.get().toast?.text ?? '';
const asked = (app: AcmeApp): Promise<void> => vi.waitFor(() => expect(overlay(app)).toBe('ending'));

function note(app: AcmeApp): string {
  const { overlay: open } = app.store.get();
  if (open?.kind !== 'prompt') return 'no prompt';
  const { tone, text } = open.prompt.note(open.prompt.fields.map(({ field }) => field.text));
  return `${tone}: ${text}`;
}

/** Runs a shell in the image under the cursor, until the question stands. */
async function ran(engine: AcmeEngine): Promise<AcmeApp> {
  const app = appOn(engine);
  app.press('r', 'enter');
  await asked(app);
  await vi.waitFor(() => expect(app.store.get().changes?.list).toBeDefined());
  return app;
}

describe('running a command', () => {
  test('is a shell by default, without the entrypoint of the image, in a container that is thrown away', async () => {
    const engine = acmeEngine();
    const app = await ran(engine);
    expect(engine.done.runs).toMatchObject([
      {
        image: WEB,
        command: ['/bin/sh'],
        entrypoint: [],
        tty: true,
        name: expect.stringMatching(/^nacre-throwaway-[0-9a-f]{6}$/),
      },
    ]);
    for (const left of ['network', 'env', 'user', 'workdir'])
      expect(engine.done.runs[0]).not.toHaveProperty(left);
    expect(app.store.get().runEnding).toMatchObject({ container: RAN, exitCode: 3, command: '/bin/sh' });
  });

  test('takes all that was asked for', async () => {
    const engine = acmeEngine();
    const app = appOn(engine);
    app.press('r', 'ctrl+u');
    app.type(`serve "a b"`);
    app.press('shift+tab');
    app.type('/srv');
    app.press('shift+tab');
    app.type('node:1000');
    app.press('shift+tab');
    app.type('A=1 B="2 3"');
    app.press('shift+tab', 'right', 'right', 'shift+tab', 'right', 'enter');
    await asked(app);
    expect(engine.done.runs).toMatchObject([
      {
        command: ['serve', 'a b'],
        workdir: '/srv',
        user: 'node:1000',
        env: ['A=1', 'B=2 3'],
        network: 'host',
      },
    ]);
    expect(engine.done.runs[0]).not.toHaveProperty('entrypoint');
  });

  test('suggests what the image runs by itself, and checks what is typed', () => {
    const app = appOn(acmeEngine());
    app.press('r');
    const { overlay: open } = app.store.get();
    expect(open?.kind === 'prompt' && open.prompt.suggestions).toEqual([
      [...DETAIL.config.entrypoint, ...DETAIL.config.cmd].join(' '),
      '/bin/bash',
      'bash',
      'sh',
    ]);
    app.press('ctrl+u');
    expect(note(app)).toContain('wrong: without an entrypoint there must be a command');
    app.type('ls | wc');
    expect(note(app)).toContain("| needs a shell: sh -c '…'");
    app.press('ctrl+u', ...`sh -c 'x`);
    expect(note(app)).toContain("wrong: the quote ' is not closed");
    app.press("'", 'tab', 'tab', 'tab', ...'=1');
    expect(note(app)).toContain('wrong: "=1" is no variable');
    app.press('ctrl+u', 'tab', 'tab', ...'srv');
    expect(note(app)).toContain('wrong: "srv" is no folder inside the container');
  });

  test('that is not in the image leaves the prompt open, with what to try', async () => {
    const engine = acmeEngine({ run: () => Promise.reject(NO_SHELL) });
    const app = appOn(engine);
    const fail = vi.spyOn(app, 'fail');
    app.press('r', 'enter');
    await vi.waitFor(() => expect(fail).toHaveBeenCalled());
    expect(fail.mock.calls[0]).toEqual([
      'nothing ran',
      NO_SHELL,
      'no /bin/sh in this image: give a command it has',
    ]);
    expect(overlay(app)).toBe('prompt');
    expect(note(app)).toContain('ok: runs /bin/sh');
    expect([app.store.get().runEnding, app.session.works.size]).toEqual([undefined, 0]);
  });

  test('behind the entrypoint of the image is not what is missing', async () => {
    const app = appOn(acmeEngine({ run: () => Promise.reject(NO_SHELL) }));
    const fail = vi.spyOn(app, 'fail');
    app.press('r', 'tab', 'right', 'enter');
    await vi.waitFor(() => expect(fail).toHaveBeenCalledWith('nothing ran', NO_SHELL, undefined));
  });

  test('says so when the engine goes away meanwhile', async () => {
    const gone = new EngineError({ code: 'unreachable', message: 'the engine is gone', hint: 'Start it.' });
    const app = appOn(acmeEngine({ run: () => Promise.reject(gone) }));
    app.press('r', 'enter');
    await vi.waitFor(() => expect(app.store.get().lastError).toBe(gone));
    expect([overlay(app), app.session.works.size]).toEqual([undefined, 0]);
  });

  test('is cut off when nacre ends, and leaves nothing', async () => {
    let told: AbortSignal | undefined;
    const engine = acmeEngine({
      run: ({ signal }) =>
        new Promise<RunResult>((_resolve, reject) => {
          told = signal;
          signal?.addEventListener('abort', () =>
            reject(new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' })),
          );
        }),
    });
    const app = appOn(engine);
    app.press('r', 'enter');
    await vi.waitFor(() => expect(told).toBeDefined());
    const [work] = [...app.session.works.values()];
    work!.cancel.abort();
    await work!.ended;
    expect(overlay(app)).toBeUndefined();
    expect(toast(app)).toBe('');
  });
});

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
