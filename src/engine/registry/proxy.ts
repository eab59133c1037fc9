/** Which proxy leads to a host. Source: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as Go programs, docker among them, read them. */
import { BlockList, isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import { hostName, isLoopback } from './address.ts';
import type { Environment } from './docker-config.ts';

export interface HttpProxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the proxy itself is spoken to over TLS. */
  readonly secure: boolean;
  /** Value of Proxy-Authorization; `''` for none. */
  readonly authorization: string;
}

/** Undefined where the way is direct; loopback always is. Errors: `bad-input`, `unsupported` for a proxy that cannot be used. */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const secure = url.protocol === 'https:';
  const name = secure ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = env[name] || env[name.toLowerCase()];
  const host = hostName(url.hostname);
  if (!text || isLoopback(host)) return undefined;
  const port = url.port || (secure ? '443' : '80');
  if (isExempt(host.toLowerCase(), port, env['NO_PROXY'] || env['no_proxy'] || '')) return undefined;
  return readProxy(text, name);
}

function readProxy(text: string, name: string): HttpProxy {
  // A secret may be in it, so it is never repeated.
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.hostname === '') {
    throw new EngineError({
      code: 'bad-input',
      message: `${name} is not the address of a proxy`,
      hint: `Set it to something like http://proxy.example:3128, or unset ${name}.`,
    });
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new EngineError({
      code: 'unsupported',
      message: `${name} names a proxy of the kind ${url.protocol.slice(0, -1)}, which cannot be used here`,
      hint: 'Use an http:// or https:// proxy.',
    });
  }
  const secure = url.protocol === 'https:';
  const [user, password] = [decoded(url.username), decoded(url.password)];
  return {
    host: hostName(url.hostname),
    port: Number(url.port || (secure ? 443 : 80)),
    secure,
    authorization: user === '' ? '' : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  };
}

/** A sign for percent that stands for itself is taken so. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Entries are `*`, hosts (and what is below them), `.domain`, addresses and CIDR blocks, each perhaps with a port. */
function isExempt(host: string, port: string, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === '') return false;
    if (entry === '*') return true;
    if (entry.includes('/')) return isInBlock(host, entry);
    const name = hostName(entry.toLowerCase());
    const wanted = /:(\d+)$/.exec(entry.slice(entry.indexOf(name) + name.length))?.[1];
    if (wanted !== undefined && wanted !== port) return false;
    const suffix = name.replace(/^\*?\./, '.');
    return suffix.startsWith('.') ? host.endsWith(suffix) : host === name || host.endsWith(`.${name}`);
  });
}

function isInBlock(host: string, block: string): boolean {
  const [network = '', bits = ''] = block.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits)) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  try {
    const list = new BlockList();
    list.addSubnet(network, Number(bits), kind);
    return list.check(host, kind);
  } catch {
    return false;
  }
}
