import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createBuildAnswers } from '../../src/app/build-answers.ts';
import { names, pairs, pairsText, secretSources, secretsText, words } from '../../src/app/build-fields.ts';
import { askBuild, requestOf, textsOf } from '../../src/app/build-form.ts';
import { buildSubject } from '../../src/app/building.ts';
import { type BuildRequest, keepable } from '../../src/app/job-request.ts';
import type { Prompt } from '../../src/app/overlay.ts';
import { answersOf, nextSuggestion } from '../../src/app/prompting.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';
import { BUILDING_ENGINE, REQUEST } from './acme-builds.ts';

function scratch(): string {
  const folder = scratchFolder();
  onTestFinished(() => removeScratch(folder));
  return folder;
}

test('words are read as a shell reads them, and pairs come back as they were typed', () => {
  expect(words(`A=1  B="two words" C='it''s' D=a\\ b E="say \\"x\\"" ""`)).toEqual([
    'A=1',
    'B=two words',
    'C=its',
    'D=a b',
    'E=say "x"',
    '',
  ]);
  const values = { A: '', B: 'two words', C: 'back\\slash "quoted"', D: '1,2' };
  expect(pairs(pairsText(values))).toEqual(values);
  expect(pairs('HOME X=1', { HOME: '/root' })).toEqual({ HOME: '/root', X: '1' });
  expect(() => pairs('NOPE')).toThrow('write NOPE=value');
  expect(() => pairs('=x')).toThrow('has no name');
  expect(names('a:1, b:2  c')).toEqual(['a:1', 'b:2', 'c']);
});

test('secrets come from files and variables, in nacre’s words or in docker’s', () => {
  const sources = secretSources('npm=~/.npmrc token=$TOKEN id=aws,src=/x/y id=gh,env=GH id=CI');
  expect(sources).toEqual([
    { id: 'npm', from: { file: '~/.npmrc' } },
    { id: 'token', from: { env: 'TOKEN' } },
    { id: 'aws', from: { file: '/x/y' } },
    { id: 'gh', from: { env: 'GH' } },
    { id: 'CI', from: { env: 'CI' } },
  ]);
  expect(secretSources(secretsText(sources))).toEqual(sources);
  for (const wrong of ['npm', 'npm=', '=x', 'npm=$']) expect(() => secretSources(wrong)).toThrow('id=file');
});

test('a request is typed as it was typed before', () => {
  const request: BuildRequest = {
    ...REQUEST,
    place: '/home/me/services/api',
    dockerfile: '/home/me/docker/api.Dockerfile',
    references: ['acme/api:dev', 'acme/api:latest'],
    target: 'runtime',
    args: { A: '1', B: 'two words' },
    labels: { 'x.y': 'z' },
    platform: 'linux/arm64',
    network: 'host',
    noCache: true,
    pull: true,
    builder: 'classic',
    secrets: [
      { id: 'npm', from: { file: '/home/me/.npmrc' } },
      { id: 't', from: { env: 'T' } },
    ],
  };
  const texts = textsOf(request, '/home/me');
  expect(texts).toMatchObject({ context: 'services/api', Dockerfile: 'docker/api.Dockerfile' });
  expect(requestOf(texts, '/home/me')).toEqual(request);
  const address = {
    ...request,
    place: 'https://github.com/acme/api.git#main:web',
    dockerfile: 'web/Dockerfile',
  };
  expect(requestOf(textsOf(address, '/home/me'), '/home/me')).toEqual(address);
  for (const place of ['deploy@git.example:acme/api.git', 'github.com/acme/api', 'ssh://git.example/api'])
    expect(requestOf({ ...texts, context: place, Dockerfile: '' }, '/home/me').place).toBe(place);
});

test('values that look secret are not kept, and where they are missing is', () => {
  const args = {
    VERSION: '1',
    NPM_TOKEN: 'abc',
    db_password: 'x',
    PROXY: 'http://me:pw@proxy:1',
    EMPTY_KEY: '',
  };
  expect(keepable({ ...REQUEST, args })).toEqual({
    ...REQUEST,
    args: { VERSION: '1', EMPTY_KEY: '' },
    withheld: ['NPM_TOKEN', 'db_password', 'PROXY'],
  });
  expect(keepable(REQUEST)).toBe(REQUEST);
  for (const place of [
    'https://github.com/acme/api.git#main:web',
    'github.com/acme/api#main',
    'ssh://git@git.example/api.git',
  ])
    expect(keepable({ ...REQUEST, place }), place).toMatchObject({ place });
  for (const place of [
    'https://me:token@github.com/acme/api.git#main',
    'ssh://me:token@git.example/api.git',
    'https://files.example/app.tar?token=x#y',
  ]) {
    expect(keepable({ ...REQUEST, place }), place).toBeUndefined();
    expect(buildSubject({ ...REQUEST, place })).not.toMatch(/token/);
  }
  expect(buildSubject({ ...REQUEST, place: 'https://github.com/acme/api.git#main:web' })).toContain(
    '#main:web',
  );
});

