/** Events of a build folded into what is shown of it: its stages, its steps in a steady order, what they wait for. Pure. */
import type { BuildEvent, BuildPart, BuildStep, BuildStepState, BuildWarning } from './build.ts';
import { foretold, sortStages, stageOf } from './build-stages.ts';

export interface ProgressStep extends BuildStep {
  /** From 1 in the order they are shown; 0 for internal steps. */
  readonly number: number;
  /** Work inside it, in the order it was first told. */
  readonly inside: readonly BuildPart[];
  /** Lines it printed so far. */
  readonly lines: number;
}

export interface ProgressStage {
  /** As `BuildStep.stage`: never `''`. */
  readonly name: string;
  /** Ids. */
  readonly steps: readonly string[];
  /** `waiting` also between two of its steps, while the next one waits for another stage. */
  readonly state: BuildStepState;
  /** Milliseconds: of its first and its last step; `endedAt` is undefined while it goes on. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** Names of the stages whose results it takes. */
  readonly needs: readonly string[];
}

export interface BuildProgress {
  /** In the order of the Dockerfile where that is known, else each after those it needs. */
  readonly stages: readonly ProgressStage[];
  /** First what prepares, then stage by stage, then what comes after; the same object while nothing of it changed. */
  readonly steps: readonly ProgressStep[];
  readonly warnings: readonly BuildWarning[];
  /** Bytes of the context that were sent; `done` when all were. */
  readonly context: { readonly bytes: number; readonly done: boolean };
  /** Id of the running step that began first; between two steps that of the last one. */
  readonly current: string | undefined;
  /** Id of the step that made the build fail. */
  readonly failed: string | undefined;
  /** So many milliseconds the clock that steps are told by is behind ours; 0 while no step has begun. */
  readonly behind: number;
  /** Of the steps that are not internal; `total` counts those that the builder has foretold, too. */
  readonly counts: {
    readonly total: number;
    readonly started: number;
    readonly done: number;
    readonly cached: number;
  };
}

export const NO_BUILD: BuildProgress = {
  stages: [],
  steps: [],
  warnings: [],
  context: { bytes: 0, done: false },
  current: undefined,
  failed: undefined,
  behind: 0,
  counts: { total: 0, started: 0, done: 0, cached: 0 },
};

export interface BuildFold {
  /** `at` in milliseconds. */
  add(event: BuildEvent, at: number): void;
  /** Names the Dockerfile's stages in their order, as `BuildStep.stage` names them. */
  arrange(stages: readonly string[]): void;
  /** The build is over: what still runs will not go on. Call once, after the last event. */
  end(outcome: 'done' | 'failed' | 'cancelled', at: number): void;
  /** As it stands; the same value while nothing was added. */
  progress(): BuildProgress;
}

/** Parts kept of one step: an image has not more than 127 layers, each is pulled and unpacked. */
const PARTS = 400;

interface Entry {
  told: BuildStep;
  /** In which order steps were first told. */
  readonly arrival: number;
  readonly parts: Map<string, BuildPart>;
  lines: number;
  shown: ProgressStep | undefined;
}

