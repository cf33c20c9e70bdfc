/** Members of a space, and their rights. */

import { type Capability, rightOf } from '../capability.js';
import { conceal } from '../conceal.js';
import { toToolId } from '../ids.js';
import { generateKeyPair, type KeyPair, pairOf } from '../keys.js';
import { createdOf, type MessageCreated } from '../message.js';
import type { CallOptions } from '../options.js';
import { Blobs } from './blobs.js';

/** Options of what may expire. */
export interface UntilOptions extends CallOptions {
  /** When it expires, in Unix milliseconds; never by default. */
  expiresAt?: number | undefined;
}

/** Rights and limits of a tool. */
export interface ToolOptions extends UntilOptions {
  /** The tool's key pair; by default a fresh one. */
  keyPair?: KeyPair | undefined;
  /** The tool's id, if the tool has made its own key pair. */
  toolId?: string | undefined;
  /** How often it may act; no limit by default. */
  useLimit?: number | undefined;
  /** Its rights, by name. */
  capabilities?: Readonly<Record<string, Capability>> | readonly Capability[] | undefined;
}

/**
 * A tool that was made. The private key is not shown in JSON, nor by `console.log` in Node; the developer tools of
 * browsers show it.
 */
export interface ToolCreated {
  /** `T` and 43 characters. */
  readonly toolId: string;
  /** Its key pair, unless only its id was given. */
  readonly keyPair?: KeyPair;
  /** The message that defines it. */
  readonly created: MessageCreated;
}

/** Options of an invitation. */
export interface InvitationOptions extends UntilOptions {
  /** Purpose of the invitation. */
  description?: string | undefined;
  /** How many users it lets in; no limit by default. */
  guests?: number | undefined;
}

/** Options of an invite link. */
export interface InviteLinkOptions extends UntilOptions {
  /** The role that guests get, which must exist; `user` by default. */
  role?: string | undefined;
  /** How many guests it lets in; no limit by default. */
  uses?: number | undefined;
  /** URL of the page or app that opens the link; the server's address by default. */
  page?: string | undefined;
  /** A note in the list of tools, which every member can read. */
  description?: string | undefined;
}

