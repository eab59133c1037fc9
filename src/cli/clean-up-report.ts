/** A clean-up plan in words: what goes and why, what stays and why, what it frees. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import type { Spared } from '../engine/cleanup/guard.ts';
import { showAge } from '../engine/cleanup/measure.ts';
import { diskAfter, planDetails } from '../engine/cleanup/plan-details.ts';
import type { RuleAnswer } from '../engine/cleanup/rule-answers.ts';
import { shownVolume } from '../engine/cleanup/volume-steps.ts';
import { shortId } from '../engine/reference.ts';
import type { Stock } from '../engine/stock.ts';
import { boundSize } from './bound-size.ts';
import type { PlannedCleanup } from './clean-up.ts';
import { dockerSize } from './docker-size.ts';
import { count, planLines, row, some } from './plan-report.ts';

/** Lines of the same kind that are shown before the rest is only counted. */
const SHOWN = 20;

export function cleanupReport(planned: PlannedCleanup): string {
  const { plan, scene, request, usage } = planned;
  const { before, after } = diskAfter(usage, plan);
  const lines = [
    ...planned.answers.map(ruleLine),
    ...stepLines(plan, scene.stock),
    ...choiceLines(planned),
    ...togetherLines(planned),
    ...sparedLines(plan.spared),
    ...noteLines(planned),
    row('Free', freeText(plan)),
    row('Disk', `${boundSize(before)}, then ${boundSize(after)}`),
  ];
  if (planned.reached === false) {
    lines.push(row('Note', `${dockerSize(request.free ?? 0)} cannot be freed: this is all that may go`));
  }
  return `${lines.join('\n')}\n`;
}

/** What will be done, in its order; without the sum. */
export function stepLines(plan: CleanupPlan, stock: Stock): string[] {
  return [
    ...plan.containers.map(({ name, stop, written }) => {
      const bytes = written === undefined ? '' : `: ${dockerSize(written)} written`;
      return row('Remove', `${stop ? 'stop and remove container' : 'container'} ${name}${bytes}`);
    }),
    ...plan.buildCache.map(({ id, type, size, shared }) => {
      const bytes = shared ? 'shared with images' : dockerSize(size);
      return row('Prune', `build cache ${shortId(id)} (${type}): ${bytes}`);
    }),
    ...planLines(plan.images, stock.images),
    ...plan.volumes.map((volume) => {
      const bytes = volume.size === undefined ? 'size unknown' : dockerSize(volume.size);
      return row('Remove', `${shownVolume(volume)}: ${bytes}, cannot come back`);
    }),
  ];
}

export function freeText({ freed, parts }: CleanupPlan): string {
  const named = [
    ['images', parts.images],
    ['containers', parts.containers],
    ['build cache', parts.buildCache],
    ['volumes', parts.volumes],
  ] as const;
  const some = named.filter(([, size]) => size.bytes > 0);
  const split =
    some.length < 2 ? '' : ` (${some.map(([name, size]) => `${name} ${boundSize(size)}`).join(', ')})`;
  return `${boundSize(freed)}${split}`;
}

function ruleLine({ text, images, containers, buildCache, volumes, freed }: RuleAnswer): string {
  const found = [
    ...(images.length > 0 ? [count(images.length, 'image')] : []),
    ...(containers.length > 0 ? [count(containers.length, 'container')] : []),
    ...(buildCache.length > 0 ? [`${count(buildCache.length, 'record')} of build cache`] : []),
    ...(volumes.length > 0 ? [count(volumes.length, 'volume')] : []),
  ];
  return row(
    'Rule',
    `${text}: ${found.length === 0 ? 'nothing' : `${found.join(', ')}, ${boundSize(freed)}`}`,
  );
}

function choiceLines({ plan, scene }: PlannedCleanup): string[] {
  const names = new Map(
    scene.stock.images.map((image) => [image.id, image.references[0] ?? shortId(image.id)]),
  );
  return limited(
    [...plan.reasons].map(([id, reason]) => row('Why', `${names.get(id) ?? shortId(id)}: ${reason}`)),
  );
}

function togetherLines({ plan, scene }: PlannedCleanup): string[] {
  const { together } = planDetails(scene.stock, plan.images);
  const names = new Map(
    scene.stock.images.map((image) => [image.id, image.references[0] ?? shortId(image.id)]),
  );
  return limited(
    together
      .filter(({ bytes }) => bytes > 0)
      .map(({ bytes, images }) => {
        const who = some(images.map((id) => names.get(id) ?? shortId(id)));
        return row('Together', `${dockerSize(bytes)} only because all of them go: ${who}`);
      }),
  );
}

export function sparedLines(spared: readonly Spared[]): string[] {
  return limited(spared.map((one) => row('Stays', sparedText(one))));
}

export function sparedText({ name, why, by, names }: Spared): string {
  switch (why) {
    case 'pinned':
      return names === undefined
        ? `${name}: pinned (${by[0]})`
        : `${some(names)}: pinned (${by[0]}), other names go`;
    case 'in-use':
      return `${name}: used by ${by.length === 1 ? 'container' : 'containers'} ${some(by)}`;
    case 'needed':
      return `${name}: ${some(by)} ${by.length === 1 ? 'was' : 'were'} built on it`;
  }
}

function noteLines({ plan, scene, registries, request }: PlannedCleanup): string[] {
  const notes = [...plan.notes];
  const watched = request.rules.some(
    (rule) =>
      rule.kind === 'images' &&
      rule.all.some((one) => one.kind === 'not-used-for' || (one.kind === 'older-than' && one.by === 'used')),
  );
  if (watched && scene.uses.since !== undefined) {
    notes.push(
      `What is used is known since ${showAge(scene.now - scene.uses.since)} ago; what ran and was removed while nacre did not run left no trace.`,
    );
  }
  const stays = (why: Spared['why']) => plan.spared.some((one) => one.why === why);
  if (stays('in-use') && !request.withContainers) notes.push('--with-containers takes containers along.');
  if (stays('needed') && !request.withChildren)
    notes.push('--with-children takes along what was built on marked images.');
  const unknown = [...registries.values()].filter(({ pullable }) => pullable === 'unknown');
  if (unknown.length > 0) {
    notes.push(
      `Of ${count(unknown.length, 'image')} no registry could say whether it has them: ${unknown[0]!.why}.`,
    );
  }
  return notes.map((note) => row('Note', note.replace(/\.$/, '')));
}

function limited(lines: readonly string[]): string[] {
  if (lines.length <= SHOWN) return [...lines];
  return [...lines.slice(0, SHOWN - 1), row('', `and ${lines.length - SHOWN + 1} more`)];
}
