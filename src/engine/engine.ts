/**
 * The engine contract: what images are and how they are changed, for every backend.
 *
 * A backend implements the whole core. What it may lack is a capability: an optional member,
 * with a human reason in `absent` when it is missing (exactly one of the two is set).
 *
 * Units: sizes are bytes, times are Unix seconds unless a type says otherwise. Every text that
 * comes from outside is sanitised before it leaves the backend (see text.ts). Every failure is an
 * EngineError (see errors.ts). Every method takes an AbortSignal; aborting rejects with `cancelled`.
 */
import type { ImageBuilder } from './build.ts';
import type { BuildWatcher } from './build-record.ts';
import type { Containers } from './container.ts';
import type { BuildCachePruner, DiskUsage } from './disk-usage.ts';
import type { History, Image, ImageDetail, ImageFilters, ImageLayers } from './image.ts';
import type { ContentSource } from './layers/contents.ts';
import type { ImageMover } from './transfer.ts';
import type { Volumes } from './volume.ts';

export type EngineKind = 'docker-classic' | 'docker-containerd' | 'podman' | 'embedded';

/** How far a number can be trusted. `at-least` is drawn `≥`, `about` is drawn `≈`. */
export type Bound = 'exact' | 'at-least' | 'about';

/** A number of bytes that says how true it is; `reason` is set whenever it is not exact. */
export interface Size {
  readonly bytes: number;
  readonly bound: Bound;
  readonly reason?: string;
}

/** What was connected to, and why. Source: `GET /_ping`, `/version`, `/info`. */
export interface EngineInfo {
  readonly kind: EngineKind;
  /** For people: `docker`, `podman`, `embedded`. */
  readonly name: string;
  /** The engine's own version, as it says it: `28.5.2`. */
  readonly version: string;
  /** The API version spoken, at most 1.51; empty for a backend without an API. */
  readonly apiVersion: string;
  /** `unix:///var/run/docker.sock`, `tcp://…`, `ssh://…`, or a store's directory. */
  readonly address: string;
  /** Why this engine was chosen, one phrase: `DOCKER_HOST is set`. */
  readonly chosenBy: string;
  /** `linux/amd64`, `linux/arm/v7`. */
  readonly platform: string;
  /** `overlay2`, `overlayfs`, `overlay`, `oci-layout`. */
  readonly storage: string;
  readonly rootless: boolean;
  /** What an image's `size` counts on this engine, and how true it is. */
  readonly imageSize: { readonly bound: Bound; readonly meaning: string };
}

/** Names of the optional members below; `absent` explains each that is missing. */
export type Capability = 'containers' | 'volumes' | 'buildCache' | 'builder' | 'builds';

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** Include intermediate images (parents of other images that carry no name). Default false. */
  readonly all?: boolean;
  readonly filters?: ImageFilters;
}

export interface RemoveOptions extends CallOptions {
  /**
   * Untag every name of an id, and remove in spite of stopped containers. The backend never lets a
   * forced removal delete a container (Podman would): it fails with `in-use` instead.
   */
  readonly force?: boolean;
  /** Keep untagged parents that nothing else needs. */
  readonly noPrune?: boolean;
}

/** One line of an engine's answer to a removal, in the engine's order. */
export type RemovalEntry =
  | { readonly action: 'untagged'; readonly reference: string }
  /** `id` is an image id or, on a classic store, also the chain ID of a layer. */
  | { readonly action: 'deleted'; readonly id: string };

export interface PruneResult {
  readonly removed: readonly RemovalEntry[];
  /** What the engine says it freed; `about` where the engine is known to overstate. */
  readonly freed: Size;
}

export interface PruneOptions extends CallOptions {
  /** Also remove tagged images that no container uses. Default: dangling images only. */
  readonly unused?: boolean;
  readonly filters?: Pick<ImageFilters, 'label' | 'until'>;
}

export type EngineEventAction =
  | 'tag'
  | 'untag'
  | 'delete'
  | 'pull'
  | 'push'
  | 'load'
  | 'save'
  | 'import'
  | 'build'
  | 'prune'
  | 'container'
  | 'other';

/**
 * Something happened to images or to the containers that hold them. Engines disagree about the
 * details and some report deletions that did not happen: treat any event as "list again".
 */
export interface EngineEvent {
  readonly action: EngineEventAction;
  /** The image id or reference the engine named; empty where it named none. */
  readonly subject: string;
  readonly time: number;
}

/** Reading images. */
export interface ImageReader {
  /**
   * All images, unsorted, one entry an image with all its names.
   * Source: `GET /images/json`. Errors: `bad-input` for a filter, `unreachable`.
   */
  list(options?: ListOptions): Promise<Image[]>;
  /** One image by reference, digest, id or unique id prefix. Source: `GET /images/{x}/json`. Errors: `not-found`, `bad-input`. */
  inspect(image: string, options?: CallOptions): Promise<ImageDetail>;
  /** Instructions of an image, newest first. Source: `GET /images/{x}/history`. Errors: `not-found`. */
  history(image: string, options?: CallOptions): Promise<History[]>;
  /**
   * The layers of an image from the base up, with their chain IDs and sizes; the ledger's food.
   * An image that cannot be resolved rejects with `not-found`.
   */
  layers(image: string, options?: CallOptions): Promise<ImageLayers>;
  /**
   * What is in an image; nothing is read yet, not even whether it is there.
   * Source: `GET /images/get`, or the layers as they lie in the store.
   */
  contents(image: string): ContentSource;
}

/** Changing images. */
export interface ImageWriter {
  /** Add a name. A name that another image carries moves. Source: `POST /images/{x}/tag`. Errors: `not-found`, `bad-input`. */
  tag(image: string, reference: string, options?: CallOptions): Promise<void>;
  /**
   * Remove one name, and the image with its last name; or an image by id.
   * Source: `DELETE /images/{x}`. Errors: `not-found`, `in-use`, `has-children`, `several-names`.
   */
  remove(image: string, options?: RemoveOptions): Promise<RemovalEntry[]>;
  /** Remove dangling or unused images. Source: `POST /images/prune`. */
  prune(options?: PruneOptions): Promise<PruneResult>;
}

/** What the engine itself says about disk space. */
export interface DiskReporter {
  /** Source: `GET /system/df`. Slow on large stores: never on the way to the first list. */
  diskUsage(options?: CallOptions): Promise<DiskUsage>;
}

/** What changes behind our back. */
export interface EventSource {
  /**
   * Yields until aborted (returns) or the connection breaks (throws `unreachable`).
   * The first event only arrives when something happens; `onOpen` tells when the stream stands.
   * Source: `GET /events`.
   */
  events(options?: CallOptions & { readonly onOpen?: () => void }): AsyncGenerator<EngineEvent, void, void>;
}

export interface Engine extends ImageReader, ImageWriter, ImageMover, DiskReporter, EventSource {
  readonly info: EngineInfo;
  readonly containers?: Containers;
  readonly volumes?: Volumes;
  readonly buildCache?: BuildCachePruner;
  readonly builder?: ImageBuilder;
  /** Builds that others started, too. */
  readonly builds?: BuildWatcher;
  readonly absent: Readonly<Partial<Record<Capability, string>>>;
  /** Cheap sign of life. Source: `GET /_ping`. Errors: `unreachable`. */
  ping(options?: CallOptions): Promise<void>;
  /** Ends all connections; calls under way reject with `cancelled`. */
  close(): Promise<void>;
}
