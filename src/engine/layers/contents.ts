/** What is inside an image, from wherever its layers lie: an engine, a store, an archive on disk, a registry. */
import type { FileHandle } from 'node:fs/promises';
import type { CallOptions } from '../engine.ts';
import type { ImageConfig } from '../image.ts';
import type { LayerIndex } from './layer-index.ts';

/** One layer of an image. */
export interface ContentLayer {
  /** `sha256:` and 64 hex digits: the digest of the uncompressed tar. */
  readonly diffId: string;
  /** The instruction that made it, tidied as in lists; `''` where the history does not tell. */
  readonly createdBy: string;
  /** Its place among all steps of the history, the oldest being 1, those without a layer counted too; 0 where unknown. */
  readonly step: number;
  /** Unix seconds; left out where the history does not tell. */
  readonly created?: number;
  /**
   * Where nobody has checked that its tar is what `diffId` says: the digest that its index is kept by instead, so that
   * what an archive claims is never taken for another image's layer. An index kept by `diffId` is good for it, too.
   */
  readonly keptBy?: string;
}

/** An image as its config describes it. */
export interface ContentImage {
  /** What it was asked for by, fit to be shown. */
  readonly name: string;
  /** As the engine, or the archive, calls it. */
  readonly id: string;
  /** `linux/amd64`; `''` where unknown. */
  readonly platform: string;
  readonly config: ImageConfig;
  /** From the base up. */
  readonly layers: readonly ContentLayer[];
  /** All steps of the history; left out where there is none. */
  readonly steps?: number;
}

/** The tar of one layer, uncompressed. Whoever asks for the next one has done with it. */
export type LayerTar =
  /** It lies in a file that can be read anywhere; the handle is closed by its owner. */
  | {
      readonly kind: 'file';
      readonly layer: number;
      readonly handle: FileHandle;
      readonly start: number;
      readonly length: number;
    }
  /**
   * It comes once, from its beginning; a part of it may only be looked at until the next one is asked for. `layer` is
   * undefined until the source has learnt which one it is.
   */
  | {
      readonly kind: 'stream';
      readonly layer: number | undefined;
      readonly bytes: AsyncIterable<Buffer>;
    };

export interface TarOptions extends CallOptions {
  /** Called with the bytes that the source has read so far, and how many there are where that is known. */
  readonly onRead?: (bytes: number, total: number | undefined) => void;
}

export interface ContentSource {
  /** Where it lies, for people: `docker`, `web.tar`, `the registry host:5000`. */
  readonly where: string;
  /** Cheap: no layer is read. Errors: `not-found`, `bad-input`, `corrupt`, `unreachable`. */
  describe(options?: CallOptions): Promise<ContentImage>;
  /**
   * The tars of at least the layers `wanted` (places in `ContentImage.layers`), in the source's own order. Where a tar's
   * layer was not known, the generator's result tells: for each tar, in the order they came, its place; undefined for one
   * that is none of this image's. Returning early ends all reading.
   * Errors: `not-found`, `corrupt` for what breaks off or is no tar, `unreachable`, `cancelled`.
   */
  tars(
    wanted: ReadonlySet<number>,
    options?: TarOptions,
  ): AsyncGenerator<LayerTar, readonly (number | undefined)[]>;
}

export type ContentsEvent =
  | { readonly type: 'described'; readonly image: ContentImage }
  /** `whole` is false while more of the layer is to come. */
  | {
      readonly type: 'layer';
      readonly layer: number;
      readonly index: LayerIndex;
      readonly whole: boolean;
    }
  | { readonly type: 'read'; readonly bytes: number; readonly total: number | undefined };

/** An image, and what is in each of its layers. */
export interface ImageContents {
  readonly image: ContentImage;
  /** As many as the image has layers. */
  readonly indexes: readonly LayerIndex[];
}
