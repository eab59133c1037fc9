/**
 * Output and errors of a container on one connection, as frames: a byte that says which of the two, three zeros, the
 * length as 32 bits, then as many bytes. A frame may be split anywhere.
 * Source: Docker Engine API, "Stream format" of `POST /containers/{id}/attach`.
 */
import { corrupt } from './ndjson.ts';

const HEADER = 8;

export interface Piece {
  readonly to: 'output' | 'errors';
  readonly bytes: Buffer;
}

export class AttachFrames {
  readonly #header = Buffer.alloc(HEADER);
  #headed = 0;
  #left = 0;
  #to: Piece['to'] = 'output';

  /** What has come of frames, as far as it has come. Errors: `corrupt`. */
  *read(chunk: Buffer): Generator<Piece, void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const taken = chunk.copy(this.#header, this.#headed, at, at + HEADER - this.#headed);
        at += taken;
        this.#headed += taken;
        if (this.#headed < HEADER) return;
        this.#headed = 0;
        this.#open();
        continue;
      }
      const bytes = chunk.subarray(at, at + this.#left);
      at += bytes.length;
      this.#left -= bytes.length;
      yield { to: this.#to, bytes };
    }
  }

  /** Whether the connection may end here. */
  get isWhole(): boolean {
    return this.#headed === 0 && this.#left === 0;
  }

  #open(): void {
    const kind = this.#header[0]!;
    // 0 is what the container was told, repeated; 3 is what the engine itself has to say.
    if (kind > 3 || this.#header.readUIntBE(1, 3) !== 0) {
      throw corrupt('attach to the container', `it begins a frame with ${this.#header.toString('hex')}`);
    }
    this.#to = kind >= 2 ? 'errors' : 'output';
    this.#left = this.#header.readUInt32BE(4);
  }
}
