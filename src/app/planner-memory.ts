/** The planner's rules from run to run, as far as that is harmless: the list with its parameters, never a tick. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { entryOf, newPlanner, type PlannerEntry } from './planner.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** How long a change rests before it is written, in milliseconds. */
const PAUSE = 500;

/**
 * Reads the rules when the planner is first looked at, and writes them when they change. Call the result to write what
 * is still to be written, and to stop.
 */
export function keepRules(store: Store<AppState>, file: string): () => Promise<void> {
  let known: readonly PlannerEntry[] | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const save = (): void => {
    timer = undefined;
    const texts = known?.map(({ text }) => text) ?? [];
    // Without a place to write to, the list begins anew the next time; that is no reason to disturb anybody.
    writing = writing.then(() => write(file, texts)).catch(() => {});
  };
  const check = (): void => {
    const { screen, planner } = store.get();
    if (known === undefined) {
      if (screen !== 'disk') return;
      const entries = readRules(file);
      known = entries ?? planner.entries;
      if (entries !== undefined)
        store.update((state) => ({ ...state, planner: { ...state.planner, entries } }));
      return;
    }
    if (planner.entries === known) return;
    known = planner.entries;
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  };
  const unsubscribe = store.subscribe(check);
  return async () => {
    unsubscribe();
    if (timer !== undefined) {
      clearTimeout(timer);
      save();
    }
    await writing;
  };
}

/** Undefined where there are none, or not in a form that can be read; a rule that is not understood is left out. */
export function readRules(file: string): readonly PlannerEntry[] | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const rules = (value as { readonly rules?: unknown } | null)?.rules;
    if (!Array.isArray(rules)) return undefined;
    const entries = new Map<string, PlannerEntry>();
    for (const text of rules) {
      const entry = typeof text === 'string' ? understood(text) : undefined;
      if (entry !== undefined) entries.set(entry.text, entry);
    }
    return entries.size === 0 ? newPlanner().entries : [...entries.values()];
  } catch {
    return undefined;
  }
}

function understood(text: string): PlannerEntry | undefined {
  try {
    return entryOf(text);
  } catch {
    return undefined;
  }
}

async function write(file: string, rules: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${randomUUID()}`;
  try {
    await writeFile(fresh, `${JSON.stringify({ rules }, undefined, 1)}\n`, { mode: 0o600 });
    await rename(fresh, file);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
}
