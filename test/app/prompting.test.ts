import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { shortenHome } from '../../src/app/format.ts';
import type { Prompt } from '../../src/app/overlay.ts';
import { answersOf, openPrompt } from '../../src/app/prompting.ts';
import { EMPTY_FIELD } from '../../src/app/text-field.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';

const app = (): AcmeApp => acmeApp(acmeState({ columns: 120, rows: 36 }, { marks: new Set() }));

function promptOf(of: AcmeApp): Prompt {
  const { overlay } = of.store.get();
  if (overlay?.kind !== 'prompt') throw new Error('no prompt is open');
  return overlay.prompt;
}
const isOpen = (of: AcmeApp): boolean => of.store.get().overlay !== undefined;
const note = (of: AcmeApp): string => {
  const prompt = promptOf(of);
  const { tone, text } = prompt.note(answersOf(prompt));
  return `${tone}: ${text}`;
};

describe('the pull prompt', () => {
  test('completes local names: tab and right take the first, down picks another', () => {
    const one = app();
    one.press('p');
    expect(promptOf(one).suggestions).toEqual([]);
    one.type('ghcr.io/acme/web-api:1.');
    expect(promptOf(one).suggestions).toEqual([
      'ghcr.io/acme/web-api:1.4.1',
      'ghcr.io/acme/web-api:1.4.2',
      'ghcr.io/acme/web-api:1.5.0',
      'ghcr.io/acme/web-api:1.5.0-rc1',
    ]);
    one.press('down', 'down', 'enter');
    expect(answersOf(promptOf(one))[0]).toBe('ghcr.io/acme/web-api:1.4.2');
    expect(note(one)).toBe('ok: pulls ghcr.io/acme/web-api:1.4.2');
    one.press('ctrl+u');
    one.type('redis');
    one.press('right');
    expect(answersOf(promptOf(one))[0]).toBe('redis:8-alpine');
    one.press('ctrl+u');
    one.type('web-api:1.4.1');
    expect(promptOf(one).suggestions).toEqual(['ghcr.io/acme/web-api:1.4.1']);
    // It is no continuation of what was typed: only who picks it gets it.
    one.press('tab');
    expect(answersOf(promptOf(one))[0]).toBe('web-api:1.4.1');
    one.press('tab', 'ctrl+u');
    one.type('nginx');
    one.press('tab');
    expect(answersOf(promptOf(one))[0]).toBe('nginx:1.29');
    expect(promptOf(one).focus).toBe(0);
    one.press('tab');
    expect(promptOf(one).focus).toBe(1);
    one.press('shift+tab');
    expect(promptOf(one).focus).toBe(0);
  });

  test.each([
    ['alpine', '', 'ok: pulls docker.io/library/alpine:latest'],
    ['docker pull alpine:3.22', '', 'ok: pulls docker.io/library/alpine:3.22'],
    ['podman pull --platform=linux/arm64 ghcr.io/a/b:1', '', 'ok: pulls ghcr.io/a/b:1 for linux/arm64'],
    ['alpine --platform linux/arm/v7', '', 'ok: pulls docker.io/library/alpine:latest for linux/arm/v7'],
    ['alpine', 'arm64', 'ok: pulls docker.io/library/alpine:latest for linux/arm64'],
    ['Alpine', '', 'wrong: "Alpine" is not an image reference: a repository name is in lower case'],
  ])('reads %s with platform %s', (name, platform, wanted) => {
    const one = app();
    one.press('p');
    one.type(name);
    if (platform !== '') {
      one.press('shift+tab');
      one.type(platform);
    }
    expect(note(one)).toContain(wanted);
  });

  test('what cannot be pulled is not pulled', () => {
    const one = app();
    one.press('p');
    one.type('Not A Name');
    one.press('enter');
    expect(isOpen(one)).toBe(true);
    expect(one.store.get().jobs).toEqual([]);
  });

  test('starts a job, and says so when the engine is gone', async () => {
    const one = app();
    one.press('p');
    one.type('alpine:3.99');
    one.press('enter');
    expect(isOpen(one)).toBe(false);
    await vi.waitFor(() =>
      expect(one.store.get().jobs).toMatchObject([
        {
          verb: 'pull',
          subject: 'alpine:3.99',
          status: 'failed',
          note: 'not reachable',
          request: { kind: 'pull', reference: 'alpine:3.99', platform: '' },
        },
      ]),
    );
  });
});

