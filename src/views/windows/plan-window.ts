/** The plan before it is carried out, with its answers. */
import type { Layout } from '../../app/layout.ts';
import type { PlanDialog } from '../../app/overlay.ts';
import type { Theme } from '../../app/theme.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';
import { planAnswer } from './plan-answer.ts';
import { planLines, planTitle } from './plan-lines.ts';

export function planWindow(dialog: PlanDialog, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 78);
  const answer = planAnswer(dialog, theme, cells);
  const body = planLines(dialog, theme, cells);
  const room = innerHeight(layout) - answer.length - 1;
  const top = Math.max(0, Math.min(dialog.top, body.length - room));
  const shown = body.slice(top, top + room);
  const hidden = body.length - room;
  const more =
    hidden <= 0
      ? ''
      : `rows ${top + 1} to ${Math.min(body.length, top + room)} of ${body.length} · ↑ ↓ scroll`;
  return windowOf(
    layout,
    theme,
    planTitle(dialog),
    [...shown, compose(theme, cells, [], [['muted', more], '  ']), ...answer],
    cells,
    Math.max(0, hidden),
  );
}
