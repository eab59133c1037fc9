/** How connections to an engine are opened: unix socket, TCP with or without TLS, or ssh. */
import type { Socket } from 'node:net';
import type { Client } from 'undici';
import { type Endpoint, readAddress } from './endpoint.ts';
import { SshSocket } from './ssh.ts';

interface Transport {
  /** What requests are addressed to; only for TCP it says where the engine is. */
  readonly origin: string;
  readonly options: Client.Options;
}

/** Errors: `bad-input` for an address no transport understands. */
export function transport(endpoint: Endpoint): Transport {
  const target = readAddress(endpoint);
  if (target.scheme === 'unix') return { origin: 'http://docker', options: { socketPath: target.path } };
  if (target.scheme === 'tcp') {
    const host = target.host.includes(':') ? `[${target.host}]` : target.host;
    if (!target.secure) return { origin: `http://${host}:${target.port}`, options: {} };
    const { ca, cert, key, verify } = endpoint.tls ?? { verify: true };
    return {
      origin: `https://${host}:${target.port}`,
      options: {
        connect: {
          ...(ca && { ca }),
          ...(cert && { cert }),
          ...(key && { key }),
          rejectUnauthorized: verify,
        },
      },
    };
  }
  return {
    origin: 'http://docker',
    options: {
      // ssh has its own time limit; undici's covers only sockets of its own. It takes no socket before it returns.
      connect: (_options, callback) => {
        const socket = new SshSocket(target, endpoint.dialer ?? 'docker');
        setImmediate(() => callback(null, socket as unknown as Socket));
      },
    },
  };
}
