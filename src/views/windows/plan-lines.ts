/** The plan before it is carried out: what goes, what it frees, what stays, what stands in the way. */
import { bytes, grouped, plural, shortId, size as sizeText } from '../../app/format.ts';
import { type PlanDialog, WORD } from '../../app/overlay.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, fitEnd, fitMiddle, shorten, wrap } from '../../app/width.ts';
import type { Plan, Step } from '../../engine/plan.ts';
import { compose, type Piece } from '../line.ts';

const LABEL = 8;

export function planTitle(dialog: PlanDialog): string {
  const { plan } = dialog;
  if (plan === undefined) return 'Working out what goes …';
  const images = plan.steps.filter((step) => step.action === 'delete' && !step.parent).length;
  const names = plan.steps.filter((step) => step.action === 'untag').length;
  if (plan.weight === 'nothing') return 'Nothing can be deleted';
  if (images === 0) return `Remove ${plural(names, 'name')}?`;
  return `Delete ${plural(images, dialog.marked ? 'marked image' : 'image')}?`;
}

/** Everything between title and answer line, unscrolled, each row exactly `cells` wide. */
export function planLines(dialog: PlanDialog, theme: Theme, cells: number): string[] {
  const { plan, progress } = dialog;
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  if (plan === undefined) {
    const done = progress === undefined ? '' : `  ${progress.done} of ${plural(progress.total, 'image')}`;
    return ['', `reading the layers of all images, to know what is shared${done}`].map((text) => row(text));
  }
  const lines: string[] = [row('')];
  const paragraph = (
    label: string,
    text: string,
    token: 'plain' | 'warn' | 'bad' | 'muted' = 'plain',
  ): void => {
    for (const [index, part] of wrap(text, cells - LABEL - 5).entries()) {
      lines.push(row(['muted', fit(index === 0 ? label : '', LABEL)], [token, part]));
    }
  };
  if (dialog.notice !== '') {
    for (const part of wrap(dialog.notice, cells - 5)) lines.push(row(['warn', part]));
    lines.push(row(''));
  }
  if (plan.steps.length > 0) {
    lines.push(
      plan.steps.some((step) => step.action === 'delete')
        ? row(
            ['muted', fit('frees', LABEL)],
            ['strong', sizeText(plan.freed)],
            plan.freed.bound === 'exact' ? `   (${grouped(plan.freed.bytes)} bytes)` : '',
          )
        : row(['muted', fit('frees', LABEL)], 'nothing: only names go'),
    );
    if (plan.freed.reason !== undefined) paragraph('', plan.freed.reason, 'muted');
    lines.push(row(''));
    lines.push(...stepLines(plan, theme, cells));
    lines.push(row(''));
  }
  if (plan.keeps.length > 0) {
    const holders = dialog.needers;
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
  for (const note of plan.notes) paragraph('note', note, 'muted');
  if (plan.steps.length > 0) {
    const names = plan.calls.map((call) =>
      call.target.startsWith('sha256:') ? shortId(call.target) : call.target,
    );
    const shown = names.length > 3 ? `${names[0]} … ${names.at(-1)}` : names.join(' ');
    if (plan.keeps.length + plan.blockers.length + plan.notes.length > 0) lines.push(row(''));
    lines.push(row(['muted', shorten(`same as ${dialog.command} ${shown}`, cells - 4)]));
  }
  return lines;
}

/** One line an image, with the untagged parents that go with it counted in. */
function stepLines(plan: Plan, theme: Theme, cells: number): string[] {
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
      lines.push(...deleteLines(step, parents, start('delete'), theme, cells));
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
  theme: Theme,
  cells: number,
): string[] {
  const size = [step, ...parents].flatMap((each) => each.layers).reduce((sum, layer) => sum + layer.size, 0);
  const name = step.reference === '' ? `<none> ${shortId(step.id)}` : step.reference;
  const fate: Piece =
    step.pullable === 'yes'
      ? ['good', 'can be pulled again']
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

/** The line that asks, and the two answers. */
export function planAnswer(dialog: PlanDialog, theme: Theme, cells: number): string[] {
  const { plan } = dialog;
  const forceable = !dialog.force && plan?.blockers.some((blocker) => blocker.forceable) === true;
  const force: Piece[] = forceable ? ['  ', ['key', 'ctrl+f'], ['muted', ' plan with force  ']] : [];
  const close: Piece[] = [['key', 'esc'], ' close  '];
  if (plan === undefined || plan.weight === 'nothing') return [compose(theme, cells, force, close)];
  const lines: string[] = [];
  if (plan.weight === 'irreversible') {
    const why = plural(plan.lost.length, 'image');
    const typed = dialog.typed.text;
    lines.push(
      compose(theme, cells, ['  ', ['warn', `${why} cannot be pulled again, as far as is known.`]], force),
      compose(
        theme,
        cells,
        ['  Type ', ['strong', WORD], ': ', ['accent', `${typed}▏`]],
        [
          ['key', 'esc'],
          ' cancel   ',
          [typed === WORD ? 'key' : 'disabled', 'enter'],
          [typed === WORD ? 'plain' : 'disabled', ' delete  '],
        ],
      ),
    );
    return lines;
  }
  const deletes = plan.steps.some((step) => step.action === 'delete');
  const names = plan.steps.length;
  const go = deletes ? 'delete' : names === 1 ? 'remove the name' : 'remove the names';
  const outcome = deletes
    ? 'everything that goes can be pulled again'
    : plan.weight === 'reversible'
      ? 'z takes it back afterwards'
      : 'the image stays; a registry digest goes too';
  const button = (name: string, on: boolean): Piece => [
    on ? 'tab' : 'muted',
    on ? `[ ${name} ]` : `  ${name}  `,
  ];
  lines.push(
    compose(
      theme,
      cells,
      ['  ', ['muted', outcome]],
      [
        ['key', 'y'],
        ' ',
        button(go, dialog.focus === 'go'),
        '  ',
        ['key', 'esc'],
        ' ',
        button('cancel', dialog.focus === 'cancel'),
        '  ',
      ],
    ),
  );
  return lines;
}
