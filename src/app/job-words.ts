/** How far a job is, and what came of it, in words. */
import { builtName } from './build-compare.ts';
import { buildPlace } from './build-words.ts';
import { bytes, bytesOf, duration, left, percent, plural } from './format.ts';
import { doing, type Job } from './jobs.ts';
import { overallOf, type TransferProgress } from './transfer-progress.ts';

/** Beside the title in the list: `61 %   9.8 MB/s   6 s left`, `waiting`, `53.4 MB in 6.2 s`. */
export function jobText(job: Job): string {
  if (job.origin === undefined) return farText(job);
  return `elsewhere · ${job.endedAt === undefined && job.build === undefined ? job.note : farText(job)}`;
}

function farText(job: Job): string {
  if (job.status === 'waiting') return 'waiting';
  if (job.endedAt !== undefined || job.steps !== undefined) return job.note;
  if (job.kind === 'build') return buildPlace(job);
  return progressWords(job.progress).join('   ');
}

/** For the status row: `pulling redis:8  41 %  3.1 MB/s`. */
export function statusText(job: Job): string {
  const what = `${doing(job)} ${shortSubject(job)}`;
  if (job.steps !== undefined) return `${what}  ${job.note}`;
  if (job.kind === 'build') return `${what}  ${buildPlace(job)}`;
  return [what, ...progressWords(job.progress).slice(0, 2)].join('  ');
}

/** The name without its registry and folders. */
export function shortSubject(job: Job): string {
  if (job.kind === 'remove' || job.kind === 'restore' || job.kind === 'read') return job.subject;
  if (job.kind === 'build') return builtName(job);
  return job.subject.slice(job.subject.lastIndexOf('/', job.subject.length - 2) + 1);
}

function progressWords(progress: TransferProgress): string[] {
  const { phase, moved, total, known, share, left: seconds } = overallOf(progress);
  switch (phase) {
    case 'starting':
      return ['starting'];
    case 'unpacking':
      return ['unpacking', ...(share === undefined ? [] : [percent(share)])];
    case 'finishing':
      return ['finishing'];
    case 'moving':
      return [
        share === undefined ? (known || moved > 0 ? bytes(moved) : 'starting') : percent(share),
        ...(progress.rate === undefined || total === 0 ? [] : [rateText(progress.rate)]),
        ...(seconds === undefined || seconds > 86_400 ? [] : [left(seconds)]),
      ];
  }
}

/** `9.8 MB/s`. */
export function rateText(rate: number): string {
  return `${bytes(Math.round(rate))}/s`;
}

/** All bytes together: `85.5 / 140.0 MB`; `85.5 of ≥130.4 MB` while parts do not tell their size. */
export function totalText(progress: TransferProgress): string {
  const { moved, total, known } = overallOf(progress);
  return known ? bytesOf(moved, total) : `${bytes(moved)} of ≥${bytes(total)}`;
}

/** What a transfer that is done did: `53.4 MB in 6.2 s`. */
export function movedNote(progress: TransferProgress, milliseconds: number): string {
  const { moved } = overallOf(progress);
  if (moved > 0) return `${bytes(moved)} in ${duration(milliseconds)}`;
  const there = progress.parts.filter((part) => part.stage === 'present').length;
  return there > 0 && there === progress.parts.length
    ? 'everything was there already'
    : `done in ${duration(milliseconds)}`;
}

const LAYER = /^[0-9a-f]{12}$/;

/** `8 layers, 4 already here`. */
export function layersText(job: Job): string {
  const layers = job.progress.parts.filter((part) => LAYER.test(part.id));
  if (layers.length === 0) return '';
  const there = layers.filter((part) => part.stage === 'present').length;
  const where = job.kind === 'push' ? 'there' : 'here';
  return `${plural(layers.length, 'layer')}${there === 0 ? '' : `, ${there} already ${where}`}`;
}
