/**
 * A model for choosing: how many bytes go as images are taken out and put back one by one. Each image lets go of its
 * layers (or blobs); untagged parents that nothing else needs go with the last image built on them.
 */
import { blobHolders } from '../blob-holders.ts';
import { buildForest, downFrom } from '../forest.ts';
import { cacheHolds } from '../removal-cache.ts';
import { keptNames } from '../removal-names.ts';
import type { Stock } from '../stock.ts';
import { factsOf } from './scene.ts';

export class RemovalModel {
  /** Bytes gone so far. */
  freed = 0;
  /** What each image has on disk, as places in `sizes`. */
  readonly #parts = new Map<string, readonly number[]>();
  readonly #sizes: number[] = [];
  /** How many images still hold each part; a part that something else holds counts one more. */
  readonly #holders: number[] = [];
  readonly #gone = new Set<string>();
  readonly #parents = new Map<string, string>();
  readonly #children = new Map<string, number>();
  /** Untagged parents that engines take along. */
  readonly #along = new Set<string>();
  /** Images that cannot go while one built on them is there. */
  readonly #childrenHold: boolean;

  constructor(stock: Stock) {
    const { children, containers } = factsOf(stock);
    this.#childrenHold = stock.kind === 'docker-classic';
    for (const image of stock.images) {
      if (image.parentId !== '') this.#parents.set(image.id, image.parentId);
      this.#children.set(image.id, children.get(image.id)?.length ?? 0);
      if (
        keptNames(stock.kind, image).length === 0 &&
        this.#children.get(image.id)! > 0 &&
        !containers.has(image.id)
      ) {
        this.#along.add(image.id);
      }
    }
    const blobs = blobHolders(stock);
    if (blobs !== undefined) {
      for (const { id } of stock.images) {
        const own = blobs.blobsOf(id);
        for (const blob of own) {
          this.#sizes[blob.index] = blob.size;
          this.#holders[blob.index] = blob.holders.length;
        }
        this.#parts.set(
          id,
          own.map((blob) => blob.index),
        );
      }
      return;
    }
    const { nodes, tops } = buildForest(stock);
    for (const node of nodes.values()) {
      this.#sizes[node.index] = node.layer.size;
      this.#holders[node.index] = node.imageCount;
    }
    // Whatever else holds a layer holds all below it.
    const held = new Set(cacheHolds(stock).certain);
    for (const node of held) this.#holders[node.index]!++;
    for (const [id, top] of tops) {
      this.#parts.set(
        id,
        Array.from(downFrom(top), (node) => node.index),
      );
    }
  }

  isGone(id: string): boolean {
    return this.#gone.has(id);
  }

  /** Whether an image has no name and goes with what was built on it. */
  goesAlong(id: string): boolean {
    return this.#along.has(id);
  }

  /** Whether an image can go now. */
  canGo(id: string): boolean {
    return !this.#gone.has(id) && (!this.#childrenHold || this.#children.get(id) === 0);
  }

  /** Takes an image out, with the untagged parents that go with it. */
  take(id: string): void {
    if (this.#gone.has(id)) return;
    this.#gone.add(id);
    for (const part of this.#parts.get(id) ?? []) {
      if (--this.#holders[part]! === 0) this.freed += this.#sizes[part]!;
    }
    const parent = this.#parents.get(id);
    if (parent === undefined || !this.#children.has(parent)) return;
    const left = this.#children.get(parent)! - 1;
    this.#children.set(parent, left);
    if (left === 0 && this.#along.has(parent)) this.take(parent);
  }

  /** Puts an image back, with all it was built on. Returns the ids that came back. */
  restore(id: string): string[] {
    const back: string[] = [];
    for (let next: string | undefined = id; next !== undefined; next = this.#parents.get(next)) {
      const parent = this.#parents.get(next);
      const isFirst = next === id;
      if (!this.#gone.has(next) || (!isFirst && !this.#childrenHold && !this.#along.has(next))) break;
      this.#gone.delete(next);
      back.push(next);
      for (const part of this.#parts.get(next) ?? []) {
        if (this.#holders[part]!++ === 0) this.freed -= this.#sizes[part]!;
      }
      if (parent !== undefined && this.#children.has(parent)) {
        this.#children.set(parent, this.#children.get(parent)! + 1);
      }
    }
    return back;
  }

  /** Bytes that taking an image brings nearer: each of its parts shared out among those that still hold it. */
  share(id: string): number {
    let bytes = 0;
    for (const part of this.#parts.get(id) ?? []) bytes += this.#sizes[part]! / this.#holders[part]!;
    return bytes;
  }
}
