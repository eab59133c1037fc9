import { describe, expect, test, vi } from 'vitest';
import { actLines, currentAct, followActs, loadActs, shownActs } from '../../src/app/act-list.ts';
import { momentText } from '../../src/app/act-words.ts';
import { hints } from '../../src/app/command-index.ts';
import type { AppState } from '../../src/app/state.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { ACTS, actList, journalOf } from './acme-acts.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';

const SIZE = { columns: 120, rows: 36 };

function opened(change: Partial<AppState> = {}): AcmeApp {
  return acmeApp(acmeState(SIZE, { marks: new Set(), actList: actList(), ...change }));
}

const current = (app: AcmeApp): string | undefined => currentAct(app.store.get())?.id;
const said = (app: AcmeApp): string => app.store.get().toast?.text ?? '';
const ids = (app: AcmeApp): string[] => shownActs(app.store.get()).map((act) => act.id);

describe('the journal of changes', () => {
  test('opens over anything with J, and goes back one level at a time', async () => {
    const app = Object.assign(acmeApp(acmeState(SIZE, { screen: 'jobs' })), {
      changeJournal: journalOf(ACTS),
    });
    app.press('J');
    await loadActs(app);
    expect(ids(app)).toEqual(ACTS.map((act) => act.id));
    app.press('/');
    app.type('web-api');
    app.press('enter', 'enter');
    expect(app.store.get().actList?.details).toBeDefined();
    app.press('esc');
    expect(app.store.get().actList?.details).toBeUndefined();
    app.press('esc');
    expect(app.store.get().actList?.filter).toBe('');
    app.press('esc');
    expect(app.store.get().actList).toBeUndefined();
    expect(app.store.get().screen).toBe('jobs');
  });

  test('leaves with the number of a screen', () => {
    const app = opened();
    app.press('2');
    expect(app.store.get().actList).toBeUndefined();
    expect(app.store.get().screen).toBe('layers');
  });

  test('is filtered by every word, in names, ids, digests, engines and days', () => {
    const app = opened();
    const found = (text: string): string[] => {
      app.press('/', 'ctrl+u');
      app.type(text);
      app.press('enter');
      return ids(app);
    };
    expect(found('untagged beta')).toEqual(['1f00aa0002']);
    expect(found('PODMAN')).toEqual(['1f00aa0009']);
    expect(found('aaaaaaaaaaaa')).toEqual(['1f00aa0003']);
    expect(found('1f00aa0005')).toEqual(['1f00aa0005']);
    expect(found('28 jul 2025')).toEqual(['1f00aa000a']);
    expect(found('beta podman')).toEqual([]);
  });

  test('moves by keys', () => {
    const app = opened();
    app.press('j', 'j');
    expect(current(app)).toBe('1f00aa0003');
    app.press('G');
    expect(current(app)).toBe('1f00aa000a');
    app.press('g');
    expect(current(app)).toBe('1f00aa0001');
  });

  test('keeps its details on the same change when others are added above', async () => {
    const app = Object.assign(opened(), { changeJournal: journalOf(ACTS) });
    app.press('j', 'enter');
    Object.assign(app, { changeJournal: journalOf([{ ...ACTS[3]!, id: 'ffffffffff' }, ...ACTS]) });
    await loadActs(app);
    expect(current(app)).toBe('1f00aa0002');
  });

  test('asks anew what can come back once the engine is back', async () => {
    const list = vi.fn(journalOf(ACTS).list);
    const app = Object.assign(opened(), { changeJournal: { ...journalOf(ACTS), list } });
    const stop = followActs(app);
    const { connection } = app.store.get();
    app.store.update((state) => ({ ...state, columns: state.columns + 1 }));
    expect(list).not.toHaveBeenCalled();
    app.store.update((state) => ({
      ...state,
      connection: { status: 'connecting', address: 'unix:///gone' },
    }));
    app.store.update((state) => ({ ...state, connection }));
    expect(list).toHaveBeenCalledTimes(2);
    stop();
  });

  test('copies what it knows of one', () => {
    const app = opened();
    app.press('j', 'j', 'y');
    expect(app.copied[0]).toContain('deleted ghcr.io/acme/web-api:1.3.0');
    expect(app.copied[0]).toContain(`ghcr.io/acme/web-api@sha256:${'a'.repeat(64)}`);
    expect(app.copied[0]).toContain('Untagged: ghcr.io/acme/web-api:1.3.0');
  });

  test('says in its details why something does not come back', () => {
    const app = opened();
    app.press('j', 'j', 'j', 'j', 'enter');
    const text = actLines(app.store.get()).map((line) => line.text);
    expect(text).toContain('postgres:17 is used by the running container db');
    expect(text.join('\n')).toContain('it came from no registry');
  });

  test('tells why it cannot be read, and keeps what it had', async () => {
    const problem = new EngineError({ code: 'permission', message: 'cannot be read', hint: 'Let it.' });
    const app = Object.assign(opened({ actList: actList({ acts: undefined }) }), {
      changeJournal: { ...journalOf([]), list: () => Promise.reject(problem) },
    });
    await loadActs(app);
    expect(app.store.get().actList?.error).toBe(problem);
  });

  test('lets nothing come back that is of another engine, or back already', () => {
    const app = opened();
    app.press('/');
    app.type('podman');
    app.press('enter', 'z');
    expect(said(app)).toContain('podman.sock: E switches engines');
    app.press('/', 'ctrl+u');
    app.type('web:next');
    app.press('enter', 'z');
    expect(said(app)).toBe('it was taken back already');
  });

  test('offers z only where something may come back', () => {
    const app = opened();
    const offered = (): boolean => hints(app).some(({ key }) => key === 'z');
    app.press('j');
    expect(offered()).toBe(true);
    app.press('/');
    app.type('web:next');
    app.press('enter');
    expect(offered()).toBe(false);
    app.press('/', 'ctrl+u');
    app.type('podman');
    app.press('enter');
    expect(offered()).toBe(false);
    app.type('/nothing like it');
    expect(offered()).toBe(false);
  });

  test('is not changed with --read-only', () => {
    const app = opened({ readOnly: true });
    app.press('j', 'z');
    expect(said(app)).toContain('--read-only');
  });
});

test('moments say as much as is needed', () => {
  const now = new Date(2026, 10, 22, 14, 5).getTime();
  expect(momentText(new Date(2026, 10, 22, 9, 4, 3).getTime(), now)).toBe('09:04:03');
  expect(momentText(new Date(2026, 10, 2, 9, 4, 3).getTime(), now)).toBe('2 Nov 09:04');
  expect(momentText(new Date(2025, 10, 2, 9, 4, 3).getTime(), now)).toBe('2 Nov 2025');
});
