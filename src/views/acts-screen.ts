/** The journal of changes, one act a row, or all that is known of one of them. */
import { actLines, actRows, currentAct, isHere, NOT_JOURNALED, shownActs, wayOf } from '../app/act-list.ts';
import { actSign, backText, momentText, summaryOf, titleOf } from '../app/act-words.ts';
import { bytes, grouped, shortenHome } from '../app/format.ts';
import { cursorIndex, windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitEnd, shorten, wrap } from '../app/width.ts';
import type { RecordedAct } from '../engine/undo/change.ts';
import { compose, fill, type Piece, rule, ruleWith } from './line.ts';

const WHEN = 13;
const SIZE = 10;
const LABEL = 12;

export function actsScreen(state: AppState, theme: Theme, cells: number, height: number): string[] {
  return state.actList!.details === undefined
    ? listLines(state, theme, cells, height)
    : detailLines(state, theme, cells, height, state.actList!.details.top);
}

function listLines(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const { acts, error, filter, place } = state.actList!;
  const shown = shownActs(state);
  const lines = [rule(theme, cells, headOf(state, shown.length), 'cursor')];
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['   ', ...pieces]);
  const said = (token: Token, text: string): string[] =>
    wrap(text, cells - 6).map((part) => row([token, part]));
  if (error !== undefined && acts === undefined)
    return fill(
      [...lines, row(), ...said('bad', `✗ ${error.message}`), ...said('muted', error.hint)],
      height,
      cells,
    );
  if (acts === undefined) return fill([...lines, row(), row(['muted', 'reading …'])], height, cells);
  if (shown.length === 0) {
    const why =
      acts.length === 0
        ? state.journaled
          ? 'Nothing was changed yet. What you tag, untag, delete or prune stands here from then on.'
          : `${NOT_JOURNALED}, and nothing can be taken back.`
        : `Nothing here has "${filter}" in it · esc clears the filter`;
    return fill([...lines, row(), ...said('muted', why)], height, cells);
  }
  const back = cells >= 100 ? 32 : 23;
  const size = cells >= 70 ? SIZE : 0;
  const what = cells - 3 - WHEN - size - back - 3;
  lines.push(
    compose(theme, cells, [
      [
        'muted',
        `   ${fit('WHEN', WHEN)}${fit('WHAT', what)}${fitEnd('SIZE', size)}   ${fit('COMES BACK', back)}`,
      ],
    ]),
  );
  const cursor = cursorIndex(shown, place);
  const room = actRows(state);
  const top = windowTop(place.top, cursor, shown.length, room);
  for (const [index, act] of shown.slice(top, top + room).entries())
    lines.push(actLine(act, state, theme, cells, { on: top + index === cursor, what, size, back }));
  return fill(lines, height, cells);
}

/** Cells of the columns; 0 for one that is left out. */
interface Widths {
  readonly what: number;
  readonly size: number;
  readonly back: number;
}

function headOf(state: AppState, count: number): string {
  const { acts, filter } = state.actList!;
  if (acts === undefined) return 'Journal of changes';
  const elsewhere = acts.filter((act) => !isHere(state, act)).length;
  const all = filter === '' ? grouped(acts.length) : `${grouped(count)} of ${grouped(acts.length)}`;
  const others = elsewhere === 0 ? '' : ` · ${grouped(elsewhere)} on other engines`;
  const off = state.journaled ? '' : ' · no longer kept';
  return `Journal of changes ${all}${others}${off}${filter === '' ? '' : ` · /${shorten(filter, 24)}`}`;
}

function actLine(
  act: RecordedAct,
  state: AppState,
  theme: Theme,
  cells: number,
  { on, what, size, back }: Widths & { readonly on: boolean },
): string {
  const { bytes: amount } = summaryOf(act);
  const here = isHere(state, act);
  const faded = !here || act.undone !== undefined;
  const [token, text] = backText(act, wayOf(state, act), { now: state.now, here, brief: back < 32 });
  const shortened = here ? text : shortenHome(act.engine.address, state.home);
  return compose(theme, cells, [
    on ? ['cursor', '▌'] : ' ',
    actSign(act),
    ' ',
    ['muted', fit(momentText(act.time, state.now * 1000), WHEN)],
    [on ? 'cursor' : faded ? 'muted' : 'plain', fit(shorten(titleOf(act), what - 1), what)],
    [faded ? 'muted' : 'plain', fitEnd(amount === 0 ? '·' : bytes(amount), size)],
    '   ',
    [token, fit(shorten(here ? shortened : `on ${shortened}`, back), back)],
  ]);
}

function detailLines(state: AppState, theme: Theme, cells: number, height: number, from: number): string[] {
  const act = currentAct(state);
  if (act === undefined) return fill([rule(theme, cells, 'Change', 'cursor')], height, cells);
  const text = actLines(state);
  const room = actRows(state);
  const top = Math.max(0, Math.min(from, text.length - room));
  const where =
    text.length <= room ? '' : `${top + 1} to ${Math.min(text.length, top + room)} of ${text.length}`;
  return fill(
    [
      ruleWith(theme, cells, `Change ${act.id}`, where, 'cursor'),
      ...text
        .slice(top, top + room)
        .map(({ label, text: shown, token }) =>
          compose(theme, cells, ['  ', ['muted', fit(label, LABEL)], ' ', [token, shown]]),
        ),
    ],
    height,
    cells,
  );
}
