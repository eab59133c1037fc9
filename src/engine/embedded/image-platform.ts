/** What an image runs on, by its config. Source: OCI image specification, "Image Configuration". */
import { EngineError } from '../errors.ts';
import { isRecord, type OciPlatform, readPlatform } from '../oci/descriptor.ts';
import { normalPlatform, showPlatform } from '../oci/platform.ts';

/** Undefined for what is no image's config. */
export function platformOfConfig(config: Buffer): OciPlatform | undefined {
  try {
    const value: unknown = JSON.parse(config.toString('utf8'));
    const platform = isRecord(value) ? readPlatform(value) : undefined;
    return platform?.os && platform.architecture ? normalPlatform(platform) : undefined;
  } catch {
    return undefined;
  }
}

/** Of an image that is the only one under its name. Errors: `not-found` for another platform than was asked for. */
export function expectPlatform(found: OciPlatform | undefined, wanted: OciPlatform, called: string): void {
  const asked = showPlatform(normalPlatform(wanted));
  if (found === undefined || showPlatform(found) === asked) return;
  throw new EngineError({
    code: 'not-found',
    message: `there is no ${called} for ${asked}`,
    hint: `It exists for ${showPlatform(found)} only: leave --platform out, or choose that.`,
  });
}
