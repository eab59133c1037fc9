/** How often each content occurs, of millions of files: a hash table in columns, by the first 64 bits of the SHA-256. */

const FIRST = 1 << 12;
const DIGEST = 32;

export class ContentCounts {
  /** Contents of which there is more than one. */
  repeated = 0;
  /** Bytes that would be saved if each content were there once. */
  bytes = 0;
  #length = 0;
  #mask = FIRST - 1;
  #high = new Uint32Array(FIRST);
  #low = new Uint32Array(FIRST);
  /** 0 for a place that is free. */
  #counts = new Uint32Array(FIRST);
  #sizes = new Float64Array(FIRST);

  /** The digest that begins at `at`. An empty file is no content, nor is one that nobody has hashed. */
  add(digests: Uint8Array, at: number, size: number): void {
    if (size === 0 || isUnknown(digests, at)) return;
    if (this.#length * 2 > this.#mask) this.#grow();
    const place = this.#place(word(digests, at), word(digests, at + 4));
    const count = ++this.#counts[place]!;
    this.#sizes[place] = size;
    if (count === 1) this.#length++;
    else this.bytes += size;
    if (count === 2) this.repeated++;
  }

  /** How often the digest that begins at `at` was added. */
  count(digests: Uint8Array, at: number): number {
    return this.#counts[this.#place(word(digests, at), word(digests, at + 4))]!;
  }

  /** The bytes that the content that would save the `nth` most saves; 0 where there are not so many. */
  least(nth: number): number {
    const saved: number[] = [];
    for (let place = 0; place < this.#counts.length; place++)
      if (this.#counts[place]! > 1) saved.push((this.#counts[place]! - 1) * this.#sizes[place]!);
    saved.sort((a, b) => b - a);
    return saved[nth - 1] ?? 0;
  }

  #place(high: number, low: number): number {
    let place = low & this.#mask;
    while (this.#counts[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low))
      place = (place + 1) & this.#mask;
    if (this.#counts[place] === 0) {
      this.#high[place] = high;
      this.#low[place] = low;
    }
    return place;
  }

  #grow(): void {
    const [high, low, counts, sizes] = [this.#high, this.#low, this.#counts, this.#sizes];
    const length = counts.length * 2;
    this.#mask = length - 1;
    this.#high = new Uint32Array(length);
    this.#low = new Uint32Array(length);
    this.#counts = new Uint32Array(length);
    this.#sizes = new Float64Array(length);
    for (let at = 0; at < counts.length; at++) {
      if (counts[at] === 0) continue;
      const place = this.#place(high[at]!, low[at]!);
      this.#counts[place] = counts[at]!;
      this.#sizes[place] = sizes[at]!;
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function isUnknown(digests: Uint8Array, at: number): boolean {
  for (let byte = at; byte < at + DIGEST; byte++) if (digests[byte] !== 0) return false;
  return true;
}
