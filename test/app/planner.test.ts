/** The planner without an engine: keys go in, rules and marks come out, and the plan is that of what is shown. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { marksText } from '../../src/app/marks-cost.ts';
import { knownPins } from '../../src/app/pin-book.ts';
import { freshWork, markedImages, plannedMarks } from '../../src/app/planned.ts';
import { DEFAULT_RULES, entryOf, goalOf, newPlanner, tickedRules } from '../../src/app/planner.ts';
import { figuresOf } from '../../src/app/planner-figures.ts';
import { followPlanner, workedOut } from '../../src/app/planner-following.ts';
import { keepRules, readRules } from '../../src/app/planner-memory.ts';
import { plannerRows } from '../../src/app/planner-rows.ts';
import { plannerTotals } from '../../src/app/planner-totals.ts';
import { shortNames } from '../../src/app/planner-words.ts';
import { planAgain } from '../../src/app/planner-work.ts';
import type { AppState } from '../../src/app/state.ts';
import { createStore } from '../../src/app/store.ts';
import { NO_PIN_SETTINGS } from '../../src/engine/cleanup/pins.ts';
import { readPlanFile } from '../../src/engine/cleanup/plan-file.ts';
import type { TrashOutlook } from '../../src/engine/trash/trash-estimate.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { acmeId, NOW, STOCK, USAGE } from './acme-store.ts';

const SIZE = { columns: 120, rows: 36 };
const STALE = ['ghcr.io/acme/web-api:1.5.0-rc1', 'ghcr.io/acme/web-api:1.4.2', 'ghcr.io/acme/web-api:1.4.1'];

const folder = mkdtempSync(join(tmpdir(), 'nacre-planner-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** On the planner, nothing marked unless it is asked for. */
function planner(rules?: readonly string[], change: Partial<AppState> = {}): AcmeApp {
  const app = acmeApp(
    acmeState(SIZE, {
      screen: 'disk',
      marks: new Set(),
      stock: { ...STOCK, buildCache: USAGE.buildCacheItems },
      planner: newPlanner(rules),
      ...change,
    }),
  );
  app.store.update(workedOut);
  return app;
}

/** Keys, with the rest after each in which plans are worked out. */
function press(app: AcmeApp, ...keys: readonly string[]): void {
  for (const key of keys) {
    app.press(key);
    app.store.update(workedOut);
  }
}

const names = (app: AcmeApp): string[] =>
  [...markedImages(app.store.get())]
    .map((id) => STOCK.images.find((image) => image.id === id)!.references[0] ?? '')
    .sort();
