/** What a build's steps are called, and how long they take. */
import type { BuildStep } from '../../engine/build.ts';
import { line } from '../../engine/text.ts';

/** `[assets 3/4] RUN npm ci`; a first stage without a name has none here either, as with docker. */
export function stepLabel({ name, stage, position, of }: BuildStep): string {
  const numbered = /^\d+$/.test(stage);
  const inStage = numbered ? (stage === '0' ? '' : `stage-${stage}`) : stage;
  const count = position === undefined ? '' : of === undefined ? `${position}` : `${position}/${of}`;
  const place = [inStage, count].filter((part) => part !== '').join(' ');
  return place === '' ? line(name) : `[${place}] ${line(name)}`;
}

/** `12.5s`, of milliseconds. */
export function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}

/** Milliseconds a step took by the builder's clock; undefined where it does not tell. */
export function duration({ startedAt, endedAt }: BuildStep): number | undefined {
  return startedAt === undefined || endedAt === undefined ? undefined : endedAt - startedAt;
}

export function hasEnded({ state }: BuildStep): boolean {
  return state !== 'waiting' && state !== 'running';
}
