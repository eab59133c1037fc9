/** What rules judge by, from the state: the same scene as long as nothing in it changes. */
import type { Scene } from '../engine/cleanup/scene.ts';
import type { Stock } from '../engine/stock.ts';
import { pinsOf } from './pins.ts';
import type { AppState } from './state.ts';

const MINUTE = 60;

const scenes = new WeakMap<Stock, Scene>();

/** Undefined while there is no stock. Ages count from the minute. */
export function sceneOf(state: AppState): Scene | undefined {
  const { stock, uses } = state;
  if (stock === undefined) return undefined;
  const pins = pinsOf(state);
  const now = state.now - (state.now % MINUTE);
  const known = scenes.get(stock);
  if (known !== undefined && known.uses === uses && known.pins === pins && known.now === now) return known;
  const scene: Scene = { stock, uses, pins, now };
  scenes.set(stock, scene);
  return scene;
}
