/** Passwords of a space's members. */

import { bytes } from '../arguments.js';
import { generateKeyPair, type KeyPair } from '../keys.js';
import type { CallOptions } from '../options.js';
import { type EnableOpaqueResult, type OpaqueRegistrationResult } from '../opaque.js';
import { Members } from './members.js';

/** Whom a password is for. */
export interface RegisterOptions extends CallOptions {
  /** The member whose keys the password yields; by default the one that acts. */
  memberId?: string | undefined;
  /** That member's key pair; by default one's own. */
  keyPair?: KeyPair | undefined;
  /** That user's own 32-byte secret; by default one's own for oneself, and a fresh one for anyone else. */
  userSymmetricKey?: Uint8Array | undefined;
}

/** A registered password, and the fresh keys that it yields. */
export interface OpaqueNewKeyPair extends OpaqueRegistrationResult {
  /** The key pair of the user that is yet to be added. */
  readonly keyPair: KeyPair;
}

/** Registering passwords. */
export class Passwords extends Members {
  /** Lets members of the space register passwords, as its owner. Says what had to be made. */
  async enableOpaque(options: CallOptions = {}): Promise<EnableOpaqueResult> {
    const [serverSetupCreated, roleCreated, capabilityCreated] = await this.begin('EnablePasswords', {}, options);
    return { serverSetupCreated, roleCreated, capabilityCreated };
  }

  /** Lets the holders of a role register a password each, change it, and keep an account. */
  async allowPasswords(role: string, options: CallOptions = {}): Promise<void> {
    await this.begin('AllowPasswords', { role }, options);
  }

  /**
   * Registers a password that yields a member's keys, by default one's own. The server never sees it.
   *
   * @throws {@link OpaqueNotEnabledError} unless `enableOpaque` was called.
   * @throws {@link ValidationError} if the username is taken.
   *
   * @example
   * ```ts
   * await space.opaqueRegister('alice', 'correct horse battery staple');
   * const again = await Space.fromOpaqueLogin({ spaceId, username: 'alice', password, baseUrl });
   * ```
   */
  async opaqueRegister(
    username: string,
    password: string,
    options: RegisterOptions = {},
  ): Promise<OpaqueRegistrationResult> {
    const { memberId, keyPair, userSymmetricKey } = options;
    const privateKey = keyPair && bytes('keyPair.privateKey', keyPair.privateKey);
    const given = { username, password, memberId, privateKey, userSymmetricKey };
    const member = await this.begin('RegisterPassword', given, options);
    return { username, publicKey: member, public_key: member };
  }

  /** Registers a password for a user that is yet to be added, with a fresh key pair unless one is given. */
  async opaqueRegisterNewKeypair(
    username: string,
    password: string,
    options: Omit<RegisterOptions, 'memberId'> = {},
  ): Promise<OpaqueNewKeyPair> {
    const keyPair = options.keyPair ?? (await generateKeyPair());
    return { ...(await this.opaqueRegister(username, password, { ...options, keyPair })), keyPair };
  }

  /**
   * Gives a username another password. The keys that it yields stay the same.
   *
   * @throws {@link AuthenticationError} if the old password is wrong.
   */
  async changePassword(
    username: string,
    oldPassword: string,
    newPassword: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.begin('ChangePassword', { username, oldPassword, newPassword }, options);
  }
}
