import { describe, expect, it } from 'vitest';
import { hostName, isLoopback, readDomain, registryAddress } from '../../../src/engine/registry/address.ts';

describe('a registry address', () => {
  it('of Docker Hub is elsewhere than its name, and so are its credentials', () => {
    for (const domain of ['docker.io', 'index.docker.io', 'registry-1.docker.io']) {
      expect(registryAddress(domain)).toEqual({
        domain: 'docker.io',
        host: 'registry-1.docker.io',
        credentialKey: 'https://index.docker.io/v1/',
        plainAllowed: false,
        verify: true,
      });
    }
  });

  it.each(['localhost:5000', '127.0.0.1:5000', '127.9.8.7', '[::1]:5000', 'LOCALHOST', 'reg.localhost:5000'])(
    '%s may be spoken to in plain',
    (domain) => {
      expect(registryAddress(domain)).toMatchObject({ host: domain, plainAllowed: true, verify: true });
    },
  );

  it.each(['ghcr.io', '128.0.0.1:5000', 'localhost.example', '127.0.0.1.example:5000', '[::2]:5000'])(
    '%s may not',
    (domain) => {
      expect(registryAddress(domain)).toMatchObject({ plainAllowed: false, verify: true });
    },
  );

  it('that is listed as insecure may, whatever its certificate', () => {
    const listed = ['lab.example:5000'];
    expect(registryAddress('lab.example:5000', listed)).toMatchObject({ plainAllowed: true, verify: false });
    expect(registryAddress('lab.example:5001', listed)).toMatchObject({ plainAllowed: false, verify: true });
    expect(registryAddress('lab.example', listed)).toMatchObject({ plainAllowed: false, verify: true });
  });

  it.each([
    ['', 'docker.io'],
    ['https://index.docker.io/v1/', 'docker.io'],
    ['https://ghcr.io', 'ghcr.io'],
    ['http://lab.example:5000/v2/', 'lab.example:5000'],
    ['ghcr.io/acme', 'ghcr.io'],
  ])('%j is the domain %s', (text, domain) => {
    expect(readDomain(text)).toBe(domain);
  });

  it('has a host with or without a port', () => {
    const hosts = ['a.example:1', 'a.example', '[::1]:5', '[::1]', '::1', '10.0.0.1:80'];
    expect(hosts.map(hostName)).toEqual(['a.example', 'a.example', '::1', '::1', '::1', '10.0.0.1']);
    expect(['::1', '0:0:0:0:0:0:0:1', '127.1.1.1', 'localhost.'].map(isLoopback)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['::ffff', '1.127.0.0', 'mylocalhost', ''].map(isLoopback)).toEqual([false, false, false, false]);
  });
});
