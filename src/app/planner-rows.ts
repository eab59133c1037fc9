/** The rows of what is marked: images, containers, build cache and volumes that go, then what was left out. Pure and remembered. */
import { factsOf } from '../engine/cleanup/scene.ts';
import { freedVolumes } from '../engine/cleanup/volume-rules.ts';
import { shownVolume, type VolumeStep } from '../engine/cleanup/volume-steps.ts';
import type { Image } from '../engine/image.ts';
import { volumeId } from '../engine/volume.ts';
import { ago, bytes, plural, shortId } from './format.ts';
import { kept } from './kept.ts';
import { freshWork, leftOut, markedImages, plannedMarks } from './planned.ts';
import { fateText, longName, shortName } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';
import { sceneOf } from './scene.ts';
import type { AppState } from './state.ts';
import { width } from './width.ts';

export interface PlannerRow {
  readonly id: string;
  readonly kind: 'image' | 'container' | 'cache' | 'volume';
  readonly name: string;
  /** Bytes; undefined where they are not known. */
  readonly size: number | undefined;
  /** Bytes that go with it alone; undefined where they are not known. */
  readonly alone: number | undefined;
  /** Its figures are being worked out. */
  readonly waits: boolean;
  /** What happens to it, in so many cells; `…` while that is worked out. */
  readonly what: (room?: number) => string;
  /** A person wants it to stay. */
  readonly excluded: boolean;
  /** Why it was chosen, where it was; `''` otherwise. */
  readonly reason: string;
}

/** The rows as they are shown, those that do not hold what is searched for left out. */
export function plannerRows(state: AppState): readonly PlannerRow[] {
  const { search } = state.planner;
  const all = allRows(state);
  if (search === '') return all;
  const wanted = search.toLowerCase();
  return all.filter((row) => row.name.toLowerCase().includes(wanted) || row.id.includes(wanted));
}

export function allRows(state: AppState): readonly PlannerRow[] {
  const scene = sceneOf(state);
  if (scene === undefined) return [];
  const work = freshWork(state);
  return [...(work === undefined ? waitingRows(state) : workedRows(work)), ...leftOutRows(state)];
}

const workedRows = kept((work: PlannerWork): readonly PlannerRow[] => {
  const { plan, details, scene } = work;
  const { images } = factsOf(scene.stock);
  const fates = details.fates
    .map((fate): PlannerRow => {
      const image = images.get(fate.id);
      const reason = plan.reasons.get(fate.id) ?? '';
      return {
        id: fate.id,
        kind: 'image',
        name: image === undefined ? fate.name : nameOf(image, fate.untagged, fate.deleted),
        size: image?.size,
        alone: fate.alone.bytes,
        waits: false,
        what: (room) => fateText(fate, image, images, room),
        excluded: false,
        reason,
      };
    })
    .sort((a, b) => b.alone! - a.alone! || (a.name < b.name ? -1 : 1));
  const containers = plan.containers.map(({ id, name, imageId, stop, written }): PlannerRow => {
    const of = images.get(imageId);
    return {
      id,
      kind: 'container',
      name: `container ${name}`,
      size: written,
      alone: written,
      waits: false,
      what: () =>
        `${stop ? 'stop and remove' : 'remove'}${of === undefined ? '' : ` (of ${of.references.length === 0 ? shortId(of.id) : shortName(of)})`}`,
      excluded: false,
      reason: '',
    };
  });
  const records = plan.buildCache.map(
    ({ id, type, description, size, shared }): PlannerRow => ({
      id,
      kind: 'cache',
      name: `build cache ${shortId(id)}`,
      size,
      alone: shared ? 0 : size,
      waits: false,
      what: () => (shared ? 'delete; its bytes are an image layer too' : `delete ${type}: ${description}`),
      excluded: false,
      reason: '',
    }),
  );
  const volumes = plan.volumes.map(
    (volume): PlannerRow => ({
      id: volumeId(volume.name),
      kind: 'volume',
      name: shownVolume(volume),
      size: volume.size,
      alone: volume.size,
      waits: false,
      what: (room) => volumeText(volume, scene.now, room),
      excluded: false,
      reason: '',
    }),
  );
  return [...fates, ...containers, ...records, ...volumes];
});