const freed = (app: AcmeApp): number => freshWork(app.store.get())!.plan.freed.bytes;
const texts = (app: AcmeApp): string[] =>
  plannerTotals(app.store.get()).map(({ label, text }) => `${label}: ${text}`);
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the list of rules', () => {
  test('has every kind to begin with, none of them ticked', () => {
    const { entries, ticked } = newPlanner();
    const kinds = entries.flatMap(({ text, rule }) =>
      rule === undefined ? [text] : rule.kind === 'images' ? rule.all.map(({ kind }) => kind) : [rule.kind],
    );
    expect(new Set(kinds)).toEqual(
      new Set([
        ...['dangling', 'superseded', 'unused', 'older-than', 'not-used-for', 'keep-newest', 'larger-than'],
        ...['name=', 'label=', 'unreferenced-build', 'build-cache', 'stopped-containers', 'free'],
        'unused-volumes',
      ]),
    );
    expect(ticked.size).toBe(0);
  });

  test('is written so that it can be read again', () => {
    for (const text of [...DEFAULT_RULES, 'free=1.5TB', 'larger-than=400MB', 'free=1234B']) {
      expect(entryOf(entryOf(text).text)).toEqual(entryOf(text));
    }
    expect(entryOf('free=1500000000000').text).toBe('free=1.5TB');
    expect(() => entryOf('free=much')).toThrow('is not a size');
  });

  test('tells of each rule what it alone would do, whatever else is ticked', () => {
    const app = planner();
    const before = figuresOf(app.store.get())!.byText;
    expect(before.get('dangling')).toMatchObject({
      images: 1,
      freed: { bytes: 1_089_000_000, bound: 'exact' },
    });
    expect(before.get('superseded')).toMatchObject({ images: 3, freed: { bytes: 158_100_000 } });
    expect(before.get('build-cache=older-than=7d')).toMatchObject({
      records: 2,
      freed: { bytes: 2_310_000_000 },
    });
    press(app, 'space', 'j', 'space');
    expect(figuresOf(app.store.get())!.byText).toBe(before);
  });

  test('a rule is changed as it is typed, and stays ticked', () => {
    const app = planner(['dangling', 'keep-newest=3']);
    press(app, 'j', 'space', 'enter', 'ctrl+u');
    app.type('keep-newest=2');
    press(app, 'enter');
    const { entries, ticked } = app.store.get().planner;
    expect(entries.map(({ text }) => text)).toEqual(['dangling', 'keep-newest=2']);
    expect([...ticked]).toEqual(['keep-newest=2']);
    expect(names(app)).toEqual(['ghcr.io/acme/web-api:1.4.1', 'ghcr.io/acme/web-api:1.4.2']);
  });

  test('an age can count from something else', () => {
    const app = planner(['older-than=30d']);
    press(app, 'enter', 'tab', 'right', 'right', 'enter');
    expect(app.store.get().planner.entries.map(({ text }) => text)).toEqual(['older-than=30d by used']);
  });

  test('what is wrong is not taken', () => {
    const app = planner(['dangling']);
    press(app, '+');
    app.type('unusued');
    press(app, 'enter');
    expect(app.store.get().overlay?.kind).toBe('prompt');
    press(app, 'esc');
    expect(app.store.get().planner.entries).toHaveLength(1);
  });

  test('own rules are added ticked, never twice, and taken off again', () => {
    const app = planner(['dangling']);
    for (const text of ['larger-than=1GB', 'larger-than=1000MB']) {
      press(app, '+');
      app.type(text);
      press(app, 'enter');
    }
    expect(app.store.get().planner.entries.map(({ text }) => text)).toEqual(['dangling', 'larger-than=1GB']);
    expect(names(app)).toEqual(['', 'acme/ml-train:2026-08', 'acme/ml-train:old']);
    press(app, '-');
    expect(app.store.get().planner.entries.map(({ text }) => text)).toEqual(['dangling']);
    expect(names(app)).toEqual([]);
  });

  test('a rule without its pattern asks for one before it is ticked', () => {
    const app = planner(['name=']);
    press(app, 'space');
    expect(app.store.get().overlay?.kind).toBe('prompt');
    app.type('acme/*');
    press(app, 'enter', 'space');
    expect(names(app)).toEqual(['acme/ml-train:2026-08', 'acme/ml-train:old']);
  });
});

