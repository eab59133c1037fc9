import { describe, expect, test, vi } from 'vitest';
import type { RunResult } from '../../src/engine/container.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { AcmeApp } from './acme-app.ts';
import { acmeEngine, appOn, asked, NO_SHELL, RAN, ran } from './acme-containers.ts';
import { acmeId, DETAIL } from './acme-store.ts';

const WEB = acmeId('ghcr.io/acme/web-api:1.5.0');

const overlay = (app: AcmeApp): string | undefined => app.store.get().overlay?.kind;
const toast = (app: AcmeApp): string => app.store.get().toast?.text ?? '';

function note(app: AcmeApp): string {
  const { overlay: open } = app.store.get();
  if (open?.kind !== 'prompt') return 'no prompt';
  const { tone, text } = open.prompt.note(open.prompt.fields.map(({ field }) => field.text));
  return `${tone}: ${text}`;
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
