/** What a vertex is called, taken apart: `[linux/arm64 build 2/5] RUN npm ci`. */
import { line } from '../../text.ts';

export interface VertexName {
  readonly name: string;
  readonly stage: string;
  readonly position: number | undefined;
  readonly of: number | undefined;
  readonly internal: boolean;
}

/** No stage and no platform has a bracket in its name, but what a step runs may. */
const STEP = /^\[(?:([^\]]*) )? *(\d+)\/(\d+)\] /;
const PLATFORM = /^(?:linux|windows|darwin|freebsd|wasi)\/\S+/;

/**
 * Source: BuildKit's `dockerfile2llb`: `[PLATFORM STAGE n/m] INSTRUCTION`, the platform only where there are several,
 * the stage only where there are several; a stage without a name is `stage-N`. Whatever else there is, no Dockerfile says.
 */
export function readVertexName(text: string): VertexName {
  const shown = line(text);
  const step = STEP.exec(shown);
  if (step === null) {
    const name = shown.replace(/^\[internal\] /, '');
    return { name, stage: '', position: undefined, of: undefined, internal: true };
  }
  const [prefix, where = '', position, of] = step;
  return {
    name: shown.slice(prefix.length),
    stage: stageOf(where.trim()),
    position: Number(position),
    of: Number(of),
    internal: false,
  };
}

function stageOf(where: string): string {
  const platform = PLATFORM.exec(where)?.[0] ?? '';
  const stage = where.slice(platform.length).trim();
  const name = stage === '' ? '0' : stage.replace(/^stage-(\d+)$/, '$1');
  return platform === '' ? name : `${platform} ${name}`;
}
