/** A plan as a contract in a file: what is to go, what it was based on, and exactly which calls will be made. */
import type { EngineInfo } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import type { PlanBasis, PlannedCall, PlanOptions, Target } from '../plan.ts';
import { planRemoval } from '../planner.ts';
import { shortId } from '../reference.ts';
import { displayName } from '../removal-blockers.ts';
import type { Stock } from '../stock.ts';
import { line } from '../text.ts';
import { type CacheStep, type CleanupPlan, type ContainerStep, cleanupOf } from './cleanup-plan.ts';
import { movedIn } from './execute-cleanup.ts';
import { crossing } from './guard.ts';
import type { Pins } from './pins.ts';
import { withoutCache, withoutContainers } from './rule-match.ts';
import { factsOf } from './scene.ts';
import { freedVolumes } from './volume-rules.ts';
import { shownVolume, unpinned, type VolumeStep } from './volume-steps.ts';

export const PLAN_DOCUMENT = 'nacre plan';
export const PLAN_VERSION = 1;

/** Field names are stable. */
export interface PlanFile {
  readonly document: typeof PLAN_DOCUMENT;
  readonly version: typeof PLAN_VERSION;
  readonly engine: Pick<EngineInfo, 'kind' | 'name' | 'version' | 'address'>;
  readonly options: { readonly force: boolean; readonly noPrune: boolean };
  readonly targets: readonly Target[];
  /** Removed first, in this order. */
  readonly containers: readonly ContainerStep[];
  /** Then these records, in this order. */
  readonly buildCache: readonly CacheStep[];
  /** Then images, by these calls. */
  readonly calls: readonly PlannedCall[];
  /** Every image that the calls change, as it was. */
  readonly basis: readonly PlanBasis[];
  /** Removed last, in this order. */
  readonly volumes: readonly VolumeStep[];
  readonly freedBytes: number;
}

export function planFile(info: EngineInfo, plan: CleanupPlan, options: PlanOptions = {}): PlanFile {
  const { kind, name, version, address } = info;
  const { calls, steps, basis, targets } = plan.images;
  // What was refused is no part of the contract.
  const touched = new Set([...calls.map((call) => call.id), ...steps.map((step) => step.id)]);
  return {
    document: PLAN_DOCUMENT,
    version: PLAN_VERSION,
    engine: { kind, name, version, address },
    options: { force: options.force ?? false, noPrune: options.noPrune ?? false },
    targets: targets.filter((target) => touched.has(target.id)),
    containers: plan.containers,
    buildCache: plan.buildCache,
    calls,
    basis,
    volumes: plan.volumes,
    freedBytes: plan.freed.bytes,
  };
}

/** Reads what `planFile` wrote; further fields are passed over. Errors: `bad-input`. */
export function readPlanFile(text: string): PlanFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw notAPlan('it is not JSON');
  }
  if (!isRecord(value) || value['document'] !== PLAN_DOCUMENT) throw notAPlan('it says nothing of one');
  if (value['version'] !== PLAN_VERSION) {
    throw notAPlan(
      `it has version ${String(value['version'])}, and this nacre reads version ${PLAN_VERSION}`,
    );
  }
  for (const [field, isRight] of Object.entries(FIELDS)) {
    if (!isRight(value[field])) throw notAPlan(`"${field}" is not as it should be`);
  }
  // Before there were volumes in plans, none was written.
  return { volumes: [], ...value } as unknown as PlanFile;
}

/**
 * The plan of a file on what is there now, on the engine at `address`: undefined, with what moved, where it would not be exactly the same calls.
 * It is planned anew from its targets, so that nothing written into a file is done unless the planner would do it.
 */
