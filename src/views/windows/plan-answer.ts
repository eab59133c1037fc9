/** Below a shown plan: the line that asks, and the two answers. */
import { plural } from '../../app/format.ts';
import { type PlanDialog, WORD } from '../../app/overlay.ts';
import { isForceable } from '../../app/plan-answers.ts';
import type { ShownPlan } from '../../app/shown-plan.ts';
import type { Theme } from '../../app/theme.ts';
import { shorten } from '../../app/width.ts';
import { compose, type Piece } from '../line.ts';

export function planAnswer(dialog: PlanDialog, theme: Theme, cells: number): string[] {
  const { shown } = dialog;
  const force: Piece[] = isForceable(dialog)
    ? ['  ', ['key', 'ctrl+f'], ['muted', ' plan with force  ']]
    : [];
  const close: Piece[] = [['key', 'esc'], ' close  '];
  if (shown === undefined || shown.weight === 'nothing') return [compose(theme, cells, force, close)];
  const lines: string[] = [];
  if (shown.weight === 'irreversible') {
    const typed = dialog.typed.text;
    lines.push(
      compose(theme, cells, ['  ', ['warn', shorten(lossText(shown), cells - 4)]], force),
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
  const { plan } = shown;
  const { steps } = plan.images;
  const deletes = steps.some((step) => step.action === 'delete');
  const prunes = plan.buildCache.length > 0;
  const go = deletes
    ? 'delete'
    : prunes
      ? 'prune'
      : steps.length === 1
        ? 'remove the name'
        : 'remove the names';
  const outcome = deletes
    ? shown.trash === undefined
      ? 'everything that goes can be pulled again'
      : 'the trash keeps what goes'
    : prunes
      ? 'build cache is made again by building'
      : shown.weight !== 'reversible'
        ? 'the image stays; a registry digest goes too'
        : shown.journaled
          ? 'z takes it back afterwards'
          : 'the image stays';
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

/** What nobody can bring back, in a line. */
function lossText({ plan, trash }: ShownPlan): string {
  const lost = trash === undefined || trash.tooLarge ? plan.images.lost.length : 0;
  const images = lost === 0 ? '' : `${plural(lost, 'image')} cannot be pulled again, as far as is known.`;
  const volumes = plural(plan.volumes.length, 'volume');
  if (plan.volumes.length > 0) {
    const written = plan.containers.length === 0 ? '' : ', what containers wrote';
    return lost === 0
      ? `What is in ${volumes}${written} cannot come back.`
      : `What is in ${volumes}${written} and ${plural(lost, 'image')} cannot come back.`;
  }
  if (plan.containers.length === 0) return images;
  const containers = plural(plan.containers.length, 'container');
  return lost === 0
    ? `What ${containers} wrote cannot be had back.`
    : `${plural(lost, 'image')} cannot be pulled again, what ${containers} wrote is lost.`;
}
