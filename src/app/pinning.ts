/** The key that pins a name, or a volume, or lets it go. */
import { createPins, type PinSettings, pinsName, VOLUME_PIN } from '../engine/cleanup/pins.ts';
import type { Image } from '../engine/image.ts';
import { volumeId, volumeName } from '../engine/volume.ts';
import type { App } from './app.ts';
import { rowById } from './facts.ts';
import { plural, shortenHome } from './format.ts';
import { currentImage } from './movement.ts';
import { pinOf } from './pins.ts';
import type { AppState } from './state.ts';

interface Option {
  readonly text: string;
  /** It holds more than this one name, so it is asked first. */
  readonly wide: boolean;
  readonly run: () => void;
}

/** Pins the name of the image, or lets it go; asks where there are several. */
export function togglePin(app: App, id = currentImage(app.store.get())): void {
  const state = app.store.get();
  const image =
    id === undefined ? undefined : (rowById(state, id)?.image ?? state.images.find((one) => one.id === id));
  if (image === undefined) return;
  const options = optionsFor(app, image);
  const [only] = options;
  if (only === undefined) {
    app.say('plain', 'an image without a name cannot be pinned: t gives it one');
  } else if (options.length === 1 && !only.wide) only.run();
  else
    app.store.update((now) => ({
      ...now,
      overlay: {
        kind: 'choice',
        choice: {
          title: 'Pin or unpin which name?',
          rows: options.map((option) => option.text),
          index: 0,
          verb: 'do it',
          submit: (index) => options[index]!.run(),
        },
      },
    }));
}

/** Pins a volume by its name, or lets it go; once it is pinned, the plan leaves it out. */
export async function toggleVolumePin(app: App, name: string): Promise<void> {
  const pin = `${VOLUME_PIN}${name}`;
  const isPinned = app.store.get().pins.kept.names.includes(pin);
  const shown = volumeId(volumeName(name));
  try {
    await app.pins.change({ [isPinned ? 'remove' : 'add']: [pin] });
  } catch (thrown) {
    app.fail('pins', thrown);
    return;
  }
  if (isPinned) app.say('good', `${shown} is pinned no more`);
  else app.say('good', `pinned ${shown}: no clean-up takes it · nacre unpin ${pin} lets it go`);
}

function optionsFor(app: App, image: Image): Option[] {
  const state = app.store.get();
  const { settings, kept: own } = state.pins;
  const names = image.references.length > 0 ? image.references : image.digests;
  const options = new Map<string, Option>();
  const letGo = (pin: string): void => {
    const holds = heldCount(state, pin);
    const wide = !names.includes(pin);
    const more = wide ? `, which holds ${plural(holds, 'image')}` : '';
    options.set(pin, {
      text: `let ${pin} go${more}`,
      wide,
      run: () => void change(app, image, pin, 'remove'),
    });
  };
  for (const label of labelsOf(own, image)) letGo(`label=${label}`);
  const [label] = labelsOf(settings, image);
  if (label !== undefined) sendToSettings(`label ${label}`);
  for (const name of names) {
    const mine = own.names.filter((pin) => pinsName(pin, name));
    for (const pin of mine) letGo(pin);
    const theirs = settings.names.find((pin) => pinsName(pin, name));
    if (theirs !== undefined) sendToSettings(theirs);
    else if (mine.length === 0)
      options.set(name, {
        text: `pin ${name}`,
        wide: false,
        run: () => void change(app, image, name, 'add'),
      });
  }
  return [...options.values()];

  function sendToSettings(pin: string): void {
    const file = shortenHome(app.pins.settingsFile, state.home);
    options.set(`settings ${pin}`, {
      text: `${pin} stands in the settings`,
      wide: false,
      run: () => app.say('plain', `pinned by ${pin} in ${file}: [pins] there lets it go`),
    });
  }
}

function labelsOf({ labels }: PinSettings, image: Image): string[] {
  const pinned = (label: string): boolean =>
    createPins({ names: [], labels: [label] }).of(image, 'docker-classic') !== undefined;
  return labels.filter(pinned);
}

function heldCount(state: AppState, pin: string): number {
  const holds = (image: Image): boolean =>
    pin.startsWith('label=')
      ? labelsOf({ names: [], labels: [pin.slice('label='.length)] }, image).length > 0
      : [...image.references, ...image.digests].some((name) => pinsName(pin, name));
  return state.images.filter((image) => image.role !== 'intermediate' && holds(image)).length;
}

async function change(app: App, image: Image, pin: string, how: 'add' | 'remove'): Promise<void> {
  try {
    await app.pins.change({ [how]: [pin] });
  } catch (thrown) {
    app.fail('pins', thrown);
    return;
  }
  const left = pinOf(app.store.get(), image);
  if (how === 'add') app.say('good', `pinned ${pin}: no clean-up takes it · K lets it go`);
  else if (left === undefined) app.say('good', `${pin} is pinned no more`);
  else app.say('plain', `${pin} is gone from the pins, but the image is pinned by ${left.by}`);
}
