/** Why a transfer failed, read from what engines repeat of registries, archives and their own disks. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { repositoryOf } from '../reference.ts';
import type { Credentials } from '../transfer.ts';
import { shownName } from './image-name.ts';
import { refusalMessage } from './refusal.ts';

export interface TransferPurpose {
  readonly verb: 'pull' | 'push' | 'save' | 'read' | 'load' | 'import';
  /** The reference, as the person knows it; `''` where there is none. */
  readonly subject: string;
  /** The registry's domain; `''` where none takes part. */
  readonly registry: string;
  /** What went along, so that it can be kept out of what is said. */
  readonly credentials?: Credentials | undefined;
  /** Why none could be looked up. */
  readonly credentialsProblem?: EngineError | undefined;
}

type Reason =
  | Exclude<ErrorCode, 'has-children' | 'several-names' | 'in-use' | 'cancelled' | 'read-only' | 'permission'>
  | 'not-here'
  | 'no-platform'
  | 'denied'
  | 'no-tls'
  | 'certificate'
  | 'too-many'
  | 'no-archive'
  | 'truncated';

/** Engines wrap one message in another, so what is particular comes before what is general. */
const REASONS: readonly (readonly [pattern: RegExp, reason: Reason])[] = [
  [/no space left on device|disk quota exceeded/i, 'no-space'],
  [
    /does not exist locally|tag does not exist|image not known|no such image|reference does not exist/i,
    'not-here',
  ],
  [
    /no matching manifest|does not provide the specified platform|no image found in (manifest list|image index)|no match for platform/i,
    'no-platform',
  ],
  [/toomanyrequests|too many requests|rate limit/i, 'too-many'],
  [/no basic auth credentials|unauthorized|authentication required|401 Unauthorized/i, 'unauthorized'],
  [
    /incorrect username or password|invalid username\/password|unable to retrieve auth token/i,
    'unauthorized',
  ],
  [
    /access (to the resource is )?denied|insufficient_scope|authorization failed|denied:|403 Forbidden/i,
    'denied',
  ],
  [/server gave HTTP response to HTTPS client|first record does not look like a TLS handshake/i, 'no-tls'],
  [/x509:|certificate|tls: /i, 'certificate'],
  [/payload does not match any of the supported image formats.*unexpected EOF/i, 'truncated'],
  [/payload does not match any of the supported image formats/i, 'no-archive'],
  [
    /invalid tar header|unrecognized image format|image config .* not found|docker-import-\d+\/.*no such file|is not in .*docker-import-/i,
    'no-archive',
  ],
  [/not a valid change command|invalid change|invalid instruction|unknown instruction/i, 'bad-input'],
  [
    /invalid reference format|invalid tag|invalid platform|unknown operating system or architecture/i,
    'bad-input',
  ],
  [/verification failed|did not match|does not match|invalid checksum|unexpected commit digest/i, 'corrupt'],
  [/unknown blob|blob unknown|httpReadSeeker.*not found|short read|mismatched (digest|size)/i, 'corrupt'],
  [
    /manifest\.v1|schema ?(version )?1\b|unsupported (media ?type|manifest|schema)|cannot be used on this platform/i,
    'unsupported',
  ],
  [/manifest unknown|name unknown|repository name not known|: not found|404 Not Found/i, 'not-found'],
  [
    /connection refused|no such host|dial tcp|i\/o timeout|timeout|connection reset|broken pipe/i,
    'unreachable',
  ],
  [
    /no route to host|network is unreachable|server misbehaving|unexpected HTTP status|status( code)? .*\b5\d\d\b/i,
    'unreachable',
  ],
  [/unexpected EOF/i, 'truncated'],
  [/\bEOF\b/, 'unreachable'],
  // Why not is what `redact` takes for the token itself.
  [/failed to fetch (oauth|anonymous) token/i, 'unauthorized'],
  // The containerd store repeats a registry's words and leaves out their code.
  [/error from registry: /i, 'denied'],
];

/** An engine's words for a failed transfer, in an answer's last line. */
export function transferFailure(said: string, purpose: TransferPurpose): EngineError {
  return failureOf(withoutSecret(refusalMessage(said), purpose), purpose, 'engine');
}

/** A refused transfer: the status counts where the words say nothing. */
export function transferRefusal(status: number, body: string, purpose: TransferPurpose): EngineError {
  const usual: Readonly<Record<number, Reason>> = {
    400: 'bad-input',
    401: 'unauthorized',
    403: 'denied',
    404: 'not-found',
  };
  return failureOf(withoutSecret(refusalMessage(body), purpose), purpose, usual[status] ?? 'engine');
}

function withoutSecret(said: string, { credentials }: TransferPurpose): string {
  if (credentials === undefined || credentials.secret === '') return said;
  const { username, secret } = credentials;
  const encoded = Buffer.from(`${username}:${secret}`).toString('base64');
  return said.replaceAll(secret, '***').replaceAll(encoded, '***');
}

/** What is called `acme/certificate` is no matter of certificates. */
function withoutName(said: string, { subject, registry }: TransferPurpose): string {
  if (registry === '') return said;
  const repository = repositoryOf(subject);
  const path = repository.startsWith(`${registry}/`) ? repository.slice(registry.length + 1) : repository;
  const name = new RegExp(`(?<![\\w.-])${path.replaceAll('.', '\\.')}(?![\\w.-])`, 'g');
  return said.replace(name, '…');
}

