/** No bulk action takes what is pinned, whatever is asked for. */
import { expect, it } from 'vitest';
import type { CleanupPlan } from '../../../src/engine/cleanup/cleanup-plan.ts';
import type { EngineKind } from '../../../src/engine/engine.ts';
import { repositoryOf } from '../../../src/engine/reference.ts';
import type { Stock } from '../../../src/engine/stock.ts';
import { randomCleanup } from '../random-cleanup.ts';
import { describeStock, SEED } from '../random-ground.ts';
import { type RandomPins, randomPins } from '../random-pins.ts';
import { record, times } from '../soak.ts';
import { cacheItem, random, randomStock } from '../stock-maker.ts';
import { sceneOf, seenSince, withBlobs } from './scenes.ts';

const KINDS: EngineKind[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];
const STOCKS = times(10_000, 100);
/** Clean-ups asked for of each stock. */
const ASKED = 6;

it.each(KINDS)('pins hold against every bulk action: %s', { timeout: 600_000 }, (kind) => {
  const met = { cleanups: 0, images: 0, names: 0, held: 0 };
  for (let seed = SEED; seed < SEED + STOCKS; seed++) {
    const pick = random(seed + 7_000_000);
    const stock = decorated(randomStock(seed, kind), pick);
    const pins = randomPins(stock, pick);
    const uses = seenSince(pick(100));
    for (let asked = 0; asked < ASKED; asked++) {
      const scene = sceneOf(stock, { pins: pins.settings, ...(pick(2) === 0 && { uses }) });
      const { plan, words } = randomCleanup(scene, pick, pick(2) === 0);
      const story = () =>
        [`seed ${seed}`, JSON.stringify(pins.settings), ...words, ...describeStock(stock)].join('\n');
      const crossed = crossedBy(plan, stock, pins);
      if (crossed.length > 0) expect.fail(`${crossed.join(', ')}\n${story()}`);
      met.cleanups++;
      for (const step of plan.images.steps) met[step.action === 'delete' ? 'images' : 'names']++;
      met.held += plan.spared.filter(({ why }) => why === 'pinned').length;
    }
  }
  // What took nothing and held nothing would prove nothing.
  expect(met.images).toBeGreaterThan(met.cleanups / 2);
  expect(met.names).toBeGreaterThan(met.cleanups / 2);
  expect(met.held).toBeGreaterThan(met.cleanups / 4);
  record('pins', `models of ${kind}`, met);
});

/** What is pinned and would go, in any part of a plan; told by the judge of the pins alone. */
function crossedBy({ images: plan }: CleanupPlan, stock: Stock, pins: RandomPins): string[] {
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const held = new Set(stock.images.flatMap((image) => pins.heldNames(image)));
  const entries = plan.calls.flatMap((call) => call.expected);
  const taken = [
    ...plan.steps.flatMap((step) => (step.action === 'untag' ? [step.reference] : [])),
    ...entries.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : [])),
    ...plan.calls.map((call) => call.target),
  ];
  const deleted = [
    ...plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])),
    ...entries.flatMap((entry) => (entry.action === 'deleted' ? [entry.id] : [])),
  ];
  // These make up an image's digests from its tags, so that one goes with the last tag of its repository.
  const isMadeUp = stock.kind === 'docker-containerd' || stock.kind === 'podman';
  const uncarried = stock.images.flatMap((image) =>
    pins.heldNames(image).filter((name) => {
      const tags = image.references.filter((tag) => repositoryOf(tag) === repositoryOf(name));
      return isMadeUp && tags.length > 0 && tags.every((tag) => taken.includes(tag));
    }),
  );
  return [
    ...uncarried,
    ...taken.filter((name) => held.has(name)),
    ...deleted.filter((id) => images.has(id) && pins.holds(images.get(id)!)),
  ];
}

/** Random stocks have neither labels nor build cache, and no names by digest that stand alone. */
function decorated(stock: Stock, pick: (below: number) => number): Stock {
  const images = stock.images.map((image) => {
    const labels = pick(5) === 0 ? { [['keep', 'team', 'x'][pick(3)]!]: ['', 'core'][pick(2)]! } : {};
    const bare = image.digests.length > 0 && pick(3) === 0;
    const apart = image.digests.map(repositoryOf);
    const tags = bare
      ? image.references.filter((name) => !apart.includes(repositoryOf(name)))
      : image.references;
    // A containerd store lists a name by digest that stands alone among the tags.
    const references = bare && stock.kind === 'docker-containerd' ? [...tags, ...image.digests] : tags;
    return { ...image, labels, references };
  });
  const buildCache = Array.from({ length: pick(4) }, (_, index) =>
    cacheItem(`cache${index}`, pick(1000), { shared: pick(2) === 0 }),
  );
  const made = { ...stock, images, buildCache };
  return stock.kind === 'embedded' ? withBlobs(made) : made;
}
