/** wasm-bindgen reads any argument as a string; arguments are checked here first. */

import { refused, text } from './arguments.js';
import type { Native } from './native.js';

/** The texts that something takes, in place: '' is for what is none, and `?` ends the name of what may be left out. */
type Texts = Readonly<Record<string, readonly string[]>>;
type Function = (this: unknown, ...parameters: unknown[]) => unknown;

const OF_SPACE: Texts = {
  addUser: ['userId', 'description?'],
  assignRole: ['userId', 'role'],
  changePassword: ['username', 'oldPassword', 'newPassword'],
  createInvitation: ['description?'],
  createRole: ['role', 'description?'],
  createTool: ['toolId', 'description?'],
  dataEntry: ['path'],
  deleteBlob: ['blobId'],
  deleteData: ['path'],
  deleteState: ['path'],
  deleteUserData: ['path'],
  downloadBlob: ['blobId'],
  downloadEncryptedBlob: ['blobId'],
  encryptedData: ['path'],
  encryptedState: ['path'],
  grantToMember: ['memberId', 'name', 'capability'],
  grantToRole: ['role', 'name', 'capability'],
  head: ['topicId'],
  message: ['topicId', 'messageHash'],
  messages: ['topicId'],
  openData: ['topicId', 'data'],
  openStream: ['follow[]', 'messageHash[]'],
  plaintextData: ['path'],
  plaintextState: ['path'],
  post: ['topicId', 'type', '', 'prevHash?'],
  registerPassword: ['username', 'password', 'memberId'],
  removeMember: ['memberId'],
  revokeFromMember: ['memberId', 'name'],
  revokeFromRole: ['role', 'name'],
  setEncryptedData: ['path'],
  setEncryptedState: ['path', '', '', 'prevHash?'],
  setPlaintextData: ['path'],
  setState: ['path', '', 'prevHash?'],
  setUserData: ['path'],
  state: ['path'],
  topicKey: ['topicId'],
  unassignRole: ['userId', 'role'],
  userData: ['path'],
};
const STATIC: Texts = {
  acceptInvitation: ['spaceId', '', '', '', 'baseUrl'],
  logIn: ['baseUrl', 'spaceId', 'username', 'password'],
};
const OF_ADMIN: Texts = { deleteBlob: ['blobId'] };
const FUNCTIONS: Texts = {
  deriveKey: ['', 'spaceId', 'purpose', 'topicId?'],
  hashMessage: ['spaceId', 'topicId', 'type', 'prevHash?', 'data', 'sender'],
  idOf: ['kind'],
  signedData: ['spaceId', 'path'],
};

/** The WebAssembly module with texts checked. To be called once. */
export function checked(native: Native): Native {
  const { Space, Admin } = native;
  if (Space) {
    check(Space.prototype, OF_SPACE);
    check(Space, STATIC);
  }
  if (Admin) check(Admin.prototype, OF_ADMIN);
  return check({ ...native }, FUNCTIONS);
}

function check<T extends object>(owner: T, texts: Texts): T {
  const methods = owner as Record<string, Function>;
  for (const [name, fields] of Object.entries(texts)) {
    const method = methods[name];
    if (!method) continue;
    methods[name] = function (...parameters) {
      fields.forEach((field, at) => checkOne(field, parameters[at]));
      return method.apply(this, parameters);
    };
  }
  return owner;
}

function checkOne(field: string, value: unknown): void {
  if (field === '' || (field.endsWith('?') && (value === undefined || value === null))) return;
  const name = field.replace(/\W+$/, '');
  if (!field.endsWith('[]')) text(name, value);
  else if (!Array.isArray(value)) throw refused(name, 'must be strings');
  else for (const each of value) text(name, each);
}
