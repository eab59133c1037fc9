/** Stages of a build, from its steps: their order, what they need, how far they are. Pure. */
import type { BuildStep, BuildStepState } from './build.ts';
import type { ProgressStage, ProgressStep } from './build-progress.ts';

interface Entry {
  readonly told: BuildStep;
}

/** How many steps there are, or are to come: some builders count them within each stage, some over all. */
export function foretold(steps: readonly BuildStep[]): number {
  const stages = new Map<string, { count: number; of: number; restarts: boolean }>();
  for (const { stage, position, of = 0 } of steps) {
    const known = stages.get(stage) ?? { count: 0, of: 0, restarts: false };
    stages.set(stage, {
      count: known.count + 1,
      of: Math.max(known.of, of),
      restarts: known.restarts || position === 1,
    });
  }
  const all = [...stages.values()];
  if (all.filter((stage) => stage.restarts).length > 1)
    return all.reduce((sum, stage) => sum + Math.max(stage.count, stage.of), 0);
  return Math.max(steps.length, ...all.map((stage) => stage.of));
}

/** Names of the stages: as the Dockerfile has them, the others each after those it needs. */
export function sortStages(
  all: readonly Entry[],
  entries: ReadonlyMap<string, Entry>,
  order: readonly string[],
): readonly string[] {
  const steps = new Map<string, BuildStep[]>();
  for (const { told } of all) {
    if (told.internal || told.stage === '') continue;
    steps.set(told.stage, [...(steps.get(told.stage) ?? []), told]);
  }
  const sorted: string[] = [];
  const visit = (name: string, from: ReadonlySet<string>): void => {
    if (sorted.includes(name) || from.has(name)) return;
    const path = new Set([...from, name]);
    for (const need of needsOf(name, steps.get(name) ?? [], entries)) visit(need, path);
    sorted.push(name);
  };
  // From what nobody needs: builders tell the steps in no order that would be the same each time.
  const names = [...steps.keys()];
  const needed = new Set(names.flatMap((name) => needsOf(name, steps.get(name) ?? [], entries)));
  for (const name of [...names.filter((each) => !needed.has(each)), ...names]) visit(name, new Set());
  const place = (name: string): number => {
    const at = order.indexOf(name);
    return at < 0 ? order.length : at;
  };
  return sorted.sort((a, b) => place(a) - place(b));
}

/** Stages whose results a stage takes, in the order in which its steps take them. */
function needsOf(
  name: string,
  steps: readonly BuildStep[],
  entries: ReadonlyMap<string, Entry>,
): readonly string[] {
  const needs = new Set<string>();
  for (const step of [...steps].sort((a, b) => (a.position ?? 0) - (b.position ?? 0))) {
    for (const input of step.inputs) {
      const from = entries.get(input)?.told;
      if (from !== undefined && !from.internal && from.stage !== '' && from.stage !== name)
        needs.add(from.stage);
    }
  }
  return [...needs];
}

export function stageOf(
  name: string,
  steps: readonly ProgressStep[],
  entries: ReadonlyMap<string, Entry>,
): ProgressStage {
  const starts = steps.flatMap((step) => step.startedAt ?? []);
  const ends = steps.flatMap((step) => step.endedAt ?? []);
  const state = stateOf(steps);
  const isOver = state !== 'running' && state !== 'waiting';
  return {
    name,
    steps: steps.map((step) => step.id),
    state,
    startedAt: starts.length === 0 ? undefined : Math.min(...starts),
    endedAt: isOver && ends.length > 0 ? Math.max(...ends) : undefined,
    needs: needsOf(name, steps, entries),
  };
}

function stateOf(steps: readonly BuildStep[]): BuildStepState {
  const has = (state: BuildStepState): boolean => steps.some((step) => step.state === state);
  if (has('failed')) return 'failed';
  if (has('running')) return 'running';
  if (has('cancelled')) return 'cancelled';
  if (has('waiting')) return 'waiting';
  return has('done') ? 'done' : 'cached';
}
