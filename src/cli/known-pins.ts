/** Pins as commands see them: those of the settings and those that were set by a key or by `nacre pin`. */
import { joinPins, pinFilePath, readPinFile } from '../engine/cleanup/pin-file.ts';
import { createPins, type PinSettings, type Pins } from '../engine/cleanup/pins.ts';
import { stateFolder } from '../engine/state-folder.ts';
import type { Context } from './context.ts';

export interface KnownPins {
  /** Of `[pins]` in the settings. */
  readonly settings: PinSettings;
  /** Set by a key or a command. */
  readonly kept: PinSettings;
  /** Where those are kept. */
  readonly path: string;
}

/** Errors: ConfigError, and those of reading the file. */
export async function knownPins({ config, io }: Pick<Context, 'config' | 'io'>): Promise<KnownPins> {
  const path = pinFilePath(stateFolder(io.env));
  const { pins: settings } = await config();
  return { settings, kept: readPinFile(path), path };
}

/** What must stay. Errors: the same. */
export async function pinsOf(context: Pick<Context, 'config' | 'io'>): Promise<Pins> {
  const { settings, kept } = await knownPins(context);
  return createPins(joinPins(settings, kept));
}
