/** A step that failed, in words: which it was, why, and what to do. */
import type { BuildStep } from '../../build.ts';
import type { EngineError } from '../../errors.ts';
import type { BuildFailure } from './build-reader.ts';
import { fail, innermost, short } from './builder-words.ts';

const MAX_NAME = 200;

/** `build-failed`; its detail is what the step printed last. */
export function stepFailure(said: string, { step, tail, exitCode }: BuildFailure): EngineError {
  const code = exitCode ?? exitCodeOf(said);
  const why = code === undefined ? reasonOf(said, step) : `exit code ${code}`;
  const detail = tail.length > 0 ? tail.join('\n') : said;
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

/** Whether a command ran and ended with an exit code, and nothing else was wrong. */
export function ranAndFailed(said: string, { step, exitCode }: BuildFailure): boolean {
  return /^RUN\s/i.test(step?.name ?? '') && (exitCode ?? exitCodeOf(said)) !== undefined;
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
