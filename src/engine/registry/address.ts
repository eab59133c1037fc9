/** Where a registry is, by the domain part of a reference. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

export interface RegistryAddress {
  /** As references have it: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly domain: string;
  /** Who to talk to: `registry-1.docker.io`. */
  readonly host: string;
  /** What docker's configuration and its helpers keep credentials under: `https://index.docker.io/v1/`. */
  readonly credentialKey: string;
  /** Plain HTTP will do when no TLS is spoken there. */
  readonly plainAllowed: boolean;
  /** Certificates are checked. */
  readonly verify: boolean;
}

const HUB = 'docker.io';
const HUB_HOST = 'registry-1.docker.io';
const HUB_KEY = 'https://index.docker.io/v1/';

/** `insecure` lists domains (`host:5000`) that may speak plain HTTP or show any certificate. */
export function registryAddress(domain: string, insecure: readonly string[] = []): RegistryAddress {
  const trusted = insecure.includes(domain);
  const hub = domain === HUB || domain === 'index.docker.io' || domain === HUB_HOST;
  return {
    domain: hub ? HUB : domain,
    host: hub ? HUB_HOST : domain,
    credentialKey: hub ? HUB_KEY : domain,
    plainAllowed: trusted || isLoopback(hostName(domain)),
    verify: !trusted,
  };
}

/** What a person calls a registry, as a domain: `https://index.docker.io/v1/` and `''` are `docker.io`. */
export function readDomain(text: string): string {
  const domain = text.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return domain === '' ? HUB : registryAddress(domain).domain;
}

/** Without port and brackets. */
export function hostName(host: string): string {
  if (host.startsWith('[')) return host.slice(1, host.indexOf(']'));
  const colon = host.lastIndexOf(':');
  return colon === -1 || host.indexOf(':') !== colon ? host : host.slice(0, colon);
}

/** 127.0.0.0/8, ::1 and names that always mean this machine (RFC 6761). */
export function isLoopback(name: string): boolean {
  const bare = name.toLowerCase().replace(/\.$/, '');
  if (bare === 'localhost' || bare.endsWith('.localhost')) return true;
  if (isIPv4(bare)) return LOOPBACK.check(bare, 'ipv4');
  return isIPv6(bare) && LOOPBACK.check(bare, 'ipv6');
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
