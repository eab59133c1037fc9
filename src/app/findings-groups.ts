/** What was found in all images, put together by where it lies: one group a file of a layer, with the images that have it. Pure. */
import type { ContentImage, ContentLayer } from '../engine/layers/contents.ts';
import type { Duplicate } from '../engine/layers/find-duplicates.ts';
import type { Hit } from '../engine/layers/find-in-images.ts';
import type { FoundFile } from '../engine/layers/find-in-layer.ts';
import type { LargeFile } from '../engine/layers/find-largest.ts';
import type { FileType } from '../engine/layers/layer-index.ts';
import { layerKey } from '../engine/layers/layer-key.ts';
import type { ManyImage } from '../engine/layers/read-many.ts';
import { shownPath } from '../engine/layers/shown-path.ts';

/** One image that has it. */
export interface FindingUse {
  readonly id: string;
  /** The image's id. */
  readonly image: string;
  readonly name: string;
  /** Bytes from the root, without a slash in front; and fit to be shown, with one. */
  readonly path: Buffer;
  readonly shown: string;
  /** Places of its layer and of the one that hides it, the base being 0; of how many. */
  readonly layer: number;
  readonly layers: number;
  readonly hiddenBy: number | undefined;
  /** Of the image's history, as the files of an image number it; 0 where unknown. */
  readonly step: number;
}

export interface FindingGroup {
  readonly id: string;
  /** With a slash in front, fit to be shown. */
  readonly path: string;
  readonly type: FileType;
  readonly size: number;
  /** How often its content lies on the disk, where that was counted; else 1. */
  readonly copies: number;
  /** The layer that brought it; of equal contents the one of the first. */
  readonly layer: ContentLayer;
  readonly uses: readonly FindingUse[];
}

/** What a person can look through; more is counted and not shown. */
const MOST_GROUPS = 2_000;
const MOST_USES = 40_000;

export class HitGroups {
  /** Found in layers, those that are hidden in their image among them, and images in which one shows. */
  found = 0;
  hidden = 0;
  images = 0;
  /** Some of it was too much to be shown. */
  isCut = false;
  #uses = 0;
  #lastShown: ManyImage | undefined;
  readonly #groups = new Map<string, { readonly group: FindingGroup; readonly uses: FindingUse[] }>();
  readonly #told = new Map<string, FindingGroup>();

  /** Hits of one image come one after the other, in as many pieces as there are. */
  add(image: ManyImage, content: ContentImage, hits: readonly Hit[]): void {
    if (this.#lastShown !== image && hits.some(({ hiddenBy }) => hiddenBy === undefined)) {
      this.images++;
      this.#lastShown = image;
    }
    for (const { file, layer, hiddenBy } of hits) {
      this.found++;
      if (hiddenBy !== undefined) this.hidden++;
      if (this.#uses >= MOST_USES) {
        this.isCut = true;
        continue;
      }
      const id = `${layerKey(content.layers[layer]!)} ${file.path.toString('latin1')}`;
      const known = this.#groups.get(id) ?? this.#newGroup(id, file, content.layers[layer]!);
      if (known === undefined) {
        this.isCut = true;
        continue;
      }
      this.#uses++;
      // Whoever was told of the group has one that does not change.
      this.#told.delete(id);
      known.uses.push(asUse(id, image, content, file.path, layer, hiddenBy));
    }
  }

  /** By path; a group that nothing was added to is the same object as before. */
  all(): readonly FindingGroup[] {
    const groups: FindingGroup[] = [];
    for (const [id, { group, uses }] of this.#groups) {
      const told = this.#told.get(id) ?? { ...group, uses: [...uses] };
      this.#told.set(id, told);
      groups.push(told);
    }
    return groups.sort((a, b) =>
      a.path < b.path ? -1 : a.path > b.path ? 1 : b.uses.length - a.uses.length,
    );
  }

  #newGroup(id: string, file: FoundFile, layer: ContentLayer) {
    if (this.#groups.size >= MOST_GROUPS) return undefined;
    const made = { group: groupOf(id, file, layer), uses: [] };
    this.#groups.set(id, made);
    return made;
  }
}

export function largeGroup({ file, layer, uses }: LargeFile): FindingGroup {
  const id = `${layerKey(layer)} ${file.path.toString('latin1')}`;
  return withUses(groupOf(id, file, layer), () =>
    uses.map(({ image, content, layer: place, hiddenBy }) =>
      asUse(id, image, content, file.path, place, hiddenBy),
    ),
  );
}

/** Its places, each with the images that have it. */
export function duplicateGroup({ digest, copies, places }: Duplicate): FindingGroup {
  const [first] = places;
  return withUses({ ...groupOf(digest, first!.file, first!.layer), copies }, () =>
    places.flatMap(({ file, layer, uses }) =>
      uses.map(({ image, content, layer: place }) =>
        asUse(
          `${digest} ${layerKey(layer)} ${file.path.toString('latin1')}`,
          image,
          content,
          file.path,
          place,
          undefined,
        ),
      ),
    ),
  );
}

/** Hundreds of groups in hundreds of images: only of those that somebody looks at are the uses made. */
function withUses(group: FindingGroup, make: () => readonly FindingUse[]): FindingGroup {
  let uses: readonly FindingUse[] | undefined;
  return {
    ...group,
    get uses() {
      uses ??= make();
      return uses;
    },
  };
}

function groupOf(id: string, file: FoundFile, layer: ContentLayer): FindingGroup {
  const { path, type, size } = file;
  return { id, path: `/${shownPath(path)}`, type, size, copies: 1, layer, uses: [] };
}

function asUse(
  group: string,
  image: ManyImage,
  content: ContentImage,
  path: Buffer,
  layer: number,
  hiddenBy: number | undefined,
): FindingUse {
  return {
    id: `${group} ${image.id} ${layer}`,
    image: image.id,
    name: image.name,
    path,
    shown: `/${shownPath(path)}`,
    layer,
    layers: content.layers.length,
    hiddenBy,
    step: content.layers[layer]!.step,
  };
}
