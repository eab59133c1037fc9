/** What a removal is called while it runs, and what became of it, in a line. Pure. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { grouped, plural, shortId, size as sizeText } from './format.ts';
import type { JobEnding } from './job-runner.ts';
import type { RemovalRecord } from './removal-record.ts';
import type { Asked, ShownPlan } from './shown-plan.ts';

/** `delete app:1`, `delete 5 images`, `remove the name app:2`, `prune 5 images, 1 container`. */
export function titleOf(
  { kind }: Pick<Asked, 'kind'>,
  plan: CleanupPlan,
): { readonly verb: string; readonly subject: string } {
  const count = deletedCount(plan);
  const { calls } = plan.images;
  if (kind === 'clean-up') return { verb: 'prune', subject: thingsText(plan) };
  if (count === 0) {
    const [first] = calls;
    const subject = calls.length === 1 ? `the name ${first!.target}` : plural(calls.length, 'name');
    return { verb: 'remove', subject };
  }
  return { verb: 'delete', subject: count === 1 ? shortName(calls[0]!.target) : plural(count, 'image') };
}

/** `5 images, 1 container, 3 records of build cache`. */
export function thingsText(plan: CleanupPlan): string {
  const count = deletedCount(plan);
  const deleted = new Set(plan.images.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const names = plan.images.steps.filter((step) => step.action === 'untag' && !deleted.has(step.id)).length;
  const records = plan.buildCache.length;
  return [
    count > 0 ? plural(count, 'image') : '',
    names > 0 ? plural(names, 'name') : '',
    plan.containers.length > 0 ? plural(plan.containers.length, 'container') : '',
    records > 0 ? plural(records, 'record of build cache', 'records of build cache') : '',
    plan.volumes.length > 0 ? plural(plan.volumes.length, 'volume') : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

export function deletedCount({ images }: CleanupPlan): number {
  return images.steps.filter((step) => step.action === 'delete' && !step.parent).length;
}

export function shortName(target: string): string {
  return target.startsWith('sha256:') ? shortId(target) : target;
}

/** What went, by what the engine answered. */
export interface Gone {
  /** Ids of images, the build steps that went with them included. */
  readonly images: ReadonlySet<string>;
  /** Images without those. */
  readonly count: number;
  readonly names: readonly string[];
  readonly containers: number;
  readonly cache: number;
  readonly volumes: number;
}

export function goneOf({ shown, items, entries }: RemovalRecord): Gone {
  const { steps } = shown.plan.images;
  const planned = new Set(steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const done = items.filter((item) => item.status === 'done');
  const answered = entries.flatMap((entry) =>
    entry.action === 'deleted' && planned.has(entry.id) ? [entry.id] : [],
  );
  const settled = done.flatMap((item) => (item.kind === 'image' && item.deed === 'delete' ? [item.id] : []));
  const images = new Set([...answered, ...settled]);
  return {
    images,
    count: steps.filter((step) => step.action === 'delete' && !step.parent && images.has(step.id)).length,
    names: entries.flatMap((entry) => (entry.action === 'untagged' ? [entry.reference] : [])),
    containers: done.filter((item) => item.kind === 'container').length,
    cache: done.filter((item) => item.kind === 'build cache').length,
    volumes: done.filter((item) => item.kind === 'volume').length,
  };
}

/** `deleted 5 images, 1 container`; `''` where nothing went. */
function goneText(record: RemovalRecord): string {
  const { count, names, containers, cache, volumes } = goneOf(record);
  const parts = [
    count > 0 ? plural(count, 'image') : '',
    containers > 0 ? plural(containers, 'container') : '',
    cache > 0 ? plural(cache, 'record of build cache', 'records of build cache') : '',
    volumes > 0 ? plural(volumes, 'volume') : '',
  ].filter((part) => part !== '');
  if (parts.length > 0) return `deleted ${parts.join(', ')}`;
  if (names.length === 0) return '';
  return `removed ${names.length === 1 ? `the name ${names[0]}` : plural(names.length, 'name')}`;
}

/** One line for the status row, and how the job ended. */
export interface Outcome extends JobEnding {
  readonly tone: 'plain' | 'good' | 'bad';
  readonly line: string;
}

export function outcomeOf(record: RemovalRecord): Outcome {
  const { shown, freed, outcome } = record;
  const { plan } = shown;
  const asPlanned = freed.bytes === plan.freed.bytes;
  const planned = asPlanned ? 'as planned' : `planned were ${sizeText(plan.freed)}`;
  const freedText = `freed ${sizeText(freed)}`;
  const gone = goneText(record);
  const end = (status: JobEnding['status'], tone: Outcome['tone'], note: string, line: string): Outcome => ({
    status,
    tone,
    note,
    line,
    told: `${note} (${grouped(freed.bytes)} bytes, ${planned})`,
  });
  const failed = record.items.filter((item) => item.status === 'failed');
  const before = gone === '' ? 'nothing was deleted' : `${gone} before that, ${freedText}`;
  switch (outcome) {
    case 'moved': {
      const text = `stopped: ${shortList(record.reasons)}; ${before}`;
      return end(failed.length > 0 ? 'failed' : 'cancelled', 'bad', text, text);
    }
    case 'diverged': {
      const more = shortList(record.reasons);
      return end(
        'failed',
        'bad',
        `stopped: the engine did more than was shown: ${more}`,
        `stopped: ${more} without having been shown`,
      );
    }
    case 'lost':
      return end('failed', 'bad', `stopped: ${record.error?.message ?? 'it failed'}; ${before}`, before);
    case 'cancelled': {
      const count = deletedCount(plan);
      const part =
        count > 0 && plan.containers.length + plan.buildCache.length + plan.volumes.length === 0
          ? `${grouped(goneOf(record).count)} of ${plural(count, 'image')} deleted, ${freedText}`
          : before;
      return end('cancelled', 'plain', `cancelled: ${part}`, `cancelled: ${part}`);
    }
    default: {
      if (failed.length > 0) {
        const line = `${freedText}, but ${failed.length === 1 ? `${failed[0]!.name} stays` : `${plural(failed.length, 'thing')} stay`}`;
        return end('failed', 'bad', `${plural(failed.length, 'refusal')}, ${freedText}`, line);
      }
      const { images, names, containers, cache, volumes } = goneOf(record);
      if (images.size + containers + cache + volumes === 0 && names.length > 0)
        return end('done', 'good', freedText, `${gone}${shown.journaled ? ' · z takes it back' : ''}`);
      return end(
        'done',
        'good',
        freedText,
        `${gone}, ${freedText}${asPlanned ? ' as planned' : `, ${planned}`}${backText(shown)}`,
      );
    }
  }
}

/** Where all of it can come back, which key does that. */
function backText({ plan, trash, journaled }: ShownPlan): string {
  if (!journaled || plan.containers.length + plan.buildCache.length + plan.volumes.length > 0) return '';
  const deleted = plan.images.steps.filter((step) => step.action === 'delete' && !step.parent);
  const isKept = trash !== undefined && !trash.tooLarge;
  if (!isKept && deleted.some((step) => step.action === 'delete' && step.pullable !== 'yes')) return '';
  return ` · z brings ${deleted.length === 1 ? 'it' : 'them'} back`;
}

/** The first few of many, and how many more. */
export function shortList(reasons: readonly string[]): string {
  const more = reasons.length - 3;
  return reasons.slice(0, 3).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
