/** Pins: names, patterns of names and labels of images and volumes that no clean-up touches. */
import type { EngineKind } from '../engine.ts';
import type { Image } from '../image.ts';
import { compilePattern } from '../pattern.ts';
import { repositoryOf } from '../reference.ts';
import { isDigestName, keptNames } from '../removal-names.ts';
import type { Volume } from '../volume.ts';

/** As settings have them: `names = ["app:1", "ghcr.io/acme/*", "volume=pg-*"]`, `labels = ["keep", "team=core"]`. */
export interface PinSettings {
  /** Of images; of volumes where `volume=` stands before it, which no image's name can begin with. */
  readonly names: readonly string[];
  /** Of images and of volumes. */
  readonly labels: readonly string[];
}

export const NO_PIN_SETTINGS: PinSettings = { names: [], labels: [] };

/** What stands before the pattern of a pin that holds volumes. */
export const VOLUME_PIN = 'volume=';

/** What pins an image. */
export interface Pin {
  /** The names that must stay; of an image that a label pins, all of them. */
  readonly names: readonly string[];
  /** True where a label pins the image, so that none of its names may go. */
  readonly whole: boolean;
  /** The setting that says so: `app:*`, `label keep`. */
  readonly by: string;
}

export interface Pins {
  readonly count: number;
  /** Why an image must stay; undefined when nothing pins it. */
  of(image: Image, kind: EngineKind): Pin | undefined;
  /** The pin that holds a volume: `volume=pg-*`, `label keep`; undefined when none does. */
  ofVolume(volume: Pick<Volume, 'name' | 'labels'>): string | undefined;
}

export const NO_PINS: Pins = { count: 0, of: () => undefined, ofVolume: () => undefined };

/** Pins that are not known could hold anything, so everything is held. `why`: what cannot be read. */
export function unknownPins(why: string): Pins {
  return {
    count: 1,
    of: (image, kind) => ({ names: keptNames(kind, image), whole: true, by: why }),
    ofVolume: () => why,
  };
}

/**
 * A pattern without a tag pins all tags of the name, as docker's `reference` filter takes it; `docker.io/` and
 * `library/` before a name say nothing. Errors: `bad-input` for a
 * broken pattern.
 */
export function createPins(settings: PinSettings): Pins {
  const ofVolumes = settings.names
    .filter((text) => text.startsWith(VOLUME_PIN))
    .map((text) => ({ text, matches: compilePattern(text.slice(VOLUME_PIN.length)) }));
  const patterns = settings.names
    .filter((text) => !text.startsWith(VOLUME_PIN))
    .map((text) => ({ text, matches: compilePattern(familiarPattern(text)) }));
  const labels = settings.labels.map((text) => {
    const equals = text.indexOf('=');
    return equals === -1
      ? { text, key: text, value: undefined }
      : { text, key: text.slice(0, equals), value: text.slice(equals + 1) };
  });
  const count = patterns.length + ofVolumes.length + labels.length;
  if (count === 0) return NO_PINS;
  const labelOn = (own: Readonly<Record<string, string>>) =>
    labels.find(({ key, value }) => Object.hasOwn(own, key) && (value === undefined || own[key] === value));
  return {
    count,
    ofVolume({ name, labels: own }) {
      const label = labelOn(own);
      if (label !== undefined) return `label ${label.text}`;
      return ofVolumes.find(({ matches }) => matches(name))?.text;
    },
    of(image, kind) {
      const label = labelOn(image.labels);
      if (label !== undefined) {
        return { names: keptNames(kind, image), whole: true, by: `label ${label.text}` };
      }
      let by: string | undefined;
      // Digests beside tags count too: `app@sha256:…` names what must stay as well.
      const all = [...new Set([...image.references, ...image.digests])];
      const names = all.filter((name) => {
        const found = patterns.find(({ matches }) => matches(name) || matches(repositoryOf(name)));
        by ??= found?.text;
        return found !== undefined;
      });
      if (by === undefined) return undefined;
      // Without its digest a tag could not be pulled again as it is.
      const pinned = new Set(names.map(repositoryOf));
      const beside = image.digests.filter((digest) => pinned.has(repositoryOf(digest)));
      return {
        names: [...new Set([...names, ...beside, ...carriers(kind, image, names)])],
        whole: false,
        by,
      };
    },
  };
}

/** Whether a pin of names holds an image of that name. */
export function pinsName(pin: string, name: string): boolean {
  const matches = compilePattern(familiarPattern(pin));
  return matches(name) || matches(repositoryOf(name));
}

/** Where an engine makes up digests from names, a digest goes with the last tag of its repository. */
function carriers(kind: EngineKind, image: Image, names: readonly string[]): string[] {
  if (kind !== 'docker-containerd' && kind !== 'podman') return [];
  const repositories = new Set(names.filter(isDigestName).map(repositoryOf));
  return image.references.filter((name) => repositories.has(repositoryOf(name)));
}

/** Names are told in short, and a pin in full must hold them all the same. */
export function familiarPattern(pattern: string): string {
  return pattern.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]*$)/, '');
}