/** What cannot be had back is said before anything else. */
function volumeText(volume: VolumeStep, now: number, room = Number.POSITIVE_INFINITY): string {
  const { anonymous, driver, users, created } = volume;
  const facts = [
    'delete for good: what is in it cannot come back',
    anonymous ? 'anonymous' : '',
    created === 0 ? '' : `made ${ago(created, now)}`,
    driver === 'local' ? '' : `of ${driver}`,
    users.length === 0 ? '' : `after ${plural(users.length, 'container')}`,
  ].filter((part) => part !== '');
  const whole = facts.join(' · ');
  return width(whole) <= room ? whole : width(facts[0]!) <= room ? facts[0]! : 'delete for good';
}

/** An image that only loses names is known by one of those. */
function nameOf(image: Image, untagged: readonly string[], deleted: boolean): string {
  return deleted ? longName(image) : (untagged[0] ?? longName(image));
}

/** Until the plan is there: what is marked, without figures. */
function waitingRows(state: AppState): PlannerRow[] {
  const scene = sceneOf(state)!;
  const { images } = factsOf(scene.stock);
  const marks = plannedMarks(state)!;
  const order = new Map(state.cleanup?.details.fates.map(({ id }, index) => [id, index]));
  const rows = [...markedImages(state)]
    .flatMap((id) => images.get(id) ?? [])
    .sort((a, b) => (order.get(a.id) ?? order.size) - (order.get(b.id) ?? order.size) || b.size - a.size)
    .map((image) => waiting(image.id, 'image', longName(image), image.size));
  const { written } = scene.stock;
  return [
    ...rows,
    ...marks.containers.map(({ id, name }) => waiting(id, 'container', `container ${name}`, written?.[id])),
    ...marks.buildCache.map(({ id, size }) => waiting(id, 'cache', `build cache ${shortId(id)}`, size)),
    ...freedVolumes(marks.volumes, marks.containers).map((volume) =>
      waiting(volumeId(volume.name), 'volume', shownVolume(volume), scene.stock.volumeSizes?.[volume.name]),
    ),
  ];
}

function waiting(id: string, kind: PlannerRow['kind'], name: string, size: number | undefined): PlannerRow {
  return {
    id,
    kind,
    name,
    size,
    alone: undefined,
    waits: true,
    what: () => '…',
    excluded: false,
    reason: '',
  };
}

function leftOutRows(state: AppState): PlannerRow[] {
  const out = leftOut(state);
  const { stock } = sceneOf(state)!;
  const { images } = factsOf(stock);
  const row = (id: string, kind: PlannerRow['kind'], name: string, size: number | undefined): PlannerRow => ({
    ...waiting(id, kind, name, size),
    waits: false,
    what: () => 'stays: you left it out',
    excluded: true,
  });
  return [
    ...out.images
      .flatMap((id) => images.get(id) ?? [])
      .map((image) => row(image.id, 'image', longName(image), image.size)),
    ...out.containers.map(({ id, name }) => row(id, 'container', `container ${name}`, undefined)),
    ...out.buildCache.map(({ id, size }) => row(id, 'cache', `build cache ${shortId(id)}`, size)),
    ...out.volumes.map((volume) =>
      row(volumeId(volume.name), 'volume', shownVolume(volume), stock.volumeSizes?.[volume.name]),
    ),
  ];
}

/** Everything about one row. */
export function rowStory({ what, alone, size }: PlannerRow): string {
  const of =
    size !== undefined && alone !== undefined && alone !== size ? `${bytes(alone)} of ${bytes(size)} · ` : '';
  return `${of}${what()}`;
}
