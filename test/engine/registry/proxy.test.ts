import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { proxyFor } from '../../../src/engine/registry/proxy.ts';

const SECURE = new URL('https://registry.example/v2/');
const PLAIN = new URL('http://registry.example:5000/v2/');

describe('the proxy from the environment', () => {
  it('depends on the scheme', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example:3128', http_proxy: 'other.example' };
    expect(proxyFor(SECURE, env)).toEqual({
      host: 'proxy.example',
      port: 3128,
      secure: false,
      authorization: '',
    });
    expect(proxyFor(PLAIN, env)).toEqual({
      host: 'other.example',
      port: 80,
      secure: false,
      authorization: '',
    });
    expect(proxyFor(SECURE, {})).toBeUndefined();
    expect(proxyFor(SECURE, { HTTPS_PROXY: '', https_proxy: '' })).toBeUndefined();
  });

  it('may want a password, and may itself be spoken to over TLS', () => {
    const proxy = proxyFor(SECURE, { https_proxy: 'https://ada:p%40ss@[::5]' });
    expect(proxy).toMatchObject({ host: '::5', port: 443, secure: true });
    expect(Buffer.from(proxy!.authorization.slice(6), 'base64').toString()).toBe('ada:p@ss');
    const careless = proxyFor(SECURE, { https_proxy: 'http://ada:100%@proxy.example' });
    expect(Buffer.from(careless!.authorization.slice(6), 'base64').toString()).toBe('ada:100%');
  });

  it('never leads to loopback', () => {
    const env = { HTTP_PROXY: 'proxy.example:3128' };
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000']) {
      expect(proxyFor(new URL(`http://${host}/v2/`), env)).toBeUndefined();
    }
  });

  it.each([
    ['*', true],
    ['registry.example', true],
    ['example', true],
    ['.example', true],
    ['*.example', true],
    ['REGISTRY.example', true],
    ['registry.example:443', true],
    ['registry.example:5000', false],
    ['gistry.example', false],
    ['other.example, registry.example', true],
    ['10.0.0.0/8', false],
    ['', false],
  ])('leaves out what NO_PROXY names: %s', (list, isDirect) => {
    const proxy = proxyFor(SECURE, { HTTPS_PROXY: 'proxy.example:1', NO_PROXY: list });
    expect(proxy === undefined).toBe(isDirect);
  });

  it.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3', true],
    ['10.1.2.3:5000', true],
    ['10.1.2.3:5001', false],
    ['11.0.0.0/8', false],
    ['10.0.0.0/99', false],
    ['fe80::/10', false],
    ['/', false],
  ])('leaves out addresses: %s', (list, isDirect) => {
    const url = new URL('http://10.1.2.3:5000/');
    expect(proxyFor(url, { HTTP_PROXY: 'proxy.example:1', no_proxy: list }) === undefined).toBe(isDirect);
  });

  it('that makes no sense is told without its password', () => {
    for (const text of [
      'http://:secret@',
      'socks5://ada:secret@proxy.example:1080',
      'http://ada:secret@pro xy',
    ]) {
      const thrown = catchError(() => proxyFor(SECURE, { HTTPS_PROXY: text }));
      expect(thrown).toBeInstanceOf(EngineError);
      expect(JSON.stringify(thrown) + thrown.message + thrown.hint).not.toContain('secret');
    }
  });
});

function catchError(run: () => unknown): EngineError {
  try {
    run();
  } catch (thrown) {
    return thrown as EngineError;
  }
  throw new Error('nothing was thrown');
}
