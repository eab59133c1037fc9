import type { Command, Scope } from '../commands.ts';
import { closeField, submitField } from '../filtering.ts';
import { answerPlan, choosePlanAnswer, forcePlan, scrollPlan } from '../plan-answers.ts';
import { moveEngine, useEngine } from '../switching.ts';
import {
  closeOverlay,
  copyError,
  moveChoice,
  movePalette,
  runPalette,
  scrollOverlay,
  submitChoice,
  submitPrompt,
} from '../windows.ts';
import { motions } from './motion.ts';

function close(scope: Scope, keys: readonly string[] = ['esc']): Command {
  return { id: `${scope}.close`, title: 'Close', scope, keys, motion: true, hint: 90, run: closeOverlay };
}

/** Closed worlds: while one is open, nothing else hears a key. */
export const DIALOG_COMMANDS: readonly Command[] = [
  {
    id: 'plan.yes',
    title: 'Go on',
    scope: 'plan',
    keys: ['y'],
    motion: true,
    run: (app) => answerPlan(app, 'y'),
  },
  {
    id: 'plan.enter',
    title: 'Give the answer that has the focus',
    scope: 'plan',
    keys: ['enter'],
    motion: true,
    run: (app) => answerPlan(app, 'enter'),
  },
  {
    id: 'plan.choose',
    title: 'Move between the answers',
    scope: 'plan',
    keys: ['tab', 'shift+tab', 'left', 'right'],
    motion: true,
    run: choosePlanAnswer,
  },
  {
    id: 'plan.down',
    title: 'Scroll down',
    scope: 'plan',
    keys: ['down', 'pgdn'],
    motion: true,
    run: (app) => scrollPlan(app, 1),
  },
  {
    id: 'plan.up',
    title: 'Scroll up',
    scope: 'plan',
    keys: ['up', 'pgup'],
    motion: true,
    run: (app) => scrollPlan(app, -1),
  },
  {
    id: 'plan.force',
    title: 'Plan again with force: stopped containers do not block',
    scope: 'plan',
    keys: ['ctrl+f'],
    motion: true,
    run: forcePlan,
  },
  close('plan'),
  { id: 'prompt.submit', title: 'Ok', scope: 'prompt', keys: ['enter'], motion: true, run: submitPrompt },
  close('prompt'),
  {
    id: 'choice.submit',
    title: 'Take it',
    scope: 'choice',
    keys: ['enter'],
    motion: true,
    run: submitChoice,
  },
  ...motions('choice', moveChoice),
  close('choice', ['esc', 'q']),
  {
    id: 'palette.run',
    title: 'Run the command',
    scope: 'palette',
    keys: ['enter'],
    motion: true,
    run: runPalette,
  },
  {
    id: 'palette.down',
    title: 'Down',
    scope: 'palette',
    keys: ['down', 'tab', 'ctrl+n'],
    motion: true,
    run: (app) => movePalette(app, 1),
  },
  {
    id: 'palette.up',
    title: 'Up',
    scope: 'palette',
    keys: ['up', 'shift+tab', 'ctrl+p'],
    motion: true,
    run: (app) => movePalette(app, -1),
  },
  close('palette'),
  ...motions('help', scrollOverlay),
  close('help', ['esc', 'q', '?']),
  ...motions('error', scrollOverlay),
  {
    id: 'error.copy',
    title: 'Copy the whole story',
    scope: 'error',
    keys: ['y'],
    motion: true,
    run: copyError,
  },
  close('error', ['esc', 'q', '!', 'enter']),
  ...motions('engines', moveEngine),
  {
    id: 'engines.use',
    title: 'Use this engine',
    scope: 'engines',
    keys: ['enter'],
    motion: true,
    run: useEngine,
  },
  close('engines', ['esc', 'q', 'E']),
  {
    id: 'field.submit',
    title: 'Keep it and go on',
    scope: 'field',
    keys: ['enter', 'down'],
    motion: true,
    run: submitField,
  },
  {
    id: 'field.close',
    title: 'Clear it and go on',
    scope: 'field',
    keys: ['esc'],
    motion: true,
    run: closeField,
  },
];
