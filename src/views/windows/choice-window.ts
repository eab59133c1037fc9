/** One of a few rows is asked for. */
import type { Layout } from '../../app/layout.ts';
import { windowTop } from '../../app/list.ts';
import type { Choice } from '../../app/overlay.ts';
import type { Theme } from '../../app/theme.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';
import { pick } from './pick.ts';

export function choiceWindow(choice: Choice, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 72);
  const room = Math.min(choice.rows.length, innerHeight(layout) - 3);
  const top = windowTop(0, choice.index, choice.rows.length, room);
  const rows = choice.rows
    .slice(top, top + room)
    .map((text, offset) => pick(theme, cells, top + offset === choice.index, [text]));
  return windowOf(
    layout,
    theme,
    choice.title,
    [
      compose(theme, cells, []),
      ...rows,
      compose(theme, cells, []),
      compose(theme, cells, [], [['key', 'enter'], ` ${choice.verb}    `, ['key', 'esc'], ' cancel  ']),
    ],
    cells,
  );
}
