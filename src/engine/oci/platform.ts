/** Which image of an index a machine runs. Source: OCI image index "platform"; variant rules as containerd's platforms package has them. */
import { arch } from 'node:process';
import { EngineError } from '../errors.ts';
import type { Descriptor, OciPlatform } from './descriptor.ts';

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  arm64: 'arm64',
  arm: 'arm',
  riscv64: 'riscv64',
  ppc64: 'ppc64le',
  s390x: 's390x',
  loong64: 'loong64',
  mips64el: 'mips64le',
};
const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  aarch64: 'arm64',
  armhf: 'arm/v7',
  armel: 'arm/v6',
  i386: '386',
  i686: '386',
};

/** Names that stand for an architecture where a system could stand. */
const KNOWN = new Set([...Object.values(ARCHITECTURES), ...Object.keys(ALIASES)]);

/** What images are chosen for when nobody says: Linux, since images for other systems run nowhere else. */
export const HOST_PLATFORM: OciPlatform = normalPlatform({
  os: 'linux',
  architecture: ARCHITECTURES[arch] ?? arch,
});

/** `linux/arm/v7`. */
export function showPlatform({ os, architecture, variant }: OciPlatform): string {
  return [os, architecture, variant].filter(Boolean).join('/');
}

/** `linux/arm64`, `arm64`, `linux/arm/v7`, `aarch64`. Errors: `bad-input`. */
export function parsePlatform(text: string): OciPlatform {
  const parts = text.trim().toLowerCase().split('/');
  const hasSystem = parts.length > 1 && !KNOWN.has(parts[0]!);
  const [architecture = '', variant] = (hasSystem ? parts.slice(1) : parts).flatMap((part, at) =>
    at === 0 ? (ALIASES[part] ?? part).split('/') : [part],
  );
  const isWord = (part: string | undefined) => part === undefined || /^[a-z0-9][a-z0-9_.-]*$/.test(part);
  if (parts.length > 3 || architecture === '' || ![parts[0], architecture, variant].every(isWord)) {
    throw new EngineError({
      code: 'bad-input',
      message: `${JSON.stringify(text)} is no platform`,
      hint: 'Write it as os/architecture or os/architecture/variant, such as linux/amd64 or linux/arm/v7.',
    });
  }
  return normalPlatform({ os: hasSystem ? parts[0]! : 'linux', architecture, ...(variant && { variant }) });
}

/** arm64 without a variant is v8, arm without one v7; amd64's v1 is no variant. */
export function normalPlatform(platform: OciPlatform): OciPlatform {
  const { os, architecture } = platform;
  let { variant } = platform;
  if (architecture === 'arm64' && (variant === 'v8' || variant === '8')) variant = undefined;
  if (architecture === 'amd64' && variant === 'v1') variant = undefined;
  if (architecture === 'arm' && !variant) variant = 'v7';
  return { os, architecture, ...(variant && { variant }) };
}

/**
 * The index's best entry for a platform: the same variant, else the next lower one of the same
 * architecture (arm/v7 runs v6 and v5; arm64 runs arm/v8 and lower; amd64/v3 runs v2 and v1).
 * Attestations (`unknown/unknown`) are no images. Undefined where nothing fits.
 */
export function choosePlatform(
  manifests: readonly Descriptor[],
  wanted: OciPlatform,
): Descriptor | undefined {
  const ranks = runnable(normalPlatform(wanted)).map(showPlatform);
  let best: Descriptor | undefined;
  let bestRank = ranks.length;
  for (const descriptor of manifests) {
    if (descriptor.platform === undefined) continue;
    const rank = ranks.indexOf(showPlatform(normalPlatform(descriptor.platform)));
    if (rank !== -1 && rank < bestRank) {
      best = descriptor;
      bestRank = rank;
    }
  }
  return best;
}

function runnable(platform: OciPlatform): OciPlatform[] {
  const { os, architecture, variant } = platform;
  const lower = (of: string, from: number, to: number): OciPlatform[] => {
    const list: OciPlatform[] = [];
    for (let version = from; version >= to; version--)
      list.push(normalPlatform({ os, architecture: of, variant: `v${version}` }));
    return list;
  };
  const version = Number(/^v(\d+)/.exec(variant ?? '')?.[1] ?? 0);
  if (architecture === 'arm') return lower('arm', version, 5);
  if (architecture === 'arm64')
    return [platform, normalPlatform({ os, architecture }), ...lower('arm', 8, 5)];
  if (architecture === 'amd64' && version > 1) return lower('amd64', version, 1);
  return [platform];
}
