/** From a choice to an engine that answers. */
import type { Choice } from './choose.ts';
import type { Engine } from './engine.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Ask for all images at once, so that the first `list({all: true})` has its answer under way. */
  readonly prefetchList?: boolean;
  /** Told when the first requests are on their way, or cannot be sent. */
  readonly onAsked?: () => void;
}

/** Loads the backend and greets the engine. Errors: `unreachable`, `permission`, `corrupt`, `bad-input`, `cancelled`. */
export async function connect(choice: Choice, options: ConnectOptions = {}): Promise<Engine> {
  const { openDockerEngine } = await import('./docker/docker-engine.ts');
  return openDockerEngine(choice.endpoint, { ...options, chosenBy: choice.chosenBy });
}
