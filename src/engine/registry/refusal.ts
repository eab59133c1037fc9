/** What a registry refuses, in words a person can act on. */
import type { ErrorCode } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { block, line } from '../text.ts';
import { type Asked, RegistryError } from './failure.ts';
import { redactUrl } from './redaction.ts';

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  413: 'unsupported',
  501: 'unsupported',
  507: 'no-space',
};
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  DENIED: 'forbidden',
  UNAUTHORIZED: 'unauthorized',
  MANIFEST_UNKNOWN: 'not-found',
  NAME_UNKNOWN: 'not-found',
  BLOB_UNKNOWN: 'not-found',
  NAME_INVALID: 'bad-input',
  DIGEST_INVALID: 'corrupt',
  SIZE_INVALID: 'corrupt',
  UNSUPPORTED: 'unsupported',
};
/** Answers that may be better the next time. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** An answer that is a refusal. `body` is its beginning, as it came. */
export function refusal(
  asked: Asked,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): RegistryError {
  const { codes, said } = readErrors(body);
  const shown = asked.secrets.hide(said);
  const passing = PASSING.has(status);
  const known = codes.map((code) => BY_CODE[code]).find((code) => code !== undefined);
  const code = passing ? 'unreachable' : (known ?? BY_STATUS[status] ?? 'engine');
  const url = redactUrl(asked.url);
  const retryAfter = passing ? readRetryAfter(headers['retry-after']) : undefined;
  const { message, hint } = words(code, status, asked, shown, retryAfter);
  return new RegistryError(
    {
      code,
      message,
      hint,
      retryable: passing,
      detail: [`${asked.method} ${url}: ${status}`, codes.join(' '), shown].filter(Boolean).join(' · '),
    },
    { method: asked.method, url, status, codes, retryAfter, reached: true },
  );
}

/** Seconds or a date. Source: RFC 9110 section 10.2.3. */
export function readRetryAfter(text: string | undefined, now = Date.now()): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Source: distribution spec, "Error Codes"; anything else is taken as text. */
function readErrors(body: string): { codes: string[]; said: string } {
  try {
    const value: unknown = JSON.parse(body);
    if (isRecord(value)) {
      const errors = Array.isArray(value['errors']) ? value['errors'].filter(isRecord) : [];
      const texts = (key: string) =>
        errors
          .map((error) => error[key])
          .filter((text): text is string => typeof text === 'string' && text !== '');
      const codes = texts('code').map((code) => line(code).slice(0, 60));
      const told = [...texts('message'), value['details'], value['message'], value['error_description']]
        .filter((text): text is string => typeof text === 'string')
        .join('; ');
      if (codes.length > 0 || told !== '') return { codes, said: block(told).slice(0, 500) };
    }
  } catch {
    // A page of some server in between.
  }
  const text = /<html|<!doctype/i.test(body) ? (/<title>([^<]*)/i.exec(body)?.[1] ?? '') : body;
  return { codes: [], said: block(text).trim().slice(0, 300) };
}

function words(
  code: ErrorCode,
  status: number,
  asked: Asked,
  said: string,
  retryAfter: number | undefined,
): { message: string; hint: string } {
  const { domain, credentialsFrom, credentialsProblem, purpose } = asked;
  const cannot = `cannot ${purpose.doing}`;
  const why = said === '' ? '' : ` (${said})`;
  const login = domain === 'docker.io' ? 'nacre login' : `nacre login ${domain}`;
  switch (code) {
    case 'not-found':
      return {
        message: `there is no ${purpose.subject} on ${domain}`,
        hint: 'Check the name and the tag.',
      };
    case 'unauthorized':
      return credentialsFrom === undefined
        ? {
            message: `${cannot}: ${domain} wants to know who you are${why}`,
            hint: credentialsProblem
              ? `Here ${credentialsProblem.message}. ${credentialsProblem.hint}`
              : `It is private, or it does not exist: check the name, or log in with: ${login}`,
          }
        : {
            message: `${cannot}: ${domain} does not accept the credentials (${credentialsFrom})${why}`,
            hint: `Log in again with: ${login}`,
          };
    case 'forbidden':
      return {
        message: `${cannot}: ${domain} forbids it${why}`,
        hint:
          credentialsFrom === undefined
            ? `Log in with: ${login}`
            : `Ask who runs it for the right, or log in as somebody else with: ${login}`,
      };
    case 'corrupt':
      return {
        message: `${cannot}: ${domain} received something else than its digest says${why}`,
        hint: 'See whether the store is whole with: nacre store check',
      };
    case 'unsupported':
      return {
        message: `${cannot}: ${domain} does not offer that${why}`,
        hint: 'Ask who runs it to allow it.',
      };
    case 'no-space':
      return { message: `${cannot}: the disk of ${domain} is full`, hint: 'Ask who runs it for more space.' };
    case 'unreachable': {
      const wait = retryAfter === undefined ? '' : `, and asks to wait ${Math.ceil(retryAfter / 1000)} s`;
      return status === 429
        ? {
            message: `${cannot}: ${domain} has had too many requests${wait}${why}`,
            hint:
              credentialsFrom === undefined
                ? `Wait, or log in for a higher limit: ${login}`
                : 'Wait, and try again.',
          }
        : { message: `${cannot}: ${domain} fails with ${status}${wait}${why}`, hint: 'Try again later.' };
    }
    default:
      return {
        message: `${cannot}: ${domain} answers ${status}${why}`,
        hint: 'Check the name, and that the address is one of a registry.',
      };
  }
}
