/** What points at a blob. Source: OCI image specification, "Content Descriptors". */
import { isDigest } from './digest.ts';

export interface OciPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: OciPlatform;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
}

/** A descriptor from outside, or undefined when a digest, size or type is missing or impossible. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const { mediaType, digest, size, annotations, platform, urls, artifactType } = value as Record<
    string,
    unknown
  >;
  if (!isDigest(digest) || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    return undefined;
  if (mediaType !== undefined && typeof mediaType !== 'string') return undefined;
  return {
    mediaType: mediaType ?? '',
    digest,
    size,
    ...(isRecord(annotations) && { annotations: textsOf(annotations) }),
    ...(isRecord(platform) && { platform: readPlatform(platform) }),
    ...(Array.isArray(urls) && { urls: urls.filter((url) => typeof url === 'string') }),
    ...(typeof artifactType === 'string' && { artifactType }),
  };
}

export function readPlatform(value: Readonly<Record<string, unknown>>): OciPlatform {
  const text = (key: string) => (typeof value[key] === 'string' ? (value[key] as string) : '');
  const features = value['os.features'];
  return {
    os: text('os'),
    architecture: text('architecture'),
    ...(text('variant') && { variant: text('variant') }),
    ...(text('os.version') && { 'os.version': text('os.version') }),
    ...(Array.isArray(features) && { 'os.features': features.filter((one) => typeof one === 'string') }),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function textsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(record)) if (typeof value === 'string') texts[key] = value;
  return texts;
}
