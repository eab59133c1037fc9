/** How an act can be taken back, as things are now. Nothing here asks an engine. */
import { parseReference, repositoryOf, shortId } from '../reference.ts';
import { isDigestName, isSingleReference } from '../removal-names.ts';
import { volumeName } from '../volume.ts';
import { type ChangedImage, type RecordedAct, sameEngine } from './change.ts';
import { droppedDigests } from './dropped-digests.ts';
import { type Effects, effectsOf, type MovedName } from './effects.ts';
import type { Facts } from './facts.ts';

export type WayStep =
  /** Names are given to an image that is still there. `from`: who has a name now that is to lose it. */
  | { readonly kind: 'retag'; readonly image: string; readonly name: string; readonly from: string }
  /** A name that the act gave goes again. */
  | { readonly kind: 'untag'; readonly image: string; readonly name: string }
  | { readonly kind: 'trash'; readonly image: ChangedImage; readonly names: readonly MovedName[] }
  | {
      readonly kind: 'pull';
      readonly image: ChangedImage;
      /** By digest, the first that a registry has is enough; the others are names that come back with it. */
      readonly sources: readonly string[];
      readonly names: readonly MovedName[];
    };

/** `nothing`: all is as it was before the act. `none`: nothing of it can come back. */
export type WayKind = 'retag' | 'trash' | 'pull' | 'none' | 'nothing';

export interface Way {
  /** The most that is needed for it. */
  readonly kind: WayKind;
  /** One phrase: `its names are given back`, `pulled again from ghcr.io, if it is there`. */
  readonly why: string;
  readonly steps: readonly WayStep[];
  /** What does not come back, one phrase each. */
  readonly lacks: readonly string[];
  /** Whether all of it comes back; for `pull` as far as registries still have it. */
  readonly whole: boolean;
}

export function wayBack(act: RecordedAct, facts: Facts): Way {
  if (!sameEngine(act.engine, facts.engine)) return none('it was done to another engine');
  if (act.changes.some(({ state }) => state === 'running')) return none('it is still going on');
  const effects = effectsOf(act, facts);
  const steps: WayStep[] = [];
  const lacks = [...lost(act), ...lostDigests(effects, facts)];
  const missing = new Map<string, MovedName[]>();
  for (const { id } of effects.gone) if (!facts.images.has(id)) missing.set(id, []);
  const wanted = wantedNames(effects, facts, lacks);
  for (const moved of wanted) {
    const { name, before, after } = moved;
    if (before === '') continue;
    if (facts.images.has(before))
      steps.push({ kind: 'retag', image: before, name, from: facts.holders.get(name) ?? '' });
    else missing.set(before, [...(missing.get(before) ?? []), { name, before, after }]);
  }
  const returns: WayStep[] = [];
  for (const [id, names] of missing) {
    const step = wayOfImage(effects.images.get(id), names, facts);
    if (typeof step === 'string') lacks.push(`${calledIn(effects, id)}: ${step}`);
    else {
      returns.push(step);
      if (step.kind === 'trash') lacks.push(...notInArchives(step.image, facts));
    }
  }
  steps.unshift(...returns);
  // Last of all: an image may have got further names by then.
  steps.push(...untags(wanted, steps, facts, lacks));
  lacks.push(...droppedDigests(steps, effects, facts));
  return summed(steps, lacks, effects);
}

/** One phrase for people: `give app:1 back to 3f2a…`. */
export function stepText(step: WayStep): string {
  switch (step.kind) {
    case 'retag':
      return `give ${step.name} ${step.from === '' ? 'back ' : `back from ${shortId(step.from)} `}to ${shortId(step.image)}`;
    case 'untag':
      return `take ${step.name} from ${shortId(step.image)}`;
    case 'trash':
      return `bring ${shortId(step.image.id)} back from the trash${asNames(step.names)}`;
    case 'pull':
      return `pull ${step.sources[0]}${asNames(step.names)}`;
  }
}

function asNames(names: readonly MovedName[]): string {
  return names.length === 0 ? '' : ` as ${names.map(({ name }) => name).join(', ')}`;
}

/** Names that are not as before the act; one that is somebody else's by now is never taken from there. */
function wantedNames(effects: Effects, facts: Facts, lacks: string[]): MovedName[] {
  return effects.names.filter(({ name, before, after }) => {
    const now = facts.holders.get(name) ?? '';
    if (now === before) return false;
    if (now === '' || now === after) return true;
    lacks.push(`${name} is the name of ${shortId(now)} now`);
    return false;
  });
}

function wayOfImage(
  image: ChangedImage | undefined,
  names: readonly MovedName[],
  facts: Facts,
): WayStep | string {
  if (image === undefined) return 'nothing is known of it';
  if (facts.inTrash.has(image.id)) return { kind: 'trash', image, names };
  // Engines that make digests up for every name do it for those of the Hub most often.
  const sources = digestNames(image)
    .filter(canBePulled)
    .sort((a, b) => Number(isOfHub(a)) - Number(isOfHub(b)));
  if (sources.length > 0) return { kind: 'pull', image, sources, names };
  return digestNames(image).length > 0
    ? 'it was made here, no registry has it'
    : 'it came from no registry, and the trash does not have it';
}

/** What an engine does not take from an archive; containerd makes digests up from names, but for those that are names. */
function notInArchives(image: ChangedImage, { engine }: Facts): string[] {
  if (engine.kind === 'embedded') return [];
  const names =
    engine.kind === 'docker-containerd' ? image.references.filter(isDigestName) : digestNames(image);
  return names.filter(canBePulled).map((name) => `${name}: a pull of it gives this digest back`);
}

