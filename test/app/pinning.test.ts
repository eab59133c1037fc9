import { describe, expect, test } from 'vitest';
import { knownPins } from '../../src/app/pin-book.ts';
import { pinOf, pinsOf, pinText } from '../../src/app/pins.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const WEB = 'ghcr.io/acme/web-api:1.5.0';
const NONE = { names: [], labels: [] };

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function on(name: string, change: Partial<AppState> = {}): AcmeApp {
  const app = acmeApp(acmeState(SIZE, { marks: new Set(), ...change }));
  app.store.update((state) => ({
    ...state,
    places: { ...state.places, tagged: { cursor: acmeId(name), top: 0 } },
  }));
  return app;
}

const imageOf = (app: AcmeApp, name: string) =>
  app.store.get().images.find((image) => image.id === acmeId(name))!;
const rows = (app: AcmeApp): readonly string[] => {
  const { overlay } = app.store.get();
  return overlay?.kind === 'choice' ? overlay.choice.rows : [];
};
const said = (app: AcmeApp): string => app.store.get().toast?.text ?? '';

describe('K', () => {
  test('pins the name under the cursor, and lets it go', async () => {
    const app = on('nginx:1.29');
    app.press('K');
    await settled();
    expect(app.store.get().pins.kept.names).toEqual(['nginx:1.29']);
    expect(pinText(app.store.get(), imageOf(app, 'nginx:1.29'))).toBe('K lets it go');
    expect(said(app)).toContain('pinned nginx:1.29');
    app.press('K');
    await settled();
    expect(app.store.get().pins.kept.names).toEqual([]);
    expect(pinOf(app.store.get(), imageOf(app, 'nginx:1.29'))).toBeUndefined();
  });

  test('asks which of several names', async () => {
    const app = on(WEB);
    app.press('K');
    expect(rows(app)).toEqual([`pin ${WEB}`, 'pin ghcr.io/acme/web-api:latest']);
    app.press('j', 'enter');
    await settled();
    expect(app.store.get().pins.kept.names).toEqual(['ghcr.io/acme/web-api:latest']);
    app.press('K');
    expect(rows(app)).toEqual([`pin ${WEB}`, 'let ghcr.io/acme/web-api:latest go']);
  });

  test('sends to the settings for what stands there', async () => {
    const app = on('nginx:1.29', { pins: knownPins({ names: ['nginx'], labels: [] }, NONE) });
    app.press('K');
    await settled();
    expect(said(app)).toBe('pinned by nginx in /home/me/.config/nacre/config.toml: [pins] there lets it go');
    expect(pinText(app.store.get(), imageOf(app, 'nginx:1.29'))).toBe('by nginx in the settings');
  });

  test('says what else goes before it lets go of a pattern', async () => {
    const app = on('acme/ml-train:old', { pins: knownPins(NONE, { names: ['acme/*'], labels: [] }) });
    app.press('K');
    expect(rows(app)).toEqual(['let acme/* go, which holds 2 images']);
    app.press('enter');
    await settled();
    expect(app.store.get().pins.kept.names).toEqual([]);
  });

  test('pins no image without a name', () => {
    const app = on('nginx:1.29', { focus: 'dangling' });
    app.press('K');
    expect(said(app)).toContain('cannot be pinned');
    expect(pinsOf(app.store.get()).count).toBe(0);
  });

  test('tells when it cannot be written', async () => {
    const app = on('nginx:1.29');
    app.pins.change = () =>
      Promise.reject(new EngineError({ code: 'no-space', message: 'the disk is full', hint: 'Free some.' }));
    app.press('K');
    await settled();
    expect(app.store.get().lastError?.code).toBe('no-space');
    expect(pinsOf(app.store.get()).count).toBe(0);
  });
});

describe('bulk', () => {
  const PINNED = knownPins({ names: ['acme/*'], labels: [] }, { names: ['nginx:1.29'], labels: [] });

  test('marks all but what is pinned, and says so', () => {
    const app = on('postgres:17', { pins: PINNED });
    app.press('a');
    const { marks } = app.store.get();
    expect(marks.size).toBeGreaterThan(5);
    for (const name of ['acme/ml-train:old', 'acme/ml-train:2026-08', 'nginx:1.29'])
      expect(marks.has(acmeId(name)), name).toBe(false);
    expect(said(app)).toBe('3 pinned images are not marked');
  });

  test('takes nothing at all while pins cannot be read', () => {
    const problem = new EngineError({ code: 'corrupt', message: 'pins.json is damaged', hint: 'Mend it.' });
    const app = on('postgres:17', { pins: knownPins(NONE, NONE, problem) });
    app.press('a');
    expect(app.store.get().marks.size).toBe(0);
    expect(pinText(app.store.get(), imageOf(app, 'postgres:17'))).toBe('by pins that cannot be read');
  });
});