export function createBuildFold(): BuildFold {
  const entries = new Map<string, Entry>();
  let warnings: BuildWarning[] = [];
  let context = NO_BUILD.context;
  let order: readonly string[] = [];
  /** Entries as they are shown; undefined when a step was added or changed its place. */
  let sorted: readonly Entry[] | undefined;
  let stageNames: readonly string[] = [];
  let current: string | undefined;
  /** When the first step began that is not internal. */
  let begun: number | undefined;
  /** The builder tells steps before they begin: then there are no others to come. */
  let tellsAll = false;
  let behind = Infinity;
  let last: BuildProgress | undefined = NO_BUILD;

  function addStep(told: BuildStep, at: number): void {
    const moment = told.endedAt ?? told.startedAt;
    if (moment !== undefined) behind = Math.min(behind, at - moment);
    const entry = entries.get(told.id);
    const isSame =
      entry !== undefined &&
      entry.told.stage === told.stage &&
      entry.told.position === told.position &&
      entry.told.inputs.length === told.inputs.length &&
      (!told.internal || entry.told.startedAt === told.startedAt);
    if (!isSame) sorted = undefined;
    if (entry === undefined) {
      tellsAll ||= !told.internal && told.state === 'waiting';
      entries.set(told.id, {
        told,
        arrival: entries.size,
        parts: new Map(),
        lines: 0,
        shown: undefined,
      });
    } else {
      entry.told = told;
      entry.shown = undefined;
    }
    if (told.internal || told.startedAt === undefined || told.startedAt >= (begun ?? Infinity)) return;
    begun = told.startedAt;
    sorted = undefined;
  }

  function addPart(part: BuildPart): void {
    const entry = entries.get(part.step);
    if (entry === undefined || (entry.parts.size >= PARTS && !entry.parts.has(part.id))) return;
    entry.parts.set(part.id, part);
    entry.shown = undefined;
  }

  function sort(): readonly Entry[] {
    if (sorted !== undefined) return sorted;
    const all = [...entries.values()];
    stageNames = sortStages(all, entries, order);
    const places = new Map(stageNames.map((name, index) => [name, index]));
    const rank = ({ told }: Entry): number => {
      if (!told.internal) return places.get(told.stage) ?? -1;
      return begun === undefined || (told.startedAt ?? begun) <= begun ? -2 : stageNames.length;
    };
    sorted = all.sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.told.internal ? 0 : (a.told.position ?? Infinity) - (b.told.position ?? Infinity) || 0) ||
        a.arrival - b.arrival,
    );
    return sorted;
  }

  function make(): BuildProgress {
    let number = 0;
    const steps = sort().map((entry) => {
      const own = entry.told.internal ? 0 : ++number;
      if (entry.shown === undefined || entry.shown.number !== own)
        entry.shown = { ...entry.told, number: own, inside: [...entry.parts.values()], lines: entry.lines };
      else if (entry.shown.lines !== entry.lines) entry.shown = { ...entry.shown, lines: entry.lines };
      return entry.shown;
    });
    const counted = steps.filter((step) => !step.internal);
    const running = steps.filter((step) => step.state === 'running').sort(byStart);
    const failed = steps.find((step) => step.state === 'failed');
    current = (running.find((step) => !step.internal) ?? running[0])?.id ?? current;
    return {
      stages: stageNames.map((name) =>
        stageOf(
          name,
          counted.filter((step) => step.stage === name),
          entries,
        ),
      ),
      steps,
      warnings,
      context,
      current,
      failed: failed?.id,
      behind: behind === Infinity ? 0 : behind,
      counts: {
        total: tellsAll ? counted.length : foretold(counted),
        started: counted.filter((step) => step.state !== 'waiting').length,
        done: counted.filter((step) => step.state === 'done' || step.state === 'cached').length,
        cached: counted.filter((step) => step.state === 'cached').length,
      },
    };
  }

  return {
    add(event, at) {
      switch (event.type) {
        case 'log': {
          const entry = entries.get(event.step);
          if (entry === undefined) return;
          entry.lines++;
          break;
        }
        case 'step':
          addStep(event, at);
          break;
        case 'inside':
          addPart(event);
          break;
        case 'warning':
          if (warnings.some((known) => known.text === event.text && known.line === event.line)) return;
          warnings = [...warnings, event];
          break;
        case 'part':
          if (event.id !== 'context') return;
          context = { bytes: event.done, done: event.stage === 'done' };
          break;
        case 'line':
          return;
      }
      last = undefined;
    },
    arrange(stages) {
      order = stages;
      sorted = undefined;
      last = undefined;
    },
    end(outcome, at) {
      for (const entry of entries.values()) {
        if (entry.told.state !== 'running') continue;
        const state = outcome === 'done' ? 'done' : 'cancelled';
        entry.told = { ...entry.told, state, endedAt: entry.told.endedAt ?? at };
        entry.shown = undefined;
      }
      last = undefined;
    },
    progress() {
      last ??= make();
      return last;
    },
  };
}

function byStart(a: BuildStep, b: BuildStep): number {
  return (a.startedAt ?? 0) - (b.startedAt ?? 0);
}
