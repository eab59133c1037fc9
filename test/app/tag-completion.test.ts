import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Prompt } from '../../src/app/overlay.ts';
import { createTagFinder, fitting } from '../../src/app/tag-completion.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { publish } from '../support/registry-image.ts';
import { type AcmeApp, acmeApp, acmeState } from './acme-app.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  for (const tag of ['1.9', '1.10', 'latest', 'edge']) await publish(`${registry.address}/lab/app:${tag}`);
});
afterAll(() => registry?.stop());

const never = (): AbortSignal => new AbortController().signal;

test('tags come from the registry once the colon is there, remembered for the next key', async () => {
  const find = createTagFinder([]);
  const name = `${registry.address}/lab/app`;
  expect(await find(name, never())).toEqual([]);
  expect(await find(`${name}@sha256:12`, never())).toEqual([]);
  expect(await find(`${name}:`, never())).toEqual([
    `${name}:latest`,
    `${name}:edge`,
    `${name}:1.10`,
    `${name}:1.9`,
  ]);
  await publish(`${name}:1.11`);
  expect(await find(`${name}:1.`, never())).toEqual([`${name}:1.10`, `${name}:1.9`]);
  await expect(find(`${registry.address}/lab/none:`, never())).rejects.toThrow();
});

test('a host whose port is being typed is told to nobody', async () => {
  const find = createTagFinder([]);
  for (const typed of ['registry.corp.example:', 'registry.corp.example:50', 'localhost:5000', '10.0.0.7:'])
    expect(await find(typed, never()), typed).toEqual([]);
});

test('the highest versions come first', () => {
  expect(fitting(['8', '8.10-alpine', '8.2', '7', 'latest'], '8')).toEqual(['8.10-alpine', '8.2', '8']);
});

function promptOf(app: AcmeApp): Prompt {
  const { overlay } = app.store.get();
  if (overlay?.kind !== 'prompt') throw new Error('no prompt is open');
  return overlay.prompt;
}

test('the pull prompt shows local names first, then those tags; what fails is not heard of', async () => {
  const name = `${registry.address}/lab/app`;
  const state = acmeState({ columns: 120, rows: 36 });
  const [image] = state.images;
  const app = acmeApp({ ...state, images: [{ ...image!, references: [`${name}:own`] }] });
  app.press('p');
  app.type(`${name}:`);
  expect(promptOf(app).suggestions).toEqual([`${name}:own`]);
  app.press('down');
  await vi.waitFor(() => expect(promptOf(app).suggestions.length).toBeGreaterThan(1), 5_000);
  expect(promptOf(app).suggestions.slice(0, 3)).toEqual([`${name}:own`, `${name}:latest`, `${name}:edge`]);
  expect(promptOf(app).picked).toBe(0);
  app.press('ctrl+u');
  app.type('127.0.0.1:1/no/where:');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(promptOf(app).suggestions).toEqual([]);
  expect(app.store.get().toast).toBeUndefined();
});
