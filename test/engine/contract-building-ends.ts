/** The contract: builds that are given up, by whoever asked for them or by their context. */
import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BuildEvent } from '../../src/engine/build.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { contextOf, followBuild, startBuild, stepsOf } from './contract-build-events.ts';
import { builders } from './contract-builders.ts';
import { failure, type GetSubject } from './contract-subject.ts';

export function buildingEndsContract(get: GetSubject): void {
  const { each } = builders(get);

  each('stops the work on the engine when it is cancelled', async (builder) => {
    const { engine, kind } = get();
    // By its time it is found among all that sleep here.
    const time = `${randomInt(100_000, 999_999)}`;
    const seconds = kind === 'podman' ? `1.${time}` : time;
    const stop = new AbortController();
    const dockerfile = ['FROM base:1', `RUN echo now; sleep ${seconds}`];
    const seen: BuildEvent[] = [];
    const building = startBuild(engine, await contextOf(dockerfile), { builder, signal: stop.signal });
    const ended = failure(
      (async () => {
        for await (const event of building) {
          seen.push(event);
          if (event.type === 'log') stop.abort();
        }
      })(),
      'cancelled',
    );
    await ended;
    expect(stepsOf(seen, 'RUN')[0]).toMatchObject({ state: 'cancelled', endedAt: expect.any(Number) });
    if (kind === 'podman') expect(seen.at(-1)).toMatchObject({ type: 'line', topic: 'warning' });
    const deadline = Date.now() + 8000;
    while ((await running()).includes(`sleep ${seconds}`) && Date.now() < deadline) await sleep(50);
    expect(await running()).not.toContain(`sleep ${seconds}`);
  });

  each('ends with what was wrong with its context', async (builder) => {
    const { engine } = get();
    const whole = await contextOf(['FROM base:1', 'COPY big /'], { big: Buffer.alloc(300_000, 7) });
    const lost = new EngineError({
      code: 'permission',
      message: 'a file cannot be read',
      hint: 'Make it readable.',
    });
    async function* halves() {
      yield whole.subarray(0, 200_000);
      await sleep(50);
      throw lost;
    }
    const broken = engine.builder?.build(Readable.from(halves()), {
      builder,
      references: ['built/broken:1'],
    });
    expect(await failure(followBuild(broken!), 'permission')).toBe(lost);
    const names = (await engine.list()).flatMap((image) => image.references);
    expect(names).not.toContain('built/broken:1');
  });
}

/** The command lines of this machine's processes. */
async function running(): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).map((line) => line.split('\0').join(' ').trim());
}
