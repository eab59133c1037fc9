/** A registry: images by repository, over the network. Source: OCI distribution specification 1.1. */
import type { Descriptor } from '../oci/descriptor.ts';
import type { Credentials } from '../transfer.ts';
import { registryAddress } from './address.ts';
import type { BlobSink, WantedBlob } from './blob-landing.ts';
import { findCredentials } from './credentials.ts';
import type { Environment } from './docker-config.ts';
import { type DownloadOptions, downloadBlob, downloadIntoMemory, type Pace } from './download.ts';
import { Exchange } from './exchange.ts';
import {
  deleteManifest,
  type FetchedManifest,
  getManifest,
  hasManifest,
  headManifest,
  type ManifestOptions,
  putManifest,
} from './manifests.ts';
import { listReferrers, type ReferrerOptions } from './referrers.ts';
import { RETRY, type RetryPolicy } from './retry.ts';
import { listTags, type TagOptions } from './tags.ts';
import { LIMITS, type Limits } from './transport.ts';
import { hasBlob, type LookOptions, type UploadOptions, type UploadOutcome, uploadBlob } from './upload.ts';
import type { BlobSource } from './upload-session.ts';

export interface RegistryClientOptions {
  /** Instead of what docker's configuration holds. */
  readonly credentials?: Credentials | undefined;
  /** Domains that may speak plain HTTP or show any certificate. */
  readonly insecure?: readonly string[] | undefined;
  readonly env?: Environment | undefined;
  /** What happens between the answers: `auth`, `retry`. Without secrets. */
  readonly log?: (topic: string, text: string) => void;
  /** Milliseconds; for tests and for networks that are like none. */
  readonly limits?: Partial<Limits> | undefined;
  readonly retry?: Partial<RetryPolicy>;
  readonly pace?: Pace;
}

/** Opens nothing yet. `domain` as references have it: `docker.io`, `localhost:5000`. */
export function openRegistry(domain: string, options: RegistryClientOptions = {}): Registry {
  return new Registry(domain, options);
}

export type OpenRegistry = typeof openRegistry;

/** `repository` is a reference's path: `library/app`. Errors: see Exchange.once. */
export class Registry {
  readonly domain: string;
  readonly exchange: Exchange;
  readonly #pace: Pace | undefined;

  constructor(domain: string, options: RegistryClientOptions = {}) {
    const { insecure = [], env = process.env, credentials, log = () => {} } = options;
    const address = registryAddress(domain, insecure);
    this.domain = address.domain;
    this.#pace = options.pace;
    this.exchange = new Exchange({
      address,
      insecure,
      env,
      log,
      credentials: async () =>
        credentials === undefined
          ? await findCredentials(domain, env)
          : { found: { credentials, from: 'as given' } },
      limits: { ...LIMITS, ...options.limits },
      retry: { ...RETRY, ...options.retry },
    });
  }

  /** What a tag means now, by one HEAD; undefined where the registry does not say. Errors: `not-found`. */
  async digestOf(repository: string, reference: string, options?: ManifestOptions) {
    return await headManifest(this.exchange, repository, reference, options);
  }

  async hasManifest(repository: string, digest: string, options?: ManifestOptions): Promise<boolean> {
    return await hasManifest(this.exchange, repository, digest, options);
  }

  /** By tag or digest. Errors: `not-found`, `corrupt`, `unsupported`. */
  async manifest(
    repository: string,
    reference: string,
    options?: ManifestOptions & { readonly expected?: Descriptor },
  ): Promise<FetchedManifest> {
    return await getManifest(this.exchange, repository, reference, options);
  }

  /** The rest of a blob into `sink`, which checks the digest. Errors: `corrupt`, `not-found`. */
  async download(
    repository: string,
    blob: WantedBlob,
    sink: BlobSink,
    options?: DownloadOptions,
  ): Promise<void> {
    await downloadBlob(this.exchange, repository, blob, sink, options, this.#pace);
  }

  /** A blob into memory. Errors: also `corrupt` where its digest is another. */
  async smallBlob(repository: string, blob: WantedBlob, options?: DownloadOptions): Promise<Buffer> {
    return await downloadIntoMemory(this.exchange, repository, blob, options);
  }

  async hasBlob(repository: string, digest: string, options?: LookOptions): Promise<boolean> {
    return await hasBlob(this.exchange, repository, digest, options);
  }

  /** Of what it does not have. Errors: `unauthorized`, `forbidden`, `corrupt`. */
  async upload(repository: string, blob: BlobSource, options?: UploadOptions): Promise<UploadOutcome> {
    return await uploadBlob(this.exchange, repository, blob, options);
  }

  async putManifest(
    repository: string,
    reference: string,
    manifest: { readonly bytes: Buffer; readonly mediaType: string },
    options?: ManifestOptions,
  ): Promise<void> {
    await putManifest(this.exchange, repository, reference, manifest, options);
  }

  /** Errors: `unsupported` where the registry deletes nothing. */
  async deleteManifest(repository: string, reference: string, options?: ManifestOptions): Promise<void> {
    await deleteManifest(this.exchange, repository, reference, options);
  }

  tags(repository: string, options?: TagOptions): AsyncGenerator<string, void, void> {
    return listTags(this.exchange, repository, options);
  }

  async referrers(repository: string, digest: string, options?: ReferrerOptions): Promise<Descriptor[]> {
    return await listReferrers(this.exchange, repository, digest, options);
  }

  /** Ends all connections; calls under way reject with `cancelled`. */
  close(): void {
    this.exchange.close();
  }
}
