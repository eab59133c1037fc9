/** The containers, over the screen they were asked for on: which are listed, and moving through them. */
import { type Container, THROWAWAY } from '../engine/container.ts';
import type { App } from './app.ts';
import { askingOfEnding } from './ending-question.ts';
import { rowById } from './facts.ts';
import { shortId } from './format.ts';
import { kept } from './kept.ts';
import { layoutOf } from './layout.ts';
import { cursorIndex, type Motion, motionTarget, moveTo, windowTop } from './list.ts';
import type { AppState, Page, Place } from './state.ts';

export interface ContainerList {
  /** Only those of this image; undefined for all. */
  readonly of: string | undefined;
  readonly place: Place;
  /** The image's page that the list was opened from, to go back to. */
  readonly behind: Page | undefined;
}

export function openContainers(app: App, of?: string): void {
  app.store.update((state) =>
    askingOfEnding({
      ...state,
      containerList: { of, place: { cursor: undefined, top: 0 }, behind: state.page },
      page: undefined,
      log: undefined,
      changesPage: undefined,
      files: undefined,
      findings: undefined,
      compare: undefined,
      actList: undefined,
    }),
  );
  void app.session.refresh();
}

const listed = kept((containers: readonly Container[], of: string | undefined): readonly Container[] =>
  containers
    .filter((container) => of === undefined || container.imageId === of)
    .sort((a, b) => b.created - a.created || (a.name < b.name ? -1 : 1)),
);

/** Those of the list, the youngest first. */
export function listedContainers(state: AppState): readonly Container[] {
  return state.containerList === undefined ? [] : listed(state.containers, state.containerList.of);
}

export function currentContainer(state: AppState): Container | undefined {
  if (state.containerList === undefined) return undefined;
  const containers = listedContainers(state);
  return containers[cursorIndex(containers, state.containerList.place)];
}

/** Rows of the list; what has changed in the container under the cursor takes the rest. */
export function containerRows(state: AppState): number {
  const body = layoutOf(state.columns, state.rows).body.height;
  return Math.max(1, Math.min(listedContainers(state).length, Math.floor(body / 2) - 2));
}

export function moveContainers(app: App, motion: Motion): void {
  const state = app.store.get();
  if (state.containerList === undefined) return;
  const containers = listedContainers(state);
  const index = cursorIndex(containers, state.containerList.place);
  goTo(app, motionTarget(motion, index, containers.length, containerRows(state)));
}

/** Puts the cursor on the row that was clicked, counted from the first row of the list. */
export function clickContainer(app: App, row: number): void {
  const state = app.store.get();
  const containers = listedContainers(state);
  const height = containerRows(state);
  const place = state.containerList?.place;
  if (place === undefined || row < 0 || row >= height) return;
  goTo(app, windowTop(place.top, cursorIndex(containers, place), containers.length, height) + row);
}

function goTo(app: App, index: number): void {
  app.store.update((state) => {
    const { containerList } = state;
    if (containerList === undefined) return state;
    const place = moveTo(listedContainers(state), containerList.place, index, containerRows(state));
    return place.cursor === containerList.place.cursor && place.top === containerList.place.top
      ? state
      : { ...state, containerList: { ...containerList, place } };
  });
}

export function isThrowaway(container: Pick<Container, 'name'>): boolean {
  return container.name.startsWith(THROWAWAY);
}

/** `running`, `exited 137`, `created`: without how long, which is soon out of date. */
export function stateText(container: Pick<Container, 'state' | 'status'>): string {
  const code = /^Exited \((-?\d+)\)/.exec(container.status)?.[1];
  return code === undefined ? container.state || container.status : `exited ${code}`;
}

const HOW_LONG = / (?:about |less than )?(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s?(?: ago)?/i;

/** `Up (healthy)`, `Exited (0)`: the engine's words without how long, which is soon out of date. */
export function statusText({ status }: Pick<Container, 'status'>): string {
  return status.replace(HOW_LONG, '');
}

/** What a container was made from, as its image is called now. */
export function imageNameOf(state: AppState, container: Pick<Container, 'image' | 'imageId'>): string {
  const isName = container.image !== '' && !/^(?:sha256:)?[0-9a-f]{12,64}$/.test(container.image);
  if (isName) return container.image;
  return rowById(state, container.imageId)?.name ?? shortId(container.imageId || container.image);
}
