/**
 * Whether TLS is spoken somewhere, found out without speaking it: by the first byte that answers a
 * ClientHello. Loading TLS and failing at it costs a start tens of milliseconds. Source: RFC 8446.
 */
import { connect } from 'node:net';

/** Record types: alert and handshake. */
const TLS_ANSWERS = new Set([21, 22]);

/**
 * Undefined where nothing is said in time. Errors: whatever keeps the connection from being made.
 * An end without an answer is no TLS.
 */
export function speaksTls(
  host: string,
  port: number,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean | undefined>();
  let isConnected = false;
  const socket = connect({ host, port, noDelay: true, ...(signal && { signal }) });
  const timer = setTimeout(() => resolve(undefined), milliseconds);
  socket.once('connect', () => {
    isConnected = true;
    socket.write(CLIENT_HELLO);
  });
  socket.once('data', (bytes) => resolve(TLS_ANSWERS.has(bytes[0]!)));
  socket.once('error', (error) => {
    if (isConnected && !signal?.aborted) resolve(false);
    else reject(error);
  });
  socket.once('close', () => resolve(false));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/** Offers TLS 1.2 and 1.3; whoever speaks either answers with a handshake or an alert. */
const CLIENT_HELLO = record(22, [
  1,
  ...sized(3, [
    ...[3, 3],
    ...new Array<number>(32).fill(0x5a),
    // Lines end in it, so that a server of plain HTTP answers at once instead of waiting for one.
    ...sized(1, [...Buffer.from('\r\n\r\n'.repeat(8))]),
    // TLS_AES_128_GCM_SHA256, ECDHE with RSA and ECDSA, RSA.
    ...sized(2, [0x13, 0x01, 0xc0, 0x2f, 0xc0, 0x2b, 0x00, 0x9c]),
    ...sized(1, [0]),
    ...sized(2, [
      // supported_groups: secp256r1.
      ...[0, 10, ...sized(2, sized(2, [0, 23]))],
      // signature_algorithms: ECDSA and RSA with SHA-256.
      ...[0, 13, ...sized(2, sized(2, [4, 3, 4, 1, 8, 4]))],
    ]),
  ]),
]);

/** A field after its length, which is so many bytes long. */
function sized(bytes: number, content: readonly number[]): number[] {
  const length = Array.from({ length: bytes }, (_, at) => (content.length >> (8 * (bytes - 1 - at))) & 0xff);
  return [...length, ...content];
}

function record(type: number, content: readonly number[]): Buffer {
  return Buffer.from([type, 3, 1, ...sized(2, content)]);
}
