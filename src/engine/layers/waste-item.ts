/** One thing that an image carries in vain. */
import { enumeration } from '../enumeration.ts';

export type WasteKind =
  /** A later layer stores the same path anew: nobody sees the earlier copies. */
  | 'overwritten'
  /** A later layer takes it away: nobody sees it, and the layer that brought it still carries it. */
  | 'deleted'
  /** It is there and nobody needs it: caches of package managers, logs, what editors leave behind. */
  | 'leftover'
  /** Another path has the same content. It is told, and counts as no waste: both may be needed. */
  | 'duplicate';

export const WASTE_KINDS: readonly WasteKind[] = ['overwritten', 'deleted', 'leftover', 'duplicate'];

export interface WasteItem {
  readonly kind: WasteKind;
  /** A file, or a folder in which all that the layers had is wasted alike; bytes, no slash in front, empty for the root. */
  readonly path: Uint8Array;
  /** What below the path is meant: a pattern from there; `''` for all of it. */
  readonly within: string;
  /** Unpacked bytes. No byte is in two items. */
  readonly bytes: number;
  /** Files that these bytes are in; several copies of one path count as several. */
  readonly files: number;
  /** In how many layers the path stands, as a file or as its deletion; of duplicates how often it is stored. */
  readonly times: number;
  /** Layers that carry the bytes, and layers that hide them, both from the base up. */
  readonly broughtBy: readonly number[];
  readonly hiddenBy: readonly number[];
  /** The layer whose instruction is to be changed. */
  readonly blame: number;
  /** What to do about it, one sentence. */
  readonly fix: string;
  /** What it is: `package lists of apt`; `''` where only its path tells. */
  readonly what: string;
  /** Of a duplicate the path with the same content that came first. */
  readonly sameAs: Uint8Array | undefined;
  /** Of what was overwritten: the layer that hides it has the very same contents. */
  readonly unchanged: boolean;
}

/** Layers with an instruction, as messages speak of them. */
export interface LayerStep {
  readonly createdBy: string;
  readonly step: number;
}

/** `step 3`; `layer 2`, from 1, where the history does not tell. */
export function stepName(steps: readonly LayerStep[], layer: number): string {
  const step = steps[layer]?.step ?? 0;
  return step > 0 ? `step ${step}` : `layer ${layer + 1}`;
}

/** `steps 3, 5 and 6`. */
export function stepNames(steps: readonly LayerStep[], layers: readonly number[]): string {
  const names = layers.map((layer) => stepName(steps, layer));
  const [first = ''] = names;
  if (names.length < 2) return first;
  const [word] = first.split(' ');
  const alike = names.every((name) => name.startsWith(`${word} `));
  const shown = alike ? names.map((name) => name.slice(word!.length + 1)) : names;
  const all = enumeration(shown);
  return alike ? `${word}s ${all}` : all;
}
