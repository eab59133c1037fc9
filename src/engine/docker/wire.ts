/** What engines send, as far as it is read. Every member may be missing: see `normalise.ts`. */

/** Source: `GET /info`. */
export interface Info {
  readonly ServerVersion: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly Driver: string;
  readonly DriverStatus: readonly (readonly string[])[];
  readonly SecurityOptions: readonly string[];
  /** Podman. */
  readonly Rootless: boolean;
}

/** Source: `GET /images/json`, `GET /system/df`. */
export interface ImageRow {
  readonly Id: string;
  readonly ParentId: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Created: number;
  readonly Size: number;
  readonly SharedSize: number;
  readonly Containers: number;
  readonly Labels: Readonly<Record<string, string>> | null;
}

/** Source: `GET /images/{name}/json`. */
export interface ImageInspect {
  readonly Id: string;
  readonly RepoTags: readonly string[] | null;
  readonly RepoDigests: readonly string[] | null;
  readonly Parent: string;
  readonly Comment: string;
  readonly Created: string;
  readonly Author: string;
  readonly Config: Readonly<Record<string, unknown>> | null;
  readonly Architecture: string;
  readonly Variant: string;
  readonly Os: string;
  readonly Size: number;
  readonly RootFS: { readonly Layers?: readonly string[] | null } | null;
  readonly Metadata: { readonly LastTagTime?: string } | null;
}

/** Source: `GET /images/{name}/history`. */
export interface HistoryRow {
  readonly Id: string;
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  readonly Size: number;
  readonly Comment: string;
}

/** Source: `GET /containers/json`, `GET /system/df`. */
export interface ContainerRow {
  readonly Id: string;
  readonly Names: readonly string[] | null;
  readonly Image: string;
  readonly ImageID: string;
  readonly State: string;
  readonly Status: string;
  readonly Created: number | string;
  readonly SizeRw: number;
}

/** What a listed container mounts. */
export interface MountingRow {
  readonly Id: string;
  readonly Mounts:
    | readonly { readonly Type?: string; readonly Name?: string; readonly Source?: string }[]
    | null;
}

/** What a container mounts, and whether it goes at its end. Source: `GET /containers/{id}/json`. */
export interface MountingDetail extends Pick<MountingRow, 'Mounts'> {
  readonly HostConfig: { readonly AutoRemove?: boolean } | null;
}

/** Source: `GET /containers/{id}/changes`. */
export interface ChangeRow {
  readonly Path: string;
  /** 0 modified, 1 added, 2 deleted. */
  readonly Kind: number;
}

/** Source: `GET /volumes`, `GET /system/df`. */
export interface VolumeRow {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly CreatedAt: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Options: Readonly<Record<string, string>> | null;
  readonly UsageData: { readonly Size?: number; readonly RefCount?: number } | null;
}

export interface BuildCacheRow {
  readonly ID: string;
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt: string | null;
  readonly UsageCount: number;
  /** Docker up to 20. */
  readonly Parent: string;
  readonly Parents: readonly string[] | null;
  /** Docker 28 spells the key with a blank. */
  readonly ' Parents': readonly string[] | null;
}

/** Source: `GET /system/df`. */
export interface SystemDf {
  readonly LayersSize: number;
  readonly Images: readonly Partial<ImageRow>[] | null;
  readonly Containers: readonly Partial<ContainerRow>[] | null;
  readonly Volumes: readonly Partial<VolumeRow>[] | null;
  readonly BuildCache: readonly Partial<BuildCacheRow>[] | null;
}

/** Source: `DELETE /images/{name}`, `POST /images/prune`. */
export interface RemovalRow {
  readonly Untagged: string;
  readonly Deleted: string;
}

/** Source: `GET /events`. */
export interface EventRow {
  readonly Type: string;
  readonly Action: string;
  readonly status: string;
  readonly id: string;
  readonly from: string;
  readonly time: number;
  readonly Actor: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> } | null;
}

/** One line of a transfer. Source: `POST /images/create`, `/images/{name}/push`, `/images/load`. */
export interface TransferRow {
  readonly status: string;
  /** A layer's first 12 hex digits; in a pull's first line the tag. */
  readonly id: string;
  readonly progressDetail: {
    readonly current?: number;
    readonly total?: number;
    /** `s`: seconds have passed, nothing is counted. */
    readonly units?: string;
  } | null;
  readonly stream: string;
  readonly aux: Readonly<Record<string, unknown>> | null;
  readonly error: string;
  readonly errorDetail: { readonly message?: string } | null;
}
