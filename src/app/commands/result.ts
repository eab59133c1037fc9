import {
  copyResult,
  moveResult,
  nextProblem,
  nothingLeft,
  openResultLog,
  planRest,
  resultJob,
} from '../clean-up-result.ts';
import type { Command } from '../commands.ts';
import { cancelOf } from '../job-actions.ts';
import { motions } from './motion.ts';

/** What became of a removal. */
export const RESULT_COMMANDS: readonly Command[] = [
  ...motions('result', moveResult, 'scroll'),
  {
    id: 'result.cancel',
    title: 'Stop before the next step',
    scope: 'result',
    keys: ['c'],
    hint: 5,
    label: 'stop',
    blocked: (app) =>
      resultJob(app.store.get())?.endedAt === undefined ? undefined : 'it has ended already',
    run: (app) => cancelOf(app, resultJob(app.store.get())),
  },
  {
    id: 'result.problem',
    title: 'Next thing that did not go',
    scope: 'result',
    keys: ['n'],
    hint: 10,
    label: 'next problem',
    hinted: (app) => {
      const job = resultJob(app.store.get());
      const stayed = job?.removal?.items.some((item) => item.status !== 'done') === true;
      return stayed && job?.endedAt !== undefined;
    },
    run: (app) => nextProblem(app, 1),
  },
  {
    id: 'result.problem-before',
    title: 'Thing before that did not go',
    scope: 'result',
    keys: ['N'],
    run: (app) => nextProblem(app, -1),
  },
  {
    id: 'result.again',
    title: 'Plan again what did not go',
    scope: 'result',
    keys: ['r'],
    hint: 12,
    label: 'plan the rest',
    changes: true,
    blocked: nothingLeft,
    run: planRest,
  },
  {
    id: 'result.log',
    title: 'Full log of what the engine answered',
    scope: 'result',
    keys: ['L'],
    hint: 20,
    label: 'full log',
    run: openResultLog,
  },
  {
    id: 'result.copy',
    title: 'Copy the result',
    scope: 'result',
    keys: ['y'],
    hint: 22,
    label: 'copy',
    run: copyResult,
  },
];
