/** How rules and what happens to images are told on the planner. */
import { showAge } from '../engine/cleanup/measure.ts';
import type { ImageFate } from '../engine/cleanup/plan-details.ts';
import type { AgeBy, ImageRule, VolumeRule } from '../engine/cleanup/rule.ts';
import type { Image } from '../engine/image.ts';
import { repositoryOf } from '../engine/reference.ts';
import { isDigestName } from '../engine/removal-names.ts';
import { grouped, plural, shortId } from './format.ts';
import { type PlannerEntry, sizeText } from './planner.ts';
import type { RuleFigure } from './planner-figures.ts';
import { width } from './width.ts';

const COUNTED: Readonly<Record<AgeBy, string>> = { created: '', pulled: ' by pull', used: ' by last use' };

/** `unused and older than 30 days`. */
export function ruleTitle({ text, rule }: PlannerEntry): string {
  if (rule === undefined) return text === 'name=' ? 'names like …' : 'labelled …';
  switch (rule.kind) {
    case 'images':
      return rule.all.map(imageRuleTitle).join(' and ');
    case 'build-cache': {
      const type = rule.type === undefined ? '' : ` of type ${rule.type}`;
      return `build cache${type}${rule.seconds === undefined ? '' : ` older than ${ageText(rule.seconds)}`}`;
    }
    case 'stopped-containers':
      return `stopped containers${rule.seconds === undefined ? '' : ` older than ${ageText(rule.seconds)}`}`;
    case 'unused-volumes':
      return volumeRuleTitle(rule);
    case 'free':
      return `free at least ${sizeText(rule.bytes, ' ')}`;
  }
}

function volumeRuleTitle({ all, released, seconds, label, pattern }: VolumeRule): string {
  const kind = pattern !== undefined ? `volumes like ${pattern}` : all ? 'volumes' : 'anonymous volumes';
  const limits = [
    label === undefined ? '' : `, labelled ${label}`,
    seconds === undefined ? '' : `, older than ${ageText(seconds)}`,
  ];
  return `${kind} ${released ? 'unused after the plan' : 'nobody uses'}${limits.join('')}`;
}

function imageRuleTitle(rule: ImageRule): string {
  switch (rule.kind) {
    case 'dangling':
      return 'dangling';
    case 'superseded':
      return 'superseded tags of a running name';
    case 'unused':
      return 'unused';
    case 'older-than':
      return `older than ${ageText(rule.seconds)}${COUNTED[rule.by]}`;
    case 'not-used-for':
      return `not used for ${ageText(rule.seconds)}`;
    case 'keep-newest':
      return `keep the newest ${grouped(rule.count)} of each name`;
    case 'name':
      return `names like ${rule.pattern}`;
    case 'label':
      return `labelled ${rule.label}`;
    case 'larger-than':
      return `larger than ${sizeText(rule.bytes, ' ')}`;
    case 'unreferenced-build':
      return 'builds that nothing refers to';
  }
}

/** `30 days`, `12 h`. */
function ageText(seconds: number): string {
  if (seconds >= 86_400 && seconds % 86_400 === 0) return plural(seconds / 86_400, 'day');
  return showAge(seconds);
}

/** `web-api:1.5.0` of `ghcr.io/acme/web-api:1.5.0`, `<none>` of what has no name. */
export function shortName(image: Image | undefined): string {
  const name = image?.references[0];
  return name === undefined ? '<none>' : name.slice(name.lastIndexOf('/') + 1);
}

/** Of several without a name, each is told by its id. */
export function shortNames(images: readonly (Image | undefined)[]): string[] {
  const nameless = images.filter((image) => image?.references[0] === undefined).length;
  return images.map((image) =>
    nameless > 1 && image !== undefined && image.references.length === 0
      ? shortId(image.id)
      : shortName(image),
  );
}

/** `ghcr.io/acme/web-api:1.5.0`, `<none> a91cf06bd3e8`. */
export function longName(image: Image): string {
  return image.references[0] ?? `<none> ${shortId(image.id)}`;
}

