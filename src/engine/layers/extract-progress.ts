/** How far an extraction is, as the events of a transfer. */
import type { TransferEvent } from '../transfer.ts';
import type { ExtractResult } from './extract.ts';
import type { ExtractItem } from './extract-items.ts';
import { keyOf } from './linked-file.ts';
import { shownPath } from './shown-path.ts';

/** Milliseconds between two tellings. */
const TELL_EVERY = 100;
/** Of what is left out, so many are named one by one. */
const NAMED = 20;

export class ExtractProgress {
  readonly #items: readonly ExtractItem[];
  /** Files, folders and links, and the bytes of all files. */
  readonly #total: { readonly made: number; readonly bytes: number };
  readonly #leftOut: readonly ExtractItem[];
  #made = 0;
  #bytes = 0;
  #read: { readonly bytes: number; readonly total: number | undefined } | undefined;

  constructor(items: readonly ExtractItem[]) {
    this.#items = items;
    this.#leftOut = items.filter((item) => !isMade(item));
    this.#total = { made: items.length - this.#leftOut.length, bytes: bytesOf(items) };
  }

  /** Files, folders or links that are there. */
  made(count: number): void {
    this.#made += count;
  }

  wrote(bytes: number): void {
    this.#bytes += bytes;
  }

  /** The source has read so far, to find them. */
  read(bytes: number, total: number | undefined): void {
    this.#read = { bytes, total };
  }

  /** Tells now and then while work goes on; rejects as it does. */
  async *while(work: Promise<void>): AsyncGenerator<TransferEvent, void, void> {
    yield this.#written('writing');
    for (;;) {
      const pause = Promise.withResolvers<false>();
      const timer = setTimeout(() => pause.resolve(false), TELL_EVERY);
      const isDone = await Promise.race([work.then(() => true), pause.promise]).finally(() =>
        clearTimeout(timer),
      );
      if (isDone) return;
      const read = this.#read;
      if (read !== undefined && this.#bytes < this.#total.bytes)
        yield { type: 'part', id: 'layers', stage: 'reading', done: read.bytes, total: read.total };
      yield this.#written('writing');
    }
  }

  *end(): Generator<TransferEvent, void, void> {
    const read = this.#read;
    if (read !== undefined)
      yield { type: 'part', id: 'layers', stage: 'done', done: read.bytes, total: read.bytes };
    yield this.#written('done');
    for (const item of this.#leftOut.slice(0, NAMED))
      yield { type: 'line', topic: 'warning', text: `left out ${shownPath(item.path)}: ${nameOf(item)}` };
    const more = this.#leftOut.length - NAMED;
    if (more > 0) yield { type: 'line', topic: 'warning', text: `left out ${more} more devices and pipes` };
  }

  /** What is there of an extraction that broke off; undefined where that is nothing. */
  broken(): string | undefined {
    return this.#made === 0
      ? undefined
      : `${this.#made} of ${this.#total.made} files, folders and links are there already and stay`;
  }

  result(): Omit<ExtractResult, 'path' | 'kept'> {
    const count = (type: ExtractItem['type']): number =>
      this.#items.filter((item) => item.type === type).length;
    return {
      files: count('file'),
      folders: count('directory'),
      links: count('symlink'),
      bytes: this.#total.bytes,
      leftOut: this.#leftOut.map((item) => ({ path: shownPath(item.path), type: item.type })),
    };
  }

  #written(stage: 'writing' | 'done'): TransferEvent {
    const { made, bytes } = this.#total;
    const done = stage === 'done' ? bytes : Math.min(bytes, this.#bytes);
    const note = stage === 'done' ? `${made} in all` : `${this.#made} of ${made}`;
    return { type: 'part', id: 'files', stage, done, total: bytes, note };
  }
}

function isMade({ type }: ExtractItem): boolean {
  return type === 'file' || type === 'directory' || type === 'symlink';
}

/** Names of one file have its bytes once. */
function bytesOf(items: readonly ExtractItem[]): number {
  const seen = new Set<string>();
  let bytes = 0;
  for (const { body, size } of items) {
    if (body === undefined || seen.has(keyOf(body))) continue;
    seen.add(keyOf(body));
    bytes += size;
  }
  return bytes;
}

function nameOf({ type }: ExtractItem): string {
  if (type === 'other') return 'what it is, nobody knows';
  return type === 'fifo' ? 'a named pipe' : `a ${type.replace('-', ' ')}`;
}
