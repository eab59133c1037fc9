/** What layers really take on an engine's disk, counted file by file: the engine itself is not asked. */
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestEngine } from './engines.ts';

/** Folders of layers never change, so that each is counted once. */
export class LayerBytes {
  readonly #folder: string;
  readonly #known = new Map<string, number>();

  constructor(engine: Pick<TestEngine, 'socket' | 'kind'>) {
    const root = dirname(engine.socket);
    this.#folder = engine.kind === 'podman' ? join(root, 'root', 'overlay') : join(root, 'data', 'overlay2');
  }

  /** Bytes of all layers there are, those that only containers or the build cache hold too, and not what containers write. */
  total(): number {
    const own = containerLayers(this.#folder);
    let bytes = 0;
    for (const name of readdirSync(this.#folder)) {
      const content = join(this.#folder, name, 'diff');
      if (name === 'l' || name.endsWith('-init') || own.has(name) || !existsSync(content)) continue;
      let known = this.#known.get(name);
      if (known === undefined) {
        known = bytesIn(content, new Set());
        this.#known.set(name, known);
      }
      bytes += known;
    }
    return bytes;
  }
}

/** Docker puts a layer of the same name with `-init` under each that is a container's; Podman keeps a list. */
function containerLayers(folder: string): Set<string> {
  const list = join(dirname(folder), 'overlay-containers', 'containers.json');
  if (existsSync(list)) {
    return new Set((JSON.parse(readFileSync(list, 'utf8')) as { layer: string }[]).map(({ layer }) => layer));
  }
  return new Set(
    readdirSync(folder).flatMap((name) => (name.endsWith('-init') ? [name.slice(0, -'-init'.length)] : [])),
  );
}

/** A file with several names counts once, and folders not at all. */
function bytesIn(folder: string, seen: Set<number>): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += bytesIn(path, seen);
    else {
      const { ino, size } = lstatSync(path);
      if (!seen.has(ino)) bytes += size;
      seen.add(ino);
    }
  }
  return bytes;
}
