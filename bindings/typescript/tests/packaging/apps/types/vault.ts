import { Space } from 'reeeductio';
import { type Credentials, KeyVault } from 'reeeductio/vault';

/** Credentials of the vault open a space. */
export async function opened(name: string): Promise<Space | undefined> {
  const vault = await KeyVault.open({ name: 'keys' });
  const credentials: Credentials | undefined = await vault.load(name);
  return credentials && new Space(credentials);
}
