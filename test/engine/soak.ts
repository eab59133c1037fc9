/** How often random tests repeat: a tenth in everyday runs, the whole in a soak, which also keeps the figures. */
import { appendFileSync } from 'node:fs';

/** Set by `npm run soak`: the file that figures are added to. */
const FIGURES = process.env['NACRE_SOAK'];

export const IS_SOAK = FIGURES !== undefined;

/** The whole count in a soak, else `few`. */
export function times(whole: number, few = Math.ceil(whole / 10)): number {
  return IS_SOAK ? whole : few;
}

/** Chance can meet too little of what a test is about in few turns: then more follow, up to three times as many. */
export function isOver(turns: number, wanted: number, isEnough: () => boolean): boolean {
  return turns >= wanted && (turns >= 3 * wanted || isEnough());
}

/** Each turn on a real engine takes about a second, and several on a busy machine. */
export function timeLimit(turns: number): number {
  return 60_000 + turns * 6_000;
}

/** What a soak met, as numbers by what they count; shown in its table. */
export function record(group: string, on: string, figures: Readonly<Record<string, number>>): void {
  if (FIGURES !== undefined) appendFileSync(FIGURES, `${JSON.stringify({ group, on, figures })}\n`);
}
