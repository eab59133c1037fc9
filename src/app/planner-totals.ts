/** What stands below the marked list: what the plan frees, what it leaves and why, what cannot be undone. Pure and remembered. */
import type { CleanupPlan } from '../engine/cleanup/cleanup-plan.ts';
import { showAge } from '../engine/cleanup/measure.ts';
import { diskAfter, type TogetherShare } from '../engine/cleanup/plan-details.ts';
import { factsOf } from '../engine/cleanup/scene.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Size } from '../engine/engine.ts';
import { tidyInstruction } from '../engine/instruction.ts';
import { bytes, grouped, plural, size as sizeText } from './format.ts';
import { kept } from './kept.ts';
import { ledgerOf } from './ledger-of.ts';
import { freshWork } from './planned.ts';
import { type Planner, tickedRules } from './planner.ts';
import { line, some, type TotalLine } from './planner-line.ts';
import { blockingLines, keptLine } from './planner-obstacles.ts';
import { shortName } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';
import type { AppState } from './state.ts';
import { shorten } from './width.ts';

/** Empty while the plan is worked out, and where nothing is marked. */
export function plannerTotals(state: AppState): readonly TotalLine[] {
  const work = freshWork(state);
  return work === undefined ? [] : totalsOf(work, state.usage, state.planner, state.readOnly);
}

const totalsOf = kept(
  (
    work: PlannerWork,
    usage: DiskUsage | undefined,
    planner: Planner,
    readOnly: boolean,
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
      undoneLine(work, planner),
      ...unknownLines(work, planner),
      ...noteLines(work, planner),
    ].filter(hasText);
  },
);

export function isNothing({ containers, buildCache, images }: CleanupPlan): boolean {
  return containers.length + buildCache.length + images.calls.length === 0;
}

function hasText({ amount, text }: TotalLine): boolean {
  return amount !== '' || text !== '';
}

function sumLines(work: PlannerWork): TotalLine[] {
  const { plan, details } = work;
  const together = details.together.reduce((sum, group) => sum + group.bytes, 0);
  const things = plan.containers.length + plan.buildCache.length;
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
  const names = first.images.map((id) => shortName(images.get(id)));
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
  const exactly = { exact: 'exactly', 'at-least': 'at least', about: 'about' }[freed.bound];
  const left = usage === undefined ? '' : afterText(diskAfter(usage, plan), freed);
  const after = left === '' ? '' : ` · disk after: ${left}`;
  const why = freed.bound === 'exact' ? '' : ` · ${freed.reason}`;
  const count = grouped(freed.bytes);
  return {
    label: 'FREED',
    amount: sizeText(freed),
    text: `${count} bytes ${exactly}${after}${why}`,
    short: [
      `${count} bytes ${exactly}${after}`,
      `${count} B${after}`,
      `${count} B · after ${left}`,
      `${count} bytes ${exactly}`,
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

function undoneLine({ plan, details, scene }: PlannerWork, { registries }: Planner): TotalLine {
  const { images } = factsOf(scene.stock);
  const lost = details.fates.filter(({ deleted, pullable }) => deleted && pullable === 'no');
  const written = plan.containers.some((container) => (container.written ?? 1) > 0)
    ? `what ${plural(plan.containers.length, 'container')} wrote is gone for good`
    : '';
  const who = some(lost.map(({ id }) => shortName(images.get(id))));
  const why =
    lost.length === 0
      ? ''
      : lost.every(({ id }) => images.get(id)!.digests.length === 0)
        ? `${who} ${lost.length === 1 ? 'has' : 'have'} no name in any registry: ${lost.length === 1 ? 'it' : 'they'} cannot be pulled again`
        : `${who}: ${registries.size > 0 ? 'no registry has' : 'in no registry'} ${lost.length === 1 ? 'it' : 'them'} any more`;
  return line('cannot be undone', [why, written].filter((text) => text !== '').join(' · '), 3, 'warn');
}

function unknownLines({ details }: PlannerWork, { registries, asking }: Planner): TotalLine[] {
  if (asking !== undefined) {
    return [
      line('pull again', `asking the registries: ${asking.done} of ${plural(asking.total, 'image')} …`, 3),
    ];
  }
  const deleted = details.fates.filter((fate) => fate.deleted);
  const unknown = deleted.filter(({ pullable }) => pullable === 'unknown');
  const asked = deleted.filter(({ id }) => registries.has(id));
  const confirmed = asked.filter(({ pullable }) => pullable === 'yes').length;
  const said = confirmed === 0 ? '' : `a registry has ${plural(confirmed, 'image')}`;
  const why = unknown.flatMap(({ id }) => registries.get(id)?.why || [])[0];
  const open =
    unknown.length === 0
      ? ''
      : `unknown of ${plural(unknown.length, 'image')}${why === undefined ? ' · r asks the registries' : `: ${why}`}`;
  const believed = deleted.filter(({ id, pullable }) => pullable === 'yes' && !registries.has(id)).length;
  const hint =
    believed === 0 || open !== ''
      ? ''
      : `${plural(believed, 'image')} by digest, as the engine tells · r asks the registries`;
  return [
    line(
      'pull again',
      [said, open, hint].filter((text) => text !== '').join(' · '),
      unknown.length > 0 ? 3 : 5,
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
