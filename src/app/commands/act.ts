import { copyAct, filterActs, moveActs, noAct, openAct, openActs } from '../act-list.ts';
import type { Command } from '../commands.ts';
import { answerRestore, chooseRestore } from '../taking-back.ts';
import { closeOverlay } from '../windows.ts';
import { motions } from './motion.ts';

/** The journal of changes, and the question before something comes back. */
export const ACT_COMMANDS: readonly Command[] = [
  {
    id: 'acts.list',
    title: 'Journal of changes',
    scope: 'anywhere',
    keys: ['J'],
    blocked: (app) => (app.store.get().actList === undefined ? undefined : 'this is the journal of changes'),
    run: openActs,
  },
  ...motions('acts', moveActs, 'move'),
  {
    id: 'acts.open',
    title: 'Details',
    scope: 'acts',
    keys: ['enter'],
    hint: 10,
    label: 'details',
    hinted: (app) => app.store.get().actList?.details === undefined,
    blocked: (app) => (app.store.get().actList?.details === undefined ? noAct(app) : 'these are the details'),
    run: openAct,
  },
  {
    id: 'acts.filter',
    title: 'Filter',
    scope: 'acts',
    keys: ['/'],
    hint: 20,
    hinted: (app) => app.store.get().actList?.details === undefined,
    blocked: (app) =>
      app.store.get().actList?.details === undefined
        ? undefined
        : 'esc goes back to the list, which can be filtered',
    run: filterActs,
  },
  {
    id: 'acts.copy',
    title: 'Copy the details',
    scope: 'acts',
    keys: ['y'],
    hint: 30,
    label: 'copy',
    blocked: noAct,
    run: copyAct,
  },
  {
    id: 'restore.yes',
    title: 'Take it back',
    scope: 'restore',
    keys: ['y'],
    motion: true,
    run: (app) => answerRestore(app, true),
  },
  {
    id: 'restore.enter',
    title: 'Give the answer that has the focus',
    scope: 'restore',
    keys: ['enter'],
    motion: true,
    run: (app) => answerRestore(app),
  },
  {
    id: 'restore.choose',
    title: 'Move between the answers',
    scope: 'restore',
    keys: ['tab', 'shift+tab', 'left', 'right'],
    motion: true,
    run: chooseRestore,
  },
  {
    id: 'restore.close',
    title: 'Close',
    scope: 'restore',
    keys: ['esc', 'q'],
    motion: true,
    hint: 90,
    run: closeOverlay,
  },
];
