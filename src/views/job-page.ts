/** One job on screen 4: parts with their bars, the sum, why it failed, and what it said. */
import { bytes, bytesOf, clock, duration, percent, shortDigest, shortenHome } from '../app/format.ts';
import { type JobRow, jobPage } from '../app/job-page.ts';
import { onDisk } from '../app/job-scroll.ts';
import { layersText, rateText, totalText } from '../app/job-words.ts';
import { type Job, titleOf } from '../app/jobs.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { isMoving, overallOf, type Part } from '../app/transfer-progress.ts';
import { fit, fitEnd, width } from '../app/width.ts';
import type { TransferStage } from '../engine/transfer.ts';
import { bar, compose, type Piece, rule } from './line.ts';

/** `height` rows at most, a rule first. */
export function jobPageLines(
  job: Job,
  state: AppState,
  theme: Theme,
  cells: number,
  height: number,
): string[] {
  const room = Math.max(0, height - 1);
  const { rows, top, length } = jobPage(job, cells, room, state.jobTop, onDisk(state, job));
  const title =
    length <= room ? '' : top === 0 ? 'pgdn scrolls' : `${top + 1} to ${top + rows.length} of ${length}`;
  return [rule(theme, cells, title, 'muted'), ...rows.map((row) => drawn(row, job, state, theme, cells))];
}

function drawn(row: JobRow, job: Job, state: AppState, theme: Theme, cells: number): string {
  const line = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  switch (row.type) {
    case 'blank':
      return ' '.repeat(cells);
    case 'head':
      return line(...headPieces(job));
    case 'part':
      return partLine(row.part, job, theme, cells);
    case 'total':
      return totalLine(job, theme, cells);
    case 'disk':
      return line(['strong', fit('on disk', NAME)], row.text);
    case 'more':
      return line(['muted', row.text]);
    case 'message':
      return line(['strong', row.text]);
    case 'fact':
      return line(['muted', fit(row.label, 9)], row.text);
    case 'muted':
      return line(['muted', row.text.replace(job.file, shortenHome(job.file, state.home))]);
    case 'log':
      return row.line === undefined
        ? line(' '.repeat(20), row.text)
        : line(
            ['muted', `${clock(row.line.at)}  `],
            [topicToken(row.line.topic), `${fit(row.line.topic, 9)} `],
            row.text,
          );
  }
}

function topicToken(topic: string): Token {
  if (topic === 'failed') return 'bad';
  if (topic === 'warning' || topic === 'retry' || topic === 'cancelled') return 'warn';
  return topic === 'done' ? 'good' : 'accent';
}

function headPieces(job: Job): Piece[] {
  const { resolved } = job.progress;
  const parts = [
    resolved?.platform ?? '',
    resolved === undefined ? '' : shortDigest(resolved.digest),
    layersText(job),
    job.origin === undefined ? '' : 'started elsewhere',
  ].filter((part) => part !== '');
  const name =
    job.kind === 'pull' || job.kind === 'push' ? (resolved?.reference ?? job.subject) : titleOf(job);
  return [['title', name], ...(parts.length === 0 ? [] : ['   ', parts.join('   ')])];
}

type Word = readonly [Token, string];

const WORDS: Record<Exclude<TransferStage, 'done' | 'present'>, Word> = {
  waiting: ['muted', '· queued'],
  downloading: ['accent', '↓ download'],
  uploading: ['accent', '↑ upload'],
  checking: ['accent', '↻ checking'],
  unpacking: ['accent', '↻ unpacking'],
  reading: ['accent', '↓ reading'],
  writing: ['accent', '↓ writing'],
  retrying: ['warn', '! retrying'],
};

const DONE: Partial<Record<TransferStage, string>> = {
  downloading: 'downloaded',
  uploading: 'pushed',
  unpacking: 'unpacked',
  checking: 'verified',
  reading: 'read',
  writing: 'written',
};

