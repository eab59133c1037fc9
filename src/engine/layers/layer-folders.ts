/** The folders of a layer while its tar is read, by their paths; where a link of the same tar lies on the way, behind it. */
import { folderPath } from './member-name.ts';
import { MOST_LINKS } from './path-parts.ts';

export class LayerFolders {
  readonly #make: (name: Buffer, parent: number) => number;
  /** Entries by the bytes of their path, read as Latin-1. */
  readonly #entries: Map<string, number>;
  /** Where symbolic links lead, by their paths: an unpacker goes through them. */
  readonly #links = new Map<string, string>();
  /** Paths that lead through links, and what they come to. */
  readonly #real = new Map<string, string>();
  /** The folder of the last member as it stood in the tar: members of one folder mostly stand together. */
  #last: Buffer = Buffer.alloc(0);
  #lastLength = -1;
  #lastPath = '';
  #lastEntry: number;

  /** `make`: adds a folder that has no member of its own. */
  constructor(root: number, make: (name: Buffer, parent: number) => number) {
    this.#make = make;
    this.#entries = new Map([['', root]]);
    this.#lastEntry = root;
  }

  /** The folder whose path stands in a tar from `start` to before `end`; `end` is before `start` for the root. */
  of(bytes: Buffer, start: number, end: number): number {
    const length = Math.max(0, end - start);
    if (length === this.#lastLength && isSame(this.#last, bytes, start, length)) return this.#lastEntry;
    const entry = this.at(folderPath(bytes, start, start + length));
    if (length > this.#last.length) this.#last = Buffer.allocUnsafeSlow(length * 2);
    bytes.copy(this.#last, 0, start, start + length);
    this.#lastLength = length;
    return entry;
  }

  /** The folder at a path, made with all above it where the tar has not had it yet. */
  at(path: string): number {
    const entry = this.#entries.get(path) ?? this.#reach(path, MOST_LINKS);
    this.#lastPath = path;
    this.#lastEntry = entry;
    this.#lastLength = -1;
    return entry;
  }

  /** The folder of that name in the one that was asked for last; undefined where the tar has had none. */
  child(name: string): number | undefined {
    return this.#entries.get(within(this.#realOf(this.#lastPath), name));
  }

  /** In the folder that was asked for last there is this one. */
  add(name: string, entry: number): void {
    this.#entries.set(within(this.#realOf(this.#lastPath), name), entry);
  }

  /** In the folder that was asked for last there is a symbolic link. */
  link(name: string, target: Buffer): void {
    this.#links.set(within(this.#realOf(this.#lastPath), name), target.toString('latin1'));
  }

  #realOf(path: string): string {
    return this.#real.size === 0 ? path : (this.#real.get(path) ?? path);
  }

  #reach(path: string, most: number): number {
    const slash = path.lastIndexOf('/');
    const above = slash === -1 ? '' : path.slice(0, slash);
    const name = path.slice(slash + 1);
    const parent = this.#entries.get(above) ?? this.#reach(above, most);
    const place = within(this.#realOf(above), name);
    const target = most > 0 ? this.#links.get(place) : undefined;
    const real = target === undefined ? place : behind(this.#realOf(above), target);
    let entry: number;
    if (real === path) entry = this.#make(Buffer.from(name, 'latin1'), parent);
    else {
      entry = this.#entries.get(real) ?? this.#reach(real, most - 1);
      this.#real.set(path, this.#realOf(real));
    }
    this.#entries.set(path, entry);
    return entry;
  }
}

function within(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Where a link in a folder leads, never out of the layer's root. */
function behind(folder: string, target: string): string {
  const bytes = Buffer.from(target.startsWith('/') ? target : within(folder, target), 'latin1');
  return folderPath(bytes, 0, bytes.length);
}

function isSame(last: Buffer, bytes: Buffer, start: number, length: number): boolean {
  // Paths of neighbours begin alike: what tells them apart stands at their ends.
  for (let at = length - 1; at >= 0; at--) if (last[at] !== bytes[start + at]) return false;
  return true;
}
