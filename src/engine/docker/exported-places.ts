/**
 * Which layer of an image a member of its exported archive is. Podman and Docker since 25 name layers by their digest;
 * what other members are is told by documents, the last of which often comes behind all layers.
 */
import { posix } from 'node:path';
import { goJson, sortedKeys } from '../archive/go-json.ts';
import { isRecord } from '../oci/descriptor.ts';
import { digestOf, hexOf, isDigest } from '../oci/digest.ts';
import { chainIds } from './layers.ts';

const NAMED_BY_DIGEST = /^(?:blobs\/sha256\/([0-9a-f]{64})|([0-9a-f]{64})\.tar)$/;
const V1_DOCUMENT = /^([0-9a-f]{64})\/json$/;
/** Links that lead on to links. */
const MOST_LINKS = 16;

type Link = { readonly target: string; readonly isSymbolic: boolean };
/** Paths in the archive. */
type Listed = { readonly config: string; readonly layers: readonly string[] };

export class ExportedPlaces {
  readonly #diffIds: readonly string[];
  readonly #chains: readonly string[];
  /** By their paths: those whose own bytes, or whose document, told. */
  readonly #known = new Map<string, number>();
  readonly #links = new Map<string, Link>();
  readonly #configs = new Map<string, readonly unknown[]>();
  readonly #listed: Listed[] = [];
  /** Where the layers are, from the base up. */
  #layers: readonly string[] = [];

  /** From the base up. */
  constructor(diffIds: readonly string[]) {
    this.#diffIds = diffIds;
    this.#chains = chainIds(diffIds);
  }

  /** The layer at `path`, of those with the same content the first; undefined where that is not known yet. */
  placeOf(path: string): number | undefined {
    const [, inBlobs, alone] = NAMED_BY_DIGEST.exec(path) ?? [];
    const hex = inBlobs ?? alone;
    const named = hex === undefined ? -1 : this.#diffIds.indexOf(`sha256:${hex}`);
    if (named !== -1) return named;
    const listed = this.#layers.findIndex((layer) => this.#follow(layer) === path);
    const place = listed === -1 ? this.#known.get(path) : listed;
    return place === undefined ? undefined : this.#diffIds.indexOf(this.#diffIds[place]!);
  }

  /** Whether every layer's path is known, so that what is at others is none of them. */
  get areKnown(): boolean {
    return this.#layers.length > 0;
  }

  /** What all bytes of the tar at `path` come to. */
  hashed(path: string, diffId: string): void {
    const place = this.#diffIds.indexOf(diffId);
    if (place !== -1) this.#known.set(path, place);
  }

  link(path: string, link: Link): void {
    this.#links.set(path, link);
  }

  /** Any member that can be a document; one that is none tells nothing. */
  document(path: string, bytes: Buffer): void {
    let value: unknown;
    try {
      value = JSON.parse(bytes.toString());
    } catch {
      return;
    }
    const v1 = V1_DOCUMENT.exec(path)?.[1];
    if (v1 !== undefined && isRecord(value)) this.#readV1(v1, value);
    else if (path === 'manifest.json' && Array.isArray(value))
      this.#listed.push(...value.flatMap(dockerItem));
    else if (isRecord(value)) {
      this.#listed.push(...ociItem(value));
      const { rootfs } = value;
      if (isRecord(rootfs) && Array.isArray(rootfs['diff_ids'])) this.#configs.set(path, rootfs['diff_ids']);
    }
    // Of several platforms, and of what attests them, only the one with these very layers is the image.
    const own = this.#listed.find(({ config }) => this.#isOwn(this.#configs.get(config)));
    if (own?.layers.length === this.#diffIds.length) this.#layers = own.layers;
  }

  #isOwn(diffIds: readonly unknown[] | undefined): boolean {
    return diffIds?.length === this.#diffIds.length && this.#diffIds.every((one, at) => diffIds[at] === one);
  }

  /**
   * Docker before 25 names a layer's folder by the digest of its document, from which the id itself was left out, in which
   * the parent was a digest, and which held the layer's chain ID: of all chain IDs, one gives that digest.
   * Source: moby 20.10, `image/v1.CreateID` and `image/tarexport/save.go`.
   */
  #readV1(id: string, { id: _, parent, ...rest }: Readonly<Record<string, unknown>>): void {
    const { os: _os, ...withoutSystem } = rest;
    const parents = typeof parent === 'string' && parent !== '' ? { parent: `sha256:${parent}` } : {};
    const place = this.#chains.findIndex((chain) =>
      // Only the topmost had its system in it when it was hashed.
      [withoutSystem, rest].some((own) => {
        const hashed = goJson(sortedKeys({ ...own, ...parents, layer_id: chain }));
        return hexOf(digestOf(hashed)) === id;
      }),
    );
    if (place !== -1) this.#known.set(`${id}/layer.tar`, place);
  }

  #follow(path: string): string {
    let at = path;
    for (let count = 0; count < MOST_LINKS; count++) {
      const link = this.#links.get(at);
      if (link === undefined) return at;
      at = link.isSymbolic ? posix.join(posix.dirname(at), link.target) : posix.normalize(link.target);
    }
    return at;
  }
}

/** Source: Docker image specification 1.2, manifest.json. */
function dockerItem(item: unknown): Listed[] {
  if (!isRecord(item)) return [];
  const { Config: config, Layers: layers } = item;
  return typeof config === 'string' && isTexts(layers) ? [{ config, layers }] : [];
}

/** Source: OCI image specification, "Image Manifest". */
function ociItem({ config, layers }: Readonly<Record<string, unknown>>): Listed[] {
  if (!isRecord(config) || !Array.isArray(layers)) return [];
  const paths = [config, ...layers].map((one: unknown) =>
    isRecord(one) && isDigest(one['digest']) ? `blobs/sha256/${hexOf(one['digest'])}` : undefined,
  );
  if (!isTexts(paths)) return [];
  return [{ config: paths[0]!, layers: paths.slice(1) }];
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
