/** `nacre login [REGISTRY]`: tries a name and password at a registry, and keeps them where docker does. */
import { EngineError } from '../../engine/errors.ts';
import { readDomain } from '../../engine/registry/address.ts';
import { readCredentials, type StoredCredentials } from '../../engine/registry/credentials.ts';
import { type LoginOptions, login, verifyLogin } from '../../engine/registry/login.ts';
import type { Context } from '../context.ts';
import { DONE, UsageError } from '../failure.ts';
import { askLine, askSecret } from '../question.ts';
import { readAll } from '../standard-input.ts';

export async function run(context: Context): Promise<number> {
  const { flags, operands, io, signal, output } = context;
  checkFlags(context);
  const domain = readDomain(operands[0] ?? '');
  const { registries } = await context.config();
  const options: LoginOptions = { signal, env: io.env, insecure: registries.insecure };
  const stored =
    flags.has('username') || flags.has('password')
      ? undefined
      : await existingLogin(context, domain, options);
  const { where, encrypted } = stored ?? (await login(domain, await askCredentials(context), options));
  if (stored === undefined && !encrypted)
    io.stderr.write(`warning: the password is kept unencrypted in ${where}\n`);
  if (flags.on('json')) await output.json({ domain, where, encrypted });
  else await output.write('Login Succeeded\n');
  return DONE;
}

function checkFlags({ flags, io }: Context): void {
  if (flags.has('password') && flags.on('password-stdin'))
    throw new UsageError('--password and --password-stdin exclude each other');
  if (flags.on('password-stdin') && !flags.has('username'))
    throw new UsageError('--password-stdin needs --username');
  if (flags.text('username') === '') throw new UsageError('--username needs a name');
  if (flags.has('password'))
    io.stderr.write('warning: others can see a password on the command line; use --password-stdin\n');
}

/** What was stored before, if the registry still accepts it. */
async function existingLogin(
  { io }: Context,
  domain: string,
  options: LoginOptions,
): Promise<StoredCredentials | undefined> {
  const stored = await readCredentials(domain, io.env);
  if (stored === undefined) return undefined;
  io.stderr.write('Authenticating with existing credentials...\n');
  try {
    await verifyLogin(domain, stored.credentials, options);
    return { where: stored.from, encrypted: stored.from !== 'config.json' };
  } catch (thrown) {
    if (!(thrown instanceof EngineError) || thrown.code !== 'unauthorized' || !io.stdin.isTTY) throw thrown;
    io.stderr.write(`${thrown.message}\n`);
    return undefined;
  }
}

async function askCredentials({ flags, io, signal }: Context): Promise<{ username: string; secret: string }> {
  const given = flags.on('password-stdin')
    ? (await readAll(io.stdin, signal)).replace(/[\r\n]+$/, '')
    : flags.text('password');
  if ((given === undefined || !flags.has('username')) && !io.stdin.isTTY) {
    throw new UsageError(
      'login cannot ask here, because stdin is no terminal: give --username and --password-stdin',
    );
  }
  const username = flags.text('username') ?? (await askLine(io, 'Username: ', signal)) ?? '';
  if (username === '') throw new UsageError('login needs a name');
  const secret = given ?? (await askSecret(io, 'Password: ', signal)) ?? '';
  if (secret === '') throw new UsageError('login needs a password');
  return { username, secret };
}
