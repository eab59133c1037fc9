/** The plan before it is carried out: what goes, what it frees, what stays, what stands in the way. */
import { bytes, grouped, plural, shortId, size as sizeText } from '../../app/format.ts';
import { kept } from '../../app/kept.ts';
import type { PlanDialog } from '../../app/overlay.ts';
import { thingsText } from '../../app/removal-words.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, wrap } from '../../app/width.ts';
import type { Plan, Step } from '../../engine/plan.ts';
import { compose, type Piece } from '../line.ts';
import {
  cleanUpLines,
  LABEL,
  type Paragraph,
  partsText,
  sparedText,
  thingLines,
  trashLines,
  volumeLines,
} from './clean-up-lines.ts';

export function planTitle({ asked, shown }: PlanDialog): string {
  if (shown === undefined) return 'Working out what goes …';
  const { plan } = shown;
  const { steps } = plan.images;
  const isCleanUp = asked.kind === 'clean-up';
  if (shown.weight === 'nothing') return isCleanUp ? 'Nothing can be cleaned up' : 'Nothing can be deleted';
  const images = steps.filter((step) => step.action === 'delete' && !step.parent).length;
  const names = steps.filter((step) => step.action === 'untag').length;
  if (plan.containers.length + plan.buildCache.length + plan.volumes.length > 0)
    return `Clean up ${thingsText(plan)}?`;
  if (images === 0) return `Remove ${plural(names, 'name')}?`;
  return `Delete ${plural(images, asked.marked ? 'marked image' : 'image')}?`;
}

/** Everything between title and answer line, unscrolled, each row exactly `cells` wide. */
export function planLines(
  { asked, shown, notice, progress }: PlanDialog,
  theme: Theme,
  cells: number,
): string[] {
  return keptLines(asked.kind, shown, notice, progress, theme, cells);
}

/** A key in the dialog most often changes none of it. */
const keptLines = kept(drawLines);

function drawLines(
  kind: PlanDialog['asked']['kind'],
  shown: PlanDialog['shown'],
  notice: string,
  progress: PlanDialog['progress'],
  theme: Theme,
  cells: number,
): string[] {
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  if (shown === undefined) {
    const done = progress === undefined ? '' : `  ${progress.done} of ${plural(progress.total, 'image')}`;
    return ['', `reading the layers of all images, to know what is shared${done}`].map((text) => row(text));
  }
  const { plan: cleanup } = shown;
  const plan = cleanup.images;
  const lines: string[] = [row('')];
  const paragraph: Paragraph = (label, text, token = 'plain') => {
    for (const [index, part] of wrap(text, cells - LABEL - 5).entries()) {
      lines.push(row(['muted', fit(index === 0 ? label : '', LABEL)], [token, part]));
    }
  };
  /** An empty row, unless there is one already. */
  const space = (): void => {
    if (lines.at(-1) !== row('')) lines.push(row(''));
  };
  if (notice !== '') {
    for (const part of wrap(notice, cells - 5)) lines.push(row(['warn', part]));
    lines.push(row(''));
  }
  for (const { name, by } of shown.pinned)
    paragraph(
      'pinned',
      `${name}${by === name ? ' is pinned' : ` is pinned by ${by}`}, and goes all the same: you chose it yourself`,
      'bad',
    );
  if (shown.pinned.length > 0) space();
  const things = cleanup.containers.length + cleanup.buildCache.length + cleanup.volumes.length;
  if (plan.steps.length + things > 0) {
    const { freed } = cleanup;
    lines.push(
      things > 0 || plan.steps.some((step) => step.action === 'delete')
        ? row(
            ['muted', fit('frees', LABEL)],
            ['strong', sizeText(freed)],
            freed.bound === 'exact' ? `   (${grouped(freed.bytes)} bytes)` : '',
          )
        : row(['muted', fit('frees', LABEL)], 'nothing: only names go'),
    );
    if (freed.reason !== undefined) paragraph('', freed.reason, 'muted');
    if (things > 0) paragraph('', partsText(shown), 'muted');
    lines.push(row(''));
    lines.push(...thingLines(shown, theme, cells));
    const isKept = shown.trash !== undefined && !shown.trash.tooLarge;
    lines.push(...stepLines(plan, isKept, theme, cells));
    lines.push(...volumeLines(shown, theme, cells));
    space();
  }
  if (kind === 'clean-up') cleanUpLines(shown, paragraph);
  if (plan.keeps.length > 0) {
    const holders = shown.needers;
    const total = plan.keeps.reduce((sum, keep) => sum + keep.size, 0);
    const containers = new Set(plan.keeps.flatMap((keep) => keep.containers));
    const who = [
      holders > 0 ? plural(holders, 'other image') : '',
      plan.keeps.some((keep) => keep.buildCache) ? 'the build cache' : '',
      containers.size > 0 ? plural(containers.size, 'container') : '',
    ].filter((part) => part !== '');
    paragraph(
      'keeps',
      `${plural(plan.keeps.length, 'layer')}, ${bytes(total)}, still needed by ${who.join(' and ') || 'untagged build steps'}`,
    );
  }
  const gone = plan.blockers.filter((blocker) => blocker.kind === 'not-found').map((blocker) => blocker.name);
  if (gone.length > 0) paragraph('gone', gone.join(', '), 'muted');
  for (const blocker of plan.blockers) {
    if (blocker.kind === 'not-found') continue;
    const why =
      blocker.kind === 'running-container'
        ? `running: ${blocker.by.join(', ')}`
        : blocker.kind === 'stopped-container'
          ? `stopped containers: ${blocker.by.join(', ')}`
          : blocker.kind === 'child-image'
            ? `images built on it: ${blocker.by.join(', ')}`
            : blocker.kind === 'several-names'
              ? `it has several names: ${blocker.by.join(', ')}`
              : 'it is not there any more';
    paragraph('stays', `${blocker.name} · ${why}`, 'warn');
    paragraph('', blocker.help, 'muted');
  }
  if (cleanup.spared.length > 0) space();
  for (const one of cleanup.spared)
    paragraph('stays', sparedText(one), one.why === 'pinned' ? 'accent' : 'plain');
  for (const note of [...cleanup.notes, ...plan.notes]) paragraph('note', note, 'muted');
  trashLines(shown, paragraph);
  if (plan.steps.length > 0 && things === 0) {
    const names = plan.calls.map((call) =>
      call.target.startsWith('sha256:') ? shortId(call.target) : call.target,
    );
    const some = names.length > 3 ? `${names[0]} … ${names.at(-1)}` : names.join(' ');
    if (plan.keeps.length + plan.blockers.length + plan.notes.length > 0) space();
    lines.push(row(['muted', shorten(`same as ${shown.command} ${some}`, cells - 4)]));
  }
  return lines;
}

