/** What a person asked to be moved, as data: enough to ask for the same again. */
export type Compression = 'none' | 'gzip' | 'zstd';

export type JobRequest =
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
      readonly kind: 'import';
      readonly place: string;
      /** `''` for a dangling image. */
      readonly reference: string;
      readonly platform: string;
    };

/** The request without what must not be kept on disk; undefined where nothing could be asked for without that. */
export function keepable(request: JobRequest | undefined): JobRequest | undefined {
  if (request === undefined || !('place' in request)) return request;
  return request.place === openPlace(request.place) ? request : undefined;
}

/** A file or address as it may be shown: no user, password or query, which can hold a token. */
export function openPlace(place: string): string {
  if (!/^https?:\/\//i.test(place)) return place;
  let url: URL;
  try {
    url = new URL(place);
  } catch {
    return place.replace(/\/\/[^/]*@/, '//').replace(/[?#].*$/, '');
  }
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url.href === `${place}/` ? place : url.href;
}
