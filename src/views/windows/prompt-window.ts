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
  const said = wrap(note.text, cells - 4);
  // What must be seen whatever is suggested: fields, note, keys, and the blank rows between them.
  const room = Math.max(0, innerHeight(layout) - prompt.fields.length - said.length - 4);
  const top = windowTop(0, prompt.picked ?? 0, prompt.suggestions.length, room);
  const label = Math.max(...prompt.fields.map((field) => width(field.label))) + 1;
  const rows = [compose(theme, cells, [])];
  for (const [index, field] of prompt.fields.entries()) {
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
