/** What an engine and the trash have now: what decides how something can come back. */
import type { CallOptions, Engine } from '../engine.ts';
import type { Image } from '../image.ts';
import type { ChangedEngine } from './change.ts';

export interface Facts {
  readonly engine: ChangedEngine;
  readonly images: ReadonlyMap<string, Pick<Image, 'references' | 'digests'>>;
  /** Whose each name is. */
  readonly holders: ReadonlyMap<string, string>;
  /** Ids of images of this engine that the trash has. */
  readonly inTrash: ReadonlySet<string>;
}

/** As much of the trash as is needed to know what it has. */
export interface TrashLister {
  list(): Promise<readonly { readonly id: string; readonly engine: ChangedEngine }[]>;
}

/** Errors: those of `Engine.list`. A trash that cannot be read has nothing. */
export async function factsOf(
  engine: Engine,
  { trash, ...call }: CallOptions & { readonly trash?: TrashLister | undefined } = {},
): Promise<Facts> {
  const { kind, address } = engine.info;
  const [images, items] = await Promise.all([
    engine.list({ all: true, ...call }),
    trash?.list().catch(() => []) ?? [],
  ]);
  const own = items.filter((item) => item.engine.kind === kind && item.engine.address === address);
  return factsFrom(
    { kind, address },
    images,
    own.map(({ id }) => id),
  );
}

export function factsFrom(
  engine: ChangedEngine,
  images: readonly Pick<Image, 'id' | 'references' | 'digests'>[],
  inTrash: Iterable<string> = [],
): Facts {
  return {
    engine,
    images: new Map(images.map((image) => [image.id, image])),
    holders: new Map(images.flatMap(({ id, references }) => references.map((name) => [name, id] as const))),
    inTrash: new Set(inTrash),
  };
}