describe('effective marks', () => {
  test('without ticks are those by hand, the very same', () => {
    const app = planner(undefined, { marks: new Set([acmeId('nginx:1.29')]) });
    expect(markedImages(app.store.get())).toBe(app.store.get().marks);
  });

  test('are what hands and rules mark together, each byte once', () => {
    const app = planner(['dangling', 'superseded'], { marks: new Set([acmeId('acme/ml-train:old')]) });
    press(app, 'space', 'j', 'space');
    expect(names(app)).toEqual(['', 'acme/ml-train:old', ...STALE].sort());
    expect(freed(app)).toBe(7_955_100_160);
    expect(marksText(app.store.get())).toBe('5 marked · frees 7.96 GB');
    press(app, '1');
    expect(marksText(app.store.get())).toBe('5 marked · frees 7.96 GB (x to review)');
  });

  test('are drawn before the plan is there, without a figure of other marks', () => {
    const app = planner(['dangling', 'superseded']);
    press(app, 'space');
    app.press('j', 'space');
    expect(names(app)).toEqual(['', ...STALE].sort());
    expect(marksText(app.store.get())).toBe('4 marked · frees …');
    expect(plannerRows(app.store.get()).map((row) => [row.waits, row.what()])).toEqual(
      Array(4).fill([true, '…']),
    );
    expect(plannerTotals(app.store.get())).toEqual([]);
  });

  test('leave out what a person leaves out, on either screen, and take it back in', () => {
    const app = planner(['superseded']);
    press(app, 'space', 'tab', 'space');
    expect(names(app)).toEqual(STALE.slice(1).sort());
    expect(plannerRows(app.store.get()).at(-1)).toMatchObject({ excluded: true, id: acmeId(STALE[0]!) });
    press(app, 'G', 'space');
    expect(names(app)).toEqual([...STALE].sort());
    press(app, '1');
    app.store.update((state) => ({
      ...state,
      places: { ...state.places, tagged: { cursor: acmeId(STALE[2]!), top: 0 } },
    }));
    press(app, 'space');
    expect(names(app)).toEqual(STALE.slice(0, 2).sort());
    expect(freed(app)).toBe(119_700_000);
    press(app, 'k', 'space');
    expect(names(app)).toEqual([...STALE].sort());
    expect(app.store.get().marks.size).toBe(0);
  });

  test('never hold what is pinned, nor what a container uses', () => {
    const pins = knownPins({ names: ['ghcr.io/acme/web-api:1.4*'], labels: [] }, NO_PIN_SETTINGS);
    const app = planner(['name=web-api', 'name=ghcr.io/acme/*'], { pins });
    app.press('j', 'space');
    expect(names(app)).toEqual([STALE[0]]);
    app.store.update(workedOut);
    expect(names(app)).toEqual([STALE[0]]);
    expect(texts(app).join('\n')).toContain('web-api:1.4.2 (pinned)');
    expect(texts(app).join('\n')).toContain('3 containers of web-api:1.5.0 · w stops and removes them');
  });

  test('are all gone with one key, the rules stay', () => {
    const app = planner(['dangling', 'superseded'], { marks: new Set([acmeId('nginx:1.29')]) });
    press(app, 'space', 'j', 'space', 'w', 'tab', 'space', 'u');
    const { planner: now, marks } = app.store.get();
    expect([now.ticked.size, now.excluded.size, now.withContainers, marks.size]).toEqual([0, 0, false, 0]);
    expect(now.entries).toHaveLength(2);
    expect(marksText(app.store.get())).toBe('');
  });

  test('are the same value a minute later, so that no figure becomes …', () => {
    const app = planner(['unused and older-than=40d']);
    press(app, 'space');
    const before = plannedMarks(app.store.get());
    app.store.update((state) => ({ ...state, now: state.now + 60 }));
    expect(plannedMarks(app.store.get())).toBe(before);
    expect(freshWork(app.store.get())).toBeDefined();
    app.store.update((state) => ({ ...state, now: state.now + 40 * 86_400 }));
    expect(plannedMarks(app.store.get())!.images.size).toBeGreaterThan(before!.images.size);
    expect(freshWork(app.store.get())).toBeUndefined();
  });
});

