/** Disk space as the engine itself accounts for it. Source: `GET /system/df`. */
import type { CallOptions, Size } from './engine.ts';

export interface Usage {
  readonly count: number;
  /** How many are in use (images with containers, running containers, mounted volumes, cache in use). */
  readonly active: number;
  readonly size: Size;
  readonly reclaimable: Size;
}

export interface BuildCacheItem {
  readonly id: string;
  readonly type: string;
  readonly description: string;
  readonly inUse: boolean;
  /** Its bytes are an image's layer too. */
  readonly shared: boolean;
  readonly size: number;
  readonly created: number;
  /** 0 where never used. */
  readonly lastUsed: number;
  readonly usageCount: number;
  readonly parents: readonly string[];
}

/** An image's own figures from the engine, joined by id. */
export interface ImageUsage {
  readonly id: string;
  readonly size: number;
  readonly sharedSize: number | undefined;
  readonly containers: number | undefined;
}

export interface DiskUsage {
  /** The engine's total of all image layers, each counted once. */
  readonly layersTotal: Size;
  readonly images: Usage;
  readonly containers: Usage;
  readonly volumes: Usage;
  readonly buildCache: Usage;
  readonly perImage: readonly ImageUsage[];
  readonly buildCacheItems: readonly BuildCacheItem[];
  /** Bytes that each container has written, by id, where the engine tells. */
  readonly written?: Readonly<Record<string, number>>;
  /** Bytes in each volume, by name, where the engine tells: Docker passes over those that may lie elsewhere. */
  readonly volumeSizes?: Readonly<Record<string, number>>;
}

export interface BuildCachePruner {
  /** Remove build cache that nothing uses; `all` also what could be used again. Source: `POST /build/prune`. */
  prune(
    options?: CallOptions & {
      readonly all?: boolean;
      readonly filters?: Readonly<Record<string, readonly string[]>>;
    },
  ): Promise<{
    readonly deleted: readonly string[];
    readonly freed: Size;
  }>;
}
