/** The windows over a screen: plan, prompt, choice, palette, help, error, engines. */
import type { HelpColumn, PaletteRow } from '../app/command-index.ts';
import type { Layout } from '../app/layout.ts';
import { windowTop } from '../app/list.ts';
import type { Choice, Overlay, PlanDialog, Prompt } from '../app/overlay.ts';
import type { EngineOption } from '../app/state.ts';
import type { TextField } from '../app/text-field.ts';
import type { Theme } from '../app/theme.ts';
import { fit, width, wrap } from '../app/width.ts';
import type { EngineError } from '../engine/errors.ts';
import { innerHeight, innerWidth, type Window, windowOf } from './box.ts';
import { compose, fill, type Piece } from './line.ts';
import { planAnswer, planLines, planTitle } from './plan-dialog.ts';

export interface OverlayInput {
  readonly overlay: Overlay;
  readonly layout: Layout;
  readonly theme: Theme;
  readonly palette: readonly PaletteRow[];
  readonly help: readonly HelpColumn[];
}

export function overlayWindow(input: OverlayInput): Window {
  const { overlay, layout, theme } = input;
  switch (overlay.kind) {
    case 'plan':
      return planWindow(overlay.dialog, layout, theme);
    case 'prompt':
      return promptWindow(overlay.prompt, layout, theme);
    case 'choice':
      return choiceWindow(overlay.choice, layout, theme);
    case 'palette':
      return paletteWindow(overlay.field, overlay.index, input.palette, layout, theme);
    case 'help':
      return helpWindow(overlay.top, input.help, layout, theme);
    case 'error':
      return errorWindow(overlay.error, overlay.top, layout, theme);
    case 'engines':
      return enginesWindow(overlay.options, overlay.index, layout, theme);
  }
}

function planWindow(dialog: PlanDialog, layout: Layout, theme: Theme): Window {
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
  );
}

function field(value: TextField, room: number): Piece[] {
  // A text longer than its field shows the part around the cursor.
  const from = Math.max(0, width(value.text.slice(0, value.cursor)) - room + 2);
  return [value.text.slice(from, value.cursor), ['accent', '▏'], value.text.slice(value.cursor)];
}

function promptWindow(prompt: Prompt, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 72);
  const note = prompt.note(prompt.field.text);
  const rows = [
    compose(theme, cells, []),
    compose(theme, cells, [
      '  ',
      ['muted', `${prompt.label} `],
      ...field(prompt.field, cells - width(prompt.label) - 6),
    ]),
    compose(theme, cells, []),
    ...wrap(note.text, cells - 4).map((text) =>
      compose(theme, cells, ['  ', [note.tone === 'wrong' ? 'bad' : 'muted', text]]),
    ),
    compose(theme, cells, []),
    compose(theme, cells, [], [['key', 'enter'], ' ok    ', ['key', 'esc'], ' cancel  ']),
  ];
  return windowOf(layout, theme, prompt.title, rows, cells);
}

function choiceWindow(choice: Choice, layout: Layout, theme: Theme): Window {
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

function pick(
  theme: Theme,
  cells: number,
  on: boolean,
  left: readonly Piece[],
  right: readonly Piece[] = [],
): string {
  return compose(theme, cells, [on ? ['cursor', ' ▌ '] : '   ', ...left], right);
}

function paletteWindow(
  value: TextField,
  index: number,
  found: readonly PaletteRow[],
  layout: Layout,
  theme: Theme,
): Window {
  const cells = innerWidth(layout, 84);
  const room = Math.max(1, Math.min(14, innerHeight(layout) - 5));
  const top = windowTop(0, index, found.length, room);
  const rows = found.slice(top, top + room).map((row, offset) => {
    const on = top + offset === index;
    const title: Piece =
      row.blocked === ''
        ? on
          ? ['cursor', fit(row.title, 40)]
          : fit(row.title, 40)
        : ['disabled', fit(row.title, 40)];
    return pick(
      theme,
      cells,
      on,
      [title, ['muted', fit(row.scope, 10)]],
      [row.blocked === '' ? ['key', row.keys] : ['muted', row.blocked], ' '],
    );
  });
  if (found.length === 0) rows.push(compose(theme, cells, ['   ', ['muted', 'no command is called that']]));
  return windowOf(
    layout,
    theme,
    'Commands',
    [
      compose(theme, cells, [' ', ['accent', ': '], ...field(value, cells - 8)]),
      compose(theme, cells, []),
      ...fill(rows, room, cells),
      compose(theme, cells, [], [['key', 'enter'], ' run    ', ['key', 'esc'], ' close ']),
    ],
    cells,
  );
}

function helpWindow(top: number, columns: readonly HelpColumn[], layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 112);
  const each = cells >= 100 ? 3 : cells >= 66 ? 2 : 1;
  const columnCells = Math.floor(cells / each);
  const stacks: string[][] = Array.from({ length: each }, () => []);
  for (const column of columns) {
    // The shortest stack takes the next group, so that the page stays low.
    const stack = stacks.reduce((low, next) => (next.length < low.length ? next : low));
    stack.push(compose(theme, columnCells, ['  ', ['title', column.title]]));
    for (const entry of column.entries) {
      stack.push(compose(theme, columnCells, ['   ', ['key', fit(entry.keys, 12)], entry.title]));
    }
    stack.push(' '.repeat(columnCells));
  }
  const height = Math.max(...stacks.map((stack) => stack.length));
  const body = Array.from({ length: height }, (_, index) => {
    const row = stacks.map((stack) => stack[index] ?? ' '.repeat(columnCells)).join('');
    return row + ' '.repeat(cells - columnCells * each);
  });
  const room = innerHeight(layout) - 1;
  const from = Math.max(0, Math.min(top, body.length - room));
  const more =
    body.length > room
      ? `${from + 1} to ${Math.min(body.length, from + room)} of ${body.length} · ↑ ↓ scroll    `
      : '';
  return windowOf(
    layout,
    theme,
    'Help',
    [
      ...body.slice(from, from + room),
      compose(theme, cells, [], [['muted', more], ['key', 'esc'], ' close  ']),
    ],
    cells,
  );
}

function errorWindow(error: EngineError, top: number, layout: Layout, theme: Theme): Window {
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
  );
}

function causeOf(error: Error): string {
  const cause = error.cause;
  return cause instanceof Error && cause.message !== error.message ? cause.message : '';
}

function enginesWindow(
  options: readonly EngineOption[] | undefined,
  index: number,
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
                ['muted', option.address],
              ],
              [['warn', option.problem], ' '],
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
