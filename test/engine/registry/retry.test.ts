import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { RegistryError } from '../../../src/engine/registry/failure.ts';
import { readRetryAfter } from '../../../src/engine/registry/refusal.ts';
import { pauseBefore, RETRY } from '../../../src/engine/registry/retry.ts';

function failure(facts: { retryable?: boolean; reached?: boolean; retryAfter?: number } = {}): RegistryError {
  return new RegistryError(
    { code: 'unreachable', message: 'm', hint: 'h', retryable: facts.retryable ?? true },
    {
      method: 'GET',
      url: 'u',
      status: 503,
      codes: [],
      reached: facts.reached ?? true,
      retryAfter: facts.retryAfter,
    },
  );
}

describe('the pause before another try', () => {
  it('grows, varies, and has an end', () => {
    const shortest = [0, 1, 2, 3, 4].map((tries) => pauseBefore(tries, failure(), RETRY, () => 0));
    const longest = [0, 1, 2, 3, 4].map((tries) => pauseBefore(tries, failure(), RETRY, () => 1));
    expect(shortest).toEqual([250, 500, 1000, 2000, 4000]);
    expect(longest).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(pauseBefore(5, failure(), RETRY)).toBeUndefined();
    expect(pauseBefore(9, failure(), { ...RETRY, tries: 20 }, () => 1)).toBe(RETRY.longest);
  });

  it('is what the registry asks for, unless that is more than anybody waits', () => {
    expect(pauseBefore(0, failure({ retryAfter: 7_000 }), RETRY)).toBe(7_000);
    expect(pauseBefore(0, failure({ retryAfter: 1 }), RETRY, () => 1)).toBe(500);
    expect(pauseBefore(0, failure({ retryAfter: 6 * 3_600_000 }), RETRY)).toBeUndefined();
  });

  it('is none where another try cannot help', () => {
    expect(pauseBefore(0, failure({ retryable: false }), RETRY)).toBeUndefined();
    expect(pauseBefore(0, failure({ reached: false }), RETRY)).toBeUndefined();
    expect(
      pauseBefore(0, new EngineError({ code: 'corrupt', message: '', hint: '' }), RETRY),
    ).toBeUndefined();
    expect(pauseBefore(0, new Error('a bug'), RETRY)).toBeUndefined();
  });

  it('may be said as seconds or as a date', () => {
    const now = Date.parse('Sun, 22 Nov 2026 07:00:00 GMT');
    expect(readRetryAfter('3', now)).toBe(3_000);
    expect(readRetryAfter('Sun, 22 Nov 2026 07:00:09 GMT', now)).toBe(9_000);
    expect(readRetryAfter('Sun, 22 Nov 2026 06:00:00 GMT', now)).toBe(0);
    expect(readRetryAfter('soon', now)).toBeUndefined();
    expect(readRetryAfter(undefined, now)).toBeUndefined();
  });
});
