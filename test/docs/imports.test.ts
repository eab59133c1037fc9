/** The layers stay apart, and a layer that reaches the wrong way is found. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { removeScratch, scratchFolder } from '../support/scratch.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/imports.ts', import.meta.url));
const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await removeScratch(folder);
});

/** A project with these files in src/. */
function project(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder();
  folders.push(root);
  writeFileSync(join(root, 'tsconfig.json'), '{ "compilerOptions": { "noEmit": true }, "include": ["src"] }');
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, 'src', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return root;
}

function check(root?: string): { readonly code: number | null; readonly lines: readonly string[] } {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...(root === undefined ? [] : [root])], {
    encoding: 'utf8',
  });
  return { code: status, lines: stderr.split('\n').filter((line) => line !== '') };
}

/** `file:line` of what is found. */
function places(files: Readonly<Record<string, string>>): string[] {
  const { code, lines } = check(project(files));
  expect({ code, lines }).toEqual({ code: lines.length === 0 ? 0 : 1, lines });
  return lines.map((line) => line.split(': ')[0]!);
}

test('this project keeps the rules', () => {
  expect(check()).toEqual({ code: 0, lines: [] });
});

test('an offence is named with its place and the reason', () => {
  const root = project({
    'engine/ledger.ts': "import { join } from 'node:path';\nimport { Box } from 'ink';\n",
  });
  expect(check(root)).toEqual({
    code: 1,
    lines: ['src/engine/ledger.ts:2: engine imports ink: the engine knows no screen and no command line'],
  });
});

test('the engine imports nothing of the screen, in whatever way it is written', () => {
  const text = [
    "import React from 'react';",
    "import type { ReactNode } from 'react';",
    "import 'ink-table';",
    "export { jsx } from 'react/jsx-runtime';",
    "export * from '../../app/state.ts';",
    "export const a = async () => await import('../../views/root.tsx');",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a program's text
    "export const b = `${(await import('../../cli/cli.ts')).run}`;",
    "export const c: import('../../app/state.ts').AppState = 1;",
    "import d = require('ink');",
    "export type * from '../../views/root.tsx';",
  ];
  expect(places({ 'engine/docker/session.ts': text.join('\n') })).toEqual(
    text.map((_, index) => `src/engine/docker/session.ts:${index + 1}`),
  );
});

test('what only looks like an import is none', () => {
  const text = [
    "// import { Box } from 'ink';",
    "export const text = `import { Box } from 'ink';`;",
    'export const quoted = "import(\'ink\')";',
    "import reactive from 'reactive';",
    "import { pause } from './app/pause.ts';",
  ].join('\n');
  expect(places({ 'engine/text.ts': text })).toEqual([]);
});

test('views take types from the engine and nothing that runs', () => {
  const text = [
    "import type { Size } from '../engine/engine.ts';",
    "import { type Plan, type Step } from '../engine/plan.ts';",
    "export type { Image } from '../engine/image.ts';",
    "export let kind: import('../engine/engine.ts').EngineKind;",
    "import { type Image, isImage } from '../engine/image.ts';",
    "import * as engine from '../engine/engine.ts';",
    "import plan from '../engine/plan.ts';",
    "import '../engine/errors.ts';",
    "export { shortId } from '../engine/reference.ts';",
    "import type { Flag } from '../cli/flag.ts';",
    "import { Box } from 'ink';",
    "import { bytes } from '../app/format.ts';",
  ].join('\n');
  expect(places({ 'views/frame.ts': text })).toEqual(
    [5, 6, 7, 8, 9, 10].map((line) => `src/views/frame.ts:${line}`),
  );
});

test('the app imports no views, and the command line no screen', () => {
  expect(
    places({
      'app/session.ts':
        "import { list } from '../engine/stock.ts';\nimport type { Root } from '../views/root.tsx';\n",
      'cli/cli.ts':
        "import { list } from '../engine/stock.ts';\nimport { bytes } from '../app/format.ts';\nimport { render } from 'ink';\n",
      'main.ts': "import { root } from './views/root.tsx';\nimport { run } from './cli/cli.ts';\n",
    }),
  ).toEqual(['src/app/session.ts:2', 'src/cli/cli.ts:2', 'src/cli/cli.ts:3']);
});

test('a folder with nothing to read is a failure, not a clean bill', () => {
  const { code, lines } = check(project({}));
  expect(code).toBe(1);
  expect(lines.join('\n')).toContain('nothing to read');
});
