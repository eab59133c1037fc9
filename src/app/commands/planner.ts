import type { App } from '../app.ts';
import { reviewCleanup } from '../clean-up-review.ts';
import type { Command } from '../commands.ts';
import { move } from '../movement.ts';
import { togglePin, toggleVolumePin } from '../pinning.ts';
import { freshWork } from '../planned.ts';
import {
  askRegistries,
  enterCurrent,
  moveToSide,
  nextPart,
  nothingPlanned,
  openPlannerPage,
  removeEntry,
  searchMarked,
  toggleChildren,
  toggleContainers,
  toggleCurrent,
  unmarkAll,
} from '../planner-actions.ts';
import { askExport } from '../planner-export.ts';
import { currentEntry, currentMarked, currentVolume } from '../planner-movement.ts';
import { canLoseChildren, canLoseContainers } from '../planner-obstacles.ts';
import { askRule } from '../planner-rules.ts';
import { motions } from './motion.ts';

const onRules = (app: App): boolean => app.store.get().planner.focus === 'rules';
const isPaging = (app: App): boolean => app.store.get().planner.page !== undefined;
/** While the whole plan or the disk usage stands there, keys for rows would act unseen. */
const onRows = (app: App): string | undefined => (isPaging(app) ? 'esc goes back to the rules' : undefined);

function noRule(app: App): string | undefined {
  if (onRows(app) !== undefined) return onRows(app);
  if (!onRules(app)) return 'tab goes to the rules';
  return currentEntry(app.store.get()) === undefined ? 'there is no rule: + adds one' : undefined;
}

function nothingMarked(app: App): string | undefined {
  const { marks, planner } = app.store.get();
  return marks.size === 0 && planner.ticked.size === 0 ? 'nothing is marked' : undefined;
}

function notWorkedOut(app: App): string | undefined {
  return (
    nothingPlanned(app) ??
    (freshWork(app.store.get()) === undefined ? 'the plan is being worked out' : undefined)
  );
}

function canReview(app: App): boolean {
  const { readOnly, connection } = app.store.get();
  return !readOnly && connection.status === 'connected' && nothingPlanned(app) === undefined;
}

/** Whether something stays for a reason that a key could take away. */
function isSpared(app: App, reason: 'in-use' | 'needed'): boolean {
  const work = freshWork(app.store.get());
  if (work === undefined) return false;
  const canGo = reason === 'in-use' ? canLoseContainers : canLoseChildren;
  return work.plan.spared.some(({ id, why }) => why === reason && canGo(work, id));
}

/** Rules that mark, what they mark, and the plan of it. */
export const PLANNER_COMMANDS: readonly Command[] = [
  ...motions('disk', move),
  {
    id: 'disk.left',
    title: 'To the rules on the left',
    scope: 'disk',
    keys: ['h', 'left'],
    motion: true,
    run: (app) => moveToSide(app, -1),
  },
  {
    id: 'disk.right',
    title: 'To the rules on the right',
    scope: 'disk',
    keys: ['l', 'right'],
    motion: true,
    run: (app) => moveToSide(app, 1),
  },
  {
    id: 'disk.tick',
    title: 'Tick the rule; leave an image out, or take it back in',
    scope: 'disk',
    keys: ['space'],
    hint: 5,
    label: (app) => (onRules(app) ? 'tick' : 'leave out'),
    blocked: onRows,
    run: toggleCurrent,
  },
  {
    id: 'disk.part',
    title: 'Between rules and what is marked',
    scope: 'disk',
    keys: ['tab', 'shift+tab'],
    hint: 6,
    label: 'rules/images',
    blocked: onRows,
    run: nextPart,
  },
  {
    id: 'disk.enter',
    title: 'Change the rule; on what is marked, review and run',
    scope: 'disk',
    keys: ['enter'],
    hint: 10,
    label: (app) => (onRules(app) ? 'change' : 'review and run'),
    hinted: (app) => onRules(app) || canReview(app),
    blocked: onRows,
    run: enterCurrent,
  },
  {
    id: 'disk.review',
    title: 'Review the plan and run it…',
    scope: 'disk',
    keys: ['x', 'd'],
    hint: 11,
    label: 'review and run',
    hinted: (app) => onRules(app) || isPaging(app),
    changes: true,
    blocked: nothingPlanned,
    run: reviewCleanup,
  },
  {
    id: 'disk.unmark',
    title: 'Unmark all',
    scope: 'disk',
    keys: ['u', 'A'],
    hint: 12,
    blocked: nothingMarked,
    run: unmarkAll,
  },
  {
    id: 'disk.containers',
    title: 'Take containers of marked images along, or not',
    scope: 'disk',
    keys: ['w'],
    hint: 20,
    label: 'with containers',
    hinted: (app) => isSpared(app, 'in-use'),
    blocked: (app) => app.store.get().absent.containers,
    run: toggleContainers,
  },
  {
    id: 'disk.children',
    title: 'Take what was built on marked images along, or not',
    scope: 'disk',
    keys: ['W'],
    hint: 21,
    label: 'with children',
    hinted: (app) => isSpared(app, 'needed'),
    run: toggleChildren,
  },
  {
    id: 'disk.add',
    title: 'Add a rule…',
    scope: 'disk',
    keys: ['+'],
    hint: 30,
    label: 'add',
    hinted: onRules,
    blocked: onRows,
    run: (app) => askRule(app),
  },
  {
    id: 'disk.remove',
    title: 'Take the rule off the list',
    scope: 'disk',
    keys: ['-'],
    blocked: noRule,
    run: removeEntry,
  },
  {
    id: 'disk.export',
    title: 'Export the plan as a shell script or as JSON…',
    scope: 'disk',
    keys: ['e'],
    hint: 31,
    label: 'export plan as shell script',
    hinted: (app) => !isPaging(app),
    blocked: notWorkedOut,
    run: askExport,
  },
  {
    id: 'disk.pin',
    title: 'Pin or unpin',
    scope: 'disk',
    keys: ['K'],
    blocked: (app) =>
      currentMarked(app.store.get()) === undefined && currentVolume(app.store.get()) === undefined
        ? 'tab, then the image or volume to pin'
        : undefined,
    run: (app) => {
      const volume = currentVolume(app.store.get());
      if (volume === undefined) togglePin(app);
      else void toggleVolumePin(app, volume);
    },
  },
  {
    id: 'disk.whole',
    title: 'The whole plan as text',
    scope: 'disk',
    keys: ['i'],
    hint: 32,
    label: 'all of it',
    hinted: (app) => !isPaging(app),
    run: (app) => openPlannerPage(app, 'whole'),
  },
  {
    id: 'disk.registries',
    title: 'Ask the registries what can be pulled again',
    scope: 'disk',
    keys: ['r'],
    hint: 33,
    label: 'ask registries',
    hinted: (app) => !onRules(app),
    blocked: notWorkedOut,
    run: askRegistries,
  },
  {
    id: 'disk.usage',
    title: 'Disk usage in full, and the build cache',
    scope: 'disk',
    keys: ['c'],
    hint: 34,
    label: 'build cache',
    hinted: (app) => !isPaging(app),
    run: (app) => openPlannerPage(app, 'usage'),
  },
  {
    id: 'disk.search',
    title: 'Search what is marked',
    scope: 'disk',
    keys: ['/'],
    blocked: (app) => onRows(app) ?? nothingMarked(app),
    run: searchMarked,
  },
];
