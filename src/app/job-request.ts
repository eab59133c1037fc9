/** What a person asked to be moved or built, as data: enough to ask for the same again. */
import type { BuilderKind } from '../engine/build.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

/** What a person asked to be built. */
export interface BuildRequest {
  readonly kind: 'build';
  /** A folder, a git address, a tar or its address. */
  readonly place: string;
  /** As `docker build -f`; `''` for the `Dockerfile` of the context. */
  readonly dockerfile: string;
  readonly references: readonly string[];
  readonly target: string;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly platform: string;
  readonly network: string;
  readonly noCache: boolean;
  readonly pull: boolean;
  /** `''`: what the engine prefers. */
  readonly builder: BuilderKind | '';
  /** Never their values: only where those come from. */
  readonly secrets: readonly BuildSecretSource[];
  /** Names of arguments whose values were not kept: they have to be asked for again. */
  readonly withheld?: readonly string[];
}

export interface BuildSecretSource {
  readonly id: string;
  readonly from: { readonly file: string } | { readonly env: string };
}

export type JobRequest =
  | BuildRequest
  | {
      readonly kind: 'commit';
      /** Id of the container, and what it is called. */
      readonly container: string;
      readonly name: string;
      /** `''` for a dangling image. */
      readonly reference: string;
      readonly author: string;
      readonly message: string;
      /** Dockerfile instructions. */
      readonly changes: readonly string[];
      readonly pause: boolean;
      /** Removes the container once the image is there. */
      readonly remove: boolean;
    }
  | { readonly kind: 'pull'; readonly reference: string; readonly platform: string }
  | { readonly kind: 'push'; readonly reference: string }
  | {
      readonly kind: 'save';
      /** Names, or ids of images without one. */
      readonly images: readonly string[];
      readonly path: string;
      readonly compression: Compression;
      readonly overwrite: boolean;
    }
  | { readonly kind: 'load'; readonly place: string }
  | {
      readonly kind: 'extract';
      /** What its layers are read from, as a command line names it, and what it is called. */
      readonly image: string;
      readonly name: string;
      /** Bytes from the root, without a slash in front, read as Latin-1. */
      readonly path: string;
      /** Of this layer alone; left out: of so many layers from the base up. */
      readonly layer?: number;
      readonly layers: number;
      /** Absolute: the name that it gets. */
      readonly to: string;
      readonly existing: 'refuse' | 'keep' | 'replace';
    }
  | {
      readonly kind: 'import';
      readonly place: string;
      /** `''` for a dangling image. */
      readonly reference: string;
      readonly platform: string;
    };

/** The request without what must not be kept on disk; undefined where nothing could be asked for without that. */
export function keepable(request: JobRequest | undefined): JobRequest | undefined {
  if (request === undefined || !('place' in request)) return request;
  if (request.place !== openPlace(request.place)) return undefined;
  return request.kind === 'build' ? withoutSecrets(request) : request;
}

const SECRET_NAME = /token|passw|secret|key|credential|auth/i;
/** `https://name:password@host` */
const SECRET_VALUE = /:\/\/[^/@\s]+@/;

/** Arguments that look like a secret lose their values; labels keep theirs, which every holder of the image can read. */
export function withoutSecrets(request: BuildRequest): BuildRequest {
  const withheld = Object.entries(request.args)
    .filter(([name, value]) => value !== '' && (SECRET_NAME.test(name) || SECRET_VALUE.test(value)))
    .map(([name]) => name);
  if (withheld.length === 0) return request;
  const args = Object.fromEntries(Object.entries(request.args).filter(([name]) => !withheld.includes(name)));
  return { ...request, args, withheld };
}

/** A file or address as it may be shown: no user, password or query, which can hold a token. */
export function openPlace(place: string): string {
  if (!/^https?:\/\//i.test(place)) return place.replace(/^([a-z][a-z0-9+.-]*:\/\/[^/@:]*):[^/@]*@/i, '$1@');
  let url: URL;
  try {
    url = new URL(place);
  } catch {
    return place.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/, '');
  }
  // Of a git address it names the branch and the folder, and is sent nowhere.
  const hash = url.pathname.endsWith('.git') ? url.hash : '';
  if (`${url.username}${url.password}${url.search}` === '' && url.hash === hash) return place;
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = hash;
  return url.href === `${place}/` ? place : url.href;
}
