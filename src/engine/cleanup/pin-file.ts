/**
 * Pins that were set by a key or by `nacre pin`, kept from run to run in `pins.json` beside what else nacre must not
 * forget. Written whole by a rename under a lock, so that several processes can change it. Whoever cannot read it must
 * not delete in bulk: what it was to hold would go.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { storeFault } from '../embedded/fault.ts';
import { takeLock } from '../embedded/lock.ts';
import { EngineError } from '../errors.ts';
import { compilePattern } from '../pattern.ts';
import { familiarPattern, NO_PIN_SETTINGS, type PinSettings, VOLUME_PIN } from './pins.ts';

const FORMAT = 1;
const LABEL = 'label=';
/** As ids are listed: in full, or their first 12 digits. */
const ID = /^(?:sha256:[0-9a-f]+|[0-9a-f]{12}|[0-9a-f]{64})$/;

/** `folder`: nacre's own for state. */
export function pinFilePath(folder: string): string {
  return join(folder, 'pins.json');
}

/** A missing file holds no pins. Errors: `corrupt` for one that is damaged, `permission` for one that cannot be read. */
export function readPinFile(path: string): PinSettings {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NO_PIN_SETTINGS;
    throw new EngineError({
      code: 'permission',
      message: `the pins in ${path} cannot be read: ${message}`,
      hint: 'Make the file readable: as long as its pins are not known, nothing is deleted in bulk.',
      cause,
    });
  }
  return settingsIn(text, path);
}

export interface PinChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/**
 * Adds and removes pins as `pinTexts` writes them; the result is what the file holds now. Errors: those of reading,
 * `bad-input`, and `permission`, `read-only`, `no-space` where it cannot be written.
 */
export async function changePinFile(path: string, change: PinChange): Promise<PinSettings> {
  for (const pin of change.add ?? []) checkPin(pin);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const lock = await takeLock(`${path}.lock`);
    try {
      const settings = changed(readPinFile(path), change);
      await replace(path, `${JSON.stringify({ format: FORMAT, ...settings }, undefined, 1)}\n`);
      return settings;
    } finally {
      await lock.release();
    }
  } catch (thrown) {
    throw thrown instanceof EngineError ? thrown : notWritten(path, thrown);
  }
}

function changed(before: PinSettings, { add = [], remove = [] }: PinChange): PinSettings {
  const gone = new Set(remove.map(pinKey));
  const left = pinTexts(before).filter((pin) => !gone.has(pinKey(pin)));
  const known = new Set(left.map(pinKey));
  return settingsOf([...left, ...add.filter((pin) => !known.has(pinKey(pin)))]);
}

/** Both, each pin once. */
export function joinPins(one: PinSettings, other: PinSettings): PinSettings {
  return settingsOf([...pinTexts(one), ...pinTexts(other)]);
}

/** Pins as a person writes them: `app:1`, `acme/*`, `volume=pg-*`, `label=team=core`. */
export function pinTexts({ names, labels }: PinSettings): string[] {
  return [...names, ...labels.map((label) => LABEL + label)];
}

/** What two spellings of the same pin have in common. */
export function pinKey(pin: string): string {
  return pin.startsWith(LABEL) ? pin : familiarPattern(pin);
}

export function settingsOf(pins: readonly string[]): PinSettings {
  const each = [...new Map(pins.map((pin) => [pinKey(pin), pin])).values()];
  return {
    names: each.filter((pin) => !pin.startsWith(LABEL)),
    labels: each.filter((pin) => pin.startsWith(LABEL)).map((pin) => pin.slice(LABEL.length)),
  };
}

/** Errors: `bad-input` for what could never hold anything. */
export function checkPin(pin: string): void {
  const isLabel = pin.startsWith(LABEL);
  const isVolume = pin.startsWith(VOLUME_PIN);
  const name = isVolume ? pin.slice(VOLUME_PIN.length) : pin;
  if (isLabel ? /^(?:=|$)/.test(pin.slice(LABEL.length)) : !/^[^\s=]+$/.test(name))
    throw new EngineError({
      code: 'bad-input',
      message: `"${pin}" is not something to pin`,
      hint: 'Give a name (app:1), a pattern of names (acme/*), a volume (volume=NAME) or a label (label=KEY or label=KEY=VALUE).',
    });
  if (isLabel) return;
  if (!isVolume && ID.test(pin))
    throw new EngineError({
      code: 'bad-input',
      message: `"${pin}" is an image id, and pins hold names and labels`,
      hint: 'Give a name of that image (app:1), or give it one first: nacre tag ID NAME.',
    });
  compilePattern(name);
}

function notWritten(path: string, cause: unknown): EngineError {
  const doing = `write the pins in ${path}`;
  const { code, message } = storeFault(cause, doing);
  return new EngineError({
    code,
    message: message.includes(doing) ? message : `cannot ${doing}: ${message}`,
    hint: 'No pin was changed: let your user write that folder, with some space left.',
    cause,
  });
}

function settingsIn(text: string, path: string): PinSettings {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) throw new Error('it is no list of pins');
    const { format, names, labels } = value as Record<string, unknown>;
    if (format !== FORMAT) throw new Error('another version of nacre wrote it');
    if (!isTexts(names) || !isTexts(labels)) throw new Error('it is no list of pins');
    const settings = { names, labels };
    for (const pin of pinTexts(settings)) checkPin(pin);
    return settings;
  } catch (cause) {
    throw new EngineError({
      code: 'corrupt',
      message: `the pins in ${path} are not readable: ${(cause as Error).message}`,
      hint: 'Mend the file or remove it: as long as its pins are not known, nothing is deleted in bulk.',
      cause,
    });
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

async function replace(path: string, text: string): Promise<void> {
  const fresh = `${path}.${randomUUID()}`;
  try {
    const file = await open(fresh, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
}