/** On the containerd store, an image's references can be digests, too. */
function digestNames({ references, digests }: ChangedImage): string[] {
  return [...new Set([...digests, ...references.filter(isDigestName)])];
}

function isOfHub(digest: string): boolean {
  return parseReference(digest).domain === 'docker.io';
}

/** Podman gives what was made here a digest of the registry `localhost`, which is none. */
function canBePulled(digest: string): boolean {
  try {
    return parseReference(digest).domain !== 'localhost';
  } catch {
    return false;
  }
}

/** Names that the act gave to nobody's loss go again, unless that would delete the image. */
function untags(
  wanted: readonly MovedName[],
  steps: readonly WayStep[],
  facts: Facts,
  lacks: string[],
): WayStep[] {
  const left = new Map<string, Set<string>>();
  const namesOf = (id: string): Set<string> => {
    const known = left.get(id) ?? new Set(facts.images.get(id)?.references ?? []);
    left.set(id, known);
    return known;
  };
  for (const step of steps) {
    if (step.kind !== 'retag') continue;
    namesOf(step.image).add(step.name);
    if (step.from !== '') namesOf(step.from).delete(step.name);
  }
  return wanted.flatMap(({ name, before, after }): WayStep[] => {
    // A name that the act gave, and that is nobody's any more, is as before already.
    if (before !== '' || facts.holders.get(name) !== after) return [];
    const names = namesOf(after);
    // A digest of the same repository does not keep an image: engines take both for one name.
    if (isSingleReference([...names])) {
      lacks.push(`${name} is the only name of ${shortId(after)}: without it, it would be deleted`);
      return [];
    }
    names.delete(name);
    return [{ kind: 'untag', image: after, name }];
  });
}

/** What no way leads back to. */
function lost(act: RecordedAct): string[] {
  return act.changes.flatMap(({ change, end, state }) => {
    const { container, volume } = change;
    // No facts tell of containers and volumes.
    if (container !== undefined && (state === 'unknown' || state === 'cut-off'))
      return [`container ${container.name}: if it is gone, its files are, too`];
    if (volume !== undefined && (state === 'unknown' || state === 'cut-off'))
      return [`volume ${volumeName(volume.name)}: if it is gone, what was in it is, too`];
    if (state !== 'done') return [];
    if (volume !== undefined) return [`volume ${volumeName(volume.name)}: what was in it is gone`];
    if (container !== undefined) return [`container ${container.name}: its files are gone`];
    if (change.action !== 'prune-build-cache' || (end?.records ?? 1) === 0) return [];
    return ['build cache: the next build makes it again'];
  });
}

/** Only a pull gives a digest reference back to an image that stayed. */
function lostDigests({ digests, names, images }: Effects, facts: Facts): string[] {
  // The embedded engine drops them with the last tag of their repository, and answers nothing where that tag moved.
  const moved = names.flatMap(({ name, before }) =>
    (facts.engine.kind === 'embedded' ? (images.get(before)?.digests ?? []) : [])
      .filter((digest) => repositoryOf(digest) === repositoryOf(name))
      .map((digest) => ({ name: digest, image: before })),
  );
  const known = new Set(digests.map(({ name }) => name));
  return [...digests, ...moved.filter(({ name }) => !known.has(name))].flatMap(({ name, image }) => {
    const now = facts.images.get(image);
    if (now === undefined || now.digests.includes(name) || now.references.includes(name)) return [];
    // Where engines make digests up from names, they are back with the names.
    const isOwnName = keepsDigests(facts) || (images.get(image)?.references.includes(name) ?? false);
    return isOwnName ? [`${name}: a pull of it gives this digest back`] : [];
  });
}

function keepsDigests({ engine }: Facts): boolean {
  return engine.kind === 'docker-classic' || engine.kind === 'embedded';
}

function calledIn({ images }: Effects, id: string): string {
  return images.get(id)?.references[0] ?? shortId(id);
}

function none(why: string): Way {
  return { kind: 'none', why, steps: [], lacks: [why], whole: false };
}

function summed(steps: readonly WayStep[], lacks: readonly string[], effects: Effects): Way {
  const [lack] = lacks;
  if (steps.length === 0) {
    if (lack !== undefined) return { kind: 'none', why: lack, steps, lacks, whole: false };
    const isIdle = effects.names.length + effects.gone.length + effects.digests.length === 0;
    const why = isIdle ? 'it changed nothing' : 'everything is as it was before';
    return { kind: 'nothing', why, steps, lacks, whole: false };
  }
  const pulls = steps.flatMap((step) => (step.kind === 'pull' ? step.sources.slice(0, 1) : []));
  const kind = pulls.length > 0 ? 'pull' : steps.some((step) => step.kind === 'trash') ? 'trash' : 'retag';
  const part = lacks.length > 0 ? ', but not all of it' : '';
  return { kind, why: `${phrase(kind, pulls, steps)}${part}`, steps, lacks, whole: lacks.length === 0 };
}

function phrase(
  kind: 'retag' | 'trash' | 'pull',
  pulls: readonly string[],
  steps: readonly WayStep[],
): string {
  if (kind === 'trash') return 'from the trash';
  if (kind === 'pull') {
    const hosts = [...new Set(pulls.map((source) => parseReference(source).domain))];
    return `pulled from ${hosts.join(', ')}, if it is there`;
  }
  return steps.every((step) => step.kind === 'untag')
    ? 'the name is taken away again'
    : 'the names are given back';
}