/** Adding and removing members, and their rights. */
export class Members extends Blobs {
  /**
   * Adds a user.
   *
   * @throws {@link AuthorizationError} if the acting member may not add users.
   *
   * @example
   * ```ts
   * await space.addUser(toUserId(friend.publicKey), 'a friend');
   * await space.grantCapabilityToUser(toUserId(friend.publicKey), 'read', { op: 'read', path: 'topics/{any}' });
   * ```
   */
  async addUser(userId: string, description?: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('AddUser', { userId, description }, options));
  }

  /** {@link addUser} under its name of release 0.1.0. */
  async createUser(userId: string, description?: string, options: CallOptions = {}): Promise<MessageCreated> {
    return await this.addUser(userId, description, options);
  }

  /**
   * Adds a tool: a member that is a program. The program opens the space with the `toolId` as `memberId`.
   *
   * @example
   * ```ts
   * const { toolId, keyPair } = await space.createTool('alerts', {
   *   useLimit: 100,
   *   capabilities: { post: { op: 'create', path: 'topics/alerts/messages' } },
   * });
   * ```
   */
  async createTool(description?: string, options: ToolOptions = {}): Promise<ToolCreated> {
    const { toolId: given, capabilities = {}, signal, useLimit, expiresAt } = options;
    const keyPair = options.keyPair ?? (given === undefined ? await generateKeyPair() : undefined);
    const toolId = given ?? toToolId((keyPair as KeyPair).publicKey);
    const created = createdOf(
      await this.begin('CreateTool', { toolId, description, useLimit, expiresAt }, options),
    );
    for (const [name, capability] of Object.entries(capabilities)) {
      await this.grantCapabilityToTool(toolId, name, capability, { signal });
    }
    return keyPair ? { toolId, keyPair: conceal({ ...keyPair }, 'privateKey'), created } : { toolId, created };
  }

  /** Removes a user or tool, at once. */
  async removeMember(memberId: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('RemoveMember', { memberId }, options));
  }

  /**
   * Ends the sessions of a member, or of all members: earlier tokens and streams are refused. Clients then sign in again by
   * themselves; to keep a member out, remove it.
   */
  async revokeTokens(memberId?: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('RevokeTokens', { memberId }, options));
  }

  /** Returns the ids of all users. */
  async listUsers(options: CallOptions = {}): Promise<string[]> {
    return await this.begin('Members', { tools: false }, options);
  }

  /** Returns the ids of all tools. */
  async listTools(options: CallOptions = {}): Promise<string[]> {
    return await this.begin('Members', { tools: true }, options);
  }

  /** Defines a role. */
  async createRole(role: string, description?: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('CreateRole', { role, description }, options));
  }

  /**
   * Grants a right to a role. `name` identifies the right within the role.
   *
   * @throws {@link AuthorizationError} if the acting member may not grant rights, or does not have this one itself.
   *
   * @example
   * ```ts
   * await space.createRole('member');
   * await space.grantCapabilityToRole('member', 'read-all', { op: 'read', path: 'topics/{any}' });
   * await space.assignRoleToUser(userId, 'member');
   * ```
   */
  async grantCapabilityToRole(
    role: string,
    name: string,
    capability: Capability,
    options: CallOptions = {},
  ): Promise<MessageCreated> {
    const right = rightOf(capability);
    return createdOf(await this.begin('GrantToRole', { role, name, capability: right }, options));
  }

  /** Grants a right to a user. `name` identifies the right. */
  async grantCapabilityToUser(
    userId: string,
    name: string,
    capability: Capability,
    options: CallOptions = {},
  ): Promise<MessageCreated> {
    return await this.#grant(userId, name, capability, options);
  }

  /** Grants a right to a tool. `name` identifies the right. */
  async grantCapabilityToTool(
    toolId: string,
    name: string,
    capability: Capability,
    options: CallOptions = {},
  ): Promise<MessageCreated> {
    return await this.#grant(toolId, name, capability, options);
  }

  async #grant(memberId: string, name: string, capability: Capability, options: CallOptions): Promise<MessageCreated> {
    const right = rightOf(capability);
    return createdOf(await this.begin('GrantToMember', { memberId, name, capability: right }, options));
  }

  /** Revokes a right of a role, at once. */
  async revokeCapabilityFromRole(role: string, name: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('RevokeFromRole', { role, name }, options));
  }

  /** Revokes a right of a user or tool, at once. */
  async revokeCapabilityFromMember(memberId: string, name: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('RevokeFromMember', { memberId, name }, options));
  }

  /** Assigns a role to a user, until `expiresAt` if it is given. */
  async assignRoleToUser(userId: string, role: string, options: UntilOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('AssignRole', { userId, role, expiresAt: options.expiresAt }, options));
  }

  /** Removes a role from a user, at once. */
  async removeRoleFromUser(userId: string, role: string, options: CallOptions = {}): Promise<MessageCreated> {
    return createdOf(await this.begin('UnassignRole', { userId, role }, options));
  }

  /**
   * Makes an invite link, with which others join by `Space.join`. Its fragment holds secrets: browsers do not send it, and
   * logs must not hold it.
   *
   * @throws {@link ValidationError} if there is no such role.
   *
   * @example
   * ```ts
   * const link = await space.inviteLink({ role: 'editor', uses: 1, page: 'https://notes.example.org/' });
   * ```
   */
  async inviteLink(options: InviteLinkOptions = {}): Promise<string> {
    const { role, uses, expiresAt, page, description } = options;
    return await this.begin('InviteLink', { role, uses, expiresAt, page, description }, options);
  }

  /**
   * Makes a tool that lets others join as users, by `Space.acceptInvitation`. Send its key pair, the space's id and its
   * symmetric root in confidence. Usually {@link inviteLink} is simpler.
   */
  async createInvitation(options: InvitationOptions = {}): Promise<KeyPair> {
    const { description, guests, expiresAt } = options;
    return pairOf(await this.begin('CreateInvitation', { description, guests, expiresAt }, options));
  }
}
