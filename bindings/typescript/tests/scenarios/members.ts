import {
  AuthenticationError,
  AuthorizationError,
  bytesToString,
  type Capability,
  generateKeyPair,
  ReeeductioError,
  Space,
  toToolId,
  toUserId,
  ValidationError,
} from 'reeeductio';
import { type Scenario, TestSpace } from './context.js';
import { ok, rejects, same } from './expect.js';

const READ: Capability = { op: 'read', path: 'topics/{any}' };
const POST: Capability = { op: 'create', path: 'topics/{any}/messages' };

export const members: Record<string, Scenario> = {
  async 'members-rights'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const keys = await generateKeyPair();
    const user = toUserId(keys.publicKey);
    await using owner = space.owner();
    await using member = space.user(keys);
    await owner.addUser(user, 'Alice');
    const definition = JSON.parse(bytesToString(await owner.getPlaintextState(`auth/users/${user}`))) as unknown;
    same(definition, { user_id: user, description: 'Alice' });
    await rejects(member.getMessages('general'), AuthorizationError);
    await owner.grantCapabilityToUser(user, 'read', READ);
    await owner.grantCapabilityToUser(user, 'post', POST);
    await member.postEncryptedMessage('general', 'x', '1');
    same((await member.getMessages('general')).messages.length, 1);
    await owner.revokeCapabilityFromMember(user, 'post');
    await rejects(member.postEncryptedMessage('general', 'x', '2'), AuthorizationError);
  },

  async 'members-own'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const [first, second] = [await generateKeyPair(), await generateKeyPair()];
    await using owner = space.owner();
    for (const keys of [first, second]) {
      const user = toUserId(keys.publicKey);
      await owner.addUser(user);
      await owner.grantCapabilityToUser(user, 'create', { op: 'create', path: 'state/notes/{any}' });
      await owner.grantCapabilityToUser(user, 'own', { op: 'modify', path: 'state/notes/{any}', mustBeOwner: true });
    }
    await using one = space.user(first);
    await using other = space.user(second);
    await one.setPlaintextState('notes/one', '1');
    await one.setPlaintextState('notes/one', '2');
    await rejects(other.setPlaintextState('notes/one', '3'), AuthorizationError);
    const over: Capability = { op: 'write', path: 'state/notes/{any}', expiresAt: 1 };
    await owner.grantCapabilityToUser(toUserId(second.publicKey), 'over', over);
    await rejects(other.setPlaintextState('notes/one', '3'), AuthorizationError);
    await owner.grantCapabilityToUser(toUserId(second.publicKey), 'over', { ...over, expiresAt: Date.now() + 60_000 });
    await other.setPlaintextState('notes/one', '3');
  },

  async 'members-roles'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const keys = await space.addUser();
    const user = toUserId(keys.publicKey);
    await using owner = space.owner();
    await using member = space.user(keys);
    await owner.createRole('member', 'may read');
    await owner.grantCapabilityToRole('member', 'read-all', READ);
    await owner.assignRoleToUser(user, 'member', { expiresAt: 1 });
    await rejects(member.getMessages('general'), AuthorizationError);
    await owner.assignRoleToUser(user, 'member');
    same((await member.getMessages('general')).messages, []);
    await owner.revokeCapabilityFromRole('member', 'read-all');
    await rejects(member.getMessages('general'), AuthorizationError);
    await owner.grantCapabilityToRole('member', 'read-all', READ);
    await owner.removeRoleFromUser(user, 'member');
    await rejects(member.getMessages('general'), AuthorizationError);
  },

  async 'members-tools'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    await using owner = space.owner();
    const expiresAt = Date.now() + 60_000;
    const made = await owner.createTool('alerts', { useLimit: 1, expiresAt, capabilities: { post: POST } });
    ok(made.keyPair);
    same(made.toolId, toToolId(made.keyPair.publicKey));
    await using tool = space.tool(made.keyPair);
    await tool.postMessage('alerts', 'x', '1');
    await rejects(tool.postMessage('alerts', 'x', '2'), AuthorizationError, 'tool.use_limit');
  },

  async 'members-removed'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const [user, tool] = [await generateKeyPair(), await generateKeyPair()];
    const [userId, toolId] = [toUserId(user.publicKey), toToolId(tool.publicKey)];
    await using owner = space.owner();
    await using member = space.user(user);
    await owner.addUser(userId);
    same((await owner.createTool(undefined, { toolId })).keyPair, undefined);
    same([await owner.listUsers(), await owner.listTools()], [[userId], [toolId]]);
    await member.authenticate();
    await owner.removeMember(userId);
    same(await owner.listUsers(), []);
    await rejects(member.authenticate(), AuthenticationError);
  },

  async 'members-invited'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const [first, second] = [await generateKeyPair(), await generateKeyPair()];
    await using owner = space.owner();
    const invitation = await owner.createInvitation({ description: 'friends', guests: 1 });
    await using guest = await Space.acceptInvitation({ ...space.options(first), invitation });
    same(guest.memberId, toUserId(first.publicKey));
    same(await owner.listUsers(), [guest.memberId]);
    const late = await rejects(Space.acceptInvitation({ ...space.options(second), invitation }), ReeeductioError);
    ok(late instanceof AuthenticationError || late instanceof AuthorizationError);
    ok(late.message.includes('the invitation is used up'), late.message);
  },

  async 'members-refused-rights'({ baseUrl }) {
    const space = await TestSpace.on(baseUrl);
    const user = toUserId((await space.addUser()).publicKey);
    await using owner = space.owner();
    const read = { op: 'read', path: 'topics/x' };
    for (const right of [
      { ...read, op: 'look' },
      { op: 'read' },
      { op: 'read', path: 'x' },
      { ...read, mustBeOwnr: true },
      { ...read, expiresAt: Math.floor(Date.now() / 1000) },
    ]) {
      const granting = owner.grantCapabilityToUser(user, 'c1', right as Capability);
      await rejects(granting, ValidationError, 'auth.invalid_entry');
    }
    for (const right of [{ ...read, mustBeOwner: 'yes' }, { ...read, expiresAt: Number.NaN }]) {
      const granting = owner.grantCapabilityToUser(user, 'c1', right as Capability);
      await rejects(granting, ValidationError, 'client.argument');
    }
    const none = await rejects(owner.assignRoleToUser(user, 'reeder'), ValidationError, 'auth.invalid_entry');
    same([none.details.field, none.statusCode], ['role', undefined]);
    const seconds = { expiresAt: Math.floor(Date.now() / 1000) };
    const short = await rejects(owner.assignRoleToUser(user, 'reeder', seconds), ValidationError, 'client.argument');
    ok(short.details.field === 'expiresAt' && short.message.startsWith('expiresAt: '), short.message);
    await rejects(owner.grantCapabilityToRole('reeder', 'all', read as Capability), ValidationError, 'auth.invalid_entry');
    await using member = space.user(await space.addUser({ op: 'write', path: 'state/auth/{...}' }));
    const granting = member.grantCapabilityToUser(user, 'all', { op: 'write', path: '{...}' });
    await rejects(granting, AuthorizationError, /^(grant\.escalation|permission\.denied)$/);
  },
};
