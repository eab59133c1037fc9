/** The engines of this machine. */
import { shortenHome } from '../../app/format.ts';
import type { Layout } from '../../app/layout.ts';
import type { EngineOption } from '../../app/state.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, shortenMiddle, width } from '../../app/width.ts';
import { innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';
import { pick } from './pick.ts';

export function enginesWindow(
  options: readonly EngineOption[] | undefined,
  index: number,
  home: string,
  layout: Layout,
  theme: Theme,
): Window {
  const cells = innerWidth(layout, 84);
  const rows =
    options === undefined
      ? [compose(theme, cells, ['   ', ['muted', 'looking for engines …']])]
      : options.length === 0
        ? [compose(theme, cells, ['   ', ['muted', 'no other engine was found on this machine']])]
        : options.map((option, at) =>
            pick(
              theme,
              cells,
              at === index,
              [
                [option.problem === '' ? 'good' : 'muted', option.problem === '' ? '● ' : '○ '],
                option.problem === '' ? fit(option.label, 22) : ['disabled', fit(option.label, 22)],
                [
                  'muted',
                  shortenMiddle(
                    shortenHome(option.address, home),
                    Math.max(12, cells - width(option.problem || option.note) - 33),
                  ),
                ],
              ],
              [option.problem === '' ? ['muted', option.note] : ['warn', option.problem], ' '],
            ),
          );
  return windowOf(
    layout,
    theme,
    'Engines',
    [
      compose(theme, cells, []),
      ...rows,
      compose(theme, cells, []),
      compose(theme, cells, [], [['key', 'enter'], ' use    ', ['key', 'esc'], ' close  ']),
    ],
    cells,
  );
}