describe('the plan', () => {
  test('frees enough with what would be missed least, never what was left out, and says why', () => {
    const app = planner(['free=6GB']);
    press(app, 'space');
    expect(goalOf(app.store.get().planner)).toBe(6_000_000_000);
    expect(tickedRules(app.store.get().planner)).toEqual([]);
    expect(freed(app)).toBeGreaterThanOrEqual(6_000_000_000);
    expect(names(app)).toContain('acme/ml-train:old');
    expect(plannerRows(app.store.get()).every(({ reason }) => reason !== '')).toBe(true);
    press(app, 'tab', 'space');
    expect(names(app)).not.toContain('acme/ml-train:old');
    expect(freed(app)).toBeGreaterThanOrEqual(6_000_000_000);
  });

  test('says where a goal is out of reach', () => {
    const app = planner(['free=80GB']);
    press(app, 'space');
    expect(texts(app).join('\n')).toContain('only 15.10 GB can be freed, not 80.00 GB');
  });

  test('takes containers along when asked, shows them, and lets them be', () => {
    const app = planner(['name=postgres', 'stopped-containers']);
    press(app, 'space');
    expect(texts(app)).toContain('in the way: container db of postgres:17 · w stops and removes it');
    press(app, 'w');
    expect(plannerRows(app.store.get()).map(({ name, what }) => `${name}: ${what()}`)).toEqual([
      expect.stringMatching(/^postgres:17: untag, delete 14 layers/),
      'container db: stop and remove (of postgres:17)',
    ]);
    press(app, 'tab', 'G', 'space');
    expect(app.store.get().toast?.text).toContain('goes with its image');
    press(app, 'w', 'tab', 'j', 'space', 'tab', 'G');
    expect(plannerRows(app.store.get()).map(({ name }) => name)).toEqual(['container front-2']);
    press(app, 'space');
    expect(freshWork(app.store.get())!.plan.containers).toEqual([]);
    expect(plannerRows(app.store.get()).map(({ excluded }) => excluded)).toEqual([true]);
  });

  test('does not offer what would not help', () => {
    const app = planner(['stopped-containers', 'name=node'], {
      containers: [],
      stock: {
        ...STOCK,
        containers: STOCK.containers.map((container) => ({ ...container, state: 'storage' })),
      },
    });
    press(app, 'j', 'space');
    expect(texts(app).join('\n')).toContain('2 containers of node:22-alpine that must stay');
  });

  test('a record of build cache stays with all that it stands on', () => {
    const [first, second] = USAGE.buildCacheItems;
    const buildCache = [{ ...first!, parents: [second!.id] }, second!];
    const app = planner(['build-cache'], { stock: { ...STOCK, buildCache } });
    press(app, 'space');
    expect(freed(app)).toBe(first!.size + second!.size);
    press(app, 'tab', 'space');
    expect(freshWork(app.store.get())!.plan.buildCache).toEqual([]);
  });

  test('is made anew from the same rules on what the engine holds then', () => {
    const app = planner(['dangling']);
    press(app, 'space');
    const stock = { ...STOCK, images: STOCK.images.filter((image) => image.role !== 'dangling') };
    expect(planAgain(app.store.get(), STOCK, NOW).images.targets).toEqual([{ id: acmeId('') }]);
    expect(planAgain(app.store.get(), stock, NOW).images.targets).toEqual([]);
  });

  test('opens for review with enter on what is marked, and with x anywhere on the screen', async () => {
    const app = planner(['dangling']);
    press(app, 'x');
    expect(app.store.get().overlay).toBeUndefined();
    press(app, 'space', 'x');
    expect(app.store.get().overlay?.kind).toBe('plan');
    await settled();
    press(app, 'esc', 'tab', 'enter');
    expect(app.store.get().overlay?.kind).toBe('plan');
    await settled();
  });

  test('x leads to the rules where nothing is marked, read-only or not', () => {
    const app = planner(undefined, { screen: 'images', readOnly: true });
    press(app, 'x');
    expect(app.store.get()).toMatchObject({ screen: 'disk', planner: { focus: 'rules' } });
  });

  test('x and d on the images lead here, once rules are ticked', async () => {
    const app = planner(['dangling']);
    press(app, 'space', '1', 'x');
    expect(app.store.get()).toMatchObject({ screen: 'disk', planner: { focus: 'marked' } });
    press(app, '1', 'd');
    const { overlay } = app.store.get();
    expect(overlay?.kind === 'plan' && overlay.dialog.asked.kind).toBe('clean-up');
    await settled();
  });

  test('is read-only where nacre is', () => {
    const app = planner(['dangling'], { readOnly: true });
    press(app, 'space', 'tab', 'enter', 'x');
    expect(app.store.get().overlay).toBeUndefined();
    expect(app.store.get().toast?.text).toContain('--read-only');
    expect(freed(app)).toBe(1_089_000_000);
  });
});

