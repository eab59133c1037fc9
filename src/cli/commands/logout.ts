/** `nacre logout [REGISTRY]`: forgets what docker's configuration and its helpers hold for a registry. */
import { readDomain, registryAddress } from '../../engine/registry/address.ts';
import { eraseCredentials } from '../../engine/registry/credentials.ts';
import type { Context } from '../context.ts';
import { DONE } from '../failure.ts';

export async function run({ flags, operands, io, output }: Context): Promise<number> {
  const domain = readDomain(operands[0] ?? '');
  const erased = await eraseCredentials(domain, io.env);
  if (flags.on('json')) {
    await output.json({ domain, erased });
    return DONE;
  }
  const { credentialKey } = registryAddress(domain);
  await output.write(
    erased ? `Removing login credentials for ${credentialKey}\n` : `Not logged in to ${credentialKey}\n`,
  );
  return DONE;
}
