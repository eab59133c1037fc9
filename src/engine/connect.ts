/** From a choice to an engine that answers. */
import type { Choice } from './choice.ts';
import type { Engine } from './engine.ts';
import type { ChangeJournal } from './undo/change-journal.ts';
import { journaled } from './undo/journaling.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Ask for all images at once, so that the first `list({all: true})` has its answer under way. */
  readonly prefetchList?: boolean;
  /** Told when the first requests are on their way, or cannot be sent. */
  readonly onAsked?: () => void;
  /** Registries, as `host:port`, that the embedded engine may speak to without TLS or with certificates nobody vouches for. */
  readonly insecureRegistries?: readonly string[];
  /** Where every change is written down before it is made; without one, none is. */
  readonly journal?: ChangeJournal | undefined;
}

/**
 * Loads the backend and greets the engine. Errors: `unreachable`, `permission`, `corrupt`, `bad-input`, `cancelled`;
 * for the embedded engine those of opening a folder.
 */
export async function connect(choice: Choice, options: ConnectOptions = {}): Promise<Engine> {
  const engine = await open(choice, options);
  return options.journal === undefined ? engine : journaled(engine, options.journal);
}

async function open(choice: Choice, options: ConnectOptions): Promise<Engine> {
  const { signal, prefetchList, onAsked, insecureRegistries = [] } = options;
  const { chosenBy } = choice;
  if ('store' in choice) {
    const { openEmbeddedEngine } = await import('./embedded/embedded-engine.ts');
    const engine = await openEmbeddedEngine(choice.store, { chosenBy, signal, insecureRegistries });
    onAsked?.();
    return engine;
  }
  const { openDockerEngine } = await import('./docker/docker-engine.ts');
  return openDockerEngine(choice.endpoint, { chosenBy, signal, prefetchList, onAsked });
}
