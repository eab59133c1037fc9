/** `nacre run` and `nacre commit` where nothing can be run. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacre } from './process.ts';

it.each([
  [['run', '--pull', 'sometimes', 'base:1'], 125, 'sometimes'],
  [['run', '--no-such-flag', 'base:1'], 125, '--no-such-flag'],
  [['run', '-it', 'base:1'], 125, 'terminal'],
  [['--read-only', 'run', 'base:1'], 125, '--read-only'],
  [['--read-only', 'commit', 'box'], 1, '--read-only'],
  [['commit'], 2, 'CONTAINER'],
  [['run', 'base:1'], 125, 'runs no containers'],
  [['commit', 'box'], 1, 'runs no containers'],
])('%j fails in one line', async (args, code, words) => {
  const store = scratchFolder();
  onTestFinished(() => removeScratch(store));
  const ended = await nacre(args, { env: { NACRE_STORE: join(store, 'store') } });
  expect(ended).toMatchObject({ code, stdout: '' });
  expect(ended.stderr).toMatch(/^nacre: [^\n]+\. [^\n]+\n$/);
  expect(ended.stderr).toContain(words);
});
