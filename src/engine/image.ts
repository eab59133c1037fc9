/** Images and what engines tell about them, normalised. */

/**
 * `tagged`: has at least one name: a tag, or where the engine counts that as one, a digest reference.
 * `dangling`: has none, and nothing stands on it; on a classic store its digest references may be left.
 * `intermediate`: has none, but other images were built on it.
 */
export type ImageRole = 'tagged' | 'dangling' | 'intermediate';

export interface Image {
  /** `sha256:` and 64 hex digits: config digest on classic stores and Podman, manifest or index digest on containerd. */
  readonly id: string;
  /** Tags in familiar form (`app:1`, `localhost:5000/a/b:tag`), sorted; never `<none>`. */
  readonly references: readonly string[];
  /** `repository@sha256:…` in familiar form, sorted; never `<none>`. */
  readonly digests: readonly string[];
  /** Id of the image this one was built on, where the engine keeps that; else `''`. */
  readonly parentId: string;
  readonly role: ImageRole;
  readonly created: number;
  /** Bytes; what they count stands in `engine.info.imageSize`. */
  readonly size: number;
  /** Bytes of layers that other images use too, where the list tells; else undefined. */
  readonly sharedSize: number | undefined;
  /** Containers that use the image, running or not, where the list tells; else undefined. */
  readonly containers: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** Docker's image filters; several values of one filter are alternatives for `reference`, all needed for `label`. */
export interface ImageFilters {
  readonly dangling?: boolean;
  /** `key` or `key=value`; all must match. */
  readonly label?: readonly string[];
  /** Created after this image. */
  readonly since?: string;
  /** Created before this image. */
  readonly before?: string;
  /** Patterns as Docker's `reference` filter takes them (`ub*`, `*:3.2*`, `acme/*`); one must match. */
  readonly reference?: readonly string[];
  /** Created before this moment: Unix seconds, RFC 3339, or a Go duration ago (`24h`). */
  readonly until?: string;
}

export interface ImageConfig {
  readonly cmd: readonly string[];
  readonly entrypoint: readonly string[];
  readonly env: readonly string[];
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly stopSignal: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly onBuild: readonly string[];
  readonly healthcheck: readonly string[];
}

export interface ImageDetail {
  readonly id: string;
  readonly references: readonly string[];
  readonly digests: readonly string[];
  readonly parentId: string;
  /** RFC 3339, or `''` where unknown (BuildKit with SOURCE_DATE_EPOCH=0, imports). */
  readonly created: string;
  readonly author: string;
  readonly comment: string;
  /** `linux/amd64`, `linux/arm/v7`. */
  readonly platform: string;
  /** Bytes; on containerd this is the compressed content only, see `sizeMeaning`. */
  readonly size: number;
  readonly sizeMeaning: string;
  readonly config: ImageConfig;
  /** Diff IDs from the base up. */
  readonly diffIds: readonly string[];
  /** When a name was last given, RFC 3339, or `''` where the engine does not keep it. */
  readonly lastTagged: string;
  /** The engine's own answer, sanitised, for the raw view. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** One history row, newest first in lists. */
export interface History {
  /** Image id of that build step where it is still known, else `''`. */
  readonly id: string;
  readonly created: number;
  /** The full instruction as recorded, one line a line. */
  readonly createdBy: string;
  readonly comment: string;
  readonly size: number;
  readonly references: readonly string[];
}

export interface Layer {
  /** Identity on disk: chain ID on classic stores and Podman, blob or chain digest elsewhere. */
  readonly chainId: string;
  readonly diffId: string;
  /** Bytes of this layer alone: unpacked, or as stored where the engine keeps layers as blobs. */
  readonly size: number;
  /** The instruction that made it, tidied for people; `''` where unknown. */
  readonly createdBy: string;
  /** Digest of the blob that it is stored as, where the engine keeps layers as blobs. */
  readonly blob?: string;
}

export interface ImageLayers {
  readonly id: string;
  /** From the base up. */
  readonly layers: readonly Layer[];
  /** Where the engine keeps blobs: all else that the image has on disk (manifests, configs, further platforms). */
  readonly metadata?: readonly { readonly digest: string; readonly size: number }[];
  /** False when sizes could not be matched to layers beyond doubt; `reason` says why. */
  readonly exact: boolean;
  readonly reason?: string;
}
