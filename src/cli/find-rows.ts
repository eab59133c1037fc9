/** What a search through images finds, as lines for people and documents for machines. */
import type { ContentImage, ContentLayer } from '../engine/layers/contents.ts';
import type { Duplicate } from '../engine/layers/find-duplicates.ts';
import type { Hit } from '../engine/layers/find-in-images.ts';
import type { FoundFile } from '../engine/layers/find-in-layer.ts';
import type { LargeFile } from '../engine/layers/find-largest.ts';
import { shownPath } from '../engine/layers/shown-path.ts';
import { shortId } from '../engine/reference.ts';
import { dockerSize } from './docker-size.ts';
import { ellipsis } from './ellipsis.ts';
import { exactText } from './exact-text.ts';
import { fileFacts, pathText } from './file-row.ts';
import type { SearchedImage } from './searched-images.ts';

const INSTRUCTION = 60;
const PATH = 40;
const LONGEST_NAME = 48;
/** Images and places that one line names. */
const NAMED = 3;

function layerDocument({ diffId, step, createdBy }: ContentLayer): object {
  return { diffId, step, createdBy };
}

export function hitDocument({ id, names }: SearchedImage, { layers }: ContentImage, hit: Hit): object {
  return {
    image: id,
    names,
    ...fileFacts(hit.file),
    layer: hit.layer + 1,
    layers: layers.length,
    ...layerDocument(layers[hit.layer]!),
    hiddenBy: hit.hiddenBy === undefined ? null : hit.hiddenBy + 1,
  };
}

/** Lines of the same width for all images of one search. */
export class HitLines {
  readonly #name: number;

  constructor(images: readonly SearchedImage[]) {
    this.#name = Math.min(LONGEST_NAME, Math.max(5, ...images.map(({ name }) => name.length)));
  }

  get head(): string {
    return this.#columns(['IMAGE', 'LAYER', 'STEP', 'DIFF ID', 'SIZE', 'PATH', 'BROUGHT BY']);
  }

  line({ name }: SearchedImage, { layers }: ContentImage, { file, layer, hiddenBy }: Hit): string {
    const { step, diffId, createdBy } = layers[layer]!;
    return this.#columns([
      ellipsis(name, this.#name),
      `${layer + 1}/${layers.length}`,
      step === 0 ? '-' : String(step),
      shortId(diffId),
      sizeText(file),
      `${pathText(file)}${hiddenBy === undefined ? '' : ` (hidden by ${hiddenBy + 1})`}`,
      ellipsis(createdBy, INSTRUCTION),
    ]);
  }

  #columns([
    name = '',
    layer = '',
    step = '',
    diff = '',
    size = '',
    path = '',
    by = '',
  ]: readonly string[]): string {
    return `${name.padEnd(this.#name)}  ${layer.padEnd(7)}  ${step.padEnd(4)}  ${diff.padEnd(12)}  ${size.padStart(7)}  ${path.padEnd(PATH)}  ${by}`.trimEnd();
  }
}

function sizeText({ type, size }: FoundFile): string {
  return type === 'file' ? dockerSize(size, 4) : '-';
}

export function largeDocument({ file, layer, uses }: LargeFile): object {
  return {
    ...fileFacts(file),
    ...layerDocument(layer),
    images: uses.map(({ image, content, layer: place, hiddenBy }) => ({
      image: image.id,
      names: (image as SearchedImage).names,
      layer: place + 1,
      layers: content.layers.length,
      hiddenBy: hiddenBy === undefined ? null : hiddenBy + 1,
    })),
  };
}

export const LARGE_HEAD = largeColumns(['SIZE', 'DIFF ID', 'PATH', 'IMAGES']);

export function largeLine({ file, layer, uses }: LargeFile): string {
  const hidden = uses.filter(({ hiddenBy }) => hiddenBy !== undefined).length;
  const note = hidden === 0 ? '' : hidden === uses.length ? ' (hidden)' : ` (hidden in ${hidden})`;
  const images = some(uses.map(({ image }) => image.name));
  return largeColumns([dockerSize(file.size, 4), shortId(layer.diffId), pathText(file), `${images}${note}`]);
}

function largeColumns([size = '', diff = '', path = '', images = '']: readonly string[]): string {
  return `${size.padStart(7)}  ${diff.padEnd(12)}  ${path.padEnd(PATH)}  ${images}`.trimEnd();
}

export function duplicateDocument({ digest, size, copies, bytes, places }: Duplicate): object {
  return {
    digest,
    size,
    copies,
    bytes,
    places: places.map(({ file, layer, uses }) => ({
      path: exactText(file.path),
      ...layerDocument(layer),
      images: uses.map(({ image, layer: place }) => ({
        image: image.id,
        names: (image as SearchedImage).names,
        layer: place + 1,
      })),
    })),
  };
}

/** A line of what could be saved, and one for each of its places. */
export function duplicateLines({ digest, size, copies, bytes, places }: Duplicate): string[] {
  const left = copies - places.length;
  return [
    `${dockerSize(bytes, 4).padStart(7)} more than needed: ${copies} copies of ${dockerSize(size, 4)}, sha256:${shortId(digest)}`,
    ...places.map(
      ({ file, layer, uses }) =>
        `${' '.repeat(9)}${shownPath(file.path).padEnd(PATH)}  ${shortId(layer.diffId)}  ${some(uses.map(({ image }) => image.name))}`,
    ),
    ...(left > 0 ? [`${' '.repeat(9)}and ${left} more`] : []),
  ];
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}
