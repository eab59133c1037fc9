/** What stands below the marked list: what the plan frees, what it leaves and why, what cannot be undone. Pure and remembered. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { showAge } from '../engine/cleanup/measure.ts';
import { diskAfter, type TogetherShare } from '../engine/cleanup/plan-details.ts';
import { factsOf } from '../engine/cleanup/scene.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Size } from '../engine/engine.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import type { TrashOutlook } from '../engine/trash/trash-estimate.ts';
import { bytes, grouped, plural, size as sizeText } from './format.ts';
import { kept } from './kept.ts';
import { ledgerOf } from './ledger-of.ts';
import { freshWork } from './planned.ts';
import { type Planner, tickedRules } from './planner.ts';
import { line, type TotalLine } from './planner-line.ts';
import { trashLine, undoneLine, unknownLines } from './planner-losses.ts';
import { blockingLines, keptLine } from './planner-obstacles.ts';
import { trashOf } from './planner-trash.ts';
import { shortNames } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';
import type { AppState } from './state.ts';
import { shorten } from './width.ts';

/** Empty while the plan is worked out, and where nothing is marked. */
export function plannerTotals(state: AppState): readonly TotalLine[] {
  const work = freshWork(state);
  if (work === undefined) return [];
  const { usage, planner, readOnly, home } = state;
  return totalsOf(work, usage, planner, readOnly, trashOf(state), home);
}

const totalsOf = kept(
  (
    work: PlannerWork,
    usage: DiskUsage | undefined,
    planner: Planner,
    readOnly: boolean,
    trash: TrashOutlook | undefined,
    home: string,
  ): readonly TotalLine[] => {
    const { plan } = work;
    if (isNothing(plan)) {
      return [
        ...blockingLines(work, readOnly),
        keptLine(work),
        ...goalLines(work),
        ...noteLines(work, planner),
      ].filter(hasText);
    }
    return [
      ...sumLines(work),
      freedLine(work, usage),
      ...goalLines(work),
      ...blockingLines(work, readOnly),
      keptLine(work),
      undoneLine(work, planner, trash),
      trashLine(trash, home),
      ...unknownLines(work, planner),
      ...noteLines(work, planner),
    ].filter(hasText);
  },
);

export function isNothing({ containers, buildCache, volumes, images }: CleanupPlan): boolean {
  return containers.length + buildCache.length + volumes.length + images.calls.length === 0;
}

function hasText({ amount, text }: TotalLine): boolean {
  return amount !== '' || text !== '';
}

function sumLines(work: PlannerWork): TotalLine[] {
  const { plan, details } = work;
  const together = details.together.reduce((sum, group) => sum + group.bytes, 0);
  const things = plan.containers.length + plan.buildCache.length + plan.volumes.length;
  if (together === 0 && things === 0) return [];
  const amountOf = (label: string, amount: string, text: string): TotalLine => ({
    label,
    amount,
    text,
    tone: 'plain',
    weight: 6,
  });
  return [
    ...(details.fates.length === 0 ? [] : [amountOf('each alone', bytes(details.alone), '')]),
    ...(together === 0
      ? []
      : [
          {
            ...amountOf('only because they go together', bytes(together), ''),
            ...togetherTexts(work, details.together),
          },
        ]),
    ...(plan.containers.length === 0
      ? []
      : [
          amountOf(
            'containers',
            sizeText(plan.parts.containers),
            plural(plan.containers.length, 'container'),
          ),
        ]),
    ...(plan.buildCache.length === 0
      ? []
      : [amountOf('build cache', sizeText(plan.parts.buildCache), plural(plan.buildCache.length, 'record'))]),
    ...(plan.volumes.length === 0
      ? []
      : [amountOf('volumes', sizeText(plan.parts.volumes), plural(plan.volumes.length, 'volume'))]),
    { label: '', amount: '─', text: '', tone: 'muted', weight: 8 },
  ];
}

