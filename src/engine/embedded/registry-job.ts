/** What a pull and a push have in common: a registry that is talked to while events are told, and an end to both. */
import type { Reference } from '../reference.ts';
import { openRegistry, type Registry, type RegistryClientOptions } from '../registry/registry.ts';
import type { RegistryOptions, Transfer } from '../transfer.ts';
import type { Store } from './store.ts';
import { TransferChannel } from './transfer-channel.ts';

/** How a registry is reached. */
export type Reach = Pick<RegistryClientOptions, 'insecure' | 'env' | 'limits' | 'retry' | 'pace'>;

export interface RegistryJob {
  readonly store: Store;
  readonly registry: Registry;
  readonly reference: Reference;
  readonly channel: TransferChannel;
  /** Aborted by the caller, and when nobody follows any more. */
  readonly signal: AbortSignal;
}

/** Layers moved at a time. Source: docker's default for pulls. */
export const AT_ONCE = 3;

/** Bytes: a larger config is worth a row of its own. */
export const LARGE_CONFIG = 1_000_000;

/** Follows the work to its end, and stops it when its events are no longer taken. Errors: those of the work. */
export async function* withRegistry<Result>(
  store: Store,
  reference: Reference,
  options: RegistryOptions & Reach,
  work: (job: RegistryJob) => Promise<Result>,
): Transfer<Result> {
  const channel = new TransferChannel();
  const { signal, credentials, insecure, env, limits, retry, pace } = options;
  const registry = openRegistry(reference.domain, {
    credentials,
    insecure,
    env,
    limits,
    ...(retry && { retry }),
    ...(pace && { pace }),
    log: (topic, text) => channel.line(topic, text),
  });
  const stop = new AbortController();
  const running = work({
    store,
    registry,
    reference,
    channel,
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
  });
  try {
    return yield* channel.follow(running);
  } finally {
    stop.abort();
    await running.catch(() => {});
    registry.close();
  }
}
