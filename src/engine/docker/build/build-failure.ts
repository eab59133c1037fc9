/** Why a build failed, read from what builders say. */
import type { BuildStep } from '../../build.ts';
import { EngineError } from '../../errors.ts';
import { parseReference, type Reference } from '../../reference.ts';
import { block } from '../../text.ts';
import { refusal, refusalMessage } from '../refusal.ts';
import type { RegistryAuth } from '../registry-auth.ts';
import { transferFailure } from '../transfer-failure.ts';
import type { BuildFailure } from './build-reader.ts';
import { fail, innermost, short } from './builder-words.ts';
import { ranAndFailed, stepFailure } from './step-failure.ts';
import { readFrom } from './text-stages.ts';

export interface BuildPurpose {
  /** Path within the context. */
  readonly dockerfile: string;
  /** What went along to registries, by their domains. */
  readonly auths: ReadonlyMap<string, RegistryAuth>;
}

/** A build that an engine began, and that failed. */
export function buildFailure(failure: BuildFailure, purpose: BuildPurpose): EngineError {
  const said = withoutSecrets(block(failure.said).trim(), purpose);
  // What a command did is no matter of the builder's, whatever words of the command are repeated.
  if (ranAndFailed(said, failure)) return stepFailure(said, failure);
  return (
    dockerfileFailure(said, purpose) ??
    commonFailure(said) ??
    baseFailure(said, failure, purpose) ??
    stepFailure(said, failure)
  );
}

/** A build that an engine refused. */
export function buildRefusal(status: number, body: string, purpose: BuildPurpose): EngineError {
  const bare = withoutSecrets(body, purpose);
  const said = refusalMessage(bare);
  return (
    dockerfileFailure(said, purpose) ??
    commonFailure(said) ??
    refusal(status, bare, { doing: 'build the image' })
  );
}

/** Without what went along to registries, should anybody repeat it. */
function withoutSecrets(said: string, { auths }: BuildPurpose): string {
  let text = said;
  for (const { credentials } of auths.values()) {
    if (credentials === undefined || credentials.secret === '') continue;
    const { username, secret } = credentials;
    const encoded = Buffer.from(`${username}:${secret}`).toString('base64');
    text = text.replaceAll(secret, '***').replaceAll(encoded, '***');
  }
  return text;
}

/** What is wrong with the Dockerfile itself, or with what was asked of it. */
function dockerfileFailure(said: string, { dockerfile }: BuildPurpose): EngineError | undefined {
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
    /^(?:failed to parse (?:dockerfile|stage name)|failed to process "|while replacing arg variables|circular dependency|base name .* should not be blank)/i;
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
  // Not by us: that is told before anything an engine says.
  return /^(?:[\s\S]*: )?context canceled$/i.test(said)
    ? fail(
        'build-failed',
        said,
        'cannot build: it was stopped on the engine',
        'Somebody cancelled it there, or the engine went down: build again; what is done is kept.',
      )
    : undefined;
}

/** An image that the build stands on, or copies from. */
function baseFailure(said: string, { step }: BuildFailure, purpose: BuildPurpose): EngineError | undefined {
  const image = baseImage(said, step);
  if (image === '') return undefined;
  let name: Reference;
  try {
    name = parseReference(image);
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
  const registry = name.domain;
  const auth = purpose.auths.get(registry);
  const error = transferFailure(innermost(said), {
    verb: 'pull',
    subject: name.familiar(),
    registry,
    credentials: auth?.credentials,
    credentialsProblem: auth?.problem,
  });
  const { code, hint, detail, retryable } = error;
  const what = /^resolve image config for /.test(step?.name ?? '')
    ? 'the image of its syntax'
    : 'the base image';
  const message = error.message.replace(/^cannot pull /, `cannot pull ${what} `);
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
