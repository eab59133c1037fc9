// Only these modules of undici are loaded: all of it costs a start 30 ms. They carry no types of their own.

declare module 'undici/lib/dispatcher/client.js' {
  export { Client as default } from 'undici';
}

declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici';
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici';
  export default function request(
    this: Dispatcher,
    options: Omit<Dispatcher.RequestOptions, 'body'> & { body?: AsyncIterable<Uint8Array> | string },
  ): Promise<Dispatcher.ResponseData>;
}
