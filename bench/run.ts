/**
 * Measures what nacre promises about speed, on engines of its own, in a real pty at 120×40.
 *
 *   npm run bench             everything; the medians are kept in bench/RESULTS.md
 *   npm run bench -- start    one group: start, key, pull, archive, store, context, build, events, plan, files
 */
import { readFile, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { measureArchives } from './archive.ts';
import { measureBuild } from './build.ts';
import { measureContext } from './context.ts';
import { measureEvents } from './events.ts';
import { measureFiles } from './files.ts';
import { measureKeys } from './key.ts';
import { machine } from './machine.ts';
import { measurePlans } from './plan.ts';
import { measurePull } from './pull.ts';
import { type Result, table } from './result.ts';
import { measureStart } from './start.ts';
import { measureStoreList } from './store-list.ts';

const GROUPS: Readonly<Record<string, () => Promise<Result[]>>> = {
  start: measureStart,
  key: measureKeys,
  pull: measurePull,
  archive: measureArchives,
  store: measureStoreList,
  context: measureContext,
  build: measureBuild,
  events: measureEvents,
  plan: measurePlans,
  files: measureFiles,
};

async function main(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.find((name) => GROUPS[name] === undefined);
  if (unknown !== undefined) {
    console.error(`bench: no group is called ${unknown}: try ${Object.keys(GROUPS).join(', ')}`);
    process.exitCode = 2;
    return;
  }
  const results: Result[] = [];
  const load = loadavg()[0]!;
  for (const [name, measure] of Object.entries(GROUPS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    results.push(...(await measure()));
  }
  const text = table(results);
  console.log(text);
  if (wanted.length > 0) return;
  const story = `# Results

Medians of \`npm run bench\`: the built program in a real pty at 120×40, on engines of its own (Docker 20.10),
and its embedded engine on a store and a registry of its own. A ratio is measured in one run, the two programs taking turns.

${text}

Measured on ${machine()}, load ${load.toFixed(1)} before the run, ${new Date().toISOString().slice(0, 10)}.
`;
  const file = new URL('RESULTS.md', import.meta.url);
  const proofs = /^## Proofs\n[\s\S]*/m.exec(await readFile(file, 'utf8'))?.[0];
  await writeFile(file, proofs === undefined ? story : `${story}\n${proofs}`);
}

await main(process.argv.slice(2));
