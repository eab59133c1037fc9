/** Reads a file in large pieces for whoever wants many small ones in ascending order. */
import type { FileHandle } from 'node:fs/promises';
import { damaged } from '../archive/fault.ts';

const WINDOW = 1024 * 1024;

export class FileWindow {
  readonly #handle: FileHandle;
  /** Nothing is read from here on. */
  readonly #end: number;
  #buffer: Buffer | undefined;
  #from = 0;
  #to = 0;

  constructor(handle: FileHandle, end: number) {
    this.#handle = handle;
    this.#end = end;
  }

  /** At least one byte and at most `length`; they may be looked at until the next call. Errors: `corrupt` at the end. */
  async read(at: number, length: number): Promise<Buffer> {
    if (at < this.#from || at >= this.#to) {
      this.#buffer ??= Buffer.allocUnsafeSlow(Math.max(1, Math.min(WINDOW, this.#end - at)));
      const most = Math.min(this.#buffer.length, this.#end - at);
      const { bytesRead } = await this.#handle.read(this.#buffer, 0, most, at);
      if (bytesRead === 0) throw damaged('a layer ends in the middle');
      this.#from = at;
      this.#to = at + bytesRead;
    }
    return this.#buffer!.subarray(at - this.#from, Math.min(at - this.#from + length, this.#to - this.#from));
  }
}
