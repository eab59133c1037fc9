/** Why a build failed, read from what builders say. */
import type { BuildStep } from '../../build.ts';
import { cancelled, EngineError, type ErrorFacts } from '../../errors.ts';
import { redact } from '../../redact.ts';
import { parseReference } from '../../reference.ts';
import { block } from '../../text.ts';
import { refusal, refusalMessage } from '../refusal.ts';
import type { RegistryAuth } from '../registry-auth.ts';
import { transferFailure } from '../transfer-failure.ts';
import type { BuildRequest } from './build-query.ts';
import type { BuildFailure } from './build-reader.ts';
import { readFrom } from './text-stages.ts';

export interface BuildPurpose {
  readonly request: BuildRequest;
  /** What went along to registries, by their domains. */
  readonly auths: ReadonlyMap<string, RegistryAuth>;
  readonly platform: string | undefined;
}

const MAX_NAME = 200;
/** Characters of what a builder says that a person reads at once. */
const MAX_SAID = 600;

/** A build that an engine began, and that failed. */
export function buildFailure(failure: BuildFailure, purpose: BuildPurpose): EngineError {
  const said = cleaned(failure.said, purpose);
  return (
    dockerfileFailure(said, purpose) ??
    commonFailure(said) ??
    baseFailure(said, failure, purpose) ??
    stepFailure(said, failure)
  );
}

/** A build that an engine refused. */
export function buildRefusal(status: number, body: string, purpose: BuildPurpose): EngineError {
  const said = cleaned(refusalMessage(body), purpose);
  return (
    dockerfileFailure(said, purpose) ??
    commonFailure(said) ??
    refusal(status, body, { doing: 'build the image' })
  );
}

/** Without what went along to registries, should anybody repeat it. */
function cleaned(said: string, { auths }: BuildPurpose): string {
  let text = block(said).trim();
  for (const { credentials } of auths.values()) {
    if (credentials === undefined || credentials.secret === '') continue;
    const { username, secret } = credentials;
    const encoded = Buffer.from(`${username}:${secret}`).toString('base64');
    text = text.replaceAll(secret, '***').replaceAll(encoded, '***');
  }
  return text;
}

