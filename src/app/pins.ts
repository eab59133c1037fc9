/** What pins an image, and in what words. Pure and remembered. */
import { pinKey } from '../engine/cleanup/pin-file.ts';
import { createPins, type Pin, type PinSettings, type Pins, unknownPins } from '../engine/cleanup/pins.ts';
import type { EngineKind } from '../engine/engine.ts';
import type { Image } from '../engine/image.ts';
import { kept } from './kept.ts';
import type { KnownPins } from './pin-book.ts';
import type { AppState } from './state.ts';

const made = kept(
  (pins: KnownPins): Pins =>
    pins.problem === undefined ? createPins(pins) : unknownPins('pins that cannot be read'),
);

/** What bulk actions must not cross; the same object as long as the pins are the same. */
export function pinsOf({ pins }: Pick<AppState, 'pins'>): Pins {
  return made(pins);
}

const found = kept(
  (_pins: Pins, _kind: EngineKind) => new WeakMap<Image, { readonly pin: Pin | undefined }>(),
);

/** What pins an image; remembered for each. */
export function pinOf(state: Pick<AppState, 'pins' | 'connection'>, image: Image): Pin | undefined {
  const pins = pinsOf(state);
  if (pins.count === 0) return undefined;
  const { connection } = state;
  const kind = (connection.status === 'connecting' ? undefined : connection.info?.kind) ?? 'docker-classic';
  const known = found(pins, kind);
  let answer = known.get(image);
  if (answer === undefined) {
    answer = { pin: pins.of(image, kind) };
    known.set(image, answer);
  }
  return answer.pin;
}

/** `by acme/* in the settings`; `''` where nothing pins it. */
export function pinText(state: Pick<AppState, 'pins' | 'connection'>, image: Image): string {
  const pin = pinOf(state, image);
  if (pin === undefined) return '';
  const by = pin.by.replace(/^label /, 'label=');
  if (isOf(state.pins.settings, by)) return `by ${pin.by} in the settings`;
  if (!image.references.includes(by)) return `by ${pin.by}`;
  return image.references.length === 1 ? 'K lets it go' : `${by} · K lets it go`;
}

function isOf(pins: PinSettings, pin: string): boolean {
  const [all, one] = pin.startsWith('label=')
    ? [pins.labels, pin.slice('label='.length)]
    : [pins.names.map(pinKey), pinKey(pin)];
  return all.includes(one);
}
