/** One line of text is asked for. */
import type { Layout } from '../../app/layout.ts';
import type { Prompt } from '../../app/overlay.ts';
import type { Theme } from '../../app/theme.ts';
import { width, wrap } from '../../app/width.ts';
import { innerWidth, type Window, windowOf } from '../box.ts';
import { compose } from '../line.ts';
import { fieldPieces } from './field.ts';

export function promptWindow(prompt: Prompt, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 72);
  const note = prompt.note(prompt.field.text);
  const rows = [
    compose(theme, cells, []),
    compose(theme, cells, [
      '  ',
      ['muted', `${prompt.label} `],
      ...fieldPieces(prompt.field, cells - width(prompt.label) - 6),
    ]),
    compose(theme, cells, []),
    ...wrap(note.text, cells - 4).map((text) =>
      compose(theme, cells, ['  ', [note.tone === 'wrong' ? 'bad' : 'muted', text]]),
    ),
    compose(theme, cells, []),
    compose(
      theme,
      cells,
      [],
      [
        [note.tone === 'ok' ? 'key' : 'disabled', 'enter'],
        note.tone === 'ok' ? ' ok    ' : ['disabled', ' ok    '],
        ['key', 'esc'],
        ' cancel  ',
      ],
    ),
  ];
  return windowOf(layout, theme, prompt.title, rows, cells);
}
