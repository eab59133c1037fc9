/** What a plan takes that does not come back, or perhaps: by pull, or from the trash. */
import { factsOf } from '../engine/cleanup/scene.ts';
import type { TrashOutlook } from '../engine/trash/trash-estimate.ts';
import { trashWords } from '../engine/trash/trash-words.ts';
import { plural, size as sizeText } from './format.ts';
import type { Planner } from './planner.ts';
import { line, some, type TotalLine } from './planner-line.ts';
import { shortNames } from './planner-words.ts';
import type { PlannerWork } from './planner-work.ts';

export function undoneLine(
  { plan, details, scene }: PlannerWork,
  { registries }: Planner,
  trash: TrashOutlook | undefined,
): TotalLine {
  const { images } = factsOf(scene.stock);
  const isKept = trash !== undefined && !trash.tooLarge;
  const lost = isKept ? [] : details.fates.filter(({ deleted, pullable }) => deleted && pullable === 'no');
  const written = plan.containers.some((container) => (container.written ?? 1) > 0)
    ? `what ${plural(plan.containers.length, 'container')} wrote is gone for good`
    : '';
  const held =
    plan.volumes.length > 0 ? `what is in ${plural(plan.volumes.length, 'volume')} cannot come back` : '';
  const things = [held, written].filter((text) => text !== '').join(' · ');
  if (lost.length === 0)
    return line('cannot be undone', things, held === '' ? 3 : 1, 'warn', [held === '' ? written : held]);
  const isOne = lost.length === 1;
  const isNameless = lost.every(({ id }) => images.get(id)!.digests.length === 0);
  const gone = registries.size > 0 ? 'no registry has' : 'in no registry';
  const tell = (who: string): string =>
    isNameless
      ? `${who} ${isOne ? 'has' : 'have'} no name in any registry: ${isOne ? 'it' : 'they'} cannot be pulled again`
      : `${who}: ${gone} ${isOne ? 'it' : 'them'} any more`;
  const who = some(shortNames(lost.map(({ id }) => images.get(id))));
  const count = plural(lost.length, 'image');
  const texts = [tell(who), tell(count), `${who}: in no registry`, `${count} in no registry`].map((why) =>
    [held, why, written].filter((text) => text !== '').join(' · '),
  );
  if (held !== '') texts.push(held);
  return line('cannot be undone', texts[0]!, held === '' ? 3 : 1, 'warn', texts.slice(1));
}

export function unknownLines({ details }: PlannerWork, { registries, asking }: Planner): TotalLine[] {
  if (asking !== undefined) {
    return [
      line('pull again', `asking the registries: ${asking.done} of ${plural(asking.total, 'image')} …`, 3),
    ];
  }
  const deleted = details.fates.filter((fate) => fate.deleted);
  const unknown = deleted.filter(({ pullable }) => pullable === 'unknown');
  const asked = deleted.filter(({ id }) => registries.has(id));
  const confirmed = asked.filter(({ pullable }) => pullable === 'yes').length;
  const said = confirmed === 0 ? '' : `a registry has ${plural(confirmed, 'image')}`;
  const why = unknown.flatMap(({ id }) => registries.get(id)?.why || [])[0];
  const open =
    unknown.length === 0
      ? ''
      : `unknown of ${plural(unknown.length, 'image')}${why === undefined ? ' · r asks the registries' : `: ${why}`}`;
  const believed = deleted.filter(({ id, pullable }) => pullable === 'yes' && !registries.has(id)).length;
  const hint =
    believed === 0 || open !== ''
      ? ''
      : `${plural(believed, 'image')} by digest, as the engine tells · r asks the registries`;
  return [
    line(
      'pull again',
      [said, open, hint].filter((text) => text !== '').join(' · '),
      unknown.length > 0 ? 3 : 5,
    ),
  ];
}

/** What the trash takes of it, so much less is free at first. */
export function trashLine(trash: TrashOutlook | undefined, home: string): TotalLine {
  if (trash === undefined) return line('trash', '', 3);
  const { keeps, disk } = trashWords(trash, { size: sizeText, home });
  const most = sizeText(trash.bytes);
  if (trash.tooLarge)
    return line('trash', `cannot take ${most}: ${disk}`, 1, 'warn', [`cannot take ${most}`]);
  const kept = keeps.replace(/^the trash /, '');
  const brief = kept.replace(/ \(.*$/, '');
  return line('trash', disk === '' ? kept : `${kept}; ${disk}`, 3, 'plain', [
    kept,
    `${brief} (${most})`,
    brief,
  ]);
}
