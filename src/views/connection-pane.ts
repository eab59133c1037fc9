/** What stands where images would: connecting, no engine, not allowed, gone, or simply nothing there. */

import { shortenHome } from '../app/format.ts';
import type { AppState, EngineOption } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, wrap } from '../app/width.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { compose, fill, type Piece } from './line.ts';

/** Beside the greyed list, while a lost engine is waited for. */
export function lostPane(
  state: AppState,
  theme: Theme,
  cells: number,
  height: number,
  nowMs: number,
): string[] {
  const { connection } = state;
  if (connection.status !== 'lost') return fill([], height, cells);
  const row = (...pieces: Piece[]): string => compose(theme, cells, [' ', ...pieces]);
  const wait = Math.max(0, Math.ceil((connection.retryAt - nowMs) / 1000));
  const name = connection.info?.name ?? 'engine';
  return fill(
    [
      row(['warn', `The ${name} engine stopped answering.`]),
      row(''),
      ...wrap(connection.error.message, cells - 4).map((text) => row('  ', text)),
      ...(connection.error.detail === ''
        ? []
        : wrap(connection.error.detail, cells - 4).map((text) => row('  ', ['muted', text]))),
      row(''),
      row(
        wait > 0 ? `Trying again in ${wait} s` : 'Trying again now',
        ['muted', `  (attempt ${connection.attempt})   `],
        ['key', 'R'],
        ' now',
      ),
      row(''),
      row(['strong', 'What usually helps']),
      ...wrap(connection.error.hint, cells - 4).map((text) => row('  ', text)),
      row(''),
      ...others(
        state.otherEngines.filter((option) => option.address !== connection.address),
        row,
      ),
      row(['key', 'E'], ' switches the engine'),
    ],
    height,
    cells,
  );
}

function others(options: readonly EngineOption[], row: (...pieces: Piece[]) => string): string[] {
  const usable = options.filter((option) => option.problem === '');
  if (usable.length === 0) return [];
  return [
    row(['strong', 'Other engines found']),
    ...usable.map((option) => row('  ', fit(option.label, 14), ['muted', option.note || option.address])),
    row(''),
  ];
}

function enginePieces(info: EngineInfo, home: string): Piece[] {
  const address = shortenHome(info.address, home);
  return info.kind === 'embedded'
    ? [`embedded · ${address}   `, ['muted', '(no daemon needed)']]
    : [`${info.name} ${info.version} · ${address}   `, ['muted', `(${info.chosenBy})`]];
}

/** Building, with what was found to build, or why this engine cannot. */
function buildRows(state: AppState, row: (...pieces: Piece[]) => string, room: number): string[] {
  const reason = state.absent.builder;
  const lead: Piece[] = ['  ', [reason === undefined ? 'key' : 'disabled', 'b'], fit('   build one', 23)];
  const found =
    state.buildable === '' ? 'a Dockerfile and its folder' : `${state.buildable} was found in this directory`;
  return wrap(reason ?? found, room).map((text, index) =>
    row(...(index === 0 ? lead : [' '.repeat(26)]), ['muted', text]),
  );
}

/** The whole body when there is no list to show at all. */
export function emptyBody(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const { connection } = state;
  const indent = cells >= 100 ? 24 : 4;
  const row = (...pieces: Piece[]): string => compose(theme, cells, [' '.repeat(indent), ...pieces]);
  const text = (words: string, token: 'plain' | 'muted' | 'warn' = 'plain'): string[] =>
    wrap(words, cells - indent - 4).map((part) => row([token, part]));
  const lines: string[] = [];
  if (connection.status === 'connecting') {
    lines.push(row(`Connecting to ${connection.address || 'an engine'} …`));
  } else if (connection.status === 'lost') {
    const { error } = connection;
    lines.push(
      ...text(error.message, 'warn'),
      row(''),
      ...error.detail.split('\n').flatMap((part) => text(part, 'muted')),
      row(''),
      row(['strong', 'What helps']),
      ...error.hint
        .split('\n')
        .flatMap((part) => wrap(part, cells - indent - 6))
        .map((part) => row(`  ${part}`)),
      row(''),
      row(
        ['key', 'R'],
        ' try again    ',
        ['key', 'E'],
        ' engines on this machine    ',
        ['key', 'q'],
        ' quit',
      ),
    );
  } else {
    lines.push(
      row(['strong', 'No images here yet.']),
      row(''),
      ...(state.readOnly
        ? [row('  ', ['muted', 'nacre was started with --read-only: nothing can be brought here'])]
        : [
            row('  ', ['key', 'p'], fit('   pull one', 23), ['muted', 'for example  '], 'alpine:3.22'),
            ...buildRows(state, row, cells - indent - 30),
            row('  ', ['key', 'o'], fit('   open a tar', 23), ['muted', 'docker save / OCI layout']),
          ]),
      row(''),
      row(['muted', 'engine  '], ...enginePieces(connection.info, state.home)),
    );
  }
  const above = Math.max(0, Math.floor((height - lines.length) * 0.4));
  const blank = ' '.repeat(cells);
  return fill([...Array.from({ length: above }, () => blank), ...lines], height, cells);
}
