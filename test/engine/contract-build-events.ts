/** Follows builds for the contract suite: every event is checked on the way. */
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Build, BuildEvent, BuildOptions, BuildResult, BuildStep } from '../../src/engine/build.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { type TarEntry, tarOf } from '../support/tar.ts';
import { stringsOf } from './contract-subject.ts';

export interface FollowedBuild {
  readonly result: BuildResult;
  readonly events: readonly BuildEvent[];
  /** What the Dockerfile says, as it stood at last, in order of appearance. */
  readonly steps: readonly BuildStep[];
  /** `out hello`: what was printed, in order. */
  readonly printed: readonly string[];
}

/** A context in memory: files by path. */
export type Files = Readonly<Record<string, string | Buffer>>;

export async function contextOf(dockerfile: string | readonly string[], files: Files = {}): Promise<Buffer> {
  const text = [dockerfile, ''].flat().join('\n');
  const entries = Object.entries({ Dockerfile: text, ...files }).map(
    ([name, content]): TarEntry => ({ name, content }),
  );
  return await tarOf(entries);
}

/** Starts a build on the host's network, where test engines have no other. */
export function startBuild(engine: Engine, context: Buffer, options: BuildOptions = {}): Build {
  if (engine.builder === undefined) throw new Error('this engine builds nothing');
  return engine.builder.build(Readable.from([context]), { network: 'host', ...options });
}

/** To its end; `seen` gets every event, also of a build that fails. */
export async function followBuild(build: Build, seen: BuildEvent[] = []): Promise<FollowedBuild> {
  const steps = new Map<string, BuildStep>();
  for (;;) {
    const { done, value } = await build.next();
    if (done) {
      for (const { name, state } of steps.values()) expect(['cached', 'done'], name).toContain(state);
      const printed = seen.flatMap((event) =>
        event.type === 'log' ? [`${event.stream} ${event.text}`] : [],
      );
      const said = [...steps.values()].filter(({ internal }) => !internal);
      return { result: value, events: seen, steps: said, printed };
    }
    seen.push(value);
    checkEvent(value, steps);
  }
}

function checkEvent(event: BuildEvent, steps: Map<string, BuildStep>): void {
  const { error, ...oneLine } = event.type === 'step' ? event : { ...event, error: '' };
  for (const text of stringsOf(oneLine)) expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(error).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  if (event.type === 'step') {
    const { id, name, position, of, startedAt, endedAt, inputs, state } = event;
    expect(name).not.toBe('');
    const before = steps.get(id);
    if (before !== undefined) expect([name, position, of]).toEqual([before.name, before.position, before.of]);
    for (const input of inputs) expect(input).not.toBe(id);
    if (endedAt !== undefined) expect(endedAt).toBeGreaterThanOrEqual(startedAt ?? Number.NaN);
    expect(endedAt !== undefined, `${name} ${state}`).toBe(state !== 'waiting' && state !== 'running');
    expect(error === '', `${name} ${state}`).toBe(state !== 'failed');
    steps.set(id, event);
  } else if (event.type === 'log' || event.type === 'inside') {
    expect([...steps.keys()]).toContain(event.step);
    if (event.type === 'log') expect(event.text.length).toBeLessThanOrEqual(4096);
    else if (event.total !== undefined) expect(event.done).toBeLessThanOrEqual(event.total);
  } else if (event.type === 'part') {
    expect(event.id).toBe('context');
  } else expect(event.text).not.toBe('');
}

/** The last that was told of each step, by the instruction it begins with. */
export function stepsOf(events: readonly BuildEvent[], instruction = ''): BuildStep[] {
  const steps = new Map(
    events.flatMap((event) => (event.type === 'step' ? [[event.id, event] as const] : [])),
  );
  return [...steps.values()].filter(({ name, internal }) => !internal && name.startsWith(instruction));
}
