/** The containers, and below them how the one under the cursor differs from its image. */
import { changesOf, countsText } from '../app/changes.ts';
import {
  containerRows,
  currentContainer,
  imageNameOf,
  isThrowaway,
  listedContainers,
  stateText,
  statusText,
} from '../app/container-list.ts';
import { rowById } from '../app/facts.ts';
import { age, plural, shortId } from '../app/format.ts';
import { cursorIndex, windowTop } from '../app/list.ts';
import type { AppState } from '../app/state.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, fitMiddle } from '../app/width.ts';
import type { Container } from '../engine/container.ts';
import { changeLine } from './changes-screen.ts';
import { compose, fill, type Piece, rule } from './line.ts';

const STATE = 12;
const AGE = 6;

export function containersScreen(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const list = state.containerList!;
  const containers = listedContainers(state);
  const running = containers.filter((container) => container.running).length;
  const whose = list.of === undefined ? '' : ` of ${rowById(state, list.of)?.name ?? shortId(list.of)}`;
  const title = `Containers${whose} ${containers.length}${running > 0 ? ` · ${running} running` : ''}`;
  const lines = [rule(theme, cells, title, 'cursor')];
  if (containers.length === 0) {
    lines.push(compose(theme, cells, []));
    const none = list.of === undefined ? 'There are no containers' : 'No container is made from this image';
    const text =
      state.stock === undefined && state.containers.length === 0
        ? 'asking the engine …'
        : `${none}. r on an image runs a shell in one.`;
    lines.push(compose(theme, cells, ['   ', ['muted', text]]));
    return fill(lines, height, cells);
  }
  const name = Math.max(22, Math.floor((cells - STATE - AGE - 6) * 0.36));
  const image = cells - name - STATE - AGE - 6;
  lines.push(
    compose(theme, cells, [
      ['muted', `   ${fit('NAME', name)} ${fit('IMAGE', image)} ${fit('STATE', STATE)}${fitEnd('AGE', AGE)}`],
    ]),
  );
  const cursor = cursorIndex(containers, list.place);
  const room = containerRows(state);
  const top = windowTop(list.place.top, cursor, containers.length, room);
  for (const [index, container] of containers.slice(top, top + room).entries()) {
    const on = top + index === cursor;
    lines.push(
      compose(theme, cells, [
        on ? ['cursor', '▌'] : ' ',
        container.running ? ['good', '●'] : ['muted', '○'],
        ' ',
        [isThrowaway(container) ? 'warn' : on ? 'strong' : 'plain', fitMiddle(container.name, name)],
        ' ',
        fitMiddle(imageNameOf(state, container), image),
        ' ',
        [container.running ? 'good' : 'muted', fit(stateText(container), STATE)],
        ['muted', fitEnd(age(container.created, state.now), AGE)],
      ]),
    );
  }
  return fill([...lines, ...changeRows(state, theme, cells, height - lines.length)], height, cells);
}

/** A rule with the counts, what is known of the container, and as many of its paths as fit. */
function changeRows(state: AppState, theme: Theme, cells: number, height: number): string[] {
  const container = currentContainer(state);
  if (container === undefined || height < 2) return [];
  const changes = changesOf(state, container.id);
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  const head = [
    rule(theme, cells, changes?.list === undefined ? '' : countsText(changes.counts), 'plain'),
    row(['muted', factsText(state, container)]),
  ];
  const { list, error } = changes ?? {};
  if (error !== undefined) return [...head, row(['bad', `✗ ${error.message}`]), row(['muted', error.hint])];
  if (list === undefined) return [...head, row(['muted', 'asking what has changed …'])];
  const room = height - head.length;
  const shown = list.slice(0, list.length > room ? room - 1 : room);
  const more = list.length - shown.length;
  return [
    ...head,
    ...shown.map((change) => changeLine(change, theme, cells)),
    ...(more > 0
      ? [row(['muted', `… ${plural(more, 'more path')}  `], ['key', 'enter'], ['muted', ' all'])]
      : []),
  ];
}

/** `0a1b2c3d4e5f · Up (healthy)`. */
function factsText(state: AppState, container: Container): string {
  const left = isThrowaway(container) && state.runEnding?.container !== container.id;
  return [shortId(container.id), left ? 'left by a run of nacre: d removes it' : statusText(container)]
    .filter((part) => part !== '')
    .join(' · ');
}
