/** What comes of limits for an image: which are broken, by how much, and what to try. */

import { parseSize } from '../engine/cleanup/measure.ts';
import type { ImageContents } from '../engine/layers/contents.ts';
import type { Waste } from '../engine/layers/waste.ts';
import type { WasteItem } from '../engine/layers/waste-item.ts';
import { blameText, efficiencyText, itemPath } from '../engine/layers/waste-words.ts';
import type { Limit, LimitName } from './check-limits.ts';
import { dockerSize } from './docker-size.ts';
import { ellipsis } from './ellipsis.ts';

export interface Verdict {
  readonly limit: Limit;
  readonly actual: number;
  readonly kept: boolean;
  /** What is over the limit, and what to try; both `''` where it is kept. */
  readonly message: string;
  readonly hint: string;
}

const INSTRUCTION = 60;

export function judge(limits: readonly Limit[], contents: ImageContents, waste: Waste): Verdict[] {
  return limits.map((limit) => {
    const actual = actualOf(limit.name, contents, waste);
    const kept = limit.name === 'min-efficiency' ? actual >= limit.allowed : actual <= limit.allowed;
    if (kept) return { limit, actual, kept, message: '', hint: '' };
    return {
      limit,
      actual,
      kept,
      message: messageOf(limit, actual, contents.image.name),
      hint: hintOf(limit.name, contents, waste),
    };
  });
}

function actualOf(name: LimitName, { image }: ImageContents, waste: Waste): number {
  switch (name) {
    case 'max-waste':
      return waste.bytes;
    case 'min-efficiency':
      return waste.efficiency;
    case 'max-size':
      return waste.carried;
    case 'max-layers':
      return image.layers.length;
    case 'max-duplicates':
      return waste.byKind.duplicate.bytes;
  }
}

/** What an image has, to be read beside the limit that it breaks. */
export function figureText({ name, allowed }: Limit, actual: number): string {
  if (name === 'min-efficiency') return efficiencyText(actual);
  if (name === 'max-layers') return String(actual);
  const size = dockerSize(actual);
  // Rounded it may look as if it were within the limit.
  return parseSize(size) > allowed ? size : `${actual} bytes`;
}

function messageOf(limit: Limit, actual: number, image: string): string {
  const { name, text } = limit;
  const [given, is] = [`--${name} ${text}`, figureText(limit, actual)];
  switch (name) {
    case 'max-waste':
      return `${image} carries ${is} in vain, and ${given} allows less`;
    case 'min-efficiency':
      return `${image} has an efficiency of ${is}, and ${given} wants more`;
    case 'max-size':
      return `${image} has ${is}, and ${given} allows less`;
    case 'max-layers':
      return `${image} has ${is} layers, and ${given} allows fewer`;
    case 'max-duplicates':
      return `${image} has ${is} more than once, and ${given} allows less`;
  }
}

function hintOf(name: LimitName, contents: ImageContents, { items }: Waste): string {
  switch (name) {
    case 'max-waste':
    case 'min-efficiency':
      return worst(items.find(({ kind }) => kind !== 'duplicate'));
    case 'max-duplicates':
      return worst(items.find(({ kind }) => kind === 'duplicate'));
    case 'max-layers':
      return 'Join RUNs that belong together, or copy the result into a stage of its own.';
    case 'max-size':
      return largest(contents);
  }
}

function worst(item: WasteItem | undefined): string {
  if (item === undefined) return '';
  return `The largest part is ${itemPath(item)} (${dockerSize(item.bytes)}): ${item.fix[0]!.toLowerCase()}${item.fix.slice(1)}.`;
}

function largest({ image: { layers }, indexes }: ImageContents): string {
  const sizes = indexes.map((index) => index.bytes);
  const most = sizes.indexOf(Math.max(...sizes));
  if (most === -1) return '';
  return `The largest layer has ${dockerSize(sizes[most]!)}, ${ellipsis(blameText(layers, { blame: most }), INSTRUCTION)}.`;
}