/** What happens to an image, in as much detail as there is room for. */
export function fateText(
  fate: ImageFate,
  image: Image | undefined,
  images: ReadonlyMap<string, Image>,
  room = Number.POSITIVE_INFINITY,
): string {
  const texts = fateTexts(fate, image, images);
  return texts.find((text) => width(text) <= room) ?? texts.at(-1)!;
}

function fateTexts(fate: ImageFate, image: Image | undefined, images: ReadonlyMap<string, Image>): string[] {
  const { untagged, deleted, alone, together, stays } = fate;
  if (!deleted) {
    const left = image?.references.filter((name) => !untagged.includes(name)) ?? [];
    const names = `untag ${untagged.map(lastPart).join(', ')}`;
    const counted = untagged.length === 1 ? names : `untag ${plural(untagged.length, 'name')}`;
    const asText = left.length === 0 ? '' : `; stays as ${left.map(lastPart).join(', ')}`;
    return [`${names}${asText}`, `${counted}; the image stays`, counted];
  }
  // A digest goes with its tag: nobody counts it.
  const tags = untagged.filter((name) => !isDigestName(name)).length;
  const untag = untagged.length === 0 ? '' : tags > 1 ? `untag ${tags}, ` : 'untag, ';
  const own =
    alone.layers === 0 && together.layers > 0
      ? `delete ${layers(together.layers)}`
      : `delete ${alone.layers === 0 ? 'no layer' : layers(alone.layers)}`;
  const others = shortNames(together.with.map((id) => images.get(id)));
  const [first = '', ...rest] = others;
  const plus = alone.layers === 0 ? '' : ` + ${together.layers}`;
  const withAll = together.layers === 0 ? '' : `${plus} with ${others.join(', ')}`;
  const withSome =
    together.layers === 0 ? '' : `${plus} with ${first}${rest.length > 0 ? ` and ${rest.length} more` : ''}`;
  const staying = stays.layers === 0 ? '' : `; ${stays.layers} stay${stays.layers === 1 ? 's' : ''}`;
  const who = stayingFor(fate, image, images);
  return [
    `${untag}${own}${withAll}${staying}${who}`,
    `${untag}${own}${withSome}${staying}${who}`,
    `${untag}${own}${withSome}${staying}${who.replace(/ and \d+ more\)$/, ' …)')}`,
    `${untag}${own}${withSome}${staying}`,
    `${untag}${own}${together.layers === 0 ? '' : `${plus} with others`}${staying}`,
    `${untag}${own}${together.layers === 0 ? '' : `${plus} with others`}`,
    `${untag}${own}`,
  ];
}

/** For whom layers stay: one of the same name says most. */
function stayingFor(
  { stays }: ImageFate,
  image: Image | undefined,
  images: ReadonlyMap<string, Image>,
): string {
  if (stays.layers === 0) return '';
  const named = stays.images.flatMap((id) => images.get(id) ?? []).filter((one) => one.references.length > 0);
  const own = new Set(image?.references.map(repositoryOf));
  const first = named.find((one) => one.references.some((name) => own.has(repositoryOf(name)))) ?? named[0];
  if (first !== undefined) {
    return ` (${shortName(first)}${named.length > 1 ? ` and ${named.length - 1} more` : ''})`;
  }
  if (stays.images.length > 0) return ` (${plural(stays.images.length, 'image')} without a name)`;
  if (stays.containers.length > 0) return ` (container ${stays.containers[0]})`;
  return stays.buildCache ? ' (build cache)' : '';
}

function layers(count: number): string {
  return plural(count, 'layer');
}

function lastPart(name: string): string {
  const short = name.slice(name.lastIndexOf('/') + 1);
  const at = short.indexOf('@sha256:');
  return at < 0 ? short : short.slice(0, at + 13);
}

/** `4 images`, `3 stopped`, `12 records`, `2 volumes`; `''` where nothing is marked. */
export function figureCount({ images, containers, records, volumes }: RuleFigure): string {
  if (images > 0) return plural(images, 'image');
  if (containers > 0) return `${grouped(containers)} stopped`;
  if (records > 0) return plural(records, 'record');
  return volumes > 0 ? plural(volumes, 'volume') : '';
}