describe('finding one’s way', () => {
  test('rules stand in two columns where there is room', () => {
    const app = planner(['dangling', 'superseded', 'unused', 'unreferenced-build', 'keep-newest=3']);
    const at = (): string | undefined => app.store.get().planner.rulePlace.cursor;
    press(app, 'l');
    expect(at()).toBe('unreferenced-build');
    press(app, 'j', 'j', 'h');
    expect(at()).toBe('superseded');
    app.store.update((state) => ({ ...state, columns: 80, rows: 24 }));
    press(app, 'l');
    expect(at()).toBe('superseded');
  });

  test('a search keeps rows that hold it, escape leads back step by step', () => {
    const app = planner(['superseded']);
    press(app, 'space', '/');
    app.type('1.4');
    press(app, 'enter');
    expect(plannerRows(app.store.get()).map(({ name }) => name)).toEqual(STALE.slice(1));
    expect(names(app)).toHaveLength(3);
    press(app, 'i');
    expect(app.store.get().planner.page).toBe('whole');
    press(app, 'esc', 'esc');
    expect(app.store.get()).toMatchObject({ screen: 'disk', planner: { page: undefined, search: '' } });
    press(app, 'esc');
    expect(app.store.get().screen).toBe('images');
  });

  test('a click puts the cursor on a rule or on what is marked', async () => {
    const { handleInput } = await import('../../src/app/input.ts');
    const { pictureOf } = await import('../views/picture.tsx');
    const app = planner(['dangling', 'superseded', 'unused', 'keep-newest=3']);
    press(app, 'j', 'space');
    const rowOf = (text: string): number => pictureOf(app).rows.findIndex((row) => row.includes(text));
    handleInput(app, { type: 'mouse', button: 'left', x: 70, y: rowOf('] dangling') });
    expect(app.store.get().planner.rulePlace.cursor).toBe('unused');
    handleInput(app, { type: 'mouse', button: 'left', x: 8, y: rowOf('◆ ghcr.io/acme/web-api:1.4.2') });
    expect(app.store.get().planner).toMatchObject({
      focus: 'marked',
      markedPlace: { cursor: acmeId(STALE[1]!) },
    });
  });
});

describe('writing the plan down', () => {
  async function exported(app: AcmeApp, file: string): Promise<string> {
    const path = join(folder, file);
    press(app, 'e', 'ctrl+u');
    app.type(path);
    press(app, 'enter');
    return path;
  }

  test('as a script of docker commands, and as a document that can be carried out', async () => {
    const app = planner(['dangling']);
    press(app, 'space');
    const script = await exported(app, 'clean.sh');
    await vi.waitFor(() => expect(app.store.get().toast?.text).toContain('wrote the plan'));
    expect(readFileSync(script, 'utf8')).toContain(`image rm --no-prune ${acmeId('')}`);
    expect(statSync(script).mode & 0o111).not.toBe(0);
    const json = await exported(app, 'clean.json');
    await vi.waitFor(() => expect(app.store.get().toast?.text).toContain('clean.json'));
    expect(readPlanFile(readFileSync(json, 'utf8'))).toMatchObject({
      targets: [{ id: acmeId('') }],
      freedBytes: 1_089_000_000,
    });
  });

  test('asks before it writes over a file', async () => {
    const app = planner(['dangling']);
    press(app, 'space');
    const path = join(folder, 'mine.sh');
    writeFileSync(path, 'mine');
    await exported(app, 'mine.sh');
    await vi.waitFor(() => expect(app.store.get().overlay?.kind).toBe('choice'));
    press(app, 'enter');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    await exported(app, 'mine.sh');
    await vi.waitFor(() => expect(app.store.get().overlay?.kind).toBe('choice'));
    press(app, 'j', 'enter');
    await vi.waitFor(() => expect(readFileSync(path, 'utf8')).toContain('#!/bin/sh'));
  });

  test('waits until there is one', () => {
    const app = planner(['dangling']);
    press(app, 'e');
    expect(app.store.get().toast?.text).toContain('nothing is marked');
    app.press('space', 'e');
    expect(app.store.get().toast?.text).toContain('being worked out');
  });
});

