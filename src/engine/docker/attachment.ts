/** A container's input and output on one connection. */
import type { Duplex, Readable } from 'node:stream';
import type { ContainerStreams } from '../container.ts';
import { AttachFrames } from './attach-frames.ts';
import { Outlet } from './outlet.ts';

/** What ends a line-by-line reader's input on a terminal, which has no other end (ctrl+d). */
const END_OF_TRANSMISSION = '\u0004';

export class Attachment {
  readonly #socket: Duplex;
  readonly #tty: boolean;
  readonly #outlets: { readonly output: Outlet; readonly errors: Outlet };
  readonly #input: Readable | undefined;
  #isFeeding = false;

  constructor(socket: Duplex, tty: boolean, streams: ContainerStreams) {
    this.#socket = socket;
    this.#tty = tty;
    this.#outlets = { output: new Outlet(streams.output), errors: new Outlet(streams.errors) };
    this.#input = streams.input;
    // Told by whoever reads; a write that fails is followed by the end of what can be read.
    socket.on('error', () => {});
  }

  /**
   * Everything the container writes, until the connection ends; no faster than it is taken. Resolves when all of it is
   * handed over. Errors: an OutletError where it cannot be written, `corrupt`, and what breaks the connection.
   */
  async carryOutput(): Promise<void> {
    const { output, errors } = this.#outlets;
    if (this.#tty) for await (const chunk of this.#socket) await output.write(chunk as Buffer);
    else {
      const frames = new AttachFrames();
      for await (const chunk of this.#socket) {
        for (const { to, bytes } of frames.read(chunk as Buffer)) await this.#outlets[to].write(bytes);
      }
      if (!frames.isWhole) throw new Error('it ended in the middle');
    }
    await Promise.all([output.flush(), errors.flush()]);
  }

  /** From here on the input is read. An input that fails has ended. */
  feed(): void {
    const input = this.#input;
    if (input === undefined) return;
    this.#isFeeding = true;
    input.on('data', this.#onData);
    input.on('end', this.#onEnd);
    input.on('error', this.#onEnd);
    input.on('close', this.#onEnd);
    this.#socket.on('drain', this.#onDrain);
    if (input.readableEnded || input.destroyed) this.#onEnd();
    else input.resume();
  }

  /** Lets go of everything: input and output are their owner's again, the connection is closed. */
  release(): void {
    this.#stopFeeding();
    for (const outlet of Object.values(this.#outlets)) outlet.release();
    this.#socket.destroy();
  }

  #stopFeeding(): void {
    const input = this.#input;
    if (input === undefined || !this.#isFeeding) return;
    this.#isFeeding = false;
    input.off('data', this.#onData);
    input.off('end', this.#onEnd);
    input.off('error', this.#onEnd);
    input.off('close', this.#onEnd);
    this.#socket.off('drain', this.#onDrain);
    input.pause();
  }

  readonly #onData = (chunk: Buffer | string): void => {
    if (!this.#socket.write(chunk)) this.#input?.pause();
  };

  readonly #onDrain = (): void => {
    this.#input?.resume();
  };

  readonly #onEnd = (): void => {
    this.#stopFeeding();
    if (!this.#socket.writable) return;
    if (this.#tty) this.#socket.write(END_OF_TRANSMISSION);
    else this.#socket.end();
  };
}
