/** The two halves of the jobs screen: how high they are, and scrolling the lower one. */
import { size } from './format.ts';
import { jobPage } from './job-page.ts';
import type { Job } from './jobs.ts';
import { layoutOf } from './layout.ts';
import { ledgerOf } from './ledger-of.ts';
import { cursorIndex, type Motion, motionTarget } from './list.ts';
import type { AppState } from './state.ts';

/** Rows of the list above the job under the cursor. */
export function jobRows(state: AppState): number {
  const body = layoutOf(state.columns, state.rows).body.height;
  return Math.max(1, Math.min(state.jobs.length, Math.floor(body / 4)));
}

/** Rows of the job below the list: both have a rule above them. */
export function jobPageHeight(state: AppState): number {
  return Math.max(0, layoutOf(state.columns, state.rows).body.height - jobRows(state) - 2);
}

/** What the image that came takes up, and how much of it was there before; `''` until that is known. */
export function onDisk(state: AppState, job: Job): string {
  const [image] = job.images;
  if (job.status !== 'done' || image === undefined || job.images.length > 1 || job.kind === 'push') return '';
  const ledger = ledgerOf(state.stock);
  if (ledger === undefined || !state.images.some((each) => each.id === image.id)) return '';
  const shared = ledger.shared(image.id);
  return `${size(ledger.own(image.id))} of its own${shared.bytes === 0 ? '' : `, ${size(shared)} shared with other images`}`;
}

/** Motions by pages scroll the job; those by rows go through the list. */
export function isPaging(motion: Motion): boolean {
  return motion.startsWith('half') || motion.startsWith('page');
}

export function scrollJob(state: AppState, motion: Motion): AppState {
  const job = state.jobs[cursorIndex(state.jobs, state.jobPlace)];
  if (job === undefined) return state;
  const height = jobPageHeight(state);
  const { top, length } = jobPage(job, state.columns, height, state.jobTop, onDisk(state, job));
  const last = Math.max(0, length - height);
  const target = motionTarget(motion, top, last + 1, height);
  return { ...state, jobTop: Math.max(0, Math.min(last, target)) };
}