describe('from run to run', () => {
  test('rules and their parameters are remembered, ticks are not', async () => {
    const file = join(folder, 'state', 'planner.json');
    const app = planner(['dangling', 'keep-newest=3'], { screen: 'images' });
    const write = keepRules(app.store, file);
    press(app, '3', 'space', 'j', '-', '+');
    app.type('larger-than=2GB');
    press(app, 'enter');
    await write();
    const later = createStore(acmeState(SIZE, { marks: new Set() }));
    const stop = keepRules(later, file);
    later.update((state) => ({ ...state, screen: 'disk' }));
    expect(later.get().planner.entries.map(({ text }) => text)).toEqual(['dangling', 'larger-than=2GB']);
    expect(later.get().planner.ticked.size).toBe(0);
    await stop();
  });

  test('what cannot be read is passed over', () => {
    const file = join(folder, 'odd.json');
    const read = (text: string): readonly string[] | undefined => {
      writeFileSync(file, text);
      return readRules(file)?.map((entry) => entry.text);
    };
    expect(read('{')).toBeUndefined();
    expect(read('[]')).toBeUndefined();
    expect(read('{"rules": ["dangling", 7, "no-such-rule", "dangling", "free=1GB"]}')).toEqual([
      'dangling',
      'free=1GB',
    ]);
    expect(read('{"rules": []}')).toEqual([...DEFAULT_RULES]);
    expect(readRules(join(folder, 'missing.json'))).toBeUndefined();
  });
});

describe('what is lost', () => {
  test('several images without a name are told apart', () => {
    const two = STOCK.images.slice(0, 2).map((image) => ({ ...image, references: [] }));
    expect(shortNames([two[0]])).toEqual(['<none>']);
    expect(shortNames(two)).toEqual(two.map(({ id }) => id.slice(7, 19)));
  });

  test('nothing is lost that the trash takes, and what it takes is told', () => {
    const app = planner(['dangling']);
    press(app, 'space');
    const lost = texts(app).filter((text) => text.startsWith('cannot be undone'));
    expect(lost).toHaveLength(1);
    const told = (change: Partial<TrashOutlook>, of = freshWork(app.store.get())!.plan.images): string[] => {
      const outlook: TrashOutlook = {
        bytes: { bytes: 1_860_000_000, bound: 'exact' },
        until: 4_102_444_800,
        folder: '/data/trash',
        sameDisk: 'yes',
        tooLarge: false,
        ...change,
      };
      app.store.update((state) => ({ ...state, plannedTrash: { plan: of, outlook } }));
      return texts(app).filter((text) => /^(?:trash|cannot be undone)/.test(text));
    };
    expect(told({})).toEqual([
      expect.stringMatching(
        /^trash: keeps these until .* \(up to 1\.86 GB in \/data\/trash\); it is on the same disk/,
      ),
    ]);
    expect(told({ tooLarge: true })).toEqual([
      ...lost,
      expect.stringMatching(/^trash: cannot take 1\.86 GB: that is more than the trash may have/),
    ]);
    // What was found out of another plan tells nothing of this one.
    expect(told({}, { ...freshWork(app.store.get())!.plan.images })).toEqual(lost);
  });
});

test('plan and figures are worked out while the keyboard rests, and only where somebody sees them', async () => {
  const app = planner(['dangling', 'superseded'], {
    screen: 'images',
    cleanup: undefined,
    ruleFigures: undefined,
  });
  app.store.update((state) => ({ ...state, cleanup: undefined, ruleFigures: undefined }));
  const stop = followPlanner(app.store);
  try {
    app.press('space');
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(app.store.get().cleanup).toBeUndefined();
    app.press('3', 'space');
    expect(freshWork(app.store.get())).toBeUndefined();
    await vi.waitFor(() => {
      expect(freshWork(app.store.get())).toBeDefined();
      expect(figuresOf(app.store.get())?.byText.size).toBe(2);
    });
  } finally {
    stop();
  }
});
