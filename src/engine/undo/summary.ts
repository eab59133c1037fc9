/** What an act did, in a few words. */
import { shortId } from '../reference.ts';
import { volumeName } from '../volume.ts';
import type { ChangeAction, ChangedImage, ChangedVolume, RecordedAct } from './change.ts';
import { type Effects, effectsOf } from './effects.ts';
import type { Facts } from './facts.ts';

export interface ActSummary {
  /** `deleted app:1 and 2 more images`, `tagged app:2, which was 3f2a…`. */
  readonly title: string;
  /** Images that were deleted. */
  readonly images: number;
  /** Names that were given, moved or taken, those of deleted images included. */
  readonly names: number;
  /**
   * Sizes of the images that were deleted, as the engine counts them: what several share counts for each. What was in
   * volumes comes on top.
   */
  readonly bytes: number;
  /** Why calls of it failed, or are not known to have worked. */
  readonly failed: readonly string[];
}

/** With `facts`, what was cut off is told by what the engine has now; without them, it is not known. */
export function summarise(act: RecordedAct, facts?: Facts): ActSummary {
  const effects = effectsOf(act, facts);
  const { gone, names } = effects;
  const volumes = goneVolumes(act);
  const freed = act.changes.reduce((bytes, { end }) => bytes + (end?.freed ?? 0), 0);
  return {
    title: `${act.undoes === undefined ? '' : 'by undo: '}${titleOf(act, effects, facts !== undefined)}`,
    images: gone.length,
    names: names.length,
    bytes:
      Math.max(
        freed,
        gone.reduce((bytes, { size }) => bytes + size, 0),
      ) + volumes.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
    failed: act.changes.flatMap(({ change, state, end }) => {
      const what = `${VERBS[change.action]} ${called(change.subject, change.images)}`.trim();
      if (state === 'cut-off') return [`${what}: nacre ended before the engine had answered`];
      if (state === 'failed' || state === 'unknown')
        return [`${what}: ${end?.error?.message ?? 'it failed'}`];
      return [];
    }),
  };
}

function goneVolumes({ changes }: RecordedAct): ChangedVolume[] {
  return changes.flatMap(({ change, state }) =>
    state === 'done' && change.volume !== undefined ? [change.volume] : [],
  );
}

const VERBS: Readonly<Record<ChangeAction, string>> = {
  tag: 'tag',
  remove: 'remove',
  prune: 'prune',
  'prune-build-cache': 'prune build cache',
  'remove-container': 'remove container',
  'remove-volume': 'remove volume',
  pull: 'pull',
  load: 'load',
  import: 'import',
  commit: 'commit',
  build: 'build',
};

function titleOf(act: RecordedAct, { gone, names, digests, images }: Effects, isChecked: boolean): string {
  const parts: string[] = [];
  if (gone.length > 0) parts.push(`deleted ${several(gone.map(imageName), 'image')}`);
  const goneIds = new Set(gone.map(({ id }) => id));
  const taken = names.filter(({ before, after }) => after === '' && !goneIds.has(before));
  const lost = [...taken, ...digests].map(({ name }) => name);
  if (lost.length > 0) parts.push(`untagged ${several(lost, 'name')}`);
  const given = names.filter(({ after }) => after !== '');
  const [one] = given;
  if (one !== undefined) {
    const from = given.length === 1 && one.before !== '' ? `, which was ${shortId(one.before)}` : '';
    parts.push(
      `${givenBy(act)} ${several(
        given.map(({ name }) => name),
        'name',
      )}${from}`,
    );
  }
  const containers = act.changes.flatMap(({ change, state }) =>
    state === 'done' && change.container !== undefined ? [change.container.name] : [],
  );
  if (containers.length > 0) parts.push(`removed ${several(containers, 'container')}`);
  const volumes = goneVolumes(act).map(({ name }) => volumeName(name));
  if (volumes.length > 0)
    parts.push(`removed volume ${volumes[0]}${volumes.length > 1 ? ` and ${volumes.length - 1} more` : ''}`);
  const records = act.changes.reduce((sum, { end }) => sum + (end?.records ?? 0), 0);
  if (records > 0) parts.push(`pruned ${records} ${records === 1 ? 'record' : 'records'} of build cache`);
  const isOpen = act.changes.some(({ state }) => state === 'unknown' || state === 'cut-off');
  if (parts.length > 0) return `${parts.join(', ')}${isOpen ? ', cut off' : ''}`;
  // Nothing came of it, or it is not known what.
  const { change, state } = act.changes[0]!;
  const subject = called(change.subject, [...images.values()]);
  const what = `${VERBS[change.action]} ${subject}`.trim();
  if (state === 'running') return `${what}: still running`;
  if (state === 'done') return `${what}: nothing to do`;
  if (state === 'failed') return `${what}: failed`;
  return `${what}: ${isChecked ? 'cut off before it was done' : 'cut off, not known whether it was done'}`;
}

function givenBy({ changes }: RecordedAct): string {
  switch (changes.at(-1)?.change.action) {
    case 'pull':
      return 'pulled anew';
    case 'build':
      return 'built anew';
    case 'load':
      return 'loaded anew';
    case 'import':
      return 'imported anew';
    case 'commit':
      return 'committed to';
    default:
      return 'tagged';
  }
}

function several(names: readonly string[], noun: string): string {
  const more = names.length - 1;
  return more === 0 ? names[0]! : `${names[0]} and ${more} more ${more === 1 ? noun : `${noun}s`}`;
}

function imageName({ id, references }: ChangedImage): string {
  return references[0] ?? shortId(id);
}

/** An id says little where the image had a name. */
function called(subject: string, images: readonly ChangedImage[]): string {
  const image = images.find(({ id }) => id === subject);
  return image !== undefined ? imageName(image) : /^sha256:/.test(subject) ? shortId(subject) : subject;
}
