import { beforeEach, describe, expect, test } from 'vitest';
import type { PlanDialog } from '../../src/app/overlay.ts';
import type { AppState } from '../../src/app/state.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { acmeId } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
/** What the app says when a plan is carried out without an engine: the sign that an answer went through. */
const WENT_ON = 'the engine is gone: nothing was deleted';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let app: AcmeApp;

async function asked(
  name: string,
  keys: readonly string[] = ['d'],
  change: Partial<AppState> = {},
): Promise<void> {
  app = acmeApp(acmeState(SIZE, { marks: new Set(), ...change }));
  app.store.update((state) => ({
    ...state,
    places: { ...state.places, tagged: { cursor: acmeId(name), top: 0 } },
  }));
  app.press(...keys);
  await settled();
}

function dialog(): PlanDialog | undefined {
  const { overlay } = app.store.get();
  return overlay?.kind === 'plan' ? overlay.dialog : undefined;
}

const wentOn = (): boolean => app.store.get().toast?.text === WENT_ON;

describe('what can be pulled again', () => {
  beforeEach(() => asked('nginx:1.29'));

  test('starts on cancel, so that enter leaves it', () => {
    expect(dialog()?.shown?.weight).toBe('pullable');
    app.press('enter');
    expect(dialog()).toBeUndefined();
    expect(wentOn()).toBe(false);
  });

  test('goes by y', () => {
    app.press('y');
    expect(dialog()).toBeUndefined();
    expect(wentOn()).toBe(true);
  });

  test('goes by enter once the answer was chosen', () => {
    app.press('tab', 'enter');
    expect(wentOn()).toBe(true);
  });

  test('stays by escape, and after choosing twice', () => {
    app.press('tab', 'tab', 'enter');
    expect(wentOn()).toBe(false);
    expect(dialog()).toBeUndefined();
  });

  test('hears no other key', () => {
    app.press('j', 'q', 'd', 'x', '1', '/', 'space', 'n');
    expect(dialog()).toBeDefined();
    expect(wentOn()).toBe(false);
  });
});

describe('what is lost for ever', () => {
  beforeEach(() => asked('acme/ml-train:old'));

  test('goes by the word and enter only', () => {
    expect(dialog()?.shown?.weight).toBe('irreversible');
    app.press('y', 'enter');
    expect(wentOn()).toBe(false);
    app.press('ctrl+u');
    app.type('Delete');
    app.press('enter');
    expect(wentOn()).toBe(false);
    app.press('ctrl+u');
    app.type('delete');
    expect(dialog()?.typed.text).toBe('delete');
    app.press('enter');
    expect(wentOn()).toBe(true);
  });

  test('takes editing keys, and no more text than a word', () => {
    app.type('xdeletee');
    app.press('backspace', 'home', 'delete');
    expect(dialog()?.typed.text).toBe('delete');
    app.type('a'.repeat(100));
    expect(dialog()!.typed.text.length).toBeLessThan(20);
  });
});

describe('names only', () => {
  beforeEach(() => asked('ghcr.io/acme/web-api:1.5.0', ['u', 'j', 'enter']));

  test('go by enter', () => {
    expect(dialog()?.shown?.weight).toBe('reversible');
    expect(dialog()?.shown?.plan.freed.bytes).toBe(0);
    app.press('enter');
    expect(wentOn()).toBe(true);
  });
});

describe('what is in use', () => {
  beforeEach(() => asked('postgres:17'));

  test('cannot be confirmed at all', () => {
    expect(dialog()?.shown?.weight).toBe('nothing');
    app.press('y', 'ctrl+f');
    expect(dialog()).toBeDefined();
    app.press('enter');
    expect(dialog()).toBeUndefined();
    expect(wentOn()).toBe(false);
  });
});

test('an answer to a plan that is not there yet is not kept', async () => {
  app = acmeApp(acmeState(SIZE, { marks: new Set([acmeId('nginx:1.29')]) }));
  app.press('d', 'y', 'enter');
  await settled();
  expect(dialog()?.shown).toBeDefined();
  expect(wentOn()).toBe(false);
});

test('a dialog that was closed does not come back with its plan', async () => {
  app = acmeApp(acmeState(SIZE, { marks: new Set([acmeId('nginx:1.29')]) }));
  app.press('d', 'esc');
  await settled();
  expect(app.store.get().overlay).toBeUndefined();
});

test('an image with one name keeps it: that would be deleting', () => {
  app = acmeApp(acmeState(SIZE, { marks: new Set() }));
  app.press('g', 'u');
  expect(app.store.get().overlay).toBeUndefined();
  expect(app.store.get().toast?.text).toContain('only name');
});
