/** Asks registries whether they still have what a plan deletes: by digest, without its content. */
import { EngineError } from '../errors.ts';
import type { Image } from '../image.ts';
import type { Plan, Step } from '../plan.ts';
import { lostBy, type Pullable, weigh } from '../pullable.ts';
import { parseReference } from '../reference.ts';
import { openRegistry, type Registry, type RegistryClientOptions } from '../registry/registry.ts';

export interface RegistryAnswer {
  readonly pullable: Pullable;
  /** What would bring it back: `app@sha256:…`; `''` where nothing would. */
  readonly reference: string;
  /** Why that is not known, one phrase; `''` where it is. */
  readonly why: string;
}

export interface RegistryCheckOptions extends Pick<RegistryClientOptions, 'insecure' | 'env'> {
  readonly signal?: AbortSignal;
  /** Milliseconds for all of it; what is not answered by then is not known. */
  readonly timeout?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

const CONCURRENCY = 6;
const TIMEOUT = 15_000;
/** Once more, soon: a person waits for the answer. */
const RETRY = { tries: 1, first: 200, patience: 1000 };

/**
 * An answer for each image, by id: `yes` when a registry has one of its digests, `no` when all that could be asked
 * say they do not or there is no digest to ask for, else `unknown`. Rejects with `cancelled` only.
 */
export async function checkRegistries(
  images: readonly Pick<Image, 'id' | 'digests'>[],
  options: RegistryCheckOptions = {},
): Promise<ReadonlyMap<string, RegistryAnswer>> {
  const { insecure, env, signal, timeout = TIMEOUT, onProgress } = options;
  const limit = AbortSignal.timeout(timeout);
  const inner = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  const registries = new Map<string, Registry>();
  const open = (domain: string): Registry => {
    let registry = registries.get(domain);
    if (registry === undefined) {
      registry = openRegistry(domain, {
        insecure,
        env,
        retry: RETRY,
        limits: { connect: 5_000, answer: 10_000 },
      });
      registries.set(domain, registry);
    }
    return registry;
  };
  const answers = new Map<string, RegistryAnswer>();
  const queue = images.values();
  const work = async () => {
    for (const image of queue) {
      answers.set(image.id, await ask(image.digests, open, inner, limit));
      signal?.throwIfAborted();
      onProgress?.(answers.size, images.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  } finally {
    for (const registry of registries.values()) registry.close();
  }
  return answers;
}

async function ask(
  digests: readonly string[],
  open: (domain: string) => Registry,
  signal: AbortSignal,
  limit: AbortSignal,
): Promise<RegistryAnswer> {
  if (digests.length === 0) return { pullable: 'no', reference: '', why: '' };
  let why = '';
  for (const reference of digests) {
    try {
      const { domain, path, digest } = parseReference(reference);
      if (await open(domain).hasManifest(path, digest, { signal }))
        return { pullable: 'yes', reference, why: '' };
    } catch (thrown) {
      const reason = thrown instanceof EngineError ? thrown.message : String(thrown);
      why = limit.aborted ? 'the registries took too long to answer' : reason;
    }
  }
  return { pullable: why === '' ? 'no' : 'unknown', reference: '', why };
}

/** The plan with what registries say in place of what the engine knew. */
export function withAnswers(plan: Plan, answers: ReadonlyMap<string, RegistryAnswer>): Plan {
  const steps = plan.steps.map((step): Step => {
    const answer = step.action === 'delete' ? answers.get(step.id) : undefined;
    return answer === undefined
      ? step
      : { ...(step as Step & { action: 'delete' }), pullable: answer.pullable };
  });
  const lost = lostBy(steps);
  return { ...plan, steps, lost, weight: weigh(steps, lost) };
}
