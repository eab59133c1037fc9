/** One platform of an image that may have several. */
import { EngineError } from '../errors.ts';
import type { ImageDetail } from '../image.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { shownName } from './image-name.ts';
import { atLeast, type Session } from './session.ts';

/**
 * The `platform` parameter of a push (API 1.46) or save (API 1.48); undefined where none is needed, because the
 * store has one platform of an image and it is the wanted one. Errors: `bad-input`, `not-found`, `unsupported`.
 */
export function platformQuery(
  session: Session,
  image: string,
  detail: ImageDetail,
  wanted: string,
  since: '1.46' | '1.48',
): string | undefined {
  const platform = parsePlatform(wanted);
  if (session.kind === 'docker-containerd') {
    if (atLeast(session.info.apiVersion, since)) return JSON.stringify(platform);
    throw new EngineError({
      code: 'unsupported',
      message: `this engine cannot take ${showPlatform(platform)} alone out of ${shownName(image)}`,
      hint: `Leave out --platform, or use an engine that speaks API ${since} or newer (this one: ${session.info.apiVersion}).`,
    });
  }
  if (detail.platform !== '' && showPlatform(parsePlatform(detail.platform)) === showPlatform(platform))
    return undefined;
  throw new EngineError({
    code: 'not-found',
    message: `${shownName(image)} is here for ${detail.platform || 'no known platform'}, not for ${showPlatform(platform)}`,
    hint: `Pull it for that platform first, or leave out --platform.`,
  });
}
