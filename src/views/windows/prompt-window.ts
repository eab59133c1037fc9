/** One or a few lines of text are asked for, with what they could become. */
import type { Layout } from '../../app/layout.ts';
import { windowTop } from '../../app/list.ts';
import type { Prompt, PromptField } from '../../app/overlay.ts';
import { answersOf, nextSuggestion } from '../../app/prompting.ts';
import type { Theme } from '../../app/theme.ts';
import { fit, shortenMiddle, width, wrap } from '../../app/width.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose, type Piece } from '../line.ts';
import { fieldPieces } from './field.ts';

export function promptWindow(prompt: Prompt, layout: Layout, theme: Theme): Window {
  const cells = innerWidth(layout, 72);
  const note = prompt.note(answersOf(prompt));
  // Header, frame, keys and the blank rows between them stay, however much there is to say.
  const said = wrap(note.text, cells - 4).slice(0, Math.max(1, layout.rows - prompt.fields.length - 7));
  // What must be seen whatever is suggested: fields, note, keys, and the blank rows between them.
  const free = innerHeight(layout) - said.length - 4;
  const suggested = Math.min(prompt.suggestions.length, 3);
  // Where not all fields fit, those around the one with the focus are shown, and how many are above and below.
  const all = prompt.fields.length;
  const shown = all + suggested <= free ? all : Math.max(1, Math.min(all, free - suggested - 2));
  const first = windowTop(0, prompt.focus, all, shown);
  const below = all - first - shown;
  const room = Math.max(0, free - shown - (shown < all ? 2 : 0));
  const top = windowTop(0, prompt.picked ?? 0, prompt.suggestions.length, room);
  const label = Math.max(...prompt.fields.map((field) => width(field.label))) + 1;
  const more = (count: number, sign: string): string =>
    compose(theme, cells, count === 0 ? [] : ['  ', ['muted', `${sign} ${count} more`]]);
  const rows = [compose(theme, cells, [])];
  if (shown < all) rows.push(more(first, '↑'));
  for (const [index, field] of prompt.fields.entries()) {
    if (index < first || index >= first + shown) continue;
    const on = index === prompt.focus;
    const valueCells = cells - label - 4;
    const sign: Piece = on && prompt.fields.length > 1 ? ['cursor', ' ▌'] : '  ';
    rows.push(
      compose(theme, cells, [
        sign,
        [on ? 'plain' : 'muted', fit(field.label, label)],
        ...valuePieces(field, on, valueCells),
      ]),
    );
    if (!on) continue;
    for (const [at, text] of prompt.suggestions.slice(top, top + room).entries()) {
      const picked = top + at === prompt.picked;
      rows.push(
        compose(theme, cells, [
          ' '.repeat(label + 2),
          [picked ? 'cursor' : 'muted', `${picked ? '▸' : ' '} ${shortenMiddle(text, valueCells - 2)}`],
        ]),
      );
    }
  }
  if (shown < all) rows.push(more(below, '↓'));
  const ok = note.tone === 'ok';
  rows.push(
    compose(theme, cells, []),
    ...said.map((text) => compose(theme, cells, ['  ', [note.tone === 'wrong' ? 'bad' : 'muted', text]])),
    compose(theme, cells, []),
    compose(theme, cells, helpPieces(prompt), [
      [ok ? 'key' : 'disabled', 'enter'],
      ok ? ` ${prompt.verb}    ` : ['disabled', ` ${prompt.verb}    `],
      ['key', 'esc'],
      ' cancel  ',
    ]),
  );
  return windowOf(layout, theme, prompt.title, rows, cells);
}

function valuePieces(field: PromptField, on: boolean, room: number): Piece[] {
  const { text, cursor } = field.field;
  if (field.options !== undefined) {
    const several = field.options.length > 1;
    return [on && several ? ['accent', `← ${text} →`] : text];
  }
  if (text === '' && field.example !== undefined)
    return [on ? ['accent', '▏'] : '', ['muted', field.example]];
  const shown = field.secret === true ? '*'.repeat(text.length) : text;
  return on ? fieldPieces({ text: shown, cursor }, room) : [shortenMiddle(shown, room)];
}

/** What tab does now. */
function helpPieces(prompt: Prompt): Piece[] {
  const tab =
    nextSuggestion(prompt) !== undefined ? ' complete' : prompt.fields.length > 1 ? ' next field' : '';
  const pieces: Piece[] = tab === '' ? [] : ['  ', ['key', 'tab'], tab];
  return prompt.suggestions.length > 0 ? [...pieces, '  ', ['key', '↓'], ' pick'] : pieces;
}