/** What is wrong with the Dockerfile itself, or with what was asked of it. */
function dockerfileFailure(said: string, { request }: BuildPurpose): EngineError | undefined {
  const { dockerfile } = request;
  const target =
    /target stage "?(.+?)"? could not be found|failed to reach build target (\S+) in|The target "(.+?)" was not found/.exec(
      said,
    );
  if (target !== null) {
    const name = target[1] ?? target[2] ?? target[3] ?? '';
    return fail(
      'bad-input',
      said,
      `cannot build: ${dockerfile} has no stage called ${name}`,
      'Name one of its stages, or none to build the last.',
    );
  }
  if (isMissing(said, dockerfile)) {
    return fail(
      'bad-input',
      said,
      `cannot build: the context has no ${dockerfile}`,
      'Name its Dockerfile with --file, or build another folder.',
    );
  }
  const parse = /dockerfile parse error(?: on)? line (\d+): ([\s\S]+)$/i.exec(said);
  if (parse !== null) {
    const [, line = '', why = ''] = parse;
    return fail(
      'bad-input',
      said,
      `${dockerfile}, line ${line}: ${short(why)}`,
      'Correct that line, and build again.',
    );
  }
  const unknown = /Build error: (Unknown instruction: "\S+")/.exec(said)?.[1];
  if (unknown !== undefined) {
    const step = /building at STEP "([\s\S]*?)": /.exec(said)?.[1]?.trim() ?? '';
    return fail(
      'bad-input',
      said,
      `${dockerfile}: ${unknown.toLowerCase()} in "${short(step)}"`,
      'Correct that line, and build again.',
    );
  }
  if (/file with no instructions|no stages to build|no build stage in current context/i.test(said)) {
    return fail(
      'bad-input',
      said,
      `cannot build: ${dockerfile} says nothing to build`,
      'It begins with FROM.',
    );
  }
  const general =
    /^(?:failed to parse (?:dockerfile|stage name)|failed to process "|circular dependency|base name .* should not be blank)/i;
  return general.test(innermost(said))
    ? fail('bad-input', said, `${dockerfile}: ${short(innermost(said))}`, 'Correct it, and build again.')
    : undefined;
}

function isMissing(said: string, dockerfile: string): boolean {
  if (/Cannot locate specified Dockerfile|failed to read dockerfile: .*no such file/i.test(said)) return true;
  return /^stat \S+: no such file or directory$/.test(said) && said.includes(`/${dockerfile}:`);
}

/** What has nothing to do with what is built. */
function commonFailure(said: string): EngineError | undefined {
  if (/no space left on device|disk quota exceeded/i.test(said)) {
    return fail(
      'no-space',
      said,
      "cannot build: the engine's disk is full",
      'Free space first: remove images or build cache.',
    );
  }
  if (/network mode .* not supported by buildkit/i.test(said)) {
    return fail(
      'unsupported',
      said,
      `cannot build: ${short(innermost(said))}`,
      'BuildKit knows default, none and host; the classic builder takes the name of a network.',
    );
  }
  if (/graceful_stop|transport is closing|error reading from server: EOF|code = Unavailable/i.test(said)) {
    return fail(
      'unreachable',
      said,
      'cannot build: the engine was stopped',
      'Start it, and build again; what is done is kept.',
    );
  }
  // Somebody else stopped it.
  return /^(?:.*: )?context canceled$/i.test(said) ? cancelled() : undefined;
}

/** An image that the build stands on, or copies from. */
function baseFailure(said: string, { step }: BuildFailure, purpose: BuildPurpose): EngineError | undefined {
  const image = baseImage(said, step);
  if (image === '') return undefined;
  let registry = 'docker.io';
  try {
    registry = parseReference(image).domain;
  } catch {
    return fail(
      'bad-input',
      said,
      `cannot build: "${short(image)}" is no name of an image`,
      'Correct its FROM.',
    );
  }
  if (/did not resolve to an alias/.test(said)) {
    return fail(
      'not-found',
      said,
      `cannot build: there is no image ${image} here, and it does not say which registry has it`,
      'Write its registry in front: docker.io/library/…',
    );
  }
  const auth = purpose.auths.get(registry);
  const error = transferFailure(said, {
    verb: 'pull',
    subject: image,
    registry,
    credentials: auth?.credentials,
    credentialsProblem: auth?.problem,
  });
  const { code, hint, detail, retryable } = error;
  const message = error.message.replace(/^cannot pull /, 'cannot pull the base image ');
  return new EngineError({ code, message, hint, detail, retryable });
}

function baseImage(said: string, step: BuildStep | undefined): string {
  const source =
    /^(?:load metadata for|resolve image config for) (?:docker-image:\/\/)?(\S+)$/.exec(
      step?.name ?? '',
    )?.[1] ??
    /invalid from flag value (\S+): /.exec(said)?.[1] ??
    /docker:\/\/(\S+?):? reading manifest|(\S+): failed to resolve source metadata/
      .exec(said)
      ?.slice(1)
      .find(Boolean);
  if (source !== undefined) return source.replace(/:$/, '');
  if (step === undefined || !/^FROM\s/i.test(step.name)) return '';
  return readFrom(step.name).base;
}

/** A step that did not do what it should. */
function stepFailure(said: string, { step, tail, exitCode }: BuildFailure): EngineError {
  const code = exitCode ?? exitCodeOf(said);
  const why = code === undefined ? reasonOf(said, step) : `exit code ${code}`;
  const detail = tail.length > 0 ? tail.slice(-20).join('\n') : said;
  if (step === undefined)
    return fail(
      'build-failed',
      said,
      `cannot build: ${why}`,
      "Look at what the builder says, and at the engine's log.",
    );
  const message = `cannot build: ${placeOf(step)}${short(step.name, MAX_NAME)}: ${why}`;
  return fail('build-failed', detail, message, hintOf(code, why));
}

function placeOf({ stage, position, of, internal }: BuildStep): string {
  if (internal || position === undefined) return '';
  const name = /^\d*$/.test(stage) ? '' : `${stage} `;
  return `[${name}${position}${of === undefined ? '' : `/${of}`}] `;
}

function exitCodeOf(said: string): number | undefined {
  const code = /(?:exit code:|exit status|non-zero code:) (\d+)\s*$/.exec(said)?.[1];
  return code === undefined ? undefined : Number(code);
}

function reasonOf(said: string, step: BuildStep | undefined): string {
  const secret = /secret "?([^\s":]+)"?:? not found|no secret with id (\S+) found/.exec(said);
  if (secret !== null) return `it needs the secret ${secret[1] ?? secret[2]}`;
  const missing =
    /"([^"]+)"(?: not found)?: (?:not found|no such file or directory)|stat (\S+): file does not exist/.exec(
      said,
    );
  if (missing !== null && /^(?:COPY|ADD)\s/i.test(step?.name ?? '')) {
    const where = /\s--from=/.test(step?.name ?? '') ? 'there' : 'in the context';
    return `${(missing[1] ?? missing[2] ?? '').replace(/^\//, '')} is not ${where}`;
  }
  return short(innermost(said));
}

function hintOf(code: number | undefined, why: string): string {
  if (code === 137) return 'It was killed: often for want of memory.';
  if (code === 126 || code === 127)
    return 'The command is not there, or cannot be run: check the base image and its PATH.';
  if (why.startsWith('it needs the secret')) return 'Give it with --secret id=…,src=FILE or env=NAME.';
  if (why.endsWith('in the context')) return 'Check the path, and that .dockerignore does not leave it out.';
  return code === undefined
    ? 'Change the step, and build again.'
    : 'Its last lines say why; change the step, and build again.';
}

/** Builders wrap one message in another. */
function innermost(said: string): string {
  return said.replace(
    /^(?:(?:failed to solve(?: with frontend \S+)?|failed to create LLB definition|failed to compute cache key|rpc error: code = \w+ desc =|building at STEP "[\s\S]*?"):? )+/,
    '',
  );
}

function short(text: string, limit: number = MAX_SAID): string {
  const flat = text.replace(/\s*\n\s*/g, ' ').trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}

/** Redacted only now: what looks like a secret may be what the reason is recognised by. */
function fail(code: ErrorFacts['code'], said: string, message: string, hint: string): EngineError {
  const detail = said.split('\n').map(redact).join('\n');
  return new EngineError({ code, message: redact(message), hint, detail, retryable: code === 'unreachable' });
}
