/** Test groups that need a real engine: skipped with the reason where it cannot be had, failed where it must be. */
import { describe, test } from 'vitest';
import { ENGINE_NAMES, type EngineName, isOptional, knownProblems } from './engines.ts';

/** Whether a missing engine is a failure: in CI, or when asked for. */
export function enginesRequired(): boolean {
  return [process.env['CI'], process.env['NACRE_REQUIRE_ENGINES']].some(
    (value) => value === 'true' || value === '1',
  );
}

/** `describe(title + engine)` on one engine. `body` starts it itself, in a `beforeAll`. */
export function engineGroup(title: string, name: EngineName, body: () => void): void {
  const problem = knownProblems()[name];
  describe(`${title} on ${name}`, () => {
    if (problem === undefined) body();
    else {
      test('the engine is there', (context) => {
        if (enginesRequired() && !isOptional(name)) throw new Error(`${name}: ${problem}`);
        context.skip(`${name}: ${problem}`);
      });
    }
  });
}

/** The same group on every engine. */
export function eachEngine(title: string, body: (name: EngineName) => void): void {
  for (const name of ENGINE_NAMES) engineGroup(title, name, () => body(name));
}

/** One engine of each kind, none of them optional. */
const KINDS = ['docker20', 'docker26-containerd', 'podman43'] as const satisfies readonly EngineName[];

/** The same group on one engine of each kind, for what stands on the contract: that is held by every engine. */
export function eachKind(title: string, body: (name: EngineName) => void): void {
  for (const name of KINDS) engineGroup(title, name, () => body(name));
}
