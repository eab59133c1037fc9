/** What stands around every screen: the header above, and status, disk usage and hints below. */
import { contextText } from '../app/build-words.ts';
import type { Hint } from '../app/command-index.ts';
import { compareShown } from '../app/compare-page.ts';
import { fileSearchText } from '../app/file-view.ts';
import { filesShown } from '../app/files-page.ts';
import { wasteShown } from '../app/files-waste.ts';
import { clock, plural, shortenHome } from '../app/format.ts';
import { statusText } from '../app/job-words.ts';
import { type Job, unfinished } from '../app/jobs.ts';
import { kept } from '../app/kept.ts';
import type { Layout } from '../app/layout.ts';
import { type AppState, SCREENS } from '../app/state.ts';
import { SCREEN_NAMES } from '../app/tabs.ts';
import type { Theme } from '../app/theme.ts';
import { shortenMiddle, width } from '../app/width.ts';
import { compareStatus } from './compare-screen.ts';
import { filesStatus } from './files-screen.ts';
import { compose, type Piece, rule } from './line.ts';
import { WASTE_STATUS } from './waste-screen.ts';

/** What the header is drawn from. */
type Head = Pick<AppState, 'screen' | 'connection' | 'readOnly' | 'home'>;

export function headerRow(
  { screen, connection, readOnly, home }: Head,
  layout: Layout,
  theme: Theme,
): string {
  return keptHeader(screen, connection, readOnly, home, layout, theme);
}

const keptHeader = kept(
  (
    screen: Head['screen'],
    connection: Head['connection'],
    readOnly: Head['readOnly'],
    home: Head['home'],
    layout: Layout,
    theme: Theme,
  ): string => drawHeader({ screen, connection, readOnly, home }, layout, theme),
);

function drawHeader(state: Head, layout: Layout, theme: Theme): string {
  const tabs: Piece[] = [' '];
  for (const [index, screen] of SCREENS.entries()) {
    const label = `${index + 1} ${SCREEN_NAMES[screen]}`;
    tabs.push(screen === state.screen ? ['strong', `[${label}]`] : ['muted', ` ${label} `], '  ');
  }
  const used = tabs.reduce((sum, piece) => sum + width(typeof piece === 'string' ? piece : piece[1]), 0);
  return compose(theme, layout.columns, tabs, [...enginePieces(state, layout.columns - used - 1), ' ']);
}

/** The engine in so many cells: the address is cut in the middle, then the platform leaves, then the address. */
function enginePieces(state: Head, room: number): Piece[] {
  const { connection } = state;
  const readOnly = state.readOnly ? 'read-only · ' : '';
  const left = room - width(readOnly) - 2;
  const pieces = (sign: Piece, name: string, address: string, rest: string): Piece[] => {
    // On the narrowest screens the sign alone stands for the engine: the tabs stay whole.
    if (left < width(name)) return [['warn', readOnly === '' ? '' : 'read-only '], sign];
    const text = [name, ...addressPart(address, left - width(name) - width(rest)), rest].join('');
    return [['warn', readOnly], sign, ` ${text}`];
  };
  switch (connection.status) {
    case 'connecting':
      return pieces(['warn', '…'], 'connecting', connection.address === '' ? '' : connection.address, '');
    case 'lost':
      if (connection.info === undefined) return pieces(['bad', '○'], 'no engine', '', '');
      return pieces(
        ['bad', '○'],
        connection.info.name,
        shortenHome(connection.address, state.home),
        // The tabs stay whole: where there is no room for the moment, the word alone has to do.
        [` · lost at ${clock(connection.since)}`, ' · lost'].find(
          (text) => width(connection.info!.name + text) <= left,
        ) ?? '',
      );
    case 'connected': {
      const { info } = connection;
      // The embedded engine is nacre itself: its version is no news.
      const name =
        info.kind === 'embedded'
          ? info.name
          : `${info.name} ${info.version.split('.').slice(0, 2).join('.')}`;
      const platform = ` · ${info.platform}`;
      return pieces(
        ['good', '●'],
        name,
        shortenHome(info.address, state.home),
        left - width(name) - width(platform) >= SHORTEST ? platform : '',
      );
    }
  }
}

/** An address shorter than this says nothing. */
const SHORTEST = 24;

function addressPart(address: string, room: number): string[] {
  return address === '' || room < Math.min(SHORTEST, width(address) + 3)
    ? []
    : [` · ${shortenMiddle(address, room - 3)}`];
}

