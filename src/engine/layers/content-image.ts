/** An image as its config document describes it. Source: OCI image specification, "Image Configuration". */
import { readImageConfig } from '../docker/inspect-document.ts';
import { platform, seconds } from '../docker/normalise.ts';
import { EngineError } from '../errors.ts';
import { tidyInstruction } from '../instruction.ts';
import { isRecord } from '../oci/descriptor.ts';
import { isDigest } from '../oci/digest.ts';
import { block } from '../text.ts';
import type { ContentImage, ContentLayer } from './contents.ts';

type Document = Readonly<Record<string, unknown>>;

/**
 * `keptBy`: one a layer that the image really has, from the base up; undefined where `diffId` will do.
 * Errors: `unsupported` for what is no image, `corrupt` where the config names more or fewer layers.
 */
export function contentImage(
  called: Pick<ContentImage, 'name' | 'id'>,
  document: Document,
  keptBy: readonly (string | undefined)[],
): ContentImage {
  const config = isRecord(document['config']) ? document['config'] : {};
  const { history } = document;
  return {
    ...called,
    platform: platform(document['os'], document['architecture'], document['variant']),
    config: readImageConfig(config),
    layers: layersOf(called.name, document, keptBy),
    ...(Array.isArray(history) && history.length > 0 && { steps: history.length }),
  };
}

/** The bytes of a config as a document. Errors: `corrupt`. */
export function readDocument(name: string, bytes: Buffer): Document {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (isRecord(value)) return value;
  } catch (cause) {
    throw unreadable(name, 'its config is not JSON', cause);
  }
  throw unreadable(name, 'its config is no object');
}

function layersOf(name: string, document: Document, keptBy: readonly (string | undefined)[]): ContentLayer[] {
  const { rootfs } = document;
  if (!isRecord(rootfs)) {
    throw new EngineError({
      code: 'unsupported',
      message: `${name} is no image that has files`,
      hint: 'Charts and other artifacts have none: see what it is with inspect.',
    });
  }
  const diffIds: unknown = rootfs['diff_ids'] ?? [];
  if (!Array.isArray(diffIds) || !diffIds.every(isDigest)) {
    throw unreadable(name, 'its config names its layers by what are no digests');
  }
  if (diffIds.length !== keptBy.length) {
    throw unreadable(name, `it has ${keptBy.length} layers and its config names ${diffIds.length}`);
  }
  const steps = stepsWithLayers(document['history']);
  return diffIds.map((diffId, at) => {
    const by = keptBy[at];
    const created = steps[at]?.created ?? 0;
    return {
      diffId,
      createdBy: tidyInstruction(block(steps[at]?.createdBy ?? '')),
      step: steps[at]?.step ?? 0,
      ...(created > 0 && { created }),
      ...(by !== undefined && by !== diffId && { keptBy: by }),
    };
  });
}

interface StepWithLayer {
  readonly createdBy: string;
  readonly step: number;
  /** Unix seconds; 0 where unknown. */
  readonly created: number;
}

function stepsWithLayers(history: unknown): StepWithLayer[] {
  if (!Array.isArray(history)) return [];
  return history.flatMap((entry: unknown, at) => {
    if (!isRecord(entry) || entry['empty_layer'] === true) return [];
    const { created_by, created } = entry;
    return [
      {
        createdBy: typeof created_by === 'string' ? created_by : '',
        step: at + 1,
        created: seconds(created),
      },
    ];
  });
}

function unreadable(name: string, why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: `nobody can look into ${name}: ${why}`,
    hint: 'Ask whoever made the image to make it again.',
    cause,
  });
}
