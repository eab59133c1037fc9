/** The config of an image as it is stored. Source: OCI image specification, "Image Configuration". */
import { EngineError } from '../errors.ts';
import { isRecord } from '../oci/descriptor.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Store } from './store.ts';
import type { Variant } from './survey.ts';

/** Bytes: a larger one is no config, and is not read. */
export const CONFIG_LIMIT = 64 * 1024 * 1024;

export interface HistoryStep {
  readonly created: unknown;
  readonly createdBy: string;
  readonly author: string;
  readonly comment: string;
  /** It made no layer. */
  readonly empty: boolean;
}

export interface StoredConfig {
  /** All of it. */
  readonly document: Readonly<Record<string, unknown>>;
  /** From the base up. */
  readonly diffIds: readonly string[];
  /** Oldest first. */
  readonly history: readonly HistoryStep[];
}

/** Of what is no image (an attestation, a chart) it is empty. Errors: `not-found`, `corrupt`. */
export async function readStoredConfig(store: Store, { facts }: Variant): Promise<StoredConfig> {
  const { digest } = facts.config;
  const bytes = await store.blobs.read(digest, CONFIG_LIMIT);
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new EngineError({
      code: 'corrupt',
      message: `the config ${shortDigest(digest)} is not JSON`,
      hint: 'Ask whoever published the image to push it again.',
      cause,
    });
  }
  if (!isRecord(document)) return { document: {}, diffIds: [], history: [] };
  const rootfs = isRecord(document['rootfs']) ? document['rootfs'] : {};
  const diffIds = Array.isArray(rootfs['diff_ids']) ? rootfs['diff_ids'].map(String) : [];
  const history = Array.isArray(document['history'])
    ? document['history'].filter(isRecord).map(readStep)
    : [];
  return { document, diffIds, history };
}

function readStep(step: Readonly<Record<string, unknown>>): HistoryStep {
  const text = (key: string) => (typeof step[key] === 'string' ? (step[key] as string) : '');
  return {
    created: step['created'],
    createdBy: text('created_by'),
    author: text('author'),
    comment: text('comment'),
    empty: step['empty_layer'] === true,
  };
}