export function planFromFile(
  file: PlanFile,
  stock: Stock,
  pins: Pins,
  address: string,
):
  | { readonly plan: CleanupPlan; readonly moved: readonly [] }
  | { readonly plan: undefined; readonly moved: readonly string[] } {
  const moved = (reasons: readonly string[]) => ({ plan: undefined, moved: reasons });
  if (file.engine.kind !== stock.kind) {
    return moved([`it was made for another kind of engine (${file.engine.kind}), and this is ${stock.kind}`]);
  }
  // Two machines can have the same images under the same names.
  if (file.engine.address !== address) {
    return moved([
      `it was made for the engine at ${line(file.engine.address)}, and this one is at ${address}`,
    ]);
  }
  const changed = movedIn(stock, { ...file, images: file });
  if (changed.length > 0) return moved(changed);
  const containers = file.containers.map(({ id }) => stock.containers.find((one) => one.id === id)!);
  const cache = file.buildCache.map(({ id }) => stock.buildCache!.find((one) => one.id === id)!);
  const left = withoutCache(withoutContainers(stock, containers), cache);
  const images = planRemoval(left, file.targets, file.options);
  if (!same(images.calls, file.calls))
    return moved(['the same images would not go in the same way any more']);
  const { images: known } = factsOf(left);
  const crossed = [...crossing(left, images, file.targets, pins)];
  if (crossed.length > 0) {
    return moved(
      crossed.map(([id, { by }]) => {
        const image = known.get(id);
        return `${image === undefined ? shortId(id) : displayName(image)} is pinned (${by})`;
      }),
    );
  }
  const volumes = file.volumes.map(({ name }) => stock.volumes!.find((one) => one.name === name)!);
  const { free, pinned } = unpinned(volumes, pins);
  if (pinned.length > 0) return moved(pinned.map(({ name, by }) => `${name} is pinned (${by[0]})`));
  const released = freedVolumes(free, containers);
  if (released.length < volumes.length)
    return moved(
      volumes
        .filter((volume) => !released.includes(volume))
        .map((volume) => `${shownVolume(volume)} is used by a container that stays`),
    );
  return { plan: cleanupOf(stock, containers, cache, { images, volumes }), moved: [] };
}

/** Compared as data: the order of fields is the writer's own. */
function same(a: readonly PlannedCall[], b: readonly PlannedCall[]): boolean {
  const text = (calls: readonly PlannedCall[]) =>
    JSON.stringify(
      calls.map(({ target, id, force, noPrune, expected }) => [
        target,
        id,
        force,
        noPrune,
        expected.map((entry) => (entry.action === 'untagged' ? ['untagged', entry.reference] : [entry.id])),
      ]),
    );
  return text(a) === text(b);
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isSwitch: Check = (value) => typeof value === 'boolean';
const isBytes: Check = (value) => typeof value === 'number' && value >= 0;
const isNumber: Check = (value) => typeof value === 'number';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([field, check]) => check(value[field]));
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

/** What is there twice would go and count twice. */
const listOnce =
  (field: string, check: Check): Check =>
  (value) =>
    Array.isArray(value) &&
    value.every(check) &&
    new Set(value.map((each) => (each as Readonly<Record<string, unknown>>)[field])).size === value.length;

const isEntry: Check = (value) =>
  isRecord(value) &&
  (value['action'] === 'untagged'
    ? isText(value['reference'])
    : value['action'] === 'deleted' && isText(value['id']));

const FIELDS: Readonly<Record<string, Check>> = {
  engine: record({ kind: isText, name: isText, version: isText, address: isText }),
  options: record({ force: isSwitch, noPrune: isSwitch }),
  targets: list(record({ id: isText, references: maybe(isTexts) })),
  containers: list(
    record({ id: isText, name: isText, imageId: isText, stop: isSwitch, written: maybe(isBytes) }),
  ),
  buildCache: list(
    record({ id: isText, type: isText, description: isText, size: isBytes, shared: isSwitch }),
  ),
  calls: list(
    record({ target: isText, id: isText, force: isSwitch, noPrune: isSwitch, expected: list(isEntry) }),
  ),
  volumes: maybe(
    listOnce(
      'name',
      record({
        name: isText,
        driver: isText,
        anonymous: isSwitch,
        created: isNumber,
        made: maybe(isText),
        size: maybe(isBytes),
        users: isTexts,
      }),
    ),
  ),
  basis: list(record({ id: isText, names: isTexts, children: isTexts, containers: isTexts })),
  freedBytes: isBytes,
};

function notAPlan(why: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `this is no plan of nacre's: ${why}`,
    hint: 'Make one with nacre plan --json > FILE.',
  });
}
