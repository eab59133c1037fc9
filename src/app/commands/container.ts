import type { App } from '../app.ts';
import {
  copyChanges,
  moveChanges,
  nextChangeMatch,
  nextKind,
  openChanges,
  searchChanges,
} from '../changes-page.ts';
import type { Command, Scope } from '../commands.ts';
import {
  commitCurrent,
  copyContainer,
  noContainer,
  noImageOf,
  notRemovable,
  openImageOf,
  removeCurrent,
} from '../container-actions.ts';
import { currentContainer, moveContainers, openContainers } from '../container-list.ts';
import { currentImage } from '../movement.ts';
import { leaveEnding, moveEnding, submitEnding } from '../run-ending.ts';
import { askRun } from '../running.ts';
import { matches } from './match.ts';
import { motions } from './motion.ts';

function noImage(app: App): string | undefined {
  return currentImage(app.store.get()) === undefined ? 'there is no image under the cursor' : undefined;
}

function noUser(app: App): string | undefined {
  const state = app.store.get();
  const id = currentImage(state);
  return (
    noImage(app) ??
    (state.containers.some((container) => container.imageId === id)
      ? undefined
      : 'no container uses this image')
  );
}

/** Where the users of an image are told, they are one key away. */
function onUsedBy(app: App): boolean {
  return app.store.get().page?.tab === 'used by';
}

/** What containers have to do with the image under the cursor. */
function ofImage(scope: Scope): Command[] {
  return [
    {
      id: `${scope}.run`,
      title: 'Run a shell in it…',
      scope,
      keys: ['r'],
      ...(scope === 'page' && { hint: 42, label: 'run' }),
      needs: 'containers',
      changes: true,
      blocked: noImage,
      run: askRun,
    },
    {
      id: `${scope}.containers`,
      title: 'Containers that use it',
      scope,
      keys: ['c'],
      needs: 'containers',
      ...(scope === 'page' && { hint: 12, hinted: onUsedBy, label: 'containers' }),
      blocked: noUser,
      run: (app) => openContainers(app, currentImage(app.store.get())),
    },
  ];
}

/** Commit and copy, in the list and on the page of changes. */
function ofContainer(scope: Scope): Command[] {
  return [
    {
      id: `${scope}.commit`,
      title: 'Make an image of it…',
      scope,
      keys: ['c'],
      hint: 12,
      label: 'commit',
      needs: 'containers',
      changes: true,
      blocked: noContainer,
      run: commitCurrent,
    },
  ];
}

/** Containers: the list, how one differs from its image, and running one. */
export const CONTAINER_COMMANDS: readonly Command[] = [
  {
    id: 'app.containers',
    title: 'Containers',
    scope: 'anywhere',
    keys: ['C'],
    needs: 'containers',
    run: (app) => openContainers(app),
  },
  ...ofImage('images'),
  ...ofImage('layers'),
  ...ofImage('page'),
  ...motions('containers', moveContainers),
  {
    id: 'containers.changes',
    title: 'All that has changed in it',
    scope: 'containers',
    keys: ['enter'],
    hint: 10,
    label: 'all changes',
    blocked: noContainer,
    run: (app) => {
      const container = currentContainer(app.store.get());
      if (container !== undefined) openChanges(app, container);
    },
  },
  ...ofContainer('containers'),
  {
    id: 'containers.remove',
    title: 'Remove a throwaway container…',
    scope: 'containers',
    keys: ['d'],
    hint: 14,
    label: 'remove',
    needs: 'containers',
    changes: true,
    blocked: notRemovable,
    run: removeCurrent,
  },
  {
    id: 'containers.image',
    title: 'Page of its image',
    scope: 'containers',
    keys: ['i'],
    hint: 16,
    label: 'its image',
    blocked: noImageOf,
    run: openImageOf,
  },
  {
    id: 'containers.copy',
    title: 'Copy its id',
    scope: 'containers',
    keys: ['y'],
    blocked: noContainer,
    run: copyContainer,
  },
  ...motions('changes', moveChanges),
  ...ofContainer('changes'),
  {
    id: 'changes.kind',
    title: 'Only added, modified or deleted paths, or all',
    scope: 'changes',
    keys: ['tab'],
    hint: 14,
    label: 'one kind',
    run: nextKind,
  },
  {
    id: 'changes.search',
    title: 'Search these paths',
    scope: 'changes',
    keys: ['/'],
    hint: 20,
    label: 'search',
    run: searchChanges,
  },
  ...matches('changes', nextChangeMatch),
  { id: 'changes.copy', title: 'Copy these paths', scope: 'changes', keys: ['y'], run: copyChanges },
  ...motions('ending', moveEnding),
  {
    id: 'ending.submit',
    title: 'Take it',
    scope: 'ending',
    keys: ['enter'],
    motion: true,
    run: submitEnding,
  },
  {
    id: 'ending.leave',
    title: 'Remove it, when nothing has changed in it',
    scope: 'ending',
    keys: ['esc'],
    motion: true,
    run: leaveEnding,
  },
];
