/** What clean-ups cost before anything is removed: 2,000 images with 20,000 layers, no engine, no screen. */

import { NO_MARKS, planCleanup } from '../src/engine/cleanup/cleanup-plan.ts';
import { freeUp } from '../src/engine/cleanup/free-up.ts';
import { createPins } from '../src/engine/cleanup/pins.ts';
import { planDetails } from '../src/engine/cleanup/plan-details.ts';
import { matchRules } from '../src/engine/cleanup/rule-match.ts';
import { parseRule } from '../src/engine/cleanup/rule-text.ts';
import type { Scene } from '../src/engine/cleanup/scene.ts';
import { NO_USES } from '../src/engine/cleanup/uses.ts';
import type { EngineKind } from '../src/engine/engine.ts';
import { buildForest } from '../src/engine/forest.ts';
import { planRemoval } from '../src/engine/planner.ts';
import type { Stock } from '../src/engine/stock.ts';
import { largeStock } from './large-stock.ts';
import { median, type Result } from './result.ts';

const IMAGES = 2000;
const NOW = 1_800_000_000;
const SAMPLES = 25;
const FEW_SAMPLES = 9;
const KINDS: readonly EngineKind[] = ['docker-classic', 'docker-containerd', 'podman', 'embedded'];
const RULES = ['unused and older-than=30d', 'superseded', 'keep-newest=3'].map((text) => parseRule(text));

export async function measurePlans(): Promise<Result[]> {
  return [...forests(), ...plans(), ...rules(), ...choices()];
}

function forests(): Result[] {
  const times = Array.from({ length: FEW_SAMPLES }, (_, salt) => {
    const stock = largeStock(IMAGES, { salt });
    return timed(() => void buildForest(stock));
  });
  const layers = buildForest(largeStock(IMAGES)).nodes.size;
  const name = `forest of ${IMAGES} images, ${layers} layers`;
  return [{ name, value: median(times), unit: 'ms', budget: 100, samples: FEW_SAMPLES }];
}

/** The number of marks that takes the longest counts. */
function plans(): Result[] {
  return KINDS.map((kind) => {
    const stock = largeStock(IMAGES, { kind });
    const sizes = [1, 20, 200, 1000, IMAGES].map((count) => {
      const targets = spread(stock, count);
      return { count, time: median(samples(() => void planRemoval(stock, targets))) };
    });
    const longest = Math.max(...sizes.map(({ time }) => time));
    const all = spread(stock, IMAGES);
    const whole = median(
      samples(() => {
        const plan = planRemoval(stock, all);
        return [plan.basis, plan.keeps, plan.notes];
      }),
    );
    return {
      name: `plan any marks of ${IMAGES}, ${kind}`,
      value: longest,
      unit: 'ms',
      budget: 5,
      beside: `${sizes.map(({ count, time }) => `${count}: ${time.toFixed(1)}`).join(', ')}; all of it read ${whole.toFixed(1)} ms`,
      samples: SAMPLES,
    } as const;
  });
}

function rules(): Result[] {
  const scene = sceneOf('docker-classic');
  const marked = samples(() => planCleanup(scene, matchRules(scene, RULES)));
  const { images } = planCleanup(scene, matchRules(scene, RULES));
  const told = median(samples(() => planDetails(scene.stock, images)));
  return [
    {
      name: `three rules over ${IMAGES}, planned`,
      value: median(marked),
      unit: 'ms',
      beside: `${images.targets.length} images, told one by one ${told.toFixed(0)} ms`,
      samples: SAMPLES,
    },
  ];
}

/** The goal that takes the longest counts. */
function choices(): Result[] {
  return KINDS.map((kind) => {
    const scene = sceneOf(kind);
    const goals = [1e9, 1e10, 1e11, 5e11].map((goal) => ({
      goal,
      time: median(samples(() => freeUp(scene, goal, NO_MARKS), FEW_SAMPLES)),
    }));
    return {
      name: `free at least, of ${IMAGES}, ${kind}`,
      value: Math.max(...goals.map(({ time }) => time)),
      unit: 'ms',
      budget: 200,
      beside: goals.map(({ goal, time }) => `${goal / 1e9} GB ${time.toFixed(0)}`).join(', '),
      samples: FEW_SAMPLES,
    } as const;
  });
}

function sceneOf(kind: EngineKind): Scene {
  const pins = createPins({ names: ['team-3/*'], labels: ['team=7'] });
  return { stock: largeStock(IMAGES, { kind, now: NOW }), uses: NO_USES, pins, now: NOW };
}

function spread({ images }: Stock, count: number): { readonly id: string }[] {
  const every = images.length / count;
  return Array.from({ length: count }, (_, index) => ({ id: images[Math.floor(index * every)]!.id }));
}

function samples(body: () => unknown, count = SAMPLES): number[] {
  // What is worked out once for a stock, and code that is not compiled yet, is no part of a key press.
  for (let warm = 0; warm < 20; warm++) body();
  return Array.from({ length: count }, () => timed(body));
}

function timed(body: () => unknown): number {
  const start = performance.now();
  body();
  return performance.now() - start;
}
