/** What becomes of a throwaway container that has ended. */
import { changesOf, countsText } from '../../app/changes.ts';
import { ENDINGS } from '../../app/ending-question.ts';
import type { Layout } from '../../app/layout.ts';
import { endingName } from '../../app/run-ending.ts';
import type { AppState } from '../../app/state.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, wrap } from '../../app/width.ts';
import { innerWidth, type Window, windowOf } from '../box.ts';
import { compose, type Piece } from '../line.ts';
import { pick } from './pick.ts';

const LABEL = 9;

export function endingWindow(state: AppState, index: number, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 72);
  const ending = state.runEnding!;
  const changes = changesOf(state, ending.container);
  const code = ending.exitCode;
  const changed: Piece =
    changes?.error !== undefined
      ? ['bad', changes.error.message]
      : changes?.list === undefined
        ? ['muted', 'asking the engine …']
        : countsText(changes.counts);
  const fact = (label: string, piece: Piece): string[] => {
    const [token, text] = typeof piece === 'string' ? (['plain', piece] as const) : piece;
    return wrap(text, cells - LABEL - 4)
      .slice(0, 3)
      .map((part, row) =>
        compose(theme, cells, ['  ', ['muted', fit(row === 0 ? label : '', LABEL)], [token, part]]),
      );
  };
  const isUnchanged = changes?.list?.length === 0;
  return windowOf(
    layout,
    theme,
    `What becomes of the container ${endingName(state)}?`,
    [
      compose(theme, cells, []),
      ...fact('image', ending.image),
      ...fact('ran', ending.command),
      ...fact('ended', [code === 0 ? 'plain' : 'warn', `exit code ${code}`]),
      ...fact('changes', changed),
      compose(theme, cells, []),
      ...ENDINGS.map((text, at) => pick(theme, cells, at === index, [text])),
      compose(theme, cells, []),
      compose(
        theme,
        cells,
        [],
        [['key', 'enter'], ' choose    ', ...(isUnchanged ? [['key', 'esc'] as const, ' remove it  '] : [])],
      ),
    ],
    cells,
  );
}
