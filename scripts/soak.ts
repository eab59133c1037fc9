/**
 * The proofs in full, group by group: `npm run soak`, or some: `npm run soak -- sets races`. Figures are kept beside the
 * dependencies, so that a group can be run again alone and the table still tells of all that were run.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const GROUPS: Readonly<Record<string, { readonly title: string; readonly files: readonly string[] }>> = {
  sets: {
    title: 'Clean-ups come true: lines and bytes',
    files: ['test/engine/plan-live.test.ts', 'test/engine/embedded/plan-live.test.ts'],
  },
  races: {
    title: 'Nothing goes that was not listed',
    files: ['test/engine/races-live.test.ts'],
  },
  pins: {
    title: 'Pins hold',
    files: ['test/engine/cleanup/pin-fuzz.test.ts'],
  },
  volumes: {
    title: 'Volumes go as they were shown',
    files: ['test/engine/volumes-live.test.ts'],
  },
  undo: {
    title: 'Changes are taken back',
    files: ['test/engine/undo/undo-live.test.ts'],
  },
  faults: {
    title: 'Deaths of the engine are told as they were',
    files: ['test/engine/faults-live.test.ts'],
  },
};

interface Figures {
  readonly group: string;
  readonly on: string;
  readonly figures: Readonly<Record<string, number>>;
}

const root = join(import.meta.dirname, '..');
const folder = join(root, 'node_modules', '.cache', 'nacre-soak');
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(GROUPS, name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(', ')}: groups are ${Object.keys(GROUPS).join(', ')}.`);
  process.exit(2);
}

mkdirSync(folder, { recursive: true });
const failed: string[] = [];
for (const name of asked.length > 0 ? asked : Object.keys(GROUPS)) {
  const file = fileOf(name);
  rmSync(file, { force: true });
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...GROUPS[name]!.files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, NACRE_SOAK: file },
  });
  if (status !== 0) failed.push(name);
}

console.log(`\n${table()}`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}.`);
  process.exit(1);
}

function fileOf(name: string): string {
  return join(folder, `${name}.jsonl`);
}

/** Everything that is known of the last run of each group. */
function table(): string {
  const rows = Object.entries(GROUPS).flatMap(([name, { title }]) =>
    read(name).map(({ on, figures }) => {
      const words = Object.entries(figures).map(([what, count]) => `${count.toLocaleString('en')} ${what}`);
      return [title, on, words.join(', ')];
    }),
  );
  const all = [['what', 'on', 'met'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(all[0]!), rule, ...rows.map(line)].join('\n');
}

function read(name: string): Figures[] {
  if (!existsSync(fileOf(name))) return [];
  const lines = readFileSync(fileOf(name), 'utf8').trim().split('\n');
  return lines.filter((text) => text !== '').map((text) => JSON.parse(text) as Figures);
}
