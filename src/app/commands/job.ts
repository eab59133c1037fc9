import type { Command } from '../commands.ts';
import {
  cancelJob,
  clearFinished,
  copyJob,
  currentJob,
  loginForJob,
  noLogin,
  nothingFinished,
  nothingToOpen,
  notRetriable,
  notRunning,
  openResult,
  retryJob,
} from '../job-actions.ts';
import type { JobKind } from '../jobs.ts';
import { moveLog, nextLogMatch, openLog, searchLog } from '../log-page.ts';
import { askSaveJobLog, nothingToSave } from '../log-saving.ts';
import { matches } from './match.ts';
import { motions } from './motion.ts';

/** What enter opens, where it is no image. */
const OPENS: Readonly<Partial<Record<JobKind, string>>> = { build: 'open build', remove: 'open result' };

/** The jobs screen, and the page of one job's log. */
export const JOB_COMMANDS: readonly Command[] = [
  {
    id: 'jobs.cancel',
    title: 'Cancel the job',
    scope: 'jobs',
    keys: ['c'],
    hint: 10,
    label: 'cancel',
    blocked: notRunning,
    run: cancelJob,
  },
  {
    id: 'jobs.retry',
    title: 'Retry the job',
    scope: 'jobs',
    keys: ['r'],
    hint: 12,
    label: (app) => (currentJob(app.store.get())?.status === 'done' ? 'rebuild' : 'retry'),
    changes: true,
    blocked: notRetriable,
    run: retryJob,
  },
  {
    id: 'jobs.login',
    title: 'Log in to its registry, then retry',
    scope: 'jobs',
    keys: ['l'],
    hint: 11,
    label: 'log in',
    changes: true,
    blocked: noLogin,
    run: loginForJob,
  },
  {
    id: 'jobs.open',
    title: 'Open the image that came of it, the build, or the result',
    scope: 'jobs',
    keys: ['enter'],
    hint: 14,
    label: (app) => OPENS[currentJob(app.store.get())?.kind ?? 'pull'] ?? 'open image',
    blocked: nothingToOpen,
    run: openResult,
  },
  {
    id: 'jobs.log',
    title: 'Full log',
    scope: 'jobs',
    keys: ['L'],
    hint: 16,
    label: 'full log',
    blocked: (app) => (currentJob(app.store.get()) === undefined ? 'there is no job' : undefined),
    run: openLog,
  },
  {
    id: 'jobs.copy',
    title: 'Copy the details',
    scope: 'jobs',
    keys: ['y'],
    hint: 17,
    label: 'copy details',
    hinted: (app) => currentJob(app.store.get())?.status === 'failed',
    blocked: (app) => (currentJob(app.store.get()) === undefined ? 'there is no job' : undefined),
    run: copyJob,
  },
  {
    id: 'jobs.clear',
    title: 'Clear finished jobs and their logs',
    scope: 'jobs',
    keys: ['x'],
    hint: 18,
    label: 'clear finished',
    blocked: nothingFinished,
    run: clearFinished,
  },
  ...motions('log', moveLog),
  {
    id: 'log.search',
    title: 'Search this log',
    scope: 'log',
    keys: ['/'],
    hint: 20,
    label: 'search',
    run: searchLog,
  },
  {
    id: 'log.save',
    title: 'Save this log…',
    scope: 'log',
    keys: ['s'],
    hint: 21,
    label: 'save log',
    blocked: nothingToSave,
    run: askSaveJobLog,
  },
  ...matches('log', nextLogMatch),
];
