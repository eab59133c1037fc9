/** A build as a job: what its events add up to, what it printed step by step, and what is kept of it on disk. */
import type { BuildEvent, BuilderKind, BuildStep, BuildWarning } from '../engine/build.ts';
import { type BuildProgress, createBuildFold, NO_BUILD } from '../engine/build-progress.ts';
import type { History } from '../engine/image.ts';
import { createStepLogs, type StepTail } from './build-log.ts';
import { stepSizes } from './build-sizes.ts';
import type { LogLine } from './job-log.ts';

/** Told once, as soon as it is known where the context and its Dockerfile come from. */
export interface BuildOrigin {
  readonly type: 'origin';
  /** The Dockerfile as a file of this machine; `''` where it is none. */
  readonly file: string;
  /** The Dockerfile's stages in their order, as `BuildStep.stage` names them; empty where it is not known. */
  readonly stages: readonly string[];
  readonly builder: BuilderKind;
}

/** How much of the context was read so far. */
export interface ContextSent {
  readonly type: 'sent';
  readonly bytes: number;
  readonly files: number;
  readonly ignored: number;
}

/** The history of the image that came, newest first. */
export interface BuildMade {
  readonly type: 'made';
  readonly history: readonly History[];
}

export type BuildJobEvent = BuildEvent | BuildOrigin | ContextSent | BuildMade;

export interface JobBuild {
  readonly progress: BuildProgress;
  /** The last lines of each step, by its id; empty for a build of an earlier run. */
  readonly tails: ReadonlyMap<string, StepTail>;
  /** Ids of the steps in the order they were told: the place of an id is what its lines carry in the job's file. */
  readonly order: readonly string[];
  readonly sent: Omit<ContextSent, 'type'> | undefined;
  readonly file: string;
  readonly builder: BuilderKind | undefined;
  /** Bytes that steps added to the image, where that is known. */
  readonly sizes: ReadonlyMap<string, number>;
}

export const NO_JOB_BUILD: JobBuild = {
  progress: NO_BUILD,
  tails: new Map(),
  order: [],
  sent: undefined,
  file: '',
  builder: undefined,
  sizes: new Map(),
};

export interface BuildJobFold {
  /** The line to keep, for an event that says something. */
  add(event: BuildJobEvent, at: number): LogLine | undefined;
  end(outcome: 'done' | 'failed' | 'cancelled', at: number): void;
  build(): JobBuild;
}

export function createBuildJob(): BuildJobFold {
  const fold = createBuildFold();
  const logs = createStepLogs();
  /** Ids by the number that their lines carry, and what stands in the log's column of topics. */
  const known = new Map<string, { readonly index: number; topic: string }>();
  let order: readonly string[] = [];
  let facts: Pick<JobBuild, 'sent' | 'file' | 'builder' | 'sizes'> = NO_JOB_BUILD;
  return {
    add(event, at) {
      switch (event.type) {
        case 'origin':
          fold.arrange(event.stages);
          facts = { ...facts, file: event.file, builder: event.builder };
          return undefined;
        case 'sent':
          facts = {
            ...facts,
            sent: { bytes: event.bytes, files: event.files, ignored: event.ignored },
          };
          return undefined;
        case 'made':
          facts = { ...facts, sizes: stepSizes(fold.progress().steps, event.history) };
          return undefined;
        case 'line':
          return { at, topic: event.topic, text: event.text };
        case 'log': {
          const step = known.get(event.step);
          const { text } = event;
          const err = event.stream === 'err';
          fold.add(event, at);
          if (step === undefined) return { at, topic: 'build', text };
          logs.add(event.step, { at, text, err });
          const line = { at, topic: step.topic, text, step: step.index };
          return err ? { ...line, err } : line;
        }
        case 'step': {
          const topic = topicOf(event);
          const step = known.get(event.id);
          if (step === undefined) {
            known.set(event.id, { index: known.size, topic });
            order = [...order, event.id];
          } else step.topic = topic;
          break;
        }
        case 'warning':
          if (
            !fold.progress().warnings.some(({ text, line }) => text === event.text && line === event.line)
          ) {
            fold.add(event, at);
            return { at, topic: 'warning', text: warningText(event) };
          }
          return undefined;
      }
      fold.add(event, at);
      return undefined;
    },
    end: fold.end,
    build: () => ({ ...facts, progress: fold.progress(), tails: logs.tails(), order }),
  };
}

function topicOf(step: BuildStep): string {
  return step.internal || step.stage === '' ? 'build' : stageName(step.stage);
}

/** A stage as docker calls it: `deps`, or `stage-0` for one without a name. */
export function stageName(stage: string): string {
  return /^\d+$/.test(stage) ? `stage-${stage}` : stage;
}

/** `FromAsCasing: … (Dockerfile:3)`. */
function warningText(warning: BuildWarning): string {
  const where = [warning.file, warning.line ?? ''].filter((part) => part !== '').join(':');
  return where === '' ? warning.text : `${warning.text} (${where})`;
}

/** A build as it is kept with its job. */
export interface KeptBuild {
  readonly steps: readonly (Omit<BuildStep, 'type'> & { readonly lines: number })[];
  /** Names of the stages in their order. */
  readonly stages: readonly string[];
  readonly warnings: readonly BuildWarning[];
  readonly sent?: JobBuild['sent'];
  readonly file: string;
  readonly builder?: BuilderKind | undefined;
  /** Bytes by step. */
  readonly sizes?: Readonly<Record<string, number>>;
}

export function keptBuild(build: JobBuild): KeptBuild {
  const byId = new Map(build.progress.steps.map((step) => [step.id, step]));
  return {
    steps: build.order.flatMap((id) => {
      const step = byId.get(id);
      if (step === undefined) return [];
      const { type: _type, number: _number, inside: _inside, ...rest } = step;
      return [rest];
    }),
    stages: build.progress.stages.map((stage) => stage.name),
    warnings: build.progress.warnings,
    sent: build.sent,
    file: build.file,
    builder: build.builder,
    ...(build.sizes.size > 0 && { sizes: Object.fromEntries(build.sizes) }),
  };
}

/** The build of an earlier run: its lines are in the job's file alone. */
export function buildFrom(kept: Partial<KeptBuild>): JobBuild {
  const fold = createBuildFold();
  const steps = kept.steps ?? [];
  for (const { lines: _lines, ...step } of steps) fold.add({ type: 'step', ...step }, 0);
  for (const warning of kept.warnings ?? []) fold.add(warning, 0);
  fold.arrange(kept.stages ?? []);
  const progress = fold.progress();
  const lines = new Map(steps.map((step) => [step.id, step.lines]));
  return {
    ...NO_JOB_BUILD,
    progress: {
      ...progress,
      current: undefined,
      // A step that two stages share is told once, but counted in both.
      ...(kept.builder === 'buildkit' && {
        counts: { ...progress.counts, total: progress.steps.filter((step) => !step.internal).length },
      }),
      steps: progress.steps.map((step) => ({ ...step, lines: lines.get(step.id) ?? 0 })),
    },
    order: steps.map((step) => step.id),
    sent: kept.sent,
    file: kept.file ?? '',
    builder: kept.builder,
    sizes: new Map(Object.entries(kept.sizes ?? {})),
  };
}
