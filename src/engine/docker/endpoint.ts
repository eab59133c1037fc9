/** Where an engine listens: addresses as docker writes them, and the TLS material that goes with them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';

/** PEM texts. Source: docker's `ca.pem`, `cert.pem`, `key.pem`. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** False: the engine's certificate is not checked. */
  readonly verify: boolean;
}

export interface Endpoint {
  /** `unix:///path`, `tcp://host:port`, `ssh://user@host`. */
  readonly address: string;
  readonly tls?: TlsMaterial;
  /** The program that carries an ssh connection to the engine at the other end. */
  readonly dialer?: 'docker' | 'podman';
}

export type Target =
  | { readonly scheme: 'unix'; readonly path: string }
  | { readonly scheme: 'tcp'; readonly host: string; readonly port: number; readonly secure: boolean }
  | {
      readonly scheme: 'ssh';
      readonly host: string;
      readonly user: string;
      readonly port: string;
      /** The engine's socket over there; `''`: its default. */
      readonly path: string;
    };

const PLAIN_PORT = 2375;
const TLS_PORT = 2376;
/** Scheme, user, IPv6 host, other host, port, path. */
const ADDRESS = /^([a-z]+):\/\/(?:([^@/]*)@)?(?:\[([0-9a-fA-F:.%]+)\]|([^:/@[\]\s]+))(?::(\d+))?(\/.*)?$/;

/** An address as a person may give it, completed: `host:2375` → `tcp://host:2375`, `/run/x.sock` → `unix:///run/x.sock`. */
export function completeAddress(text: string): string {
  const address = text.trim();
  if (address.startsWith('/')) return `unix://${address}`;
  return address.includes('://') ? address : `tcp://${address}`;
}

/** Errors: `bad-input` for an address that no transport understands. */
export function readAddress(endpoint: Pick<Endpoint, 'address' | 'tls'>): Target {
  const { address } = endpoint;
  if (address.startsWith('unix://')) {
    const path = address.slice('unix://'.length);
    if (!path.startsWith('/'))
      throw bad(address, 'a socket needs its full path', 'unix:///var/run/docker.sock');
    return { scheme: 'unix', path };
  }
  const parts = ADDRESS.exec(address);
  if (parts === null) throw bad(address, 'it is not a URL', 'tcp://host:2375');
  const [, scheme = '', user = '', bracketed, plain = '', port = '', path = ''] = parts;
  const host = bracketed ?? plain;
  if (scheme === 'ssh') {
    // A host or user that starts with a dash would reach ssh as an option.
    if (host.startsWith('-') || user.startsWith('-'))
      throw bad(address, 'it names no host', 'ssh://user@host');
    if (user.includes(':')) throw bad(address, 'ssh takes no password from an address', 'ssh://user@host');
    return { scheme, host, user: decode(user), port, path: path === '/' ? '' : decode(path) };
  }
  if (scheme !== 'tcp' && scheme !== 'http' && scheme !== 'https') {
    throw bad(address, `${scheme}:// is not supported`, 'unix:///path, tcp://host:port or ssh://user@host');
  }
  const secure = scheme === 'https' || endpoint.tls !== undefined;
  if (Number(port) > 65_535) throw bad(address, 'there is no such port', 'tcp://host:2375');
  return { scheme: 'tcp', host, port: Number(port) || (secure ? TLS_PORT : PLAIN_PORT), secure };
}

/** Reads `ca.pem`, `cert.pem`, `key.pem` of a folder; a missing file is left out. Errors: `bad-input` where none is there. */
export async function readTlsFolder(folder: string, verify: boolean): Promise<TlsMaterial> {
  const [ca, cert, key] = await Promise.all(
    ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(join(folder, name), 'utf8').catch(missing)),
  );
  if ((cert === undefined) !== (key === undefined)) {
    throw new EngineError({
      code: 'bad-input',
      message: `TLS needs both cert.pem and key.pem, and ${folder} has only one of them`,
      hint: 'Add the missing file, or set DOCKER_CERT_PATH to the folder that has both.',
    });
  }
  return { verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** An address without the secrets a person may have put into it. */
export function showAddress(address: string): string {
  return address.replace(/^([a-z+]+:\/\/[^:@/]*):[^@/]*@/, '$1:***@');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function missing(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code === 'ENOENT') return undefined;
  throw new EngineError({
    code: thrown.code === 'EACCES' ? 'permission' : 'bad-input',
    message: `cannot read the TLS file ${thrown.path ?? ''}: ${thrown.code}`,
    hint: 'Make it readable for you, or set DOCKER_CERT_PATH to another folder.',
    cause: thrown,
  });
}

function bad(address: string, why: string, example: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `"${showAddress(address)}" is not an engine's address: ${why}`,
    hint: `Write it as ${example}.`,
  });
}
