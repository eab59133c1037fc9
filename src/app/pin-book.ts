/** The pins that hold while the app runs: those of the settings, and those kept in a file that any nacre may change. */
import { unwatchFile, watchFile } from 'node:fs';
import { changePinFile, joinPins, type PinChange, readPinFile } from '../engine/cleanup/pin-file.ts';
import { NO_PIN_SETTINGS, type PinSettings } from '../engine/cleanup/pins.ts';
import { asEngineError, type EngineError } from '../engine/errors.ts';
import type { AppState } from './state.ts';
import type { Store } from './store.ts';

/** All that hold, and where each comes from. */
export interface KnownPins extends PinSettings {
  /** Of `[pins]` in the settings. */
  readonly settings: PinSettings;
  /** Set by a key or a command. */
  readonly kept: PinSettings;
  /** Why those are not known; undefined when they are. */
  readonly problem: EngineError | undefined;
}

export interface PinBook {
  /** The person's settings, for those who are sent there. */
  readonly settingsFile: string;
  /** Writes it down, then lets it hold. Rejects where that cannot be done. */
  change(change: PinChange): Promise<void>;
  /** Takes what other processes have changed. */
  reload(): void;
}

/** How often the file is looked at, in milliseconds. */
const LOOK = 1_000;

export const NO_KNOWN_PINS = knownPins(NO_PIN_SETTINGS, NO_PIN_SETTINGS);

/** Never throws: what cannot be read is told in the result. */
export function loadPins(settings: PinSettings, path: string): KnownPins {
  try {
    return knownPins(settings, readPinFile(path));
  } catch (thrown) {
    return knownPins(settings, NO_PIN_SETTINGS, asEngineError(thrown));
  }
}

export function knownPins(settings: PinSettings, kept: PinSettings, problem?: EngineError): KnownPins {
  return { ...joinPins(settings, kept), settings, kept, problem };
}

/** `path`: where pins are kept. */
export function createPinBook(store: Store<AppState>, path: string, settingsFile: string): PinBook {
  return {
    settingsFile,
    async change(change) {
      const kept = await changePinFile(path, change);
      store.update((state) => ({ ...state, pins: knownPins(state.pins.settings, kept) }));
    },
    reload() {
      const { pins } = store.get();
      const now = loadPins(pins.settings, path);
      if (
        JSON.stringify(now.kept) === JSON.stringify(pins.kept) &&
        now.problem?.message === pins.problem?.message
      )
        return;
      store.update((state) => ({ ...state, pins: now }));
    },
  };
}

/** Lets the pins follow their file; call the result to stop. */
export function followPins(book: PinBook, path: string): () => void {
  const look = (): void => book.reload();
  watchFile(path, { interval: LOOK, persistent: false }, look);
  return () => unwatchFile(path, look);
}
