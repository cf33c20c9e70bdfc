/** Passwords of a space's members. */

import { bytes } from '../arguments.js';
import { generateKeyPair, type KeyPair } from '../keys.js';
import type { CallOptions } from '../options.js';
import { type EnableOpaqueResult, type OpaqueRegistrationResult } from '../opaque.js';
import { Members } from './members.js';

/** Options of a registration: the member whose keys the password yields. */
export interface RegisterOptions extends CallOptions {
  /** The member; by default the acting one. */
  memberId?: string | undefined;
  /** The member's key pair; by default the handle's. */
  keyPair?: KeyPair | undefined;
  /** The user's own 32-byte secret; by default the handle's for the acting member, and a fresh one for anybody else. */
  userSymmetricKey?: Uint8Array | undefined;
}

/** A registered password, and the fresh keys that it yields. */
export interface OpaqueNewKeyPair extends OpaqueRegistrationResult {
  /** The key pair of the user that is yet to be added. */
  readonly keyPair: KeyPair;
}

/** Registering passwords. */
export class Passwords extends Members {
  /** Lets members of the space register passwords. Only the owner can do this. Returns which parts had to be created. */
  async enableOpaque(options: CallOptions = {}): Promise<EnableOpaqueResult> {
    const [serverSetupCreated, roleCreated, capabilityCreated] = await this.begin('EnablePasswords', {}, options);
    return { serverSetupCreated, roleCreated, capabilityCreated };
  }

  /** Lets the members with a role register a password each, change it, and keep an account. */
  async allowPasswords(role: string, options: CallOptions = {}): Promise<void> {
    await this.begin('AllowPasswords', { role }, options);
  }

  /**
   * Registers a password that yields a member's keys, by default those of the handle. The server never sees the password.
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
   * Changes the password of a username. The keys that it yields stay the same.
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
