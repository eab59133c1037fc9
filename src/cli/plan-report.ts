/** A plan in words, one line an effect: what goes, what it frees, what stays and what stands in the way. */
import { crossing } from '../engine/cleanup/guard.ts';
import type { Pins } from '../engine/cleanup/pins.ts';
import type { Image } from '../engine/image.ts';
import type { Blocker, Plan, Step } from '../engine/plan.ts';
import { shortId } from '../engine/reference.ts';
import { displayName } from '../engine/removal-blockers.ts';
import type { Stock } from '../engine/stock.ts';
import { boundSize } from './bound-size.ts';
import { dockerSize } from './docker-size.ts';

export function planReport(plan: Plan, images: readonly Image[]): string {
  return `${[...planLines(plan, images), row('Free', boundSize(plan.freed))].join('\n')}\n`;
}

/** The same without the sum. */
export function planLines(plan: Plan, images: readonly Image[]): string[] {
  const lines = plan.steps.map(stepLine);
  const kept = plan.keeps.reduce((sum, keep) => sum + keep.size, 0);
  if (plan.keeps.length > 0) {
    lines.push(
      row(
        'Keep',
        `${dockerSize(kept)} in ${count(plan.keeps.length, 'layer')}, needed by ${holders(plan, images)}`,
      ),
    );
  }
  for (const blocker of plan.blockers) lines.push(row('Blocked', blockerText(blocker)));
  if (plan.lost.length > 0) {
    lines.push(
      row(
        'Note',
        `${count(plan.lost.length, 'deleted image')} may exist nowhere else: no registry copy is known`,
      ),
    );
  }
  for (const note of plan.notes) lines.push(row('Note', note));
  if (plan.freed.bound !== 'exact' && plan.freed.reason !== undefined)
    lines.push(row('Note', plan.freed.reason));
  return lines;
}

/** What a plan does to pinned images that were named one by one: they go, and a person should know. */
export function pinnedLines(stock: Stock, plan: Plan, pins: Pins): string[] {
  const images = new Map(stock.images.map((image) => [image.id, image]));
  const crossed = crossing(stock, plan, plan.targets, pins);
  return [...crossed].map(([id, { by }]) => {
    const image = images.get(id);
    return `${image === undefined ? shortId(id) : displayName(image)} is pinned (${by}), and named all the same`;
  });
}

/** `app:1 is used by the running container web-1`. */
export function blockerLine(blocker: Blocker): string {
  const by =
    blocker.by.length <= 3
      ? blocker.by.join(', ')
      : `${blocker.by.slice(0, 2).join(', ')} and ${blocker.by.length - 2} more`;
  switch (blocker.kind) {
    case 'not-found':
      return `no such image: ${blocker.name}`;
    case 'running-container':
      return `cannot remove ${blocker.name}: a running container uses it (${by})`;
    case 'stopped-container':
      return `cannot remove ${blocker.name}: a stopped container uses it (${by})`;
    case 'child-image':
      return `cannot remove ${blocker.name}: other images are built on it (${by})`;
    case 'several-names':
      return `cannot remove ${shortId(blocker.id)}: it has several names (${by})`;
  }
}

function blockerText(blocker: Blocker): string {
  return `${blockerLine(blocker)}; ${blocker.help}`;
}

function stepLine(step: Step): string {
  if (step.action === 'untag') return row('Untag', step.reference);
  const name = step.reference === '' ? '' : ` (${step.reference})`;
  const bytes = step.layers.reduce((sum, layer) => sum + layer.size, 0);
  const layers =
    step.layers.length === 0 ? 'no layer' : `${count(step.layers.length, 'layer')}, ${dockerSize(bytes)}`;
  return row('Delete', `${shortId(step.id)}${name}${step.parent ? ' untagged parent' : ''}: ${layers}`);
}

/** Names of what needs the kept layers, the first three of them. */
function holders(plan: Plan, images: readonly Image[]): string {
  const names = new Map(
    images.map((image) => [image.id, image.references[0] ?? image.digests[0] ?? shortId(image.id)]),
  );
  const all = new Set<string>();
  for (const keep of plan.keeps) {
    for (const id of keep.images) all.add(names.get(id) ?? shortId(id));
    for (const container of keep.containers) all.add(`container ${container}`);
    if (keep.buildCache) all.add('the build cache');
  }
  return some([...all]);
}

/** The first three, and how many more. */
export function some(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}

export function row(label: string, text: string): string {
  return `${label.padEnd(8)}${text}`;
}

export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