/** Opens a prompt whose suggestions are told when the test tells them: one teller a question. */
function askSlowly(one: AcmeApp): ((found: string[]) => void)[] {
  const asked: ((found: string[]) => void)[] = [];
  openPrompt(one, {
    title: 'x',
    fields: [
      { label: 'x', field: EMPTY_FIELD, suggest: () => new Promise((resolve) => void asked.push(resolve)) },
    ],
    note: () => ({ tone: 'ok', text: '' }),
    submit: () => {},
  });
  return asked;
}

test('late suggestions for another text are dropped', async () => {
  const one = app();
  const asked = askSlowly(one);
  one.type('ab');
  asked[1]!(['a-late-answer']);
  asked[2]!(['abc']);
  await vi.waitFor(() => expect(promptOf(one).suggestions).toEqual(['abc']));
});

test('suggestions that no longer fit go with the key, not with the next answer', async () => {
  const one = app();
  const asked = askSlowly(one);
  one.type('/a');
  asked[2]!(['/a/', '/abc/', '/ab.tar']);
  await vi.waitFor(() => expect(promptOf(one).suggestions).toHaveLength(3));
  one.type('b');
  expect(promptOf(one).suggestions).toEqual(['/abc/', '/ab.tar']);
});

test('a password is never among what is drawn or suggested, and goes to whom it is for', () => {
  const one = app();
  const sent: string[] = [];
  openPrompt(one, {
    title: 'x',
    fields: [
      { label: 'user', field: EMPTY_FIELD },
      { label: 'password', field: EMPTY_FIELD, secret: true },
    ],
    note: ([user, password]) => ({ tone: user && password ? 'ok' : 'advice', text: '' }),
    submit: (texts) => void sent.push(...texts),
  });
  one.type('ada');
  // Something is missing: enter leads to it instead of taking half an answer.
  one.press('enter');
  expect(promptOf(one).focus).toBe(1);
  one.type('a b:c');
  one.press('enter');
  expect(sent).toEqual(['ada', 'a b:c']);
});

describe('paths', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nacre-paths-'));
    mkdirSync(join(folder, 'backups'));
    for (const name of ['app.tar', 'app.tar.gz', 'notes.txt', '.hidden.tar'])
      writeFileSync(join(folder, name), '');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('archives first when one is to be opened, folders go on', async () => {
    const one = app();
    one.press('o');
    one.type(`${folder}/`);
    await vi.waitFor(() =>
      expect(promptOf(one).suggestions).toEqual([
        `${folder}/app.tar`,
        `${folder}/app.tar.gz`,
        `${folder}/backups/`,
      ]),
    );
    await vi.waitFor(() => expect(note(one)).toBe('advice: this is a folder'));
    one.press('tab');
    await vi.waitFor(() => expect(note(one)).toBe('ok: loads its images'));
    one.type('.zip');
    await vi.waitFor(() => expect(note(one)).toBe('wrong: there is no such file'));
  });

  test('saving says how it will be packed, and asks before it replaces a file', async () => {
    const one = app();
    one.press('w');
    expect(answersOf(promptOf(one))[0]).toBe('web-api-1.5.0.tar');
    one.press('ctrl+u');
    one.type(`${folder}/new.tar.zst`);
    expect(note(one)).toContain('ok: one archive that docker load reads, packed with zstd');
    one.press('shift+tab', 'down');
    expect(answersOf(promptOf(one))).toEqual([`${folder}/new.tar.zst`, 'plain']);
    expect(note(one)).toContain('not packed');
    one.press('left', 'tab', 'ctrl+u');
    one.type(`${folder}/app.tar`);
    await vi.waitFor(() => expect(note(one)).toContain('it exists: you are asked before it is replaced'));
    one.press('enter');
    await vi.waitFor(() =>
      expect(one.store.get().overlay).toMatchObject({ kind: 'choice', choice: { index: 0 } }),
    );
    one.press('enter');
    expect(isOpen(one)).toBe(false);
    expect(one.store.get().jobs).toEqual([]);
  });

  test('a place that is no file', () => {
    const one = app();
    one.press('o');
    one.type('https://files.example/app.tar');
    expect(note(one)).toBe('ok: loads its images');
  });
});

test('home is shown as ~, and nothing that only begins alike', () => {
  expect(shortenHome('/home/me/a', '/home/me')).toBe('~/a');
  expect(shortenHome('/home/me', '/home/me')).toBe('~');
  expect(shortenHome('/home/meander', '/home/me')).toBe('/home/meander');
  expect(shortenHome('/a', '/')).toBe('/a');
  expect(shortenHome('unix:///home/me/x', '/home/me')).toBe('unix:///home/me/x');
});
