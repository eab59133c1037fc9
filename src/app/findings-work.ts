/** What goes on for the search in all images outside of the state: what is known of their layers, and the search that runs. */
import type { Engine } from '../engine/engine.ts';
import { layerIndexCache } from '../engine/layers/index-folder.ts';
import { ManyContents, type ManyImage, type UnreadImages } from '../engine/layers/read-many.ts';
import type { App } from './app.ts';
import type { Findings, KnownImages, ReadingKind } from './findings.ts';
import { shortId } from './format.ts';
import type { AppState } from './state.ts';

export interface FindingsWork {
  readonly engine: Engine;
  readonly many: Readonly<Record<ReadingKind, ManyContents>>;
  /** The search that runs. */
  searching: AbortController | undefined;
  /** The job that reads images, by its kind. */
  readonly reading: Map<ReadingKind, string>;
  /** Somebody has said already whether the others are to be read. */
  readonly asked: Set<ReadingKind>;
  /** The page as it was left. */
  last: Findings | undefined;
}

const works = new WeakMap<App['store'], FindingsWork>();

/** Begun anew with each engine; undefined while none is connected. */
export function findingsWork(app: Pick<App, 'store' | 'session'>): FindingsWork | undefined {
  const engine = app.session.engine();
  const known = works.get(app.store);
  if (engine === undefined || known?.engine === engine) return engine === undefined ? undefined : known;
  known?.searching?.abort();
  const cache = layerIndexCache();
  const isSame = known?.engine.info.address === engine.info.address;
  const work: FindingsWork = {
    engine,
    many: { names: new ManyContents(cache), contents: new ManyContents(cache, { digests: true }) },
    searching: undefined,
    reading: new Map(),
    asked: new Set(),
    last: isSame ? known?.last : undefined,
  };
  works.set(app.store, work);
  return work;
}

/** All images but the steps that others stand on: those are in them. */
export function searchedImages({ images }: Pick<AppState, 'images'>, engine: Engine): ManyImage[] {
  return images
    .filter(({ role }) => role !== 'intermediate')
    .map(({ id, references, size }) => ({
      id,
      name: references[0] ?? shortId(id),
      size,
      source: engine.contents(id),
    }));
}

export function knownImages(images: readonly ManyImage[], unread: UnreadImages): KnownImages {
  return { images: images.length, known: unread.known.length + unread.failed.length, bytes: unread.bytes };
}
