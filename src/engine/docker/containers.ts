/** Containers, as far as they hold images. */
import type { Container } from '../container.ts';
import type { CallOptions } from '../engine.ts';
import { asEngineError } from '../errors.ts';
import { isImageId, shortId } from '../reference.ts';
import { familiarName, imageId, number, seconds, text, texts } from './normalise.ts';
import type { Session } from './session.ts';
import type { ContainerRow } from './wire.ts';

const LISTING = 'list containers';
const RUNNING = new Set(['running', 'paused', 'restarting']);

/**
 * Source: `GET /containers/json?all=1`; Podman keeps build containers apart, in
 * `GET /libpod/containers/json?external=true`.
 */
export async function listContainers(session: Session, options: CallOptions = {}): Promise<Container[]> {
  const { signal } = options;
  const [rows, external] = await Promise.all([
    session.http.rows<ContainerRow>({
      path: '/containers/json',
      query: { all: true },
      doing: LISTING,
      signal,
    }),
    session.kind === 'podman' ? externalRows(session, signal) : [],
  ]);
  const containers = rows.map(readContainer);
  const seen = new Set(containers.map((container) => container.id));
  for (const row of external) {
    const container = readContainer(row);
    if (!seen.has(container.id)) containers.push(container);
  }
  return containers;
}

async function externalRows(
  session: Session,
  signal: AbortSignal | undefined,
): Promise<readonly Partial<ContainerRow>[]> {
  return await session.http.rows<ContainerRow>({
    path: '/v4.0.0/libpod/containers/json',
    query: { all: 'true', external: 'true' },
    unversioned: true,
    doing: LISTING,
    signal,
  });
}

export function readContainer(row: Partial<ContainerRow>): Container {
  const id = text(row.Id);
  const name = texts(row.Names)[0]?.replace(/^\//, '') ?? '';
  const state = text(row.State).toLowerCase();
  const image = text(row.Image);
  return {
    id,
    name: name || shortId(id),
    imageId: imageId(row.ImageID),
    image: isImageId(image) ? image : familiarName(image),
    state,
    running: RUNNING.has(state),
    status: text(row.Status) || state,
    created: typeof row.Created === 'number' ? number(row.Created) : seconds(row.Created),
  };
}

/** The containers made from an image; an engine that cannot tell now is asked in vain, not to fail for it. */
export async function containersOf(
  session: Session,
  image: string,
  options: CallOptions,
): Promise<Container[]> {
  try {
    return (await listContainers(session, options)).filter((container) => container.imageId === image);
  } catch (thrown) {
    if (asEngineError(thrown).code === 'cancelled') throw thrown;
    return [];
  }
}
