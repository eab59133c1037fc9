/** Comparing two images from the keyboard, on images whose bytes are really read. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { ComparePage } from '../../src/app/compare-page.ts';
import { fileRows, patchRows, textRows } from '../../src/app/compare-rows.ts';
import type { TextRow } from '../../src/app/compare-signs.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type MadeImage, makeImage } from '../engine/compare/made-images.ts';
import type { TarEntry } from '../support/tar.ts';
import { type AcmeApp, acmeApp, acmeState, INFO } from './acme-app.ts';
import { acmeId, STOCK } from './acme-store.ts';

const OLD = acmeId('ghcr.io/acme/web-api:1.4.2');
const NEW = acmeId('ghcr.io/acme/web-api:1.5.0');
const npm = (version: string): TarEntry => ({
  name: 'srv/node_modules/left-pad/package.json',
  content: JSON.stringify({ name: 'left-pad', version }),
});
const BASE: readonly TarEntry[] = [{ name: 'etc/' }, { name: 'etc/motd', content: 'one\ntwo\nthree\n' }];

let old: MadeImage;
let now: MadeImage;
beforeEach(async () => {
  old = await makeImage([BASE, [npm('1.0.0'), { name: 'gone', content: 'x'.repeat(500) }]], {
    config: { env: ['A=1'] },
  });
  now = await makeImage(
    [
      BASE,
      [
        npm('1.3.0'),
        { name: 'etc/motd', content: 'one\n2\nthree\n' },
        { name: 'new', content: 'x'.repeat(900) },
      ],
    ],
    { config: { env: ['A=2'] } },
  );
});

function engine(): Engine {
  const sources = new Map([
    [OLD, () => old.source],
    [NEW, () => now.source],
  ]);
  const contents = (id: string) => {
    const source = sources.get(id);
    if (source === undefined)
      throw new EngineError({ code: 'not-found', message: `no image is called ${id}`, hint: 'x' });
    return source();
  };
  return { info: INFO, absent: {}, contents } as unknown as Engine;
}

const appWith = (marks: readonly string[]): AcmeApp =>
  acmeApp(acmeState({ columns: 120, rows: 36 }, { marks: new Set(marks) }), {}, engine());

const pageOf = (app: AcmeApp): ComparePage => {
  const { compare } = app.store.get();
  if (compare === undefined) throw new Error('nothing is compared');
  return compare;
};

const compared = (app: AcmeApp): Promise<void> =>
  vi.waitFor(() => expect(pageOf(app).packages.status).toBe('read'));

const text = (rows: readonly TextRow[]): string[] =>
  rows.map((row) =>
    row
      .map(([, part]) => part)
      .join('')
      .trimEnd(),
  );
const paths = (app: AcmeApp): string[] => fileRows(pageOf(app)).map(({ path }) => path);

test('D compares the two that are marked, the older one first, down to the lines of a file', async () => {
  const app = appWith([NEW, OLD]);
  app.press('D');
  expect(pageOf(app)).toMatchObject({ before: { id: OLD }, after: { id: NEW } });
  await compared(app);
  expect(text(textRows(pageOf(app), 100)).find((row) => row.includes('env A'))).toBe('~ env A  1 → 2');
  app.press('tab');
  expect(text(textRows(pageOf(app), 100))).toEqual(['~ npm  left-pad  1.0.0 → 1.3.0']);
  app.press('tab');
  expect(paths(app)).toEqual(['new', 'gone', 'srv/node_modules/left-pad/package.json', 'etc/motd']);
  app.press('j', 'j', 'j', 'enter');
  await vi.waitFor(() => expect(pageOf(app).patch?.diff).toBeDefined());
  expect(text(patchRows(pageOf(app).patch!.diff!))).toEqual([
    '@@ -1,3 +1,3 @@',
    ' one',
    '-two',
    '+2',
    ' three',
  ]);
  // One level at a time: the text, the search, the page.
  app.press('esc', '/');
  app.type('motd');
  app.press('enter');
  expect(paths(app)).toEqual(['etc/motd']);
  app.press('esc');
  expect([app.store.get().field, paths(app).length]).toEqual([undefined, 4]);
  app.press('+', '-', 's');
  expect(paths(app)).toEqual(['etc/motd', 'srv/node_modules/left-pad/package.json']);
  app.press('y');
  expect(app.copied).toEqual(['/etc/motd']);
  app.press('S');
  expect(pageOf(app)).toMatchObject({ before: { id: NEW }, after: { id: OLD }, tab: 'files' });
  await compared(app);
  expect(fileRows(pageOf(app))[0]).toMatchObject({ kind: 'removed', path: 'new', bytes: -900 });
  app.press('esc');
  expect(app.store.get().compare).toBeUndefined();
});

test('with one image, D asks for the other: its tags first, then its registry', async () => {
  const app = appWith([]);
  app.press('D');
  const prompt = () => {
    const { overlay } = app.store.get();
    return overlay?.kind === 'prompt' ? overlay.prompt : undefined;
  };
  expect(prompt()?.suggestions).toContain('ghcr.io/acme/web-api:1.4.2');
  expect(prompt()?.suggestions.at(-1)).toMatch(/^registry:ghcr\.io\/acme\/web-api:/);
  app.type('nobody:1');
  app.press('enter');
  // Nobody here is called so: the prompt says where it may be, and stays.
  expect(prompt()?.note(['nobody:1'])).toMatchObject({
    tone: 'advice',
    text: expect.stringContaining('registry:nobody:1'),
  });
  app.press('ctrl+u');
  app.type('ghcr.io/acme/web-api:1.4.2');
  app.press('enter');
  expect(pageOf(app)).toMatchObject({ before: { id: NEW }, after: { id: OLD } });
  await compared(app);
  expect(pageOf(app).comparison!.files.list.length).toBe(4);
});

test('what goes on ends when the page is left, and what fails is said and can be tried again', async () => {
  const stopped = vi.fn();
  const begun = Promise.withResolvers<void>();
  const slow = old.source;
  old = {
    ...old,
    source: {
      ...slow,
      async *tars(_wanted, { signal } = {}) {
        await new Promise((_, reject) => {
          signal?.addEventListener('abort', () => {
            stopped();
            reject(new EngineError({ code: 'cancelled', message: 'cancelled', hint: '' }));
          });
          begun.resolve();
        });
        return [];
      },
    },
  };
  const app = appWith([NEW, OLD]);
  app.press('D');
  await vi.waitFor(() => expect(pageOf(app).progress.what).toMatch(/^reading ghcr/));
  await begun.promise;
  app.press('esc');
  await vi.waitFor(() => expect(stopped).toHaveBeenCalledTimes(1));

  const broken = new EngineError({
    code: 'corrupt',
    message: 'its layer is damaged',
    hint: 'Pull it again.',
  });
  old = { ...old, source: { ...slow, describe: () => Promise.reject(broken) } };
  app.press('D');
  await vi.waitFor(() => expect(pageOf(app).error).toBe(broken));
  old = { ...old, source: slow };
  app.press('r');
  await compared(app);
  expect(pageOf(app)).toMatchObject({ error: undefined });
});

const BROKE = new EngineError({ code: 'unreachable', message: 'the connection broke', hint: 'Start it.' });
const broken = (made: MadeImage): MadeImage => ({
  ...made,
  source: {
    ...made.source,
    // biome-ignore lint/correctness/useYield: it breaks off before anything comes
    async *tars() {
      throw BROKE;
    },
  },
});

/** An app whose engine can be taken away and given back. */
function appOfEngines(): { app: AcmeApp; lose: () => void; giveBack: () => void } {
  const app = appWith([NEW, OLD]);
  let current: Engine | undefined = engine();
  Object.assign(app.session, { engine: () => current });
  const tell = (): void => app.store.update((state) => ({ ...state, now: state.now + 1 }));
  return {
    app,
    lose() {
      current = undefined;
      tell();
    },
    giveBack() {
      current = engine();
      tell();
    },
  };
}

