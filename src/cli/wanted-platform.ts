/** `--platform`, checked before anything is asked of an engine. */
import { parsePlatform, showPlatform } from '../engine/oci/platform.ts';
import type { FlagValues } from './flag.ts';

/** To be spread into options; nothing where the flag was left out. Errors: `bad-input`. */
export function wantedPlatform(flags: FlagValues): { readonly platform?: string } {
  const text = flags.text('platform');
  return text === undefined ? {} : { platform: showPlatform(parsePlatform(text)) };
}
