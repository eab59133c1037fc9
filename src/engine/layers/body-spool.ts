/** Bodies set aside until it is known whose they are: some sources tell only at their end which layer was which. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScannedBody } from './body-scan.ts';

interface Kept {
  readonly size: number;
  readonly parts: { readonly position: number; readonly at: number; length: number }[];
}

/** Bytes read back at once. */
const CHUNK = 1024 * 1024;

export class BodySpool {
  /** For each tar, bodies by where they begin in it. */
  readonly #tars: Map<number, Kept>[] = [];
  #file: FileHandle | undefined;
  #length = 0;
  #now: Kept | undefined;

  /** What follows belongs to the next tar. */
  nextTar(): void {
    this.#tars.push(new Map());
  }

  /** Errors: those of the disk that temporary files are on. */
  async add(event: ScannedBody): Promise<void> {
    if (event.type === 'begin') {
      this.#now = { size: event.size, parts: [] };
      this.#tars.at(-1)!.set(event.offset, this.#now);
    } else if (event.type === 'bytes') await this.#put(event.bytes, event.position);
  }

  async *bodyAt(tar: number, offset: number): AsyncGenerator<ScannedBody> {
    const kept = this.#tars[tar]?.get(offset);
    if (kept === undefined) return;
    yield { type: 'begin', offset, size: kept.size };
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, ...kept.parts.map((part) => part.length))));
    for (const { position, at, length } of kept.parts) {
      for (let done = 0; done < length; ) {
        const most = Math.min(buffer.length, length - done);
        const { bytesRead } = await this.#file!.read(buffer, 0, most, at + done);
        yield { type: 'bytes', position: position + done, bytes: buffer.subarray(0, bytesRead) };
        done += bytesRead;
      }
    }
    yield { type: 'end' };
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #put(bytes: Buffer, position: number): Promise<void> {
    this.#file ??= await unnamedFile();
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#length + done);
      done += bytesWritten;
    }
    const last = this.#now!.parts.at(-1);
    if (
      last !== undefined &&
      last.position + last.length === position &&
      last.at + last.length === this.#length
    )
      last.length += bytes.length;
    else this.#now!.parts.push({ position, at: this.#length, length: bytes.length });
    this.#length += bytes.length;
  }
}

/** It loses its name at once, so that nothing stays of it however this ends. */
async function unnamedFile(): Promise<FileHandle> {
  const path = join(tmpdir(), `nacre-bodies-${randomBytes(6).toString('hex')}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}
