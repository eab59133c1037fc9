/** Symbolic links on the way of what is looked for: `/lib/libc.so` means `usr/lib/libc.so` where an image has `lib -> usr/lib`. */
import type { CallOptions } from '../engine.ts';
import type { ContentImage } from './contents.ts';
import { layerKey } from './layer-key.ts';
import { MOST_LINKS, pathParts } from './path-parts.ts';
import type { PathPattern, PatternPart } from './path-pattern.ts';
import { standingOf } from './path-standing.ts';
import type { IndexReader, ManyImage } from './read-many.ts';

const SLASH = 0x2f;

/** What one layer says of a path: nothing, that it is gone, that it is there, or where it leads as a link. */
type Standing = 'unsaid' | 'gone' | 'there' | Buffer;

export class PathLinks {
  readonly #reader: IndexReader;
  /** By path and layer: what images share is looked at once. */
  readonly #known = new Map<string, Standing>();

  constructor(reader: IndexReader) {
    this.#reader = reader;
  }

  /**
   * The same pattern with the links of an image followed in the plain parts it begins with, as a container would; the last
   * part is what is looked for, and stays. `pattern` itself where there are none. Errors: those of reading, `cancelled`.
   */
  async followed(
    image: ManyImage,
    content: ContentImage,
    pattern: PathPattern,
    options: CallOptions = {},
  ): Promise<PathPattern> {
    if (pattern.kind !== 'path') return pattern;
    const way = leadingNames(pattern.parts);
    const waiting = [...way];
    const at: Buffer[] = [];
    let links = 0;
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const text = name.toString('latin1');
      if (text === '.') continue;
      if (text === '..') {
        at.pop();
        continue;
      }
      const standing = await this.#standing(image, content, [...at, name], options);
      if (standing === 'gone' || standing === 'unsaid') return pattern;
      if (standing === 'there') {
        at.push(name);
        continue;
      }
      if (++links > MOST_LINKS) return pattern;
      if (standing[0] === SLASH) at.length = 0;
      waiting.unshift(...pathParts(standing));
    }
    if (links === 0) return pattern;
    const parts = at.map((bytes): PatternPart => ({ kind: 'plain', bytes }));
    return { kind: 'path', parts: [...parts, ...pattern.parts.slice(way.length)] };
  }

  /** From the top down: the first layer that says anything is right. */
  async #standing(
    image: ManyImage,
    { layers }: ContentImage,
    path: readonly Buffer[],
    options: CallOptions,
  ): Promise<Standing> {
    const text = Buffer.concat(path.flatMap((name) => [Buffer.of(SLASH), name])).toString('latin1');
    for (let layer = layers.length - 1; layer >= 0; layer--) {
      const key = `${layerKey(layers[layer]!)} ${text}`;
      let standing = this.#known.get(key);
      if (standing === undefined) {
        const index = await this.#reader.index(image, layer, options);
        const found = standingOf(index, path);
        if (typeof found === 'string') standing = found;
        else standing = index.type(found) === 'symlink' ? Buffer.from(index.target(found)) : 'there';
      }
      this.#known.set(key, standing);
      if (standing !== 'unsaid') return standing;
    }
    return 'unsaid';
  }
}

/** The plain parts before the first pattern, or before the last part. */
export function leadingNames(parts: readonly PatternPart[]): Buffer[] {
  const names: Buffer[] = [];
  for (const part of parts.slice(0, -1)) {
    if (part.kind !== 'plain') break;
    names.push(part.bytes);
  }
  return names;
}
