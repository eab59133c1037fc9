/** What each rule about images marks, before pins and use have a say. */
import type { Image } from '../image.ts';
import { keptNames } from '../removal-names.ts';
import { type Marked, type RuleMatch, WHOLE } from './marked.ts';
import { showAge } from './measure.ts';
import { labelled, named, olderThanNewest, superseded } from './name-rules.ts';
import type { ImageRule } from './rule.ts';
import { factsOf, type Scene } from './scene.ts';
import { lastSign } from './uses.ts';

export function matchImageRule(scene: Scene, rule: ImageRule): RuleMatch {
  switch (rule.kind) {
    case 'dangling':
      return certain(whole(scene, (image) => image.role === 'dangling'));
    case 'unused': {
      const { containers } = factsOf(scene.stock);
      return certain(whole(scene, (image) => image.role !== 'intermediate' && !containers.has(image.id)));
    }
    case 'larger-than':
      return certain(whole(scene, (image) => image.role !== 'intermediate' && image.size >= rule.bytes));
    case 'unreferenced-build':
      return certain(unreferencedBuilds(scene));
    case 'superseded':
      return superseded(scene);
    case 'keep-newest':
      return olderThanNewest(scene, rule.count);
    case 'name':
      return certain(named(scene, rule.pattern));
    case 'label':
      return certain(labelled(scene, rule.label));
    case 'older-than':
      if (rule.by === 'created') return olderThan(scene, rule.seconds, (image) => image.created, NO_DATE);
      if (rule.by === 'pulled') {
        const arrived = (image: Image) => scene.uses.of(image.id)?.arrived ?? 0;
        return olderThan(scene, rule.seconds, arrived, 'when they were pulled or named is not known');
      }
      return notUsedFor(scene, rule.seconds);
    case 'not-used-for':
      return notUsedFor(scene, rule.seconds);
  }
}

const NO_DATE = 'they do not say when they were built';

function certain(marked: Marked): RuleMatch {
  return { marked, unsure: 0, why: '' };
}

function whole({ stock }: Scene, test: (image: Image) => boolean): Marked {
  return new Map(stock.images.filter(test).map((image) => [image.id, WHOLE]));
}

/** An image without a date, as a reproducible build makes it, is never old. */
function olderThan(scene: Scene, seconds: number, at: (image: Image) => number, why: string): RuleMatch {
  const marked = new Map<string, typeof WHOLE>();
  let unsure = 0;
  for (const image of scene.stock.images) {
    if (image.role === 'intermediate') continue;
    const moment = at(image);
    if (moment <= 0) unsure++;
    else if (moment <= scene.now - seconds) marked.set(image.id, WHOLE);
  }
  return { marked, unsure, why: unsure > 0 ? why : '' };
}

/** Not seen is only not used for as long as somebody looked. */
function notUsedFor(scene: Scene, seconds: number): RuleMatch {
  const { stock, uses, now } = scene;
  const limit = now - seconds;
  const { containers } = factsOf(stock);
  const marked = new Map<string, typeof WHOLE>();
  let unsure = 0;
  for (const image of stock.images) {
    if (image.role === 'intermediate' || containers.get(image.id)?.some(({ running }) => running)) continue;
    if (lastSign(uses, image) > limit) continue;
    if (uses.since === undefined || uses.since > limit) unsure++;
    else marked.set(image.id, WHOLE);
  }
  if (unsure === 0) return certain(marked);
  const why =
    uses.since === undefined
      ? 'nacre has only begun to watch what is used'
      : `not seen since nacre began to watch ${showAge(now - uses.since)} ago, which is not long enough to tell`;
  return { marked, unsure, why };
}

/** Images without a name, a registry digest or a container, with nothing on them that has one. */
function unreferencedBuilds({ stock }: Scene): Marked {
  const { containers, children, images } = factsOf(stock);
  const verdicts = new Map<string, boolean>();
  const isFree = (id: string): boolean => {
    const known = verdicts.get(id);
    if (known !== undefined) return known;
    // Set before the walk goes on, so that a circle of parents in a broken store ends.
    verdicts.set(id, false);
    const image = images.get(id);
    const free =
      image !== undefined &&
      keptNames(stock.kind, image).length === 0 &&
      image.digests.length === 0 &&
      !containers.has(id) &&
      (children.get(id) ?? []).every(isFree);
    verdicts.set(id, free);
    return free;
  };
  return new Map(stock.images.filter(({ id }) => isFree(id)).map(({ id }) => [id, WHOLE]));
}
