/** Clean-ups by chance, on every way that leads to a plan: marks by hand, all marked, rules, free-up and prunes. */
import { type CleanupPlan, cleanupOf, NO_MARKS, planCleanup } from '../../src/engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../../src/engine/cleanup/free-up.ts';
import { type Marked, markedOf, WHOLE } from '../../src/engine/cleanup/marked.ts';
import { planGuardedPrune } from '../../src/engine/cleanup/prune-plan.ts';
import { type Marks, matchRules } from '../../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../../src/engine/cleanup/rule-text.ts';
import type { Scene } from '../../src/engine/cleanup/scene.ts';
import { buildForest } from '../../src/engine/forest.ts';
import type { Target } from '../../src/engine/plan.ts';
import type { Stock } from '../../src/engine/stock.ts';
import { short } from './random-ground.ts';

type Pick = (below: number) => number;

export interface RandomCleanup {
  readonly plan: CleanupPlan;
  /** What was asked for, for the message of a failure. */
  readonly words: readonly string[];
}

export function randomCleanup(scene: Scene, pick: Pick, canStop: boolean): RandomCleanup {
  const { stock } = scene;
  const options = { withContainers: pick(3) === 0, withChildren: pick(3) === 0, canStop };
  const said = JSON.stringify(options);
  switch (pick(8)) {
    case 0: {
      const unused = pick(2) === 0;
      const { plan: images, spared } = planGuardedPrune(stock, { unused, pins: scene.pins });
      return { plan: cleanupOf(stock, [], [], { images, spared }), words: [`prune, unused ${unused}`] };
    }
    case 1: {
      const goal = pick(5) === 0 ? 1e15 : 1 + pick(Math.max(1, buildForest(stock).bytes));
      const rules = pick(2) === 0 ? randomRules(stock, pick) : [];
      const { plan } = freeUp(scene, goal, marksOf(scene, rules), options);
      return { plan, words: [`free ${goal}`, ...rules, said] };
    }
    case 2:
    case 3: {
      const rules = randomRules(stock, pick);
      return { plan: planCleanup(scene, marksOf(scene, rules), options), words: [...rules, said] };
    }
    case 4: {
      const isAll = pick(3) === 0;
      const images: Marked = new Map(
        stock.images.filter(({ role }) => isAll || role === 'dangling').map(({ id }) => [id, WHOLE]),
      );
      return {
        plan: planCleanup(scene, { ...NO_MARKS, images }, options),
        words: ['all', String(isAll), said],
      };
    }
    default: {
      const targets = randomTargets(stock, pick);
      const rules = pick(4) === 0 ? randomRules(stock, pick) : [];
      const ruled = marksOf(scene, rules);
      const images = new Map([...ruled.images, ...markedOf(targets)]);
      const wanted = targets.map((target) => [short(target.id), ...(target.references ?? [])].join(' '));
      return {
        plan: planCleanup(scene, { ...ruled, images }, options),
        words: [...wanted, ...rules, said],
      };
    }
  }
}

/** A few images, whole or by some of their names. */
export function randomTargets(stock: Stock, pick: Pick): Target[] {
  const images = [...stock.images].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (images.length === 0) return [];
  const count = 1 + pick(8);
  return Array.from({ length: count }, () => images[pick(images.length)]!).map((image): Target => {
    const names =
      stock.kind === 'docker-containerd' || stock.kind === 'podman'
        ? image.references
        : [...image.references, ...image.digests];
    const some = names.filter(() => pick(2) === 0);
    return some.length > 0 && pick(3) === 0 ? { id: image.id, references: some } : { id: image.id };
  });
}

function marksOf(scene: Scene, rules: readonly string[]): Marks {
  return matchRules(
    scene,
    rules.map((text) => parseRule(text)),
  );
}

function randomRules(stock: Stock, pick: Pick): string[] {
  return Array.from({ length: 1 + pick(3) }, () => {
    if (pick(5) === 0) return ['build-cache', 'stopped-containers', 'build-cache=type=regular'][pick(3)]!;
    return Array.from({ length: pick(3) === 0 ? 2 : 1 }, () => randomRule(stock, pick)).join(' and ');
  });
}

function randomRule(stock: Stock, pick: Pick): string {
  const names = stock.images.flatMap((image) => image.references).sort();
  const name = names[pick(Math.max(1, names.length))] ?? 'app:1';
  const label = stock.images.flatMap((image) => Object.keys(image.labels))[0] ?? 'keep';
  const rules = [
    'dangling',
    'superseded',
    'unused',
    'unreferenced-build',
    'older-than=0s',
    'older-than=1m by pulled',
    'older-than=0s by used',
    'not-used-for=0s',
    `keep-newest=${pick(3)}`,
    `name=${name}`,
    `name=${name.slice(0, name.lastIndexOf(':'))}`,
    'name=*',
    `label=${label}`,
    `larger-than=${pick(10_000)}`,
  ];
  return rules[pick(rules.length)]!;
}
