/** Suggestions for what is typed: names of images, and paths. */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { repositoryOf } from '../engine/reference.ts';
import type { AppState } from './state.ts';

const MOST = 20;

/** Names that begin with what is typed, then names that hold it. */
export function suggestNames(state: AppState, typed: string): readonly string[] {
  const wanted = typed.trim();
  if (wanted === '') return [];
  const first: string[] = [];
  const others: string[] = [];
  for (const image of state.images) {
    for (const name of image.references) {
      if (name.startsWith(wanted)) first.push(name);
      else if (others.length < MOST && name.includes(wanted)) others.push(name);
    }
    if (first.length >= MOST) break;
  }
  return [...first.sort(), ...others.sort()].slice(0, MOST);
}

/** Hosts of the names there are, for what is typed. */
export function suggestRegistries(state: AppState, typed: string): readonly string[] {
  const hosts = new Set<string>();
  for (const image of state.images) {
    for (const name of image.references) {
      const [host = '', ...rest] = repositoryOf(name).split('/');
      if (rest.length > 0 && /[.:]|^localhost$/.test(host)) hosts.add(host);
    }
  }
  return ['docker.io', ...hosts].filter((host) => host.startsWith(typed.trim())).slice(0, MOST);
}

const ARCHIVE = /\.(?:tar|tgz|tzst|gz|zst|oci)$/i;

/** Folders and files for a half-typed path; folders end with `/`. With `archives`, of the files only those that look like one. */
export async function suggestPaths(typed: string, archives: boolean): Promise<readonly string[]> {
  if (/^https?:/i.test(typed)) return [];
  const slash = typed.lastIndexOf('/');
  const shownFolder = typed.slice(0, slash + 1);
  const start = typed.slice(slash + 1);
  const folder = shownFolder === '' ? '.' : expandHome(shownFolder);
  const entries = await readdir(folder, { withFileTypes: true });
  const found = entries.filter(
    (entry) =>
      entry.name.startsWith(start) &&
      (start.startsWith('.') || !entry.name.startsWith('.')) &&
      (!archives || entry.isDirectory() || entry.isSymbolicLink() || ARCHIVE.test(entry.name)),
  );
  const isFile = (entry: (typeof found)[number]): number => Number(!entry.isDirectory());
  return found
    .sort((a, b) =>
      archives ? isFile(b) - isFile(a) || a.name.localeCompare(b.name) : a.name.localeCompare(b.name),
    )
    .slice(0, MOST)
    .map((entry) => `${shownFolder}${entry.name}${entry.isDirectory() ? '/' : ''}`);
}

/** `~/x` as the shell reads it. */
export function expandHome(path: string, home = homedir()): string {
  return path === '~' ? home : path.startsWith('~/') ? join(home, path.slice(2)) : path;
}
