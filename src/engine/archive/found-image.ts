/** An image that an archive turned out to hold, with its blobs in the store and not yet in its index. */
import type { Descriptor } from '../oci/descriptor.ts';
import { parseReference } from '../reference.ts';
import type { TransferLine } from '../transfer.ts';
import { shown } from './fault.ts';

export interface FoundImage {
  readonly root: Descriptor;
  /** In familiar form. */
  readonly references: string[];
  /** `repository@sha256:…`, of this image. */
  readonly digests: string[];
  /** Digests of all that it needs and is there. */
  readonly needed: ReadonlySet<string>;
  /** Of its platforms: Docker's part of an archive knows an image by it. */
  readonly configs: ReadonlySet<string>;
}

/** Adds what an archive calls an image; a line for the log where that is no name. */
export function addName(image: FoundImage, text: string): TransferLine | undefined {
  try {
    const reference = parseReference(text);
    if (reference.digest !== '') {
      if (reference.digest === image.root.digest)
        push(image.digests, `${reference.familiarName}@${reference.digest}`);
      return undefined;
    }
    push(image.references, reference.withDefaultTag().familiar());
    return undefined;
  } catch {
    return warning(`the archive calls an image ${JSON.stringify(shown(text))}, which can be no name`);
  }
}

export function warning(text: string): TransferLine {
  return { type: 'line', topic: 'warning', text };
}

function push(list: string[], text: string): void {
  if (!list.includes(text)) list.push(text);
}
