/** What a plan of more than images has to tell: containers, build cache, what is spared, what the trash keeps. */
import { bytes, grouped, shortId, size as sizeText } from '../../app/format.ts';
import { volumeTitle } from '../../app/removal-items.ts';
import type { ShownPlan } from '../../app/shown-plan.ts';
import type { Theme, Token } from '../../app/theme.ts';
import { fit, fitEnd, fitMiddle } from '../../app/width.ts';
import type { Spared } from '../../engine/cleanup/guard.ts';
import { compose, type Piece } from '../line.ts';

/** Cells of the words at the left edge. */
export const LABEL = 8;

export type Paragraph = (label: string, text: string, token?: Token) => void;

/** `images 7.96 GB · containers 12.3 MB · build cache 2.10 GB`. */
export function partsText({ plan }: ShownPlan): string {
  return (
    [
      ['images', plan.parts.images],
      ['containers', plan.parts.containers],
      ['build cache', plan.parts.buildCache],
      ['volumes', plan.parts.volumes],
    ] as const
  )
    .filter(([, size]) => size.bytes > 0)
    .map(([name, size]) => `${name} ${sizeText(size)}`)
    .join(' · ');
}

/** Containers and records of the build cache, in the order in which they go: before any image. */
export function thingLines({ plan }: ShownPlan, theme: Theme, cells: number): string[] {
  let label = '';
  const line = (verb: string, name: string, size: string, fate: Piece): string => {
    const shown = verb === label ? '' : verb;
    label = verb;
    return compose(theme, cells, [
      '  ',
      ['muted', fit(shown, LABEL)],
      fitMiddle(name, cells - LABEL - 36),
      fitEnd(size, 10),
      '  ',
      fate,
    ]);
  };
  return [
    ...plan.containers.map(({ name, stop, written }) =>
      line(stop ? 'stop' : 'remove', `container ${name}`, written === undefined ? '?' : bytes(written), [
        'bad',
        stop ? '! runs: stopped first' : '! what it wrote goes',
      ]),
    ),
    ...plan.buildCache.map(({ id, type, description, size, shared }) =>
      line(
        'prune',
        `cache ${shortId(id)} ${description === '' ? type : description}`,
        shared ? '0 B' : bytes(size),
        ['muted', shared ? 'an image has its bytes' : 'built again as needed'],
      ),
    ),
  ];
}

/** Volumes go after all images. */
export function volumeLines({ plan }: ShownPlan, theme: Theme, cells: number): string[] {
  return plan.volumes.map((volume, index) =>
    compose(theme, cells, [
      '  ',
      ['muted', fit(index === 0 ? 'remove' : '', LABEL)],
      fitMiddle(volumeTitle(volume), cells - LABEL - 36),
      fitEnd(volume.size === undefined ? '?' : bytes(volume.size), 10),
      '  ',
      ['bad', '! cannot come back'],
    ]),
  );
}

/** Groups of images that share what goes, and names of one, that are told before the rest is only counted. */
const GROUPS = 12;
const NAMES = 6;

/** What only a plan of many has to tell: why they were chosen, and what goes because they go together. */
export function cleanUpLines({ plan, details, names }: ShownPlan, paragraph: Paragraph): void {
  const called = (ids: readonly string[]): string => {
    const more = ids.length - NAMES;
    const some = ids.slice(0, NAMES).map((id) => names.get(id) ?? shortId(id));
    return some.join(', ') + (more > 0 ? ` and ${grouped(more)} more` : '');
  };
  const groups = details.together.filter((group) => group.bytes > 0);
  for (const { bytes: size, images } of groups.slice(0, GROUPS))
    paragraph('with', `${bytes(size)} only because these go together: ${called(images)}`, 'muted');
  if (groups.length > GROUPS) {
    const rest = groups.slice(GROUPS);
    const size = rest.reduce((sum, group) => sum + group.bytes, 0);
    paragraph('', `${bytes(size)} only because other ${grouped(rest.length)} groups go together`, 'muted');
  }
  for (const [id, reason] of plan.reasons) paragraph('why', `${called([id])}: ${reason}`, 'muted');
}

/** `web:1 · pinned by web:*`. */
export function sparedText({ name, why, by, names }: Spared): string {
  switch (why) {
    case 'pinned':
      return names === undefined
        ? `${name} · pinned by ${by.join(', ')}`
        : `${names.join(', ')} · pinned by ${by.join(', ')}; its other names go`;
    case 'in-use':
      return `${name} · used by ${by.join(', ')}`;
    case 'needed':
      return `${name} · needed by ${by.join(', ')}, built on it`;
  }
}

/** What is kept of what goes, where that is on: then less becomes free than the engine lets go of. */
export function trashLines({ trash }: ShownPlan, paragraph: Paragraph): void {
  if (trash === undefined) return;
  if (trash.tooLarge) {
    paragraph(
      'trash',
      `cannot take ${sizeText(trash.bytes)}: that is more than its whole size. Nothing would be deleted: mark less, or raise [trash] size`,
      'bad',
    );
    return;
  }
  const until = new Date(trash.until * 1000).toLocaleDateString('sv');
  const disk = {
    yes: ', on the same disk: until then so much less is free',
    linked: ', as the same files as in the store: until then none of it is free',
    unknown: ', perhaps on the same disk',
    no: '',
  }[trash.sameDisk];
  paragraph(
    'trash',
    `keeps what goes until ${until}: at most ${sizeText(trash.bytes)} in ${trash.folder}${disk}`,
  );
}
