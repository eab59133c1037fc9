/** How far a build is, and what became of its steps, in words. */
import type { BuildPart } from '../engine/build.ts';
import type { BuildProgress, ProgressStage, ProgressStep } from '../engine/build-progress.ts';
import { NO_JOB_BUILD, stageName } from './build-job.ts';
import { bytes, bytesOf, duration, grouped, percent, plural, shortDigest } from './format.ts';
import type { Job } from './jobs.ts';

/** `step 9 of 14`, `sending the context`, `exporting to image`. */
export function buildPlace(job: Job): string {
  const progress = job.build?.progress;
  if (progress === undefined || progress.counts.total === 0)
    return job.build?.sent === undefined ? 'starting' : 'sending the context';
  const { started, total, done } = progress.counts;
  const running = progress.steps.find((step) => step.id === progress.current && step.state === 'running');
  if (job.endedAt === undefined && running?.internal === true && done === total) return running.name;
  return `step ${Math.min(Math.max(1, started), total)} of ${total}`;
}

/** `context 4.2 MB sent, 1,204 files, 38 ignored`; `''` until something of it was read. */
export function contextText(job: Job): string {
  const sent = job.build?.sent;
  if (sent === undefined || sent.bytes === 0) return '';
  return [
    `context ${bytes(sent.bytes)} sent`,
    ...(sent.files === 0 ? [] : [plural(sent.files, 'file')]),
    ...(sent.ignored === 0 ? [] : [`${grouped(sent.ignored)} ignored`]),
  ].join(', ');
}

/** `0:31`, `12:04`, `1:02:03`. */
export function elapsed(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (part: number): string => String(part).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** `0.1 s`, `18.3 s`, `2 min 5 s`. */
export function stepTime(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  return seconds < 99.95 ? `${seconds.toFixed(1)} s` : duration(milliseconds);
}

/** By the clock that the steps are told by. */
export function engineNow(job: Job, nowMs: number): number {
  const { behind, steps } = (job.build ?? NO_JOB_BUILD).progress;
  if (job.endedAt === undefined) return nowMs - behind;
  return steps.reduce((last, step) => Math.max(last, step.endedAt ?? step.startedAt ?? 0), 0);
}

/** When the first step began, by the same clock; undefined while none has. */
export function buildStart({ steps }: BuildProgress): number | undefined {
  const starts = steps.flatMap((step) => step.startedAt ?? []);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

/** How long a step took, or takes so far; `''` while it has not begun. */
export function stepTook(step: ProgressStep, now: number): string {
  if (step.startedAt === undefined) return '';
  return stepTime((step.endedAt ?? now) - step.startedAt);
}

export type ResultTone = 'good' | 'accent' | 'muted' | 'bad' | 'warn';

/** What became of a step, in so many cells: `✓ cached`, `↻ 12.2 / 40.3 MB  30 %`, `✗ exit code 3`. */
export function stepResult(
  step: ProgressStep,
  job: Job,
  lost: boolean,
  cells: number,
): readonly [ResultTone, string] {
  const parts = (...texts: readonly string[]): string =>
    [...texts, lost ? 'was cached' : ''].filter((text) => text !== '').join(' · ');
  switch (step.state) {
    case 'waiting':
      return job.endedAt === undefined ? ['muted', '…'] : ['muted', '− not run'];
    case 'running':
      return ['accent', `↻ ${parts(insideText(step.inside, cells - 2))}`.trimEnd()];
    case 'cached': {
      const digest = digestOf(step);
      return ['good', digest === '' || cells < 11 + digest.length ? '✓ cached' : `✓ cached   ${digest}`];
    }
    case 'done':
      return ['good', `✓ ${parts(doneText(step, job.build?.sizes.get(step.id) ?? 0))}`.trimEnd()];
    case 'failed':
      return ['bad', `✗ ${exitText(step.error)}`];
    case 'cancelled':
      return ['warn', '− cancelled'];
  }
}

/** The bytes of all that is moved inside a step, or what goes on there last. */
function insideText(inside: readonly BuildPart[], cells: number): string {
  const counted = inside.filter((part) => part.total !== undefined && part.total > 0);
  const total = counted.reduce((sum, part) => sum + part.total!, 0);
  const done = counted.reduce((sum, part) => sum + (part.ended ? part.total! : part.done), 0);
  if (total > 0 && done < total) {
    const share = percent(done / total);
    const whole = `${bytesOf(done, total)}  ${share}`;
    return whole.length <= cells ? whole : share;
  }
  return inside.findLast((part) => !part.ended)?.name ?? '';
}

function doneText(step: ProgressStep, size: number): string {
  if (size > 0) return bytes(size);
  const moved = step.inside
    .filter((part) => /download|pull/i.test(part.name) || /^sha256:/.test(part.id))
    .reduce((sum, part) => sum + (part.total ?? 0), 0);
  return moved > 0 ? `${bytes(moved)} pulled` : digestOf(step);
}

function digestOf(step: ProgressStep): string {
  const digest = /^FROM .*@(sha256:[0-9a-f]{64})/.exec(step.name)?.[1];
  return digest === undefined ? '' : shortDigest(digest);
}

/** The instruction with its base as people call it: its digest stands beside it. */
export function stepName(step: ProgressStep): string {
  return step.name
    .replace(
      /^(FROM (?:--\S+ )*)(?:docker\.io\/(?:library\/)?)?(\S+?)(?:@sha256:[0-9a-f]{64})?(?= |$)/,
      '$1$2',
    )
    .replace(/^(FROM [0-9a-f]{12})[0-9a-f]{52}\b/, '$1');
}

function exitText(error: string): string {
  const code = /exit code: (\d+)|returned a non-zero code: (\d+)|exit status (\d+)/i.exec(error);
  if (code !== null) return `exit code ${code.slice(1).find((part) => part !== undefined)}`;
  return /did not complete successfully: ([^\n]+)/.exec(error)?.[1] ?? 'failed';
}

/** Why a build failed, where a step did: `step 4 of 11: exit code 3`; undefined otherwise. */
export function failedText(progress: BuildProgress): string | undefined {
  const step = progress.steps.find((each) => each.id === progress.failed);
  if (step === undefined) return undefined;
  const what = step.internal ? step.name : `step ${step.number} of ${progress.counts.total}`;
  const why = exitText(step.error);
  return why === 'failed' ? `${what} failed` : `${what}: ${why}`;
}

/** What a stage is about: what runs, what it waits for, or what took its time. */
export function stageText(stage: ProgressStage, progress: BuildProgress): string {
  const steps = progress.steps.filter((step) => stage.steps.includes(step.id));
  const of = (state: ProgressStep['state']): ProgressStep | undefined =>
    steps.find((step) => step.state === state);
  const at = of('failed') ?? of('running');
  if (at !== undefined) return stepName(at);
  if (stage.state === 'waiting') {
    const isOver = (name: string): boolean => {
      const other = progress.stages.find((each) => each.name === name);
      return other?.state === 'done' || other?.state === 'cached';
    };
    const needs = stage.needs.filter((name) => !isOver(name)).map(stageName);
    return needs.length === 0 ? '' : `needs ${needs.join(', ')}`;
  }
  const took = (step: ProgressStep): number => (step.endedAt ?? 0) - (step.startedAt ?? 0);
  const from = steps.find((step) => step.name.startsWith('FROM '));
  const longest = steps.filter((step) => step !== from).sort((a, b) => took(b) - took(a))[0];
  return [from === undefined ? '' : stepName(from), longest?.name.replace(/^RUN (?:--\S+ )*/, '') ?? '']
    .filter((part) => part !== '')
    .join(' · ');
}
