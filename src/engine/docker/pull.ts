/** Pulling an image from a registry. */
import type { CallOptions } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import { parsePlatform, showPlatform } from '../oci/platform.ts';
import { parseReference, Reference } from '../reference.ts';
import type { PullOptions, PullResult, Transfer } from '../transfer.ts';
import { inspectImage, listImages } from './images.ts';
import { corrupt } from './ndjson.ts';
import { registryTransfer } from './registry-transfer.ts';
import type { Session } from './session.ts';

/** Source: `POST /images/create?fromImage=`. */
export async function* pullImage(
  session: Session,
  reference: string,
  options: PullOptions = {},
): Transfer<PullResult> {
  const { signal } = options;
  const name = pulledName(reference);
  const platform = options.platform && showPlatform(parsePlatform(options.platform));
  const shown = name.familiar();
  if (options.allPlatforms) {
    throw new EngineError({
      code: 'unsupported',
      message: `cannot pull ${shown} for all platforms: this engine keeps one platform at a time`,
      hint: 'Ask for one with --platform, or pull it with --embedded, which keeps them all.',
    });
  }
  // Podman tells neither whether anything changed nor what digest it was.
  const before =
    session.kind === 'podman' ? await found(session, name, { ...(signal && { signal }) }) : undefined;
  const call = {
    path: '/images/create',
    query: {
      fromImage: engineName(session, name),
      // Without one, Docker pulls every tag there is.
      tag: name.digest || name.tag,
      platform: platform || undefined,
    },
  };
  const lines = yield* registryTransfer(session, 'pull', name, call, options);
  const after = await found(session, name, { ...(signal && { signal }) });
  if (after === undefined)
    throw corrupt(`pull ${shown}`, 'it ends without an error, but there is no such image');
  const digest = lines.digest || name.digest || newDigest(name, before, after);
  if (digest !== '') yield { type: 'resolved', reference: shown, digest, platform: after.platform };
  if (platform && after.platform && !samePlatform(platform, after.platform)) {
    const text = `${shown} is for ${after.platform}: it was not to be had for ${platform}`;
    yield { type: 'line', topic: 'warning', text };
  }
  const changed = lines.changed ?? before?.id !== after.id;
  return { reference: shown, digest, id: after.id, changed };
}

/** A digest says which image it is; a tag beside it is not given by engines. */
function pulledName(reference: string): Reference {
  const name = parseReference(reference).withDefaultTag();
  return name.digest === '' ? name : new Reference({ ...name, tag: '' });
}

/** A short name may mean another registry to Podman. */
export function engineName(session: Session, name: Reference): string {
  return session.kind === 'podman' ? name.name : name.familiarName;
}

interface Found {
  readonly id: string;
  readonly platform: string;
  readonly digests: readonly string[];
}

async function found(session: Session, name: Reference, options: CallOptions): Promise<Found | undefined> {
  const wanted = session.kind === 'podman' ? name.full() : name.familiar();
  try {
    return await inspectImage(session, wanted, options);
  } catch (thrown) {
    const error = asEngineError(thrown);
    if (error.code !== 'not-found') throw error;
  }
  if (session.kind !== 'docker-containerd') return undefined;
  // It has no answer for an image that is there for other platforms alone.
  const images = await listImages(session, options);
  const image = images.find(({ references, digests }) => [...references, ...digests].includes(wanted));
  return image && { ...image, platform: '' };
}

/** What Podman calls an image's digests are those of all its copies, so it is told only where there is no doubt. */
function newDigest(name: Reference, before: Found | undefined, after: Found): string {
  const of = (image: Found | undefined) =>
    (image?.digests ?? [])
      .filter((digest) => digest.startsWith(`${name.familiarName}@`))
      .map((digest) => digest.slice(digest.indexOf('@') + 1));
  const all = of(after);
  if (all.length === 1) return all[0] ?? '';
  const known = new Set(of(before));
  const fresh = all.filter((digest) => !known.has(digest));
  return fresh.length === 1 ? (fresh[0] ?? '') : '';
}

function samePlatform(wanted: string, has: string): boolean {
  return showPlatform(parsePlatform(wanted)) === showPlatform(parsePlatform(has));
}
