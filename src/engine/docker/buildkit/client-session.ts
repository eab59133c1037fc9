/** What BuildKit may ask of us while it builds: who we are to a registry, secrets, and the context where it is sent this way. */
import { randomUUID } from 'node:crypto';
import type { ServerHttp2Session } from 'node:http2';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { BuildSecret } from '../../build.ts';
import { asEngineError, type EngineError } from '../../errors.ts';
import { registryAddress } from '../../registry/address.ts';
import type { TransferLine } from '../../transfer.ts';
import { authLines, type RegistryAuth, registryAuth } from '../registry-auth.ts';
import type { Session } from '../session.ts';
import { readMessage, sized } from './fields.ts';
import { GRPC, GrpcFailure } from './grpc.ts';
import { type Methods, serveGrpc } from './grpc-server.ts';

/** `SERVING`. */
const HEALTHY = Uint8Array.of(0x08, 0x01);
/** Bytes of the context in one message: engines take none of more than 4 MiB. */
const MAX_PIECE = 1 << 20;
/** The host that means "fetch it over the session" to the engine. */
const UPLOAD = 'http://buildkit-session/';

export interface SessionOptions {
  readonly secrets: readonly BuildSecret[];
  /** The context, where the engine does not take it with the request. */
  readonly context?: AsyncIterable<Uint8Array> | undefined;
  readonly tell: (lines: readonly TransferLine[]) => void;
}

export class ClientSession {
  readonly id: string = randomUUID().replaceAll('-', '');
  /** Where the engine finds the context, if it is sent this way. */
  readonly contextUrl: string = `${UPLOAD}${this.id}`;
  /** What we could not answer for reasons of our own. */
  failure: EngineError | undefined;
  /** What was asked for of registries, by their domains. */
  readonly auths = new Map<string, RegistryAuth>();
  readonly #options: SessionOptions;
  readonly #asked = new Map<string, Promise<RegistryAuth>>();
  #connection: ServerHttp2Session | undefined;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Source: `POST /session`. Errors: as any call; they are also the `failure`. */
  async open(session: Session, signal: AbortSignal): Promise<void> {
    const methods = this.#methods();
    const opened = session.http.upgrade({
      method: 'POST',
      path: '/session',
      headers: {
        'x-docker-expose-session-uuid': this.id,
        'x-docker-expose-session-name': 'nacre',
        'x-docker-expose-session-sharedkey': '',
        'x-docker-expose-session-grpc-method': Object.keys(methods),
      },
      doing: 'open a build session',
      signal,
    });
    const socket = await this.#orFail(opened);
    // The build may have come to its end meanwhile.
    if (this.#isClosed) socket.destroy();
    else this.#connection = serveGrpc(socket, methods);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.destroy();
  }

  /** Source: `grpc.health.v1`, `moby.filesync.v1`, `moby.buildkit.secrets.v1`, `moby.upload.v1` of BuildKit's `session/`. */
  #methods(): Methods {
    const { context } = this.#options;
    return {
      '/grpc.health.v1.Health/Check': { answer: async () => HEALTHY },
      '/moby.filesync.v1.Auth/Credentials': { answer: async (question) => this.#credentials(text(question)) },
      '/moby.buildkit.secrets.v1.Secrets/GetSecret': {
        answer: async (question) => this.#secret(text(question)),
      },
      ...(context !== undefined && { '/moby.upload.v1.Upload/Pull': { stream: () => messages(context) } }),
    };
  }

  async #credentials(host: string): Promise<Uint8Array> {
    const { domain } = registryAddress(host);
    // Base images are looked up at the same time: one search does for all of a registry's.
    let asked = this.#asked.get(domain);
    if (asked === undefined) {
      asked = this.#find(domain);
      this.#asked.set(domain, asked);
    }
    const auth = await this.#orFail(asked);
    const writer = new BinaryWriter();
    // Without any, the engine tries as nobody, which is enough for what is public.
    if (auth.credentials !== undefined) {
      const { username, secret, identityToken } = auth.credentials;
      if (!identityToken) writer.uint32(sized(1)).string(username);
      writer.uint32(sized(2)).string(secret);
    }
    return writer.finish();
  }

  async #find(domain: string): Promise<RegistryAuth> {
    const auth = await registryAuth(domain, {});
    this.auths.set(domain, auth);
    this.#options.tell([...authLines(domain, auth)]);
    return auth;
  }

  /** The engine also asks for secrets that nobody has: headers for contexts that it fetches. */
  async #secret(id: string): Promise<Uint8Array> {
    const secret = this.#options.secrets.find((one) => one.id === id);
    if (secret === undefined) throw new GrpcFailure(GRPC.notFound, `secret ${id} not found`);
    const data = await this.#orFail(secret.read());
    return new BinaryWriter().uint32(sized(1)).bytes(data).finish();
  }

  async #orFail<Value>(value: Promise<Value>): Promise<Value> {
    try {
      return await value;
    } catch (thrown) {
      this.failure ??= asEngineError(thrown);
      throw thrown;
    }
  }
}

/** The first field of a question: a host, an id. */
function text(question: Uint8Array): string {
  let found = '';
  readMessage(question, (reader, tag) => {
    if (tag !== sized(1)) return false;
    found = reader.string();
    return true;
  });
  return found;
}

async function* messages(context: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of context)
    for (let start = 0; start < chunk.length; start += MAX_PIECE) {
      const piece = chunk.subarray(start, start + MAX_PIECE);
      yield new BinaryWriter().uint32(sized(1)).bytes(piece).finish();
    }
}
