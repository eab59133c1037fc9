/** The engine that is there now, for work that has begun and needs it. */
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';
import type { App } from './app.ts';

export function connectedEngine(app: App): Engine {
  const engine = app.session.engine();
  if (engine !== undefined) return engine;
  throw new EngineError({
    code: 'unreachable',
    message: 'the engine is gone: nothing was changed',
    hint: 'Try again when it is back.',
  });
}
