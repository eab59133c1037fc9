/** An engine's refusal (HTTP 4xx and 5xx), told apart by what it means, not by what each engine sends. */

import { EngineError, type ErrorCode } from '../errors.ts';
import { redact } from '../redact.ts';
import { block } from '../text.ts';
import type { Purpose } from './failure.ts';

/** What the engine said in an error body: JSON `message`, else `errorDetail.message`, else the text itself. */
export function refusalMessage(body: string): string {
  let said = body;
  try {
    const value: unknown = JSON.parse(body);
    if (value !== null && typeof value === 'object') {
      const { message, errorDetail, error } = value as Record<string, unknown>;
      const detail = (errorDetail as { message?: unknown } | null | undefined)?.message;
      said =
        [message, detail, error].find((text): text is string => typeof text === 'string' && text !== '') ??
        body;
    }
  } catch {
    // Unknown routes and old versions are answered as plain text.
  }
  return redact(block(said).trim().slice(0, 2000));
}

/** Podman answers mistakes of the caller with 500, so words count before numbers. */
const MEANINGS: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [/no space left on device/i, 'no-space'],
  [
    /more than one tag|referenced in multiple repositories|referenced in one or more repositories/i,
    'several-names',
  ],
  [/has dependent child images|image has dependents/i, 'has-children'],
  [
    /image is in use|in use by a container|is using (its|the) referenced image|being used by (running|stopped)? ?container|container state improper/i,
    'in-use',
  ],
  [
    /no such image|image not known|unable to find ['"].*['"] in local storage|no such object|no 64-byte hexadecimal value|cannot specify 64-byte|reference does not exist/i,
    'not-found',
  ],
  [
    /invalid reference format|repository name must be|invalid tag format|parsing reference|is not a valid (repository|tag)|must be lowercase/i,
    'bad-input',
  ],
  [
    /(invalid|unsupported|unknown) (image |container )?filter|is an invalid .*filter|(invalid|unsupported) .*filter/i,
    'bad-input',
  ],
  [/unauthorized|authentication required|no basic auth credentials/i, 'unauthorized'],
];

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-input',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'in-use',
  501: 'unsupported',
};

/** Source: the error bodies of the Docker Engine API and of Podman's compatible one. */
export function refusal(status: number, body: string, purpose: Purpose): EngineError {
  const said = refusalMessage(body);
  const code = meaningOf(status, said, purpose);
  const { message, hint } = words(code, said, purpose);
  return new EngineError({
    code,
    message,
    hint,
    detail: said,
    retryable: code === 'engine' && (status === 502 || status === 503 || status === 504),
  });
}

function meaningOf(status: number, said: string, purpose: Purpose): ErrorCode {
  for (const [pattern, code] of MEANINGS) if (pattern.test(said)) return code;
  const code = BY_STATUS[status] ?? 'engine';
  // A 404 without an object is a route that this engine does not have.
  return code === 'not-found' && purpose.subject === undefined ? 'unsupported' : code;
}

function words(code: ErrorCode, said: string, purpose: Purpose): { message: string; hint: string } {
  const { doing, subject = 'it' } = purpose;
  const cannot = `cannot ${doing}`;
  switch (code) {
    case 'not-found':
      return {
        message: `there is no ${subject} on this engine`,
        hint: 'List the images again: it may have been renamed or removed meanwhile.',
      };
    case 'in-use':
      return {
        message: `${cannot}: a container uses it (${said})`,
        hint: /cannot be forced|running container|state improper/i.test(said)
          ? 'Stop and remove the container first.'
          : 'Remove the container first, or force: a stopped container keeps its files.',
      };
    case 'has-children':
      return {
        message: `${cannot}: other images are built on it`,
        hint: 'Remove the images built on it first, or only its names.',
      };
    case 'several-names':
      return {
        message: `${cannot}: it has several names`,
        hint: 'Remove its names one by one, or force to remove them all.',
      };
    case 'bad-input':
      return { message: `${cannot}: ${said}`, hint: 'Correct what the engine objects to, and try again.' };
    case 'unauthorized':
      return { message: `${cannot}: ${said}`, hint: 'Log in with docker login, and try again.' };
    case 'forbidden':
      return {
        message: `${cannot}: the engine forbids it (${said})`,
        hint: 'Ask who runs the engine for the right.',
      };
    case 'no-space':
      return {
        message: `${cannot}: the engine's disk is full`,
        hint: 'Free space first: remove images or build cache.',
      };
    case 'unsupported':
      return {
        message: `${cannot}: this engine does not offer that`,
        hint: 'Use an engine that does, or a newer one.',
      };
    default:
      return {
        message: `${cannot}: ${said || 'the engine failed without a word'}`,
        hint: "Look at the engine's log.",
      };
  }
}
