import { describe, expect, it } from 'vitest';
import { redactUrl, Secrets } from '../../../src/engine/registry/redaction.ts';
import { refusal } from '../../../src/engine/registry/refusal.ts';

const SIGNED =
  'https://ada:hidden@cdn.example/blobs/x?X-Amz-Signature=hidden&token=hidden&digest=sha256:1&n=5';

describe('what is shown of a URL', () => {
  it('has neither passwords nor signatures', () => {
    expect(redactUrl(new URL(SIGNED))).toBe(
      'https://cdn.example/blobs/x?X-Amz-Signature=***&token=***&digest=sha256:1&n=5',
    );
    expect(redactUrl(new URL('https://a.example/v2/'))).toBe('https://a.example/v2/');
  });
});

describe('secrets', () => {
  const secrets = new Secrets();
  secrets.add('pass word/1', '', 'ab');

  it('are hidden wherever they are, as they are and encoded', () => {
    const encoded = encodeURIComponent('pass word/1');
    const base = Buffer.from('pass word/1').toString('base64');
    const shown = secrets.hide(
      `say pass word/1 or ${encoded} or ${base}; Authorization: Bearer abcdefghijkl`,
    );
    expect(shown).toBe('say *** or *** or ***; Authorization: Bearer ***');
  });

  it('that are too short to tell from words hide no words', () => {
    expect(secrets.hide('a table, able')).toBe('a table, able');
  });

  it('are not in a refusal, though the registry repeats them and steers the terminal', () => {
    const body = JSON.stringify({
      errors: [
        { code: 'DENIED', message: 'pass word/1 is \u001b[31mwrong\u202e, see https://u:p@x.example' },
      ],
    });
    const asked = {
      method: 'GET',
      url: new URL(SIGNED),
      purpose: { doing: 'pull acme/app:1', subject: 'acme/app:1' },
      domain: 'ghcr.io',
      secrets,
    };
    const error = refusal(asked, 403, {}, body);
    expect(error).toMatchObject({ code: 'forbidden', codes: ['DENIED'], status: 403, retryable: false });
    const all = JSON.stringify([error, error.message, error.detail, error.hint, error.url]);
    expect(all).not.toMatch(/pass word|hidden|u:p@|\\u001b|\u202e/);
    expect(error.detail).toContain('GET https://cdn.example/blobs/x');
  });
});
