/** Where indexes of layers are kept. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createLayerIndexCache, type LayerIndexCache } from './layer-index-cache.ts';

/** `$XDG_CACHE_HOME/nacre/indexes`. Source: XDG Base Directory Specification; an empty or relative path counts as none. */
export function layerIndexCache(
  env: Readonly<Record<string, string | undefined>> = process.env,
): LayerIndexCache {
  const set = env['XDG_CACHE_HOME'];
  const caches = set?.startsWith('/') ? set : join(env['HOME'] || homedir(), '.cache');
  return createLayerIndexCache(join(caches, 'nacre', 'indexes'));
}
