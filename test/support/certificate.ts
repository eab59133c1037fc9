/** Certificates for loopback that nobody else trusts. */
import { join } from 'node:path';
import { run, tryRun } from './command.ts';
import { debianRoot, installPackages } from './debian-packages.ts';

export interface Certificate {
  /** PEM. It is its own authority. */
  readonly file: string;
  readonly keyFile: string;
}

/** For `127.0.0.1` and `localhost`, in a folder that is there. Needs openssl, which Debian installs where it is missing. */
export async function makeCertificate(folder: string, name = 'tls'): Promise<Certificate> {
  if ((await tryRun('openssl', ['version'])) === '' && debianRoot() !== '')
    await installPackages(['openssl']);
  const certificate = { file: join(folder, `${name}.crt`), keyFile: join(folder, `${name}.key`) };
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', `/CN=nacre test ${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'],
    ...['-keyout', certificate.keyFile, '-out', certificate.file],
  ]);
  return certificate;
}
