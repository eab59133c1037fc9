/** Waste in words, the same on the screen and without one. */
import { shownPath } from './shown-path.ts';
import { type LayerStep, stepName, stepNames, type WasteItem, type WasteKind } from './waste-item.ts';

/** Many of a kind. */
export const KIND_WORDS: Readonly<Record<WasteKind, string>> = {
  overwritten: 'overwritten',
  deleted: 'deleted',
  leftover: 'left over',
  duplicate: 'duplicate',
};

/** `0.9746`: rounded down, so that 1 means that nothing is wasted. */
export function efficiencyText(efficiency: number): string {
  return (Math.floor(efficiency * 10_000 + 1e-9) / 10_000).toString();
}

/** `/root/.npm/_cacache`; of what lies about, a pattern. */
export function itemPath({ path, within }: Pick<WasteItem, 'path' | 'within'>): string {
  const shown = `/${shownPath(path)}`;
  if (within === '') return shown;
  return `${shown === '/' ? '' : shown}/${within}`;
}

const DIGEST = /\b((?:file|dir|multi):[0-9a-f]{12})[0-9a-f]{52}\b/g;

/** `step 6: RUN npm ci`; digests that the classic builder records instead of names are cut. */
export function blameText(steps: readonly LayerStep[], { blame }: Pick<WasteItem, 'blame'>): string {
  const by = (steps[blame]?.createdBy ?? '').replace(/\s+/g, ' ').replace(DIGEST, '$1');
  return `${stepName(steps, blame)}${by === '' ? '' : `: ${by}`}`;
}

/** `cache of npm, left over from steps 5 and 6`. */
export function storyText(steps: readonly LayerStep[], item: WasteItem): string {
  const { kind, what, broughtBy, hiddenBy, sameAs, files, unchanged } = item;
  const from = `from ${stepNames(steps, broughtBy)}`;
  const thing = what === '' ? '' : `${what}, `;
  if (sameAs !== undefined) {
    const same = itemPath({ path: sameAs, within: '' });
    return files === 1
      ? `same content as ${same}, ${from}`
      : `${files} files that are in ${same}, too, ${from}`;
  }
  if (kind === 'leftover') return `${thing}left over ${from}`;
  const again = unchanged ? ' with the same contents' : '';
  return `${thing}${KIND_WORDS[kind]} by ${stepNames(steps, hiddenBy)}${again}, ${from}`;
}
