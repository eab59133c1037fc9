/** What a plan leaves although it was meant, or because it is in use: told with the reason, and the key that would help. */
import { removableHolders, type Spared } from '../engine/cleanup/guard.ts';
import { factsOf } from '../engine/cleanup/scene.ts';
import { plural } from './format.ts';
import { line, some, type TotalLine } from './planner-line.ts';
import { shortName } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';

/** What stands in the way, and the key that would take it along, where that helps. */
export function blockingLines(work: PlannerWork, readOnly: boolean): TotalLine[] {
  const { plan, options } = work;
  const used = plan.spared.filter(({ why }) => why === 'in-use');
  const needed = plan.spared.filter(({ why }) => why === 'needed');
  const lines: TotalLine[] = [];
  if (used.length > 0) {
    const all = used.flatMap(({ by }) => by);
    const who = all.length === 1 ? `container ${all[0]}` : plural(all.length, 'container');
    const helps = used.some(({ id }) => canLoseContainers(work, id));
    const way =
      options.withContainers || !helps
        ? ' that must stay'
        : readOnly
          ? ''
          : ` · w stops and removes ${it(all)}`;
    lines.push(
      inTheWay(`${who} of ${names(used)}${way}`, [`${who}${way} · of ${names(used)}`, `${who}${way}`]),
    );
  }
  if (needed.length > 0) {
    const all = needed.flatMap(({ by }) => by.map(lastPart));
    const helps = needed.some(({ id }) => canLoseChildren(work, id));
    const way =
      options.withChildren || !helps ? ', held in turn' : readOnly ? '' : ` · W deletes ${it(all)} first`;
    const count = `${plural(all.length, 'image')} built on ${plural(needed.length, 'marked one')}`;
    lines.push(inTheWay(`${some(all)} built on ${names(needed)}${way}`, [`${count}${way}`, count]));
  }
  return lines;
}

function it(all: readonly string[]): string {
  return all.length === 1 ? 'it' : 'them';
}

function inTheWay(text: string, short: readonly string[]): TotalLine {
  return line('in the way', text, 2, 'warn', short);
}

/** Whether all containers of an image could be removed. */
export function canLoseContainers({ scene, options }: PlannerWork, id: string): boolean {
  const holders = factsOf(scene.stock).containers.get(id) ?? [];
  return removableHolders(holders, options.canStop ?? false) !== undefined;
}

/** Whether all that was built on it is free to go. */
export function canLoseChildren(work: Pick<PlannerWork, 'scene'>, id: string): boolean {
  const { scene } = work;
  const { children, containers, images } = factsOf(scene.stock);
  return (children.get(id) ?? []).every((child) => {
    const image = images.get(child);
    const isHeld =
      image === undefined || containers.has(child) || scene.pins.of(image, scene.stock.kind) !== undefined;
    return !isHeld && canLoseChildren(work, child);
  });
}

function names(spared: readonly Spared[]): string {
  return some(spared.map(({ name }) => lastPart(name)));
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Images that were meant and stay, then those that containers use: nothing takes them unasked. */
export function keptLine(work: PlannerWork): TotalLine {
  return line('kept on purpose', keptItems(work).join('  '), 4);
}

export function keptItems({ plan, scene }: PlannerWork): string[] {
  const { images, containers } = factsOf(scene.stock);
  const spared = plan.spared.map((one) => `${lastPart(one.name)} (${sparedWhy(one)})`);
  const told = new Set([...plan.spared.map(({ id }) => id), ...plan.images.steps.map(({ id }) => id)]);
  const going = new Set(plan.containers.map(({ id }) => id));
  const used = [...containers]
    .map(([id, users]) => [id, users.filter((user) => !going.has(user.id))] as const)
    .filter(([id, users]) => users.length > 0 && !told.has(id) && images.has(id))
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([id, users], index) => {
      const count = index === 0 ? plural(users.length, 'container') : String(users.length);
      return `${shortName(images.get(id))} (${count})`;
    });
  return [...spared, ...used];
}

function sparedWhy({ why, by, names: stay }: Spared): string {
  switch (why) {
    case 'pinned':
      return stay === undefined ? 'pinned' : `${some(stay.map(lastPart))} pinned, other names go`;
    case 'in-use':
      return plural(by.length, 'container');
    case 'needed':
      return `${by.length} built on it`;
  }
}
