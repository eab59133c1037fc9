/** What a Dockerfile says, as far as it helps to find a step's line in it. */
import type { BuilderKind, BuildStep } from '../build.ts';

export interface Dockerfile {
  readonly stages: readonly DockerfileStage[];
  /** Of `ARG`, wherever it stands; `default` is undefined where it has none. */
  readonly args: readonly DockerfileArg[];
  /** What stands before the first stage: `ARG`. */
  readonly head: readonly DockerfileStep[];
}

export interface DockerfileStage {
  /** `''` where it has none. */
  readonly name: string;
  /** From 0. */
  readonly index: number;
  /** What it is built from: an image, or the name of a stage; variables as written. */
  readonly base: string;
  /** From 1. */
  readonly line: number;
  /** All instructions, `FROM` first. */
  readonly steps: readonly DockerfileStep[];
}

export interface DockerfileStep {
  /** In capitals. */
  readonly instruction: string;
  /** What follows it, flags included, in one line. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface DockerfileArg {
  readonly name: string;
  readonly default: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** Takes anything: what is no Dockerfile has no stages. Loads its parser on the first call. */
export async function parseDockerfile(text: string): Promise<Dockerfile> {
  const { DockerfileParser } = await import('dockerfile-ast');
  const parsed = DockerfileParser.parse(text.replace(/^\ufeff/, ''));
  const bases = parsed.getFROMs();
  const head: DockerfileStep[] = [];
  const args: DockerfileArg[] = [];
  const stages: (DockerfileStage & { readonly steps: DockerfileStep[] })[] = [];
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const line = instruction.getRange().start.line + 1;
    const step = { instruction: keyword, text: oneLine(instruction.getRawArgumentsContent() ?? ''), line };
    const from = keyword === 'FROM' ? bases[stages.length] : undefined;
    if (from !== undefined) {
      const name = from.getBuildStage() ?? '';
      stages.push({ name, index: stages.length, base: from.getImage() ?? '', line, steps: [step] });
      continue;
    }
    (stages.at(-1)?.steps ?? head).push(step);
    if (keyword !== 'ARG') continue;
    for (const word of step.text.match(WORDS) ?? []) args.push(argOf(word, line));
  }
  return { stages, args, head };
}

/**
 * The line of a step, from 1; undefined where the Dockerfile does not tell, as for what a base image's `ONBUILD` adds.
 * BuildKit counts in each stage only what makes a layer, and `FROM` only for an image; others count everything.
 */
export function lineOfStep(
  dockerfile: Dockerfile,
  step: Pick<BuildStep, 'stage' | 'position' | 'name'> & Partial<Pick<BuildStep, 'of'>>,
  kind: BuilderKind,
): number | undefined {
  const [, word = '', text = ''] = /^\s*(?:ONBUILD\s+)?(\S+)\s*(.*)$/s.exec(step.name) ?? [];
  const instruction = word.toUpperCase();
  const stage = stageOf(dockerfile, step.stage);
  const all = [...dockerfile.head, ...dockerfile.stages.flatMap(({ steps }) => steps)];
  const counted =
    stage === undefined ? all : kind === 'buildkit' ? countedIn(dockerfile, stage) : stage.steps;
  // A base image's triggers come behind FROM, and are counted.
  const extra = step.of !== undefined && kind === 'buildkit' ? Math.max(0, step.of - counted.length) : 0;
  const position = step.position ?? 0;
  const found = counted[position - 1 - (position > 1 ? extra : 0)];
  if (found?.instruction === instruction) return found.line;
  const alike = (stage?.steps ?? all).filter((other) => other.instruction === instruction);
  const same = alike.filter((other) => other.text === oneLine(text));
  return (same.length > 0 ? same : alike).length === 1 ? (same[0] ?? alike[0])?.line : undefined;
}

function stageOf({ stages }: Dockerfile, name: string): DockerfileStage | undefined {
  if (name === '') return stages.length === 1 ? stages[0] : undefined;
  const wanted = name.toLowerCase();
  return (
    stages.find((stage) => stage.name.toLowerCase() === wanted) ??
    (/^\d+$/.test(name) ? stages[Number(name)] : undefined)
  );
}

const LAYERS = new Set(['RUN', 'COPY', 'ADD', 'WORKDIR']);

function countedIn({ stages }: Dockerfile, stage: DockerfileStage): DockerfileStep[] {
  const base = stage.base.toLowerCase();
  const isImage =
    base !== 'scratch' &&
    !stages.slice(0, stage.index).some(({ name }) => name !== '' && name.toLowerCase() === base);
  return stage.steps.filter(({ instruction }) =>
    instruction === 'FROM' ? isImage : LAYERS.has(instruction),
  );
}

/** Apart by spaces, where these are in no quotes. */
const WORDS = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

function argOf(text: string, line: number): DockerfileArg {
  const at = text.indexOf('=');
  if (at < 0) return { name: text, default: undefined, line };
  const value = text.slice(at + 1);
  const [, quoted] = /^(?:"(.*)"|'(.*)')$/s.exec(value)?.filter((part) => part !== undefined) ?? [];
  return { name: text.slice(0, at), default: quoted ?? value, line };
}

/** Continued lines are one, whatever is between its words. */
const oneLine = (text: string): string =>
  text
    .replace(/[\\`]\r?\n/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
