/** Putting a blob: mounted where it is next door, in one piece, or in chunks. Source: distribution spec, "Pushing Blobs". */
import { EngineError } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import type { OutgoingBody } from './connection.ts';
import type { Call, Exchange } from './exchange.ts';
import { RegistryError } from './failure.ts';
import { pause, pauseBefore } from './retry.ts';
import type { HttpResponse } from './transport.ts';

export interface BlobSource {
  readonly digest: string;
  readonly size: number;
  /** Bytes from one on, at most `length` of them; each chunk is only good until the next. */
  read(start: number, length: number): AsyncIterable<Uint8Array>;
}

export interface UploadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Repositories of the same registry that may have it. */
  readonly mountFrom?: readonly string[];
  /** Send it in chunks of so many bytes from the start; else only when one piece did not get through. */
  readonly chunk?: number;
  /** It could not be mounted and is going to be sent. */
  readonly onStart?: () => void;
  /** Bytes sent. A promise holds the upload back. */
  readonly onProgress?: (bytes: number) => Promise<void> | undefined;
  readonly onRetry?: (note: string) => void;
}

export type UploadOutcome =
  | { readonly kind: 'mounted'; readonly from: string }
  | { readonly kind: 'uploaded' };

/** Bytes; what servers in front of registries usually still let through. */
const CHUNK = 32 * 1024 * 1024;
/** Milliseconds: a registry reads a large blob again before it says yes. */
const PATIENCE = 10 * 60_000;
const PROGRESS = 64 * 1024;

export interface LookOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asks with the rights that a push will need anyway. */
  readonly push?: boolean;
}

/** Whether a registry has a blob. Errors: as Exchange.once. */
export async function hasBlob(
  exchange: Exchange,
  repository: string,
  digest: string,
  options: LookOptions = {},
): Promise<boolean> {
  const response = await exchange.status({
    ...purpose(repository, digest, options.signal),
    doing: `look for the layer ${shortDigest(digest)} in ${repository}`,
    method: 'HEAD',
    at: `${repository}/blobs/${digest}`,
    scopes: options.push ? rights(repository) : [`repository:${repository}:pull`],
    expect: [200, 404],
  });
  return response.status === 200;
}

/** To be called for what the registry does not have. Errors: `unauthorized`, `forbidden`, `corrupt` where the registry received something else, as Exchange.once. */
export async function uploadBlob(
  exchange: Exchange,
  repository: string,
  blob: BlobSource,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { signal } = options;
  let session: URL | undefined;
  for (const from of options.mountFrom ?? []) {
    const mounted = await mount(exchange, repository, blob.digest, from, signal);
    if (mounted === true) return { kind: 'mounted', from };
    // The registry has opened an upload instead: that one is used, not left lying about.
    if (mounted !== undefined) session = mounted;
    if (session !== undefined) break;
  }
  options.onStart?.();
  await new Upload(exchange, repository, blob, options).run(session);
  return { kind: 'uploaded' };
}

/** True when it is there now; else the upload that was opened instead. */
async function mount(
  exchange: Exchange,
  repository: string,
  digest: string,
  from: string,
  signal: AbortSignal | undefined,
): Promise<true | URL | undefined> {
  const call: Call = {
    ...purpose(repository, digest, signal),
    method: 'POST',
    at: `${repository}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`,
    scopes: [...rights(repository), `repository:${from}:pull`],
    expect: [201, 202],
  };
  try {
    const response = await exchange.status(call);
    return response.status === 201 ? true : location(response, exchange, repository);
  } catch (thrown) {
    // Who may not read there, or cannot mount, uploads.
    const refused = thrown instanceof RegistryError && thrown.status >= 400 && thrown.status < 500;
    if (refused && thrown.status !== 429) return undefined;
    throw thrown;
  }
}

class Upload {
  readonly #exchange: Exchange;
  readonly #repository: string;
  readonly #blob: BlobSource;
  readonly #options: UploadOptions;
  #session: URL | undefined;
  /** Bytes that the registry has of it. */
  #sent = 0;
  /** 0 as long as it goes in one piece. */
  #chunk: number;

  constructor(exchange: Exchange, repository: string, blob: BlobSource, options: UploadOptions) {
    this.#exchange = exchange;
    this.#repository = repository;
    this.#blob = blob;
    this.#options = options;
    this.#chunk = options.chunk ?? 0;
  }

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
    return location(response, this.#exchange, this.#repository);
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
      this.#sent = rangeEnd(response) ?? this.#sent + length;
      this.#session = location(response, this.#exchange, this.#repository);
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
    if (status === 413 && this.#chunk > 1024 * 1024) {
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
      this.#sent = Math.min(rangeEnd(response) ?? 0, this.#blob.size);
      this.#session = location(response, this.#exchange, this.#repository, this.#session);
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
      ...purpose(this.#repository, digest, this.#options.signal),
      scopes: rights(this.#repository),
      patience: PATIENCE,
    };
  }
}

function purpose(repository: string, digest: string, signal: AbortSignal | undefined) {
  const short = shortDigest(digest);
  return { doing: `push the layer ${short} to ${repository}`, subject: `repository ${repository}`, signal };
}

function rights(repository: string): string[] {
  return [`repository:${repository}:pull,push`];
}

/** Bytes that are there. `Range: 0-99`; some registries say `0-0` for none. */
function rangeEnd(response: HttpResponse): number | undefined {
  const end = /^(?:bytes=)?0-(\d+)$/.exec(response.headers['range'] ?? '')?.[1];
  if (end === undefined) return undefined;
  return end === '0' ? 0 : Number(end) + 1;
}

function location(response: HttpResponse, exchange: Exchange, repository: string, kept?: URL): URL {
  const url = URL.parse(response.headers['location'] ?? '', response.url.href);
  if (response.headers['location'] !== undefined && url !== null && /^https?:$/.test(url.protocol))
    return url;
  if (kept !== undefined) return kept;
  throw new EngineError({
    code: 'corrupt',
    message: `${exchange.address.domain} opens no upload for ${repository}: it says not where to`,
    hint: 'Ask who runs the registry.',
  });
}
