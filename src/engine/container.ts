/** Containers, as far as they matter to images: what holds what. */
import type { CallOptions } from './engine.ts';

export interface Container {
  readonly id: string;
  /** Without the leading slash; the first is the one to show. */
  readonly name: string;
  readonly imageId: string;
  /** The image as it was named at creation. */
  readonly image: string;
  readonly state: string;
  readonly running: boolean;
  /** `Up 3 hours`, `Exited (0) 2 days ago`; the engine's words. */
  readonly status: string;
  readonly created: number;
}

export interface ContainerLister {
  /** All containers, running or not, leftover build containers included. Source: `GET /containers/json?all=1`. */
  list(options?: CallOptions): Promise<Container[]>;
}
