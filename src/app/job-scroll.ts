/** The two halves of the jobs screen: how high they are, and scrolling the lower one. */
import { jobPage } from './job-page.ts';
import { layoutOf } from './layout.ts';
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

/** Motions by pages scroll the job; those by rows go through the list. */
export function isPaging(motion: Motion): boolean {
  return motion.startsWith('half') || motion.startsWith('page');
}

export function scrollJob(state: AppState, motion: Motion): AppState {
  const job = state.jobs[cursorIndex(state.jobs, state.jobPlace)];
  if (job === undefined) return state;
  const height = jobPageHeight(state);
  const { top, length } = jobPage(job, state.columns, height, state.jobTop);
  const last = Math.max(0, length - height);
  const target = motionTarget(motion, top, last + 1, height);
  return { ...state, jobTop: Math.max(0, Math.min(last, target)) };
}
