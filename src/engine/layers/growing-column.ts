/** A column of numbers that grows without being copied: blocks are joined once, at the end. */

type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const BLOCK = 16_384;

export class GrowingColumn<Block extends Numbers> {
  length = 0;
  readonly #make: (length: number) => Block;
  readonly #blocks: Block[] = [];

  constructor(make: (length: number) => Block) {
    this.#make = make;
  }

  push(value: number): void {
    const place = this.length % BLOCK;
    if (place === 0) this.#blocks.push(this.#make(BLOCK));
    this.#blocks.at(-1)![place] = value;
    this.length++;
  }

  get(place: number): number {
    return this.#blocks[Math.floor(place / BLOCK)]![place % BLOCK]!;
  }

  set(place: number, value: number): void {
    this.#blocks[Math.floor(place / BLOCK)]![place % BLOCK] = value;
  }

  /** Its values in this order; places may be left out. */
  ordered(places: Uint32Array): Block {
    const column = this.#make(places.length);
    for (let at = 0; at < places.length; at++) column[at] = this.get(places[at]!);
    return column;
  }
}