/** One line: what the marks free, the job that runs, or what just happened. */
export function statusRow(
  state: AppState,
  layout: Layout,
  theme: Theme,
  marksText: string,
  problem: string,
): string {
  const cells = layout.columns;
  const job = state.jobs.find((each) => each.status === 'running' && each.origin === undefined);
  const right = job === undefined ? [] : jobPieces(state, job);
  if (state.field !== undefined) return fieldRow(state, theme, cells, problem);
  if (state.toast !== undefined) {
    const { tone, text } = state.toast;
    const sign = tone === 'bad' ? '✗ ' : tone === 'good' ? '✓ ' : '';
    const marks: Piece[] =
      marksText === '' || job !== undefined ? right : [['mark', `  ◆ ${marksText.replace(REVIEW, '')}`], ' '];
    const fits = (pieces: readonly Piece[]): boolean =>
      width(sign + text) +
        pieces.reduce((sum, piece) => sum + width(typeof piece === 'string' ? piece : piece[1]), 3) <=
      cells;
    // What just happened is told whole: marks and jobs are there again with the next key.
    const beside = [marks, right].find(fits) ?? [];
    return compose(theme, cells, [' ', [tone === 'plain' ? 'plain' : tone, sign + text]], beside);
  }
  if (state.connection.status === 'lost') {
    return compose(
      theme,
      cells,
      [
        ' ',
        ['bad', '○'],
        state.connection.info === undefined
          ? ' no engine yet'
          : ' read-only until the engine is back: delete, pull and push wait',
      ],
      right,
    );
  }
  if (filesShown(state) !== undefined && wasteShown(state) !== undefined)
    return compose(theme, cells, WASTE_STATUS, right);
  const files = filesShown(state);
  if (files !== undefined) return compose(theme, cells, filesStatus(files, cells), right);
  if (compareShown(state) !== undefined) return compose(theme, cells, compareStatus(state), right);
  const isCovered =
    state.actList !== undefined ||
    state.findings !== undefined ||
    state.fileView !== undefined ||
    state.page !== undefined ||
    state.containerList !== undefined ||
    state.changesPage !== undefined ||
    state.result !== undefined;
  if (marksText !== '') {
    const reviews = right.length === 0 && !isCovered && state.screen !== 'jobs';
    const marks = ` ◆ ${reviews ? marksText : marksText.replace(REVIEW, '')}`;
    // The job keeps its place beside the marks: at the right edge it would move with every digit.
    const gap = ' '.repeat(Math.max(3, JOB_COLUMN - width(marks)));
    const job = cells >= 100 && right.length > 0 ? [gap, ...right] : [];
    return compose(theme, cells, [['mark', marks], ...job], job.length > 0 ? [] : right);
  }
  if (state.filter !== '' && state.screen === 'images' && !isCovered)
    return compose(theme, cells, [' ', ['accent', `/${state.filter}`], ['muted', '   esc clears']], right);
  if (state.reading !== undefined) {
    const { done, total } = state.reading;
    return compose(
      theme,
      cells,
      [' ', ['muted', `reading layers: ${done} of ${plural(total, 'image')}`]],
      right,
    );
  }
  return compose(theme, cells, right.length === 0 ? [] : [' ', ...right]);
}

/** What gives way where something else has to be told as well, or the key means something else. */
const REVIEW = ' (x to review)';

/** Where the running job stands beside the marks. */
const JOB_COLUMN = 50;

/** The newest running job, and how many more there are. */
function jobPieces(state: AppState, job: Job): Piece[] {
  const more = unfinished(state.jobs).length - 1;
  const context = state.buildPage === undefined ? '' : contextText(job);
  const text = [statusText(job), context].filter((part) => part !== '').join('   ');
  return [['accent', `↻ ${text}`], ['muted', more > 0 ? `  +${more}` : ''], ' '];
}

function fieldRow(state: AppState, theme: Theme, cells: number, problem: string): string {
  const field = state.field!;
  const help: Piece =
    problem !== ''
      ? ['warn', problem]
      : [
          'muted',
          state.actList !== undefined
            ? 'words of names, ids, digests or engines'
            : state.fileView !== undefined
              ? fileSearchText(state.fileView, field.text)
              : compareShown(state) !== undefined
                ? 'a part of a path or name · esc clears'
                : state.files !== undefined
                  ? 'fuzzy; with * or ? a pattern'
                  : state.findings !== undefined
                    ? 'a name, /a/path, **/a/path with * or ?, or sha256:…'
                    : state.screen === 'disk' && state.page === undefined
                      ? 'a part of a name · esc clears'
                      : state.page === undefined &&
                          state.log === undefined &&
                          state.changesPage === undefined &&
                          state.screen !== 'layers'
                        ? 'words, or  dangling:true label:k=v since:x before:y ref:glob'
                        : 'enter finds it, n finds the next',
        ];
  return compose(
    theme,
    cells,
    [
      ' ',
      ['accent', '/'],
      field.text.slice(0, field.cursor),
      ['accent', '▏'],
      field.text.slice(field.cursor),
    ],
    width(field.text) + width(help[1]) + 8 < cells ? [help, ' '] : [],
  );
}

export function footerRule(layout: Layout, theme: Theme, split: boolean): string {
  if (!split || !layout.wide) return rule(theme, layout.columns, '');
  return theme.paint('muted', `${'─'.repeat(layout.left.width)}┴${'─'.repeat(layout.right.width)}`);
}

/** The hint line: `space mark  enter detail  …`, as many as fit. */
export const hintRow = kept((hints: readonly Hint[], layout: Layout, theme: Theme): string => {
  let out = '';
  let used = 0;
  // The last hints (help) always stay: the ones before them give way.
  const last = hints.at(-1);
  const lastWidth = last === undefined ? 0 : width(last.key) + width(last.label) + 3;
  for (const hint of hints) {
    const need = width(hint.key) + width(hint.label) + 3;
    const room = hint === last ? layout.columns : layout.columns - lastWidth;
    if (used + need > room) continue;
    out += ` ${theme.paint('key', hint.key)} ${hint.label} `;
    used += need;
  }
  return out + ' '.repeat(Math.max(0, layout.columns - used));
});
