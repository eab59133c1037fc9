import { describe, expect, test, vi } from 'vitest';
import { splitChanges } from '../../src/app/committing.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import type { AcmeApp } from './acme-app.ts';
import { type AcmeEngine, acmeEngine, appOn, containerId, LEFTOVER } from './acme-containers.ts';
import { acmeId } from './acme-store.ts';

function listed(engine: AcmeEngine, change: Partial<AppState> = {}): AcmeApp {
  const app = appOn(engine, change);
  app.press('C');
  return app;
}

function note(app: AcmeApp): string {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'prompt') return 'no prompt';
  const { tone, text } = overlay.prompt.note(overlay.prompt.fields.map(({ field }) => field.text));
  return `${tone}: ${text}`;
}

const job = (app: AcmeApp) => app.store.get().jobs[0];
const ended = (app: AcmeApp): Promise<void> =>
  vi.waitFor(() => expect(job(app)?.endedAt).toBeDefined(), { timeout: 2_000 });

test('a running container is committed with all that was asked for', async () => {
  const engine = acmeEngine();
  const app = listed(engine);
  app.press('j', 'c', ...'acme/web:2', 'tab', ...'Ada', 'tab');
  app.type('a fix');
  app.press('tab');
  app.type('CMD ["serve"]; ENV A=1;B=2');
  await vi.waitFor(() =>
    expect(note(app)).toBe('ok: makes acme/web:2 of it: 41 added, 5 modified, 2 deleted'),
  );
  app.press('tab', 'right', 'enter');
  await ended(app);
  expect(engine.done.committed).toMatchObject([
    {
      container: containerId('api-1'),
      reference: 'acme/web:2',
      author: 'Ada',
      message: 'a fix',
      changes: ['CMD ["serve"]', 'ENV A=1;B=2'],
      pause: false,
    },
  ]);
  expect(engine.done.removed).toEqual([]);
  expect(job(app)).toMatchObject({
    kind: 'commit',
    verb: 'commit',
    subject: 'acme/web:2',
    status: 'done',
    images: [{ id: acmeId('redis:8-alpine'), reference: 'acme/web:2' }],
  });
  await vi.waitFor(() => expect(app.store.get().toast?.text).toBe('committed acme/web:2 · 4 shows it'));
  // The list is left with esc, and the image is there.
  app.press('esc');
  expect(app.store.get().places.tagged.cursor).toBe(acmeId('redis:8-alpine'));
});

test('without a name it becomes a dangling image, and a running one is paused', async () => {
  const engine = acmeEngine();
  const app = listed(engine);
  app.press('j', 'c');
  expect(note(app)).toContain('makes an image without a name of it');
  app.press('enter');
  await ended(app);
  expect(engine.done.committed[0]).toMatchObject({ changes: [], pause: true });
  expect(engine.done.committed[0]).not.toHaveProperty('reference');
  expect(job(app)?.subject).toBe('api-1');
});

test('a throwaway container goes when its image is there, unless it is to be kept', async () => {
  for (const keep of [false, true]) {
    const engine = acmeEngine();
    const app = listed(engine);
    app.press('c', ...'acme/left:1');
    if (keep) app.press('tab', 'tab', 'tab', 'tab', 'right');
    app.press('enter');
    await ended(app);
    expect(engine.done.committed[0]).toMatchObject({ container: LEFTOVER.id, pause: false });
    expect(engine.done.removed).toEqual(keep ? [] : [LEFTOVER.id]);
  }
});

test('a commit that fails removes nothing, tells why, and can be asked for again', async () => {
  let full = true;
  const engine = acmeEngine({
    commit: () =>
      full
        ? Promise.reject(
            new EngineError({ code: 'no-space', message: 'the disk is full', hint: 'Free some.' }),
          )
        : Promise.resolve({ id: acmeId('nginx:1.29'), reference: 'acme/left:1' }),
  });
  const app = listed(engine);
  const fail = vi.spyOn(app, 'fail');
  app.press('c', ...'acme/left:1', 'enter');
  await ended(app);
  expect(job(app)).toMatchObject({ status: 'failed', note: 'no space left' });
  expect(fail.mock.calls[0]?.[2]).toBe('no space left · its container stays, C lists it');
  expect(engine.done.removed).toEqual([]);
  full = false;
  app.press('4', 'r');
  await vi.waitFor(() => expect(job(app)?.status).toBe('done'));
  expect(engine.done.removed).toEqual([LEFTOVER.id]);
});

test('an image that is there counts, although its container could not be removed', async () => {
  const engine = acmeEngine({
    remove: () => Promise.reject(new EngineError({ code: 'in-use', message: 'it is in use', hint: 'Wait.' })),
  });
  const app = listed(engine);
  app.press('c', ...'acme/left:1', 'enter');
  await ended(app);
  expect(job(app)).toMatchObject({ status: 'done', note: 'done · the container stays' });
  expect(job(app)?.log.lines.map(({ text }) => text)).toContain(
    'nacre-throwaway-3f9c2a was not removed: it is in use',
  );
});

describe('what is typed', () => {
  test('is checked at once', () => {
    const app = listed(acmeEngine());
    app.press('c', ...'Not A Name');
    expect(note(app)).toContain('wrong: ');
    app.press('ctrl+u', ...'redis:8-alpine');
    expect(note(app)).toContain('the name moves here from another image');
    app.press('tab', 'tab', 'tab', ...'RUN');
    app.type(' date');
    expect(note(app)).toContain('wrong: the change "RUN date" cannot be made');
    app.press('enter');
    expect(app.store.get().jobs).toEqual([]);
  });

  test.each([
    ['', []],
    ['CMD ["a"]', ['CMD ["a"]']],
    ['CMD a; b; ENV A=1', ['CMD a; b', 'ENV A=1']],
    ['env A=1 ;  user app;', ['env A=1', 'user app']],
    [' ; ', []],
  ])('as changes is taken apart: %s', (text, changes) => expect(splitChanges(text)).toEqual(changes));
});
