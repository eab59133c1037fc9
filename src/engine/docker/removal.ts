/** Naming and removing images. */
import type { Container } from '../container.ts';
import type { CallOptions, EngineKind, RemovalEntry, RemoveOptions } from '../engine.ts';
import { asEngineError, EngineError } from '../errors.ts';
import { isImageId, parseNewName } from '../reference.ts';
import { containersOf, listContainers } from './containers.ts';
import { pathOf, SLOW_MS } from './http.ts';
import { imageName, shownName } from './image-name.ts';
import { inspectImage } from './images.ts';
import { familiarName, imageId } from './normalise.ts';
import type { Session } from './session.ts';
import type { RemovalRow } from './wire.ts';

/** Source: `POST /images/{name}/tag`. */
export async function tagImage(
  session: Session,
  image: string,
  reference: string,
  options: CallOptions = {},
): Promise<void> {
  const name = parseNewName(reference);
  await session.http.send({
    method: 'POST',
    path: `/images/${pathOf(imageName(session.kind, image))}/tag`,
    // A short name may mean another registry to Podman.
    query: {
      repo: session.kind === 'podman' ? name.name : name.familiarName,
      tag: name.tag,
    },
    doing: `tag ${shownName(image)} as ${reference}`,
    subject: `image ${shownName(image)}`,
    signal: options.signal,
  });
}

/** Source: `DELETE /images/{name}`. */
export async function removeImage(
  session: Session,
  image: string,
  options: RemoveOptions = {},
): Promise<RemovalEntry[]> {
  imageName(session.kind, image);
  try {
    return session.kind === 'podman'
      ? await removeFromPodman(session, image, options)
      : await sendRemoval(session, image, options);
  } catch (thrown) {
    const error = asEngineError(thrown);
    throw error.code === 'in-use' ? await withHolders(session, image, error, options) : error;
  }
}

async function sendRemoval(session: Session, image: string, options: RemoveOptions): Promise<RemovalEntry[]> {
  const rows = await session.http.rows<RemovalRow>({
    method: 'DELETE',
    path: `/images/${pathOf(imageName(session.kind, image))}`,
    query: { force: options.force || undefined, noprune: options.noPrune || undefined },
    doing: `remove ${shownName(image)}`,
    subject: `image ${shownName(image)}`,
    timeout: SLOW_MS,
    signal: options.signal,
  });
  return readRemoval(session.kind, rows);
}

/**
 * Podman's force deletes containers, so it is never sent: the names go one by one, and what holds the
 * image is looked for first. Its answer may leave out the image itself, which is then asked for.
 */
async function removeFromPodman(
  session: Session,
  image: string,
  options: RemoveOptions,
): Promise<RemovalEntry[]> {
  const { force = false, ...gentle } = options;
  const detail = await inspectImage(session, image, options);
  const named = !isImageId(image) || !detail.id.startsWith(`sha256:${image.replace(/^sha256:/, '')}`);
  const targets = named || !force || detail.references.length < 2 ? [image] : detail.references;
  if (!named || detail.references.length < 2) {
    const holders = (await listContainers(session, options)).filter(({ imageId }) => imageId === detail.id);
    if (holders.length > 0) throw inUse(image, holders, session.kind);
  }
  const entries: RemovalEntry[] = [];
  for (const target of targets) entries.push(...(await sendRemoval(session, target, gentle)));
  const told = entries.some((entry) => entry.action === 'deleted' && entry.id === detail.id);
  if (!told && (await isGone(session, detail.id, options)))
    entries.push({ action: 'deleted', id: detail.id });
  return entries;
}

async function isGone(session: Session, id: string, options: CallOptions): Promise<boolean> {
  try {
    await inspectImage(session, id, options);
    return false;
  } catch (thrown) {
    if (asEngineError(thrown).code === 'not-found') return true;
    throw thrown;
  }
}

export function readRemoval(kind: EngineKind, rows: readonly Partial<RemovalRow>[]): RemovalEntry[] {
  const entries: RemovalEntry[] = [];
  for (const { Untagged, Deleted } of rows) {
    // The containerd store also says of an image without a name that its id was untagged.
    if (typeof Untagged === 'string' && !Untagged.startsWith('sha256:')) {
      entries.push({ action: 'untagged', reference: familiarName(Untagged) });
    }
    if (typeof Deleted === 'string') entries.push({ action: 'deleted', id: imageId(Deleted) });
  }
  // Podman names what is deleted before the names that went with it.
  return kind === 'podman' ? entries.toSorted((a, b) => order(a) - order(b)) : entries;
}

const order = (entry: RemovalEntry) => (entry.action === 'untagged' ? 0 : 1);

/** Engines name one container, by a short id: better all of them, by name. */
async function withHolders(
  session: Session,
  image: string,
  error: EngineError,
  options: CallOptions,
): Promise<EngineError> {
  if (error.detail === '') return error;
  const detail = await inspectImage(session, image, options).catch(() => undefined);
  if (detail === undefined) return error;
  const holders = await containersOf(session, detail.id, options);
  return holders.length === 0 ? error : inUse(image, holders, session.kind, error);
}

function inUse(
  image: string,
  holders: readonly Container[],
  kind: EngineKind,
  cause?: EngineError,
): EngineError {
  const running = holders.filter((holder) => holder.running);
  const shown = running.length > 0 ? running : holders;
  const names = shown.map((holder) => holder.name).join(', ');
  const state = running.length > 0 ? 'running' : 'stopped';
  const noun = shown.length === 1 ? `${state} container ${names} uses` : `${state} containers ${names} use`;
  const forceable = running.length === 0 && kind !== 'podman';
  return new EngineError({
    code: 'in-use',
    message: `cannot remove ${shownName(image)}: ${noun} it`,
    hint: `${running.length > 0 ? 'Stop and remove' : 'Remove'} ${names} first${
      forceable ? ', or force: a stopped container keeps its files' : ''
    }.`,
    detail: cause?.detail ?? '',
    ...(cause !== undefined && { cause }),
  });
}
