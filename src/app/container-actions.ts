/** What can be done with the container under the cursor, or the one whose changes are shown. */
import type { Container } from '../engine/container.ts';
import type { App } from './app.ts';
import { askCommit } from './committing.ts';
import { currentContainer, imageNameOf, isThrowaway } from './container-list.ts';
import { openPageOf } from './paging.ts';
import { endingName, removeContainer } from './run-ending.ts';
import type { AppState } from './state.ts';

function chosen(state: AppState): Container | undefined {
  const { changesPage } = state;
  return changesPage === undefined
    ? currentContainer(state)
    : state.containers.find((container) => container.id === changesPage.container);
}

export function noContainer(app: App): string | undefined {
  const state = app.store.get();
  // One that has just ended may not be listed yet.
  if (state.changesPage !== undefined && state.changesPage.container === state.runEnding?.container)
    return undefined;
  return chosen(state) === undefined ? 'this container is not there any more' : undefined;
}

export function commitCurrent(app: App): void {
  const state = app.store.get();
  const { runEnding } = state;
  if (runEnding !== undefined && state.changesPage?.container === runEnding.container) {
    const { container: id, image } = runEnding;
    askCommit(app, { id, name: endingName(state), image, running: false, throwaway: true });
    return;
  }
  const container = chosen(state);
  if (container === undefined) return;
  askCommit(app, {
    id: container.id,
    name: container.name,
    image: imageNameOf(state, container),
    running: container.running,
    throwaway: isThrowaway(container) && !container.running,
  });
}

/** Why the container under the cursor is not removed here; undefined when it can be. */
export function notRemovable(app: App): string | undefined {
  const container = currentContainer(app.store.get());
  if (container === undefined) return 'there is no container';
  if (!isThrowaway(container)) return 'nacre removes only throwaway containers, which it made itself with r';
  const isStuck = container.running && app.session.engine()?.containers?.stop === undefined;
  return isStuck ? 'it still runs: stop it first' : undefined;
}

export function removeCurrent(app: App): void {
  const container = currentContainer(app.store.get());
  if (container === undefined) return;
  app.store.update((state) => ({
    ...state,
    overlay: {
      kind: 'choice',
      choice: {
        title: container.running
          ? `${container.name} still runs: stop it, and remove it?`
          : `Remove ${container.name}, and what was changed in it?`,
        rows: ['keep it', container.running ? 'stop and remove it' : 'remove it'],
        index: 0,
        verb: 'choose',
        submit: (index) => {
          if (index === 1) void removeContainer(app, container.id, container.name, container.running);
        },
      },
    },
  }));
}

export function noImageOf(app: App): string | undefined {
  const state = app.store.get();
  const container = currentContainer(state);
  if (container === undefined) return 'there is no container';
  return state.images.some((image) => image.id === container.imageId)
    ? undefined
    : 'its image is not here any more';
}

export function openImageOf(app: App): void {
  const container = currentContainer(app.store.get());
  if (container !== undefined) openPageOf(app, container.imageId, 'overview');
}

export function copyContainer(app: App): void {
  const container = currentContainer(app.store.get());
  if (container !== undefined && app.terminal.copy(container.id)) app.say('good', `copied ${container.id}`);
}
