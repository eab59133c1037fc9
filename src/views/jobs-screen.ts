/** Screen 4: what runs and what ran, and below it the job under the cursor. */
import { shownSteps } from '../app/build-page.ts';
import { clock, duration } from '../app/format.ts';
import { jobText } from '../app/job-words.ts';
import type { Job } from '../app/jobs.ts';
import type { Layout } from '../app/layout.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle } from '../app/width.ts';
import { buildOverview } from './build-screen.ts';
import { jobPageLines } from './job-page.ts';
import { jobSign } from './job-sign.ts';
import { compose, fill, rule } from './line.ts';

export function jobsScreen(
  state: AppState,
  layout: Layout,
  theme: Theme,
  nowMs: number,
  cursor: number,
  listRows: number,
): string[] {
  const cells = layout.columns;
  const height = layout.body.height;
  const { jobs } = state;
  const running = jobs.filter((job) => job.status === 'running');
  const runs = running.filter((job) => job.origin === undefined).length;
  const others = running.length - runs;
  const waits = jobs.filter((job) => job.status === 'waiting').length;
  const title = `Jobs ${jobs.length}${runs > 0 ? ` · ${runs} running` : ''}${waits > 0 ? ` · ${waits} waiting` : ''}${others > 0 ? ` · ${others} elsewhere` : ''}`;
  const lines = [rule(theme, cells, title, 'cursor')];
  if (jobs.length === 0 && !state.jobsRecalled) {
    lines.push(
      compose(theme, cells, []),
      compose(theme, cells, ['   ', ['muted', 'Reading earlier jobs …']]),
    );
    return fill(lines, height, cells);
  }
  if (jobs.length === 0) {
    lines.push(
      compose(theme, cells, []),
      compose(theme, cells, [
        '   ',
        ['muted', 'Nothing has been done yet. Pulls, builds and deletions show here, with'],
      ]),
      compose(theme, cells, [
        '   ',
        ['muted', "the engine's own answers:  "],
        ['key', 'p'],
        ['muted', ' pulls an image,  '],
        ['key', 'o'],
        ['muted', ' opens a tar.'],
      ]),
    );
    return fill(lines, height, cells);
  }
  const top = windowTop(state.jobPlace.top, cursor, jobs.length, listRows);
  for (let index = top; index < Math.min(jobs.length, top + listRows); index++) {
    lines.push(jobRow(jobs[index]!, theme, cells, index === cursor, nowMs));
  }
  const job = jobs[cursor];
  if (job === undefined) return fill(lines, height, cells);
  const { build } = job;
  if (build !== undefined && build.progress.steps.length > 0 && state.jobTop === 0) {
    const steps = shownSteps(build.progress, false);
    const room = height - lines.length - 1;
    lines.push(rule(theme, cells, 'enter opens the build', 'muted'));
    lines.push(...buildOverview({ job, progress: build.progress, steps }, state, theme, nowMs, room));
  } else lines.push(...jobPageLines(job, state, theme, cells, height - lines.length));
  return fill(lines, height, cells);
}

/** Cells of the progress and of the two times at the right edge. */
const TEXT = 34;
const TIMES = 20;

function jobRow(job: Job, theme: Theme, cells: number, cursor: boolean, nowMs: number): string {
  const wide = cells >= 100;
  // Of a pull of others only its end is known.
  const took =
    job.status === 'waiting' || job.endedAt === job.startedAt
      ? ''
      : duration((job.endedAt ?? nowMs) - job.startedAt);
  const subject = wide ? Math.max(34, cells - 13 - TEXT - TIMES) : cells - 13 - TEXT;
  const text = fit(jobText(job), TEXT);
  return compose(
    theme,
    cells,
    [
      cursor ? ['cursor', '▌'] : ' ',
      jobSign(job.status),
      ' ',
      [cursor ? 'strong' : 'plain', fit(job.verb, 6)],
      ' ',
      [cursor ? 'strong' : 'plain', fitMiddle(job.subject, subject)],
      ' ',
      job.status === 'failed' ? ['bad', text] : job.status === 'running' ? text : ['muted', text],
    ],
    wide ? [['muted', `${fitEnd(took, 10)}  ${when(job, nowMs)}`]] : [],
  );
}

/** When it began: the time today, the day before that. */
function when(job: Job, nowMs: number): string {
  const day = (at: number): string => new Date(at).toLocaleDateString('sv');
  return day(job.startedAt) === day(nowMs) ? clock(job.startedAt) : day(job.startedAt).slice(5).padStart(8);
}