test('packages and texts that an engine did not give are read when it is back, and by R', async () => {
  const whole = [old, now] as const;
  const { app, lose, giveBack } = appOfEngines();
  app.press('D');
  await compared(app);
  app.press('esc');

  // What the layers hold is in the cache: only packages are read from here on.
  [old, now] = [broken(old), broken(now)];
  giveBack();
  app.press('D');
  await vi.waitFor(() => expect(pageOf(app).packages).toEqual({ status: 'failed', error: BROKE }));
  lose();
  app.press('R');
  expect(pageOf(app).packages.status).toBe('failed');
  [old, now] = whole;
  const { comparison } = pageOf(app);
  giveBack();
  await compared(app);
  // What had come stayed.
  expect(pageOf(app).comparison).toBe(comparison);

  [old, now] = [broken(old), broken(now)];
  giveBack();
  await vi.waitFor(() => expect(pageOf(app).sources?.before).toBe(old.source));
  app.press('tab', 'tab', 'G', 'enter');
  await vi.waitFor(() => expect(pageOf(app).patch?.error).toBe(BROKE));
  lose();
  [old, now] = whole;
  giveBack();
  await vi.waitFor(() => expect(pageOf(app).patch?.diff).toBeDefined());
  expect(pageOf(app).patch).toMatchObject({ change: { path: 'etc/motd' }, error: undefined });

  // It is there, and something else has failed: the key tries again.
  let fails = 1;
  const { source } = now;
  now = {
    ...now,
    source: {
      ...source,
      tars: (...asked) => {
        if (fails-- > 0) throw BROKE;
        return source.tars(...asked);
      },
    },
  };
  giveBack();
  await vi.waitFor(() => expect(pageOf(app).sources?.after).toBe(now.source));
  app.press('esc', 'enter');
  await vi.waitFor(() => expect(pageOf(app).patch?.error).toBe(BROKE));
  app.press('R');
  await vi.waitFor(() => expect(pageOf(app).patch?.diff).toBeDefined());
});

test('two images that an engine did not give are read when it is back', async () => {
  const [one, describe] = [old, old.source.describe];
  old = { ...one, source: { ...one.source, describe: () => Promise.reject(BROKE) } };
  const { app, lose, giveBack } = appOfEngines();
  app.press('D');
  await vi.waitFor(() => expect(pageOf(app).error).toBe(BROKE));
  lose();
  old = { ...one, source: { ...one.source, describe } };
  giveBack();
  await compared(app);
  expect(pageOf(app).error).toBeUndefined();
});

test('D says why nothing can be compared', () => {
  const app = acmeApp(
    acmeState({ columns: 120, rows: 36 }, { images: [], stock: STOCK, marks: new Set() }),
    {},
    engine(),
  );
  app.press('D');
  expect(app.store.get().toast?.text).toBe('there is no image under the cursor');
});