test('answers are remembered for each folder, nobody else can read them, and no value that looks secret', async () => {
  const file = join(scratch(), 'state', 'builds.json');
  const answers = createBuildAnswers(file);
  expect(answers.recall('/a')).toBeUndefined();
  const one = { ...REQUEST, args: { TOKEN: 'abc', N: '1' } };
  await Promise.all([
    answers.remember('/a', one),
    answers.remember('/b', { ...REQUEST, target: 'test' }),
    answers.remember('/a', { ...one, noCache: true }),
  ]);
  const again = createBuildAnswers(file);
  expect(again.recall('/a')).toEqual({
    ...REQUEST,
    noCache: true,
    args: { N: '1' },
    withheld: ['TOKEN'],
  });
  expect(again.recall('/b')).toMatchObject({ target: 'test' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain('abc');
  expect(readdirSync(join(file, '..'))).toEqual(['builds.json']);
  for (let folder = 0; folder < 120; folder++) await answers.remember(`/many/${folder}`, REQUEST);
  expect(again.recall('/a')).toBeUndefined();
  expect(again.recall('/many/119')).toEqual(REQUEST);
});

test('what is no file of answers is none', () => {
  const file = join(scratch(), 'builds.json');
  for (const text of [
    '',
    'null',
    '[]',
    '{"/a": 3}',
    '{"/a": {"place": 7}}',
    '{"/a": {"secrets": [null, {}]}}',
  ]) {
    writeFileSync(file, text);
    expect(createBuildAnswers(file).recall('/a'), text).toBeUndefined();
  }
});

function promptOf(app: AcmeApp): Prompt {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'prompt') throw new Error(`no prompt but ${overlay?.kind}`);
  return overlay.prompt;
}

const noteOf = (app: AcmeApp): string => {
  const prompt = promptOf(app);
  const { tone, text } = prompt.note(answersOf(prompt));
  return `${tone}: ${text}`;
};

/** The form, opened in a folder of its own that holds `files`. */
function formIn(files: Readonly<Record<string, string>>, from?: BuildRequest): AcmeApp {
  const folder = scratch();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const before = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(before));
  const app = acmeApp(acmeState({ columns: 120, rows: 36 }), {}, BUILDING_ENGINE);
  askBuild(app, from);
  return app;
}

async function eventually(check: () => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      check();
      return;
    } catch (thrown) {
      if (tries > 100) throw thrown;
      await pause(10);
    }
  }
}

const DOCKERFILE = 'FROM base:1 AS deps\nRUN true\nFROM base:1 AS runtime\nCOPY --from=deps /a /a\n';

test('the form finds contexts, Dockerfiles and stages, and tab leads past what need not be answered', async () => {
  const app = formIn({ 'services/api/Dockerfile': DOCKERFILE, 'web.Dockerfile': DOCKERFILE });
  await eventually(() => expect(promptOf(app).suggestions).toEqual(['services/api']));
  await eventually(() => expect(noteOf(app)).toMatch(/^wrong: there is no Dockerfile in \./));
  app.press('down', 'enter');
  expect(answersOf(promptOf(app))[0]).toBe('services/api');
  await eventually(() => expect(noteOf(app)).toBe('ok: builds an image without a name'));
  app.press('tab');
  await eventually(() => expect(promptOf(app).suggestions).toEqual(['services/api/Dockerfile']));
  expect(nextSuggestion(promptOf(app))).toBeUndefined();
  app.press('tab');
  app.type('acme/api:dev acme/api:1');
  expect(noteOf(app)).toBe('ok: builds acme/api:dev and acme/api:1');
  app.press('tab');
  await eventually(() => expect(promptOf(app).suggestions).toEqual(['deps', 'runtime']));
  app.type('ru');
  app.press('tab');
  expect(answersOf(promptOf(app))[3]).toBe('runtime');
});

test('what is typed at once after b is in the form', () => {
  const app = acmeApp(acmeState({ columns: 120, rows: 36 }), {}, BUILDING_ENGINE);
  app.press('b');
  app.type('d');
  expect(answersOf(promptOf(app))[0]).toBe('.d');
});

test('what cannot be built is told while it is typed', async () => {
  const app = formIn({ Dockerfile: DOCKERFILE });
  const typed = async (field: number, text: string, note: RegExp): Promise<void> => {
    const goTo = (): void => {
      while (promptOf(app).focus !== field) app.press('shift+tab');
      app.press('ctrl+u');
    };
    goTo();
    app.type(text);
    await eventually(() => expect(noteOf(app)).toMatch(note));
    app.press('enter');
    expect(app.store.get().overlay?.kind).toBe('prompt');
    goTo();
  };
  await typed(0, 'nowhere', /^wrong: there is no folder or file nowhere/);
  app.type('.');
  await typed(1, 'other', /^wrong: there is no file other/);
  await typed(2, 'Not/A/Name', /^wrong: .*Not\/A\/Name/);
  await typed(4, 'VERSION', /^wrong: "VERSION" has no value/);
  await typed(5, 'npm', /^wrong: write {2}id=file/);
  await typed(7, 'linux/', /^wrong: /);
  await eventually(() => expect(noteOf(app)).toBe('ok: builds an image without a name'));
});

test('a build that was kept without its secrets asks for them before it can be built again', async () => {
  const from = { ...REQUEST, args: { N: '1' }, withheld: ['NPM_TOKEN'] };
  const app = formIn({ Dockerfile: DOCKERFILE }, { ...from, place: process.cwd() });
  expect(answersOf(promptOf(app))[4]).toBe('N=1 NPM_TOKEN=');
  expect(noteOf(app)).toMatch(/^advice: type the value of NPM_TOKEN/);
  for (let field = 0; field < 4; field++) app.press('tab');
  app.press('end');
  app.type('abc');
  await eventually(() => expect(noteOf(app)).toMatch(/^ok: builds acme\/api:dev/));
});
