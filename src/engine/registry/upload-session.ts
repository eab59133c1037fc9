/** Sends one blob: in one piece, and in chunks where that does not get through. Source: distribution spec, "Pushing Blobs". */
import { EngineError } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Call, Exchange } from './exchange.ts';
import { RegistryError } from './failure.ts';
import type { OutgoingBody } from './outgoing.ts';
import { pause, pauseBefore } from './retry.ts';
import { pushRights, rangeEnd, uploadLocation, uploadPurpose } from './upload-place.ts';

export interface BlobSource {
  readonly digest: string;
  readonly size: number;
  /** Bytes from one on, at most `length` of them; each chunk is only good until the next. */
  read(start: number, length: number): AsyncIterable<Uint8Array>;
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  /** Send it in chunks of so many bytes from the start; else only when one piece did not get through. */
  readonly chunk?: number;
  /** Bytes sent. A promise holds the upload back. */
  readonly onProgress?: (bytes: number) => Promise<void> | undefined;
  readonly onRetry?: (note: string) => void;
}

/** Bytes; what servers in front of registries usually still let through. */
const CHUNK = 32 * 1024 * 1024;
/** Bytes: less is not asked of them. */
const LEAST_CHUNK = 1024 * 1024;
/** Milliseconds: a registry reads a large blob again before it says yes. */
const PATIENCE = 10 * 60_000;
/** Bytes: so much new forgives the failures before. */
const PROGRESS = 64 * 1024;

export class UploadSession {
  readonly #exchange: Exchange;
  readonly #repository: string;
  readonly #blob: BlobSource;
  readonly #options: SendOptions;
  #session: URL | undefined;
  /** Bytes that the registry has of it. */
  #sent = 0;
  /** 0 as long as it goes in one piece. */
  #chunk: number;

  constructor(exchange: Exchange, repository: string, blob: BlobSource, options: SendOptions) {
    this.#exchange = exchange;
    this.#repository = repository;
    this.#blob = blob;
    this.#options = options;
    this.#chunk = options.chunk ?? 0;
  }