/** One line an image, with the untagged parents that go with it counted in. */
function stepLines(plan: Plan, isKept: boolean, theme: Theme, cells: number): string[] {
  const lines: string[] = [];
  let label = '';
  const start = (action: string): string => {
    const shown = action === label ? '' : action;
    label = action;
    return shown;
  };
  const deleted = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.id] : [])));
  const shown = new Set(plan.steps.flatMap((step) => (step.action === 'delete' ? [step.reference] : [])));
  for (const [index, step] of plan.steps.entries()) {
    if (step.action === 'untag') {
      // The name an image was known by stands in its own line.
      const own = shown.has(step.reference);
      // A digest reference of an image that goes is not news.
      const noise = deleted.has(step.id) && step.reference.includes('@');
      if (!own && !noise)
        lines.push(untagLine(step.reference, start('untag'), deleted.has(step.id), theme, cells));
    } else if (!step.parent) {
      const parents = parentsAfter(plan.steps, index);
      lines.push(...deleteLines(step, parents, start('delete'), isKept, theme, cells));
    }
  }
  return lines;
}

type DeleteStep = Extract<Step, { action: 'delete' }>;

function parentsAfter(steps: readonly Step[], index: number): DeleteStep[] {
  const parents: DeleteStep[] = [];
  for (let at = index + 1; at < steps.length; at++) {
    const step = steps[at]!;
    if (step.action !== 'delete' || !step.parent) break;
    parents.push(step);
  }
  return parents;
}

function untagLine(reference: string, label: string, gone: boolean, theme: Theme, cells: number): string {
  const why = gone ? 'a further name' : 'name only: the image stays';
  return compose(theme, cells, [
    '  ',
    ['muted', fit(label, LABEL)],
    fitMiddle(reference, cells - LABEL - 32),
    ['muted', `  ${why}`],
  ]);
}

function deleteLines(
  step: DeleteStep,
  parents: readonly DeleteStep[],
  label: string,
  isKept: boolean,
  theme: Theme,
  cells: number,
): string[] {
  const size = [step, ...parents].reduce(
    (sum, each) => each.layers.reduce((all, layer) => all + layer.size, sum + each.besides),
    0,
  );
  const name = step.reference === '' ? `<none> ${shortId(step.id)}` : step.reference;
  const fate: Piece =
    step.pullable === 'yes'
      ? ['good', 'can be pulled again']
      : isKept
        ? ['good', 'the trash keeps it']
        : step.pullable === 'no'
          ? ['bad', '! exists nowhere else']
          : ['warn', '! no copy is known'];
  const lines = [
    compose(theme, cells, [
      '  ',
      ['muted', fit(label, LABEL)],
      fitMiddle(name, cells - LABEL - 36),
      fitEnd(bytes(size), 10),
      '  ',
      fate,
    ]),
  ];
  if (parents.length === 0) return lines;
  const text = `with ${plural(parents.length, 'untagged build step')} that nothing else needs`;
  return [...lines, compose(theme, cells, ['  ', ' '.repeat(LABEL + 2), ['muted', text]])];
}