/** `pip install -r base…: ml-train:old + <none>, nobody else`, and shorter. */
function togetherTexts(
  work: PlannerWork,
  groups: readonly TogetherShare[],
): Pick<TotalLine, 'text' | 'short'> {
  const [first, ...others] = groups.filter((group) => group.bytes > 0);
  if (first === undefined) return { text: '' };
  const { images } = factsOf(work.scene.stock);
  const names = shortNames(first.images.map((id) => images.get(id)));
  const who =
    names.length > 3 ? `${names.slice(0, 2).join(' + ')} + ${names.length - 2} more` : names.join(' + ');
  const step = instructionOf(work, first).replace(/^RUN /, '');
  const layers = plural(first.layers, 'layer');
  const what = step !== '' && first.layers === 1 ? shorten(step, STEP) : layers;
  const more = others.length === 0 ? '' : `; ${plural(others.length, 'more set')}`;
  return {
    text: `${what}: ${who}, nobody else${more}`,
    short: [
      `${layers}: ${who}, nobody else${more}`,
      `${who}, nobody else${more}`,
      `${plural(first.images.length, 'image')}${more}`,
    ],
  };
}

/** Cells that an instruction may take. */
const STEP = 20;

/** What made the largest of the layers that exactly these images share. */
function instructionOf({ scene, details }: PlannerWork, { images }: TogetherShare): string {
  const ledger = ledgerOf(scene.stock);
  const going = new Set(details.fates.map(({ id }) => id));
  const own = new Set(images);
  const shared = (scene.stock.layers.get(images[0]!)?.layers ?? []).filter(({ chainId }) => {
    const holders = ledger?.sharers(chainId).filter((id) => going.has(id)) ?? [];
    return holders.length === own.size && holders.every((id) => own.has(id));
  });
  const largest = shared.reduce((most, layer) => (layer.size > (most?.size ?? -1) ? layer : most), shared[0]);
  return largest === undefined ? '' : tidyInstruction(largest.createdBy);
}

function freedLine({ plan }: PlannerWork, usage: DiskUsage | undefined): TotalLine {
  const { freed } = plan;
  const left = usage === undefined ? '' : afterText(diskAfter(usage, plan), freed);
  const after = left === '' ? '' : ` · disk after: ${left}`;
  const why = freed.bound === 'exact' ? '' : ` · ${freed.reason}`;
  const count = grouped(freed.bytes);
  const told =
    freed.bound === 'exact'
      ? `${count} bytes exactly`
      : `${freed.bound === 'about' ? 'about' : 'at least'} ${count} bytes`;
  return {
    label: 'FREED',
    amount: sizeText(freed),
    text: `${told}${after}${why}`,
    short: [
      `${told}${after}`,
      `${count} B${after}`,
      `${count} B · after ${left}`,
      `${count} B · after ${left.replace(/^about /, '≈')}`,
      told,
      `${count} bytes`,
    ].filter((text) => left !== '' || !text.includes('after')),
    tone: 'strong',
    weight: 0,
  };
}

function afterText({ before, after }: { before: Size; after: Size }, freed: Size): string {
  if (before.bound === 'exact' && freed.bound === 'exact') return bytes(after.bytes);
  const atMost = before.bound === 'exact' && freed.bound === 'at-least';
  return `${atMost ? 'at most' : 'about'} ${bytes(after.bytes)}`;
}

function goalLines({ goal, reached, plan }: PlannerWork): TotalLine[] {
  if (goal === undefined) return [];
  return [
    reached
      ? line('goal', `${bytes(goal)}: reached with what would be missed least`, 1)
      : line(
          'goal',
          `only ${sizeText(plan.freed)} can be freed, not ${bytes(goal)}: this is all that may go`,
          1,
          'warn',
        ),
  ];
}

function noteLines({ plan, scene }: PlannerWork, planner: Planner): TotalLine[] {
  const notes = [...plan.notes, ...plan.images.notes].map((text) =>
    line('note', text.replace(/\.$/, ''), 5, 'muted'),
  );
  const watched = tickedRules(planner).some(
    (rule) =>
      rule.kind === 'images' &&
      rule.all.some((one) => one.kind === 'not-used-for' || (one.kind === 'older-than' && one.by === 'used')),
  );
  if (!watched) return notes;
  return [...notes, line('note', watchText(scene.uses.since, scene.now).replace(/\.$/, ''), 6, 'muted')];
}

/** Since when it is known what is used, and what is not known all the same. */
export function watchText(since: number | undefined, now: number): string {
  if (since === undefined) return 'nacre has only begun to watch what is used.';
  return `What is used is known since ${showAge(now - since)} ago; what ran and was removed while nacre did not run left no trace.`;
}
