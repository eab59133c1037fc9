import { describe, expect, it } from 'vitest';
import { chooseChallenge, parseChallenges } from '../../../src/engine/registry/challenge.ts';

describe('a demand for credentials', () => {
  it('is read with its parameters', () => {
    const header =
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"';
    expect(parseChallenges(header)).toEqual([
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.docker.io/token',
          service: 'registry.docker.io',
          scope: 'repository:a/b:pull,push',
        },
      },
    ]);
  });

  it('may be several, in one header or more', () => {
    const header =
      'Negotiate, Basic realm="a, b", BEARER Realm = "https://t/\\"x\\"" , Service=plain, NTLM abc==';
    const challenges = parseChallenges(header);
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['negotiate', 'basic', 'bearer', 'ntlm']);
    expect(challenges[1]!.parameters).toEqual({ realm: 'a, b' });
    expect(challenges[2]!.parameters).toEqual({ realm: 'https://t/"x"', service: 'plain' });
    expect(chooseChallenge(challenges)?.scheme).toBe('bearer');
  });

  it('for a token without a token server is not answered with one', () => {
    expect(chooseChallenge(parseChallenges('Bearer error="invalid_token", Basic realm="x"'))?.scheme).toBe(
      'basic',
    );
    expect(chooseChallenge(parseChallenges('Bearer error="invalid_token"'))).toBeUndefined();
    expect(chooseChallenge(parseChallenges('Digest realm="x", nonce="y"'))).toBeUndefined();
  });

  it.each(['', ' , ,', '"', '=', 'Bearer realm="unclosed', 'a'.repeat(100_000), '\u0000', 'Bearer ,,,=,='])(
    'that makes no sense comes to an end (%#)',
    (header) => {
      expect(Array.isArray(parseChallenges(header))).toBe(true);
    },
  );
});
