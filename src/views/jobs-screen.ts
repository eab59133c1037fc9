/** Screen 4: what runs and what ran, with the log of the job under the cursor. */
import { clock, grouped } from '../app/format.ts';
import type { Job, JobStatus } from '../app/jobs.ts';
import type { Layout } from '../app/layout.ts';
import { windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme, Token } from '../app/theme.ts';
import { fit, fitEnd, wrap } from '../app/width.ts';
import { compose, fill, rule } from './line.ts';

const SIGNS: Record<JobStatus, readonly [Token, string]> = {
  running: ['accent', '↻'],
  done: ['good', '✓'],
  failed: ['bad', '✗'],
  cancelled: ['warn', '−'],
};

export function jobsScreen(
  state: AppState,
  layout: Layout,
  theme: Theme,
  cursor: number,
  listRows: number,
): string[] {
  const cells = layout.columns;
  const height = layout.body.height;
  const { jobs } = state;
  const runs = jobs.filter((job) => job.status === 'running').length;
  const lines = [rule(theme, cells, `Jobs ${jobs.length}${runs > 0 ? ` · ${runs} running` : ''}`, 'cursor')];
  if (jobs.length === 0) {
    lines.push(
      compose(theme, cells, []),
      compose(theme, cells, [
        '   ',
        ['muted', "Nothing has been done yet. What you delete shows here, with the engine's own answers."],
      ]),
    );
    return fill(lines, height, cells);
  }
  const top = windowTop(state.jobPlace.top, cursor, jobs.length, listRows);
  for (let index = top; index < Math.min(jobs.length, top + listRows); index++) {
    lines.push(jobRow(jobs[index]!, theme, cells, index === cursor));
  }
  const job = jobs[cursor];
  if (job === undefined) return fill(lines, height, cells);
  lines.push(rule(theme, cells, `${job.title} · ${job.log.length} lines`, 'strong'));
  const room = height - lines.length;
  const log = job.log.flatMap((text) => wrap(text, cells - 4)).slice(-Math.max(0, room));
  lines.push(...log.map((text) => compose(theme, cells, ['  ', text])));
  return fill(lines, height, cells);
}

function jobRow(job: Job, theme: Theme, cells: number, cursor: boolean): string {
  const seconds = job.endedAt === undefined ? '' : `${((job.endedAt - job.startedAt) / 1000).toFixed(1)} s`;
  return compose(
    theme,
    cells,
    [
      cursor ? ['cursor', '▌'] : ' ',
      SIGNS[job.status],
      ' ',
      [cursor ? 'strong' : 'plain', fit(job.title, 32)],
      ' ',
      ['muted', job.note],
    ],
    [
      [
        'muted',
        `${fitEnd(job.status === 'running' ? `${grouped(job.done)}/${grouped(job.total)}` : seconds, 10)}  ${clock(job.startedAt)}  `,
      ],
    ],
  );
}