function failureOf(said: string, purpose: TransferPurpose, usual: Reason): EngineError {
  const words = withoutName(said, purpose);
  const found = REASONS.find(([pattern]) => pattern.test(words))?.[1] ?? usual;
  const isArchive = purpose.registry === '';
  // An archive that ends too early is damaged; a registry's answer that does is a connection that broke.
  const reason = found === 'truncated' && !isArchive ? 'unreachable' : found;
  const { code, why, hint } = explain(reason, said, purpose);
  const { verb, subject } = purpose;
  const object = subject === '' ? 'the archive' : shownName(subject);
  return new EngineError({
    code,
    message: `cannot ${verb} ${object}: ${why}`,
    hint,
    detail: said,
    retryable: code === 'unreachable' || (code === 'corrupt' && !isArchive),
  });
}

interface Explanation {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint: string;
}

function explain(reason: Reason, said: string, purpose: TransferPurpose): Explanation {
  const { verb, registry } = purpose;
  const hasCredentials = purpose.credentials !== undefined;
  const isArchive = registry === '';
  const login = registry === 'docker.io' ? 'nacre login' : `nacre login ${registry}`;
  switch (reason) {
    case 'no-space':
      return {
        code: 'no-space',
        why: 'the disk is full',
        hint: 'Free space first: remove images or build cache.',
      };
    case 'not-here':
      return {
        code: 'not-found',
        why: 'this engine has no image of that name',
        hint: 'List the images, or tag one with that name first.',
      };
    case 'no-platform':
      return {
        code: 'not-found',
        why: `${verb === 'pull' ? registry : 'this engine'} does not have it for that platform`,
        hint: 'Ask for another platform with --platform, such as linux/amd64.',
      };
    case 'not-found':
      return isArchive
        ? { code: 'not-found', why: said, hint: 'List the images again: it may have been removed meanwhile.' }
        : {
            code: 'not-found',
            why: `${registry} has no such image or tag`,
            hint: 'Check the spelling of name and tag.',
          };
    case 'unauthorized':
    case 'denied':
      return hasCredentials
        ? {
            code: reason === 'denied' ? 'forbidden' : 'unauthorized',
            why:
              reason === 'denied'
                ? `${registry} does not allow it to this account, or has no such repository`
                : `${registry} does not accept the credentials`,
            hint: `Check the name, or log in with \`${login}\` as somebody who may ${verb} it.`,
          }
        : {
            code: 'unauthorized',
            why: `${registry} wants to know who you are`,
            hint: purpose.credentialsProblem
              ? `Here ${purpose.credentialsProblem.message}. ${purpose.credentialsProblem.hint}`
              : `Log in with \`${login}\`, and check the name: registries hide what is not yours.`,
          };
    case 'too-many':
      return {
        code: 'unreachable',
        why: `${registry} takes no more requests for now`,
        hint: `Try again later${hasCredentials ? '' : `, or log in with \`${login}\`: accounts may ask more often`}.`,
      };
    case 'no-tls':
      return {
        code: 'unreachable',
        why: `${registry} speaks plain HTTP, which the engine does not trust`,
        hint: `List ${registry} as an insecure registry in the engine's configuration, or give it TLS.`,
      };
    case 'certificate':
      return {
        code: 'unreachable',
        why: `the engine does not accept the certificate of ${registry}`,
        hint: `Give the engine its CA: /etc/docker/certs.d/${registry}/ca.crt (or /etc/containers/certs.d).`,
      };
    case 'unreachable':
      return {
        code: 'unreachable',
        why: isArchive ? said : `the engine does not reach ${registry}, or lost it (${said})`,
        hint: 'Check the name, and that the engine has a way there; then try again.',
      };
    case 'corrupt':
    case 'truncated':
      return isArchive
        ? {
            code: 'corrupt',
            why: reason === 'truncated' ? 'the archive ends too early' : `it is damaged (${said})`,
            hint: 'Get or save it anew: a part of it is missing or changed.',
          }
        : {
            code: 'corrupt',
            why: `what ${registry} sends is not whole (${said})`,
            hint: 'Try again; if it stays so, the image must be pushed there anew.',
          };
    case 'no-archive':
      return verb === 'import'
        ? {
            code: 'bad-input',
            why: 'it is no tar archive',
            hint: 'Give a tar of a root file system, such as docker export writes.',
          }
        : {
            code: 'bad-input',
            why: 'it is no image archive',
            hint: 'Give what docker save or nacre save wrote, or an OCI archive; a root file system can be imported.',
          };
    case 'bad-input':
      return { code: 'bad-input', why: said, hint: 'Correct what the engine objects to, and try again.' };
    case 'unsupported':
      return {
        code: 'unsupported',
        why: `this engine cannot use it (${said})`,
        hint: 'Use another engine, or another platform or tag of the image.',
      };
    default:
      return {
        code: 'engine',
        why: said || 'the engine failed without a word',
        hint: "Look at the engine's log.",
      };
  }
}
