/** The containers of an engine that has some. */
import type { Containers } from '../engine/container.ts';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';

/** Errors: `unsupported`, with the engine's own reason. */
export function containersOf(engine: Engine): Containers {
  if (engine.containers !== undefined) return engine.containers;
  throw new EngineError({
    code: 'unsupported',
    message: `there are no containers: ${engine.absent.containers ?? 'this engine has none'}`,
    hint: 'Choose an engine that has, with --host or --context.',
  });
}
