/** Why nothing is found at a path, and which layers have it. */
import { enumeration } from '../enumeration.ts';
import { EngineError } from '../errors.ts';
import type { LayerIndex } from './layer-index.ts';
import { pathHistory } from './path-history.ts';
import { shownPath } from './shown-path.ts';

export interface MissingPath {
  /** From the base up, as far as they are stacked. */
  readonly indexes: readonly LayerIndex[];
  /** The one that was looked into alone, by its place in `indexes`; undefined for all, stacked. */
  readonly layer: number | undefined;
  readonly path: Uint8Array;
  /** Where links led to; undefined where there were none on the way. */
  readonly end?: Uint8Array | undefined;
}

export function missingPath({ indexes, layer, path, end }: MissingPath): EngineError {
  const history = pathHistory(indexes, end ?? path);
  const having = history.filter(({ entry }) => entry !== undefined).map((event) => event.layer);
  const remover =
    layer === undefined
      ? history.findLast(({ what }) => what === 'removed')?.layer
      : history.find((event) => event.layer === layer && event.what === 'removed')?.layer;
  return new EngineError({
    code: 'not-found',
    message: messageOf(shownPath(path), end && `/${shownPath(end)}`, layer, remover),
    hint: hintOf(having, layer),
  });
}

function messageOf(
  path: string,
  end: string | undefined,
  layer: number | undefined,
  remover: number | undefined,
): string {
  const deleted = remover === undefined ? undefined : `layer ${remover + 1} deleted`;
  if (end !== undefined) {
    const nothing = layer === undefined ? 'which is not there' : `where layer ${layer + 1} has nothing`;
    return `${path} leads to ${end}, ${deleted === undefined ? nothing : `which ${deleted}`}`;
  }
  if (layer !== undefined)
    return `layer ${layer + 1} has nothing at ${path}${deleted === undefined ? '' : ': it deleted that'}`;
  return `there is no ${path} in this image${deleted === undefined ? '' : `: ${deleted} it`}`;
}

function hintOf(having: readonly number[], layer: number | undefined): string {
  const last = having.at(-1);
  if (last === undefined)
    return `See what is in it with nacre files${layer === undefined ? '' : ` --layer ${layer + 1}`} IMAGE.`;
  const numbers = having.map((one) => one + 1);
  const have = `${numbers.length === 1 ? 'layer' : 'layers'} ${enumeration(numbers)} ${numbers.length === 1 ? 'has' : 'have'} it`;
  return `${have}: nacre files and nacre cp take --layer ${last + 1}.`;
}