function wordOf(part: Part, job: Job): Word {
  if (part.stage === 'present') return ['good', job.kind === 'push' ? '✓ there' : '✓ have'];
  if (part.stage === 'done') {
    const sent = part.worked === 'uploading' && job.kind !== 'push';
    return ['good', `✓ ${sent ? 'sent' : (DONE[part.worked] ?? 'done')}`];
  }
  // What had begun and will not go on must not look as if it did.
  if (job.endedAt !== undefined) return ['warn', '− stopped'];
  if (part.stage === 'waiting' && part.moved > 0) return ['accent', '· downloaded'];
  return WORDS[part.stage];
}

const NAME = 15;
const WORD = 13;
const AMOUNT = 19;
const SHARE = 7;
const RATE = 12;

function partLine(part: Part, job: Job, theme: Theme, cells: number): string {
  const wide = cells >= 100;
  const [token, word] = wordOf(part, job);
  const lead: Piece[] = ['  ', fit(part.id, NAME), [token, fit(word, WORD)]];
  if (part.stage === 'present') return compose(theme, cells, [...lead, ['muted', part.note]]);
  const share = shareOf(part);
  const amount = amountOf(part);
  const end = wide ? SHARE + RATE : SHARE;
  const room = cells - 2 - NAME - WORD - AMOUNT - end - 2;
  const figures: Piece[] = [
    fitEnd(amount, AMOUNT),
    ['muted', fitEnd(percentOf(part, share), SHARE)],
    ...(wide ? [['muted', fitEnd(part.rate === undefined ? '' : rateText(part.rate), RATE)] as const] : []),
  ];
  const drawnBar: Piece[] =
    part.note !== '' && part.stage === 'retrying'
      ? [['warn', fit(part.note, room)]]
      : share === undefined
        ? [' '.repeat(room)]
        : bar(room, share, part.stage === 'done' ? 'good' : 'accent');
  return compose(theme, cells, [...lead, ...drawnBar, ...figures]);
}

/** A part that waits or is done needs no figure. */
function percentOf(part: Part, share: number | undefined): string {
  return share === undefined || part.stage === 'done' || part.stage === 'waiting' ? '' : percent(share);
}

function shareOf(part: Part): number | undefined {
  if (part.stage === 'done') return 1;
  if (part.stage === 'unpacking')
    return part.total === undefined || part.total === 0 ? undefined : part.done / part.total;
  if (part.size === undefined) return undefined;
  return part.size === 0 ? 1 : part.moved / part.size;
}

function amountOf(part: Part): string {
  if (part.stage === 'unpacking') {
    if (part.total !== undefined) return bytesOf(part.done, part.total);
    return part.seconds === undefined ? '' : duration(part.seconds * 1000);
  }
  if (part.stage === 'done') return part.size === undefined || part.size === 0 ? '' : bytes(part.size);
  if (part.size === undefined && part.moved === 0) return isMoving(part.stage) ? bytes(0) : '';
  return bytesOf(part.moved, part.size);
}

function totalLine(job: Job, theme: Theme, cells: number): string {
  const wide = cells >= 100;
  const { progress } = job;
  const { share, phase, left } = overallOf(progress);
  const text = totalText(progress);
  const figures = fitEnd(text, Math.max(AMOUNT, width(text) + 2));
  const end = wide ? SHARE + RATE : SHARE;
  const room = Math.max(8, cells - 2 - NAME - width(figures) - end - 2);
  const running = job.endedAt === undefined;
  return compose(theme, cells, [
    '  ',
    ['strong', fit(phase === 'unpacking' ? 'unpacking' : 'total', NAME)],
    ...(share === undefined
      ? [['muted', '░'.repeat(room)] as const]
      : bar(room, share, share === 1 ? 'good' : 'accent')),
    figures,
    ['strong', fitEnd(share === undefined ? '' : percent(share), SHARE)],
    ...(wide && running && progress.rate !== undefined && left !== undefined
      ? [['muted', fitEnd(rateText(progress.rate), RATE)] as const]
      : []),
  ]);
}