  /** `session`: where the registry has opened an upload already. Errors: as uploadBlob. */
  async run(session: URL | undefined): Promise<void> {
    this.#session = session;
    const { signal, onRetry } = this.#options;
    let tries = 0;
    for (;;) {
      const before = this.#sent;
      try {
        this.#session ??= await this.#open();
        if (this.#chunk > 0) await this.#sendChunks();
        await this.#sendRest();
        return;
      } catch (thrown) {
        if (signal?.aborted) throw thrown;
        const adapted = this.#adapt(thrown);
        if (this.#sent - before >= PROGRESS) tries = 0;
        const wait = adapted ? 0 : pauseBefore(tries, thrown, this.#exchange.retry);
        if (wait === undefined || tries >= this.#exchange.retry.tries) {
          await this.#cancel();
          throw thrown;
        }
        onRetry?.(this.#exchange.retryNote(thrown, wait, tries));
        await pause(wait, signal);
        tries++;
        await this.#resume();
      }
    }
  }

  async #open(): Promise<URL> {
    const response = await this.#exchange.once({
      ...this.#call(),
      method: 'POST',
      at: `${this.#repository}/blobs/uploads/`,
      expect: [202],
    });
    response.discard();
    this.#sent = 0;
    const least = Number(response.headers['oci-chunk-min-length'] ?? 0);
    if (this.#chunk > 0 && least > this.#chunk) this.#chunk = least;
    return uploadLocation(response, this.#exchange, this.#repository);
  }

  async #sendChunks(): Promise<void> {
    while (this.#sent < this.#blob.size) {
      const length = Math.min(this.#chunk, this.#blob.size - this.#sent);
      const response = await this.#exchange.once({
        ...this.#call(),
        method: 'PATCH',
        at: this.#session!,
        headers: {
          'content-type': 'application/octet-stream',
          'content-range': `${this.#sent}-${this.#sent + length - 1}`,
        },
        body: this.#body(this.#sent, length),
        expect: [202, 201, 204],
      });
      response.discard();
      const there = rangeEnd(response) ?? this.#sent + length;
      if (there <= this.#sent) throw this.#takesNothing();
      this.#sent = there;
      this.#session = uploadLocation(response, this.#exchange, this.#repository);
    }
  }

  /** The last request names the digest, and carries what is left. */
  async #sendRest(): Promise<void> {
    const url = new URL(this.#session!);
    // Whatever else is in it must stay as it is, so nothing is encoded anew.
    url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(this.#blob.digest)}`;
    const length = this.#blob.size - this.#sent;
    const response = await this.#exchange.once({
      ...this.#call(),
      method: 'PUT',
      at: url,
      headers: { 'content-type': 'application/octet-stream' },
      body: this.#body(this.#sent, length),
      expect: [201, 204],
    });
    response.discard();
  }

  /** Whether another way of sending may get through at once. */
  #adapt(thrown: unknown): boolean {
    if (!(thrown instanceof RegistryError)) return false;
    const { status } = thrown;
    if (status === 413 && this.#chunk === 0) {
      this.#chunk = CHUNK;
      return true;
    }
    // Asked for more at once than what is in front of it lets through.
    if (status === 413 && this.#chunk > LEAST_CHUNK) {
      this.#chunk /= 4;
      return true;
    }
    if (status === 404 || status === 416 || thrown.codes.includes('BLOB_UPLOAD_INVALID')) {
      this.#session = status === 416 ? this.#session : undefined;
      return true;
    }
    // A piece that broke off is sent on in chunks, which say where they begin.
    if (status === 0 && this.#chunk === 0) this.#chunk = CHUNK;
    return false;
  }

  /** Goes on where the registry says it is; from the beginning where it does not say. */
  async #resume(): Promise<void> {
    if (this.#session === undefined) {
      this.#sent = 0;
      return;
    }
    try {
      const response = await this.#exchange.once({
        ...this.#call(),
        method: 'GET',
        at: this.#session,
        expect: [204, 200, 202],
      });
      response.discard();
      const there = rangeEnd(response) ?? 0;
      // Some registries say `0-0` for none.
      this.#sent = there === 1 ? 0 : Math.min(there, this.#blob.size);
      this.#session = uploadLocation(response, this.#exchange, this.#repository, this.#session);
    } catch (thrown) {
      if (this.#options.signal?.aborted) throw thrown;
      this.#session = undefined;
      this.#sent = 0;
    }
  }

  /** What was begun takes space at the registry until it is cleaned up. */
  async #cancel(): Promise<void> {
    if (this.#session === undefined) return;
    const call: Call = { ...this.#call(), method: 'DELETE', at: this.#session, expect: [204, 200, 202] };
    await this.#exchange.once({ ...call, patience: 5_000 }).then(
      (response) => response.discard(),
      () => {},
    );
  }

  /** It would be sent the same piece for ever. */
  #takesNothing(): EngineError {
    const { domain } = this.#exchange.address;
    return new EngineError({
      code: 'corrupt',
      message: `cannot push the layer ${shortDigest(this.#blob.digest)} to ${this.#repository}: ${domain} says it has no more of it than ${this.#sent} bytes, whatever is sent`,
      hint: 'Ask who runs the registry: it does not take uploads in pieces as it should.',
    });
  }

  #body(start: number, length: number): OutgoingBody {
    const blob = this.#blob;
    const { onProgress } = this.#options;
    return {
      length,
      async *chunks() {
        let sent = start;
        for await (const chunk of blob.read(start, length)) {
          yield chunk;
          sent += chunk.byteLength;
          await onProgress?.(sent);
        }
      },
    };
  }

  #call() {
    const { digest } = this.#blob;
    return {
      ...uploadPurpose(this.#repository, digest, this.#options.signal),
      scopes: pushRights(this.#repository),
      patience: PATIENCE,
    };
  }
}
