/** A failure in full: what, why, what to try. */
import type { Layout } from '../../app/layout.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, wrap } from '../../app/width.ts';
import type { EngineError } from '../../engine/errors.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';

export function errorWindow(error: EngineError, top: number, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 88);
  const part = (label: string, text: string): string[] =>
    text === ''
      ? []
      : wrap(text, cells - 12).map((row, index) =>
          compose(theme, cells, ['  ', ['muted', fit(index === 0 ? label : '', 8)], row]),
        );
  const body = [
    compose(theme, cells, []),
    ...wrap(error.message, cells - 4).map((row) => compose(theme, cells, ['  ', ['strong', row]])),
    compose(theme, cells, []),
    ...part('why', error.detail),
    ...part('try', error.hint),
    ...part('code', error.code),
    ...part('cause', causeOf(error)),
    compose(theme, cells, []),
  ];
  const room = innerHeight(layout) - 1;
  const from = Math.max(0, Math.min(top, body.length - room));
  return windowOf(
    layout,
    theme,
    'What went wrong',
    [
      ...body.slice(from, from + room),
      compose(theme, cells, [], [['key', 'y'], ' copy    ', ['key', 'esc'], ' close  ']),
    ],
    cells,
    Math.max(0, body.length - room),
  );
}

function causeOf(error: Error): string {
  const cause = error.cause;
  return cause instanceof Error && cause.message !== error.message ? cause.message : '';
}
