/** Operations of the WebAssembly module: the arguments and the answer of each. Written by `cargo xtask generate`. */

import type { Stream as NativeStream } from '../build/reeeductio_wasm.js';
import type { CredentialsRecord } from './credentials.js';
import type { Bytes, Content } from './encoding.js';
import type { MessageRecord, OpenedRecord } from './message.js';
import type { Progress } from './options.js';
import type { Input } from './source.js';
import type { LocalStore } from './store.js';
import type { ValueRecord } from './values.js';

/** Operations on a space. */
export interface Operations {
  /** Signs in and gives the new token. */
  SignIn: {
    arguments: object;
    answer: string;
  };
  /** Gives a token that is valid for a while, signing in only if there is none. */
  Token: {
    arguments: object;
    answer: string;
  };
  /** Gives the token at hand, if there is one that is valid for a minute yet. */
  HeldToken: {
    arguments: object;
    answer: string | undefined;
  };
  /** Appends a message to a topic. */
  Post: {
    arguments: { topicId: string; type: string; data: Content; prevHash?: string | null | undefined; sealed: boolean };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Reads messages of a topic. */
  Messages: {
    arguments: { topicId: string; from?: number | undefined; to?: number | undefined; limit: number };
    answer: [messages: MessageRecord[], hasMore: boolean];
  };
  /** Reads a message by its hash. */
  Message: {
    arguments: { topicId: string; messageHash: string; useCache: boolean };
    answer: MessageRecord;
  };
  /** Gives the hash of a topic's newest message. */
  Head: {
    arguments: { topicId: string };
    answer: string | undefined;
  };
  /** Opens a stream of the messages that are stored from now on; pauses and silence are in milliseconds. */
  OpenStream: {
    arguments: { follow?: (string | number | null)[][] | undefined; firstPause?: number | undefined; longestPause?: number | undefined; silence?: number | undefined };
    answer: NativeStream;
  };
  /** Reads the newest message at a state path. */
  State: {
    arguments: { path: string };
    answer: MessageRecord;
  };
  /** Reads the value at a state path as it is stored. */
  StateValue: {
    arguments: { path: string };
    answer: Bytes;
  };
  /** Reads and opens the value at a state path, with the space's key for state or with `key`. */
  OpenState: {
    arguments: { path: string; key?: Uint8Array | undefined };
    answer: Bytes;
  };
  /** Sets the value at a state path. */
  SetState: {
    arguments: { path: string; data: Content; prevHash?: string | null | undefined; sealed: boolean; key?: Uint8Array | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Deletes the value at a state path. */
  DeleteState: {
    arguments: { path: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Reads changes of state. */
  StateHistory: {
    arguments: { from?: number | undefined; to?: number | undefined; limit: number };
    answer: [messages: MessageRecord[], hasMore: boolean];
  };
  /** Reads a data entry with its signature. */
  DataEntry: {
    arguments: { path: string };
    answer: [path: string, data: string, signedBy: string, signature: string, signedAt: number];
  };
  /** Reads the value at a data path as it is stored. */
  DataValue: {
    arguments: { path: string };
    answer: Bytes;
  };
  /** Reads and opens the value at a data path, with the space's key for data or with `key`. */
  OpenData: {
    arguments: { path: string; key?: Uint8Array | undefined };
    answer: Bytes;
  };
  /** Sets the value at a data path: the time with which it is signed. */
  SetData: {
    arguments: { path: string; data: Content; sealed: boolean; key?: Uint8Array | undefined };
    answer: number;
  };
  /** Removes the value at a data path. */
  DeleteData: {
    arguments: { path: string };
    answer: undefined;
  };
  /** Reads and opens a value of the user's own. */
  OpenUserData: {
    arguments: { path: string };
    answer: Bytes;
  };
  /** Sets a value of the user's own: the time with which it is signed. */
  SetUserData: {
    arguments: { path: string; data: Content };
    answer: number;
  };
  /** Removes a value of the user's own. */
  DeleteUserData: {
    arguments: { path: string };
    answer: undefined;
  };
  /** Uploads bytes as they are. */
  UploadBlob: {
    arguments: { data: Uint8Array };
    answer: [blobId: string, size: number];
  };
  /** Seals bytes with a key of their own and uploads them. */
  UploadSealedBlob: {
    arguments: { data: Uint8Array };
    answer: [blobId: string, size: number, dek: Bytes];
  };
  /** Uploads as it is what is read piece by piece. */
  UploadFile: {
    arguments: { file: Input; progress?: Progress | undefined };
    answer: [blobId: string, size: number];
  };
  /** Seals what is read piece by piece with a key of its own and uploads it. */
  UploadSealedFile: {
    arguments: { file: Input; progress?: Progress | undefined };
    answer: [blobId: string, size: number, dek: Bytes];
  };
  /** Downloads a blob as it is stored. */
  DownloadBlob: {
    arguments: { blobId: string; progress?: Progress | undefined };
    answer: Bytes;
  };
  /** Downloads and opens a blob. */
  DownloadSealedBlob: {
    arguments: { blobId: string; key: Uint8Array; progress?: Progress | undefined };
    answer: Bytes;
  };
  /** Downloads a blob piece by piece, and opens it with `key`: its length as it is stored, if that is known, and its pieces. */
  DownloadPieces: {
    arguments: { blobId: string; key?: Uint8Array | undefined };
    answer: NativeStream;
  };
  /** Removes a blob from the space. */
  DeleteBlob: {
    arguments: { blobId: string };
    answer: undefined;
  };
  /** Adds a user. */
  AddUser: {
    arguments: { userId: string; description?: string | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Adds a tool. */
  CreateTool: {
    arguments: { toolId: string; description?: string | undefined; useLimit?: number | undefined; expiresAt?: number | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Removes a user or tool. */
  RemoveMember: {
    arguments: { memberId: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Ends the tokens of a member, or of all members. */
  RevokeTokens: {
    arguments: { memberId?: string | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Gives the ids of all users, or of all tools. */
  Members: {
    arguments: { tools: boolean };
    answer: string[];
  };
  /** Defines a role. */
  CreateRole: {
    arguments: { role: string; description?: string | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Gives a role a right. */
  GrantToRole: {
    arguments: { role: string; name: string; capability: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Gives a user or tool a right. */
  GrantToMember: {
    arguments: { memberId: string; name: string; capability: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Takes a right back from a role. */
  RevokeFromRole: {
    arguments: { role: string; name: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Takes a right back from a user or tool. */
  RevokeFromMember: {
    arguments: { memberId: string; name: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Gives a user a role. */
  AssignRole: {
    arguments: { userId: string; role: string; expiresAt?: number | undefined };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Takes a role back from a user. */
  UnassignRole: {
    arguments: { userId: string; role: string };
    answer: [messageHash: string, serverTimestamp: number];
  };
  /** Makes a tool that lets others in as users: its private key. */
  CreateInvitation: {
    arguments: { description?: string | undefined; guests?: number | undefined; expiresAt?: number | undefined };
    answer: Bytes;
  };
  /** Makes an invitation as a link, which holds secrets. */
  InviteLink: {
    arguments: { page?: string | undefined; role?: string | undefined; uses?: number | undefined; expiresAt?: number | undefined; description?: string | undefined };
    answer: string;
  };
  /** Registers the space that a key owns, on the admin space: its id. */
  CreateSpace: {
    arguments: { privateKey: Uint8Array };
    answer: string;
  };
  /** Reads the value at a path; none if nothing is there. */
  Value: {
    arguments: { values: string; path: string };
    answer: ValueRecord[];
  };
  /** Gives the values at a path and below it. */
  ListValues: {
    arguments: { values: string; prefix: string };
    answer: ValueRecord[];
  };
  /** Gives the values at a path and below it, and then their changes. */
  WatchValues: {
    arguments: { values: string; prefix: string };
    answer: NativeStream;
  };
  /** Changes the value at a path by a function: the value that is there then. */
  UpdateValue: {
    arguments: { values: string; path: string; change: (old: Bytes | undefined) => Content | undefined };
    answer: Bytes | undefined;
  };
  /** Gives the value at a path as it was seen last, without asking the server; none if none was seen. */
  StoredValue: {
    arguments: { values: string; path: string };
    answer: ValueRecord[];
  };
  /** Lets members of the space register passwords. */
  EnablePasswords: {
    arguments: object;
    answer: [serverSetup: boolean, role: boolean, capability: boolean];
  };
  /** Lets the holders of a role register passwords, and keep an account. */
  AllowPasswords: {
    arguments: { role: string };
    answer: undefined;
  };
  /** Registers a password that yields a member's secrets, by default one's own: the member. */
  RegisterPassword: {
    arguments: { username: string; password: string; memberId?: string | undefined; privateKey?: Uint8Array | undefined; userSymmetricKey?: Uint8Array | undefined };
    answer: string;
  };
  /** Gives a username another password. */
  ChangePassword: {
    arguments: { username: string; oldPassword: string; newPassword: string };
    answer: undefined;
  };
  /** Gives the credentials for this space. */
  OwnCredentials: {
    arguments: object;
    answer: CredentialsRecord;
  };
  /** Keeps the credentials for this space in a store. */
  KeepCredentials: {
    arguments: { localStore: LocalStore };
    answer: undefined;
  };
  /** Gives the credentials for the spaces of the account, without this one. */
  AccountSpaces: {
    arguments: object;
    answer: CredentialsRecord[];
  };
  /** Adds credentials to the account, in the place of those for the same space. */
  AddToAccount: {
    arguments: { baseUrl: string; spaceId: string; memberId: string; privateKey: Uint8Array; symmetricRoot: Uint8Array; userSymmetricKey?: Uint8Array | undefined };
    answer: undefined;
  };
  /** Removes the credentials for a space from the account. */
  RemoveFromAccount: {
    arguments: { spaceId: string };
    answer: undefined;
  };
  /** Gives the messages of a topic after one that was seen, or all, oldest first. */
  History: {
    arguments: { topicId: string; after?: [messageHash: string, serverTimestamp: number] | undefined };
    answer: NativeStream;
  };
  /** Reads the newest messages of a topic, oldest first. */
  Newest: {
    arguments: { topicId: string; count: number };
    answer: OpenedRecord[];
  };
  /** Gives the messages of a topic as they are stored: from now on, from its beginning, or after one. */
  Live: {
    arguments: { topicId: string; fromStart: boolean; after?: [messageHash: string, serverTimestamp: number] | undefined };
    answer: NativeStream;
  };
  /** Gives the messages of a topic after one that was seen, or all, first those of the local store, and then those that are stored. */
  Follow: {
    arguments: { topicId: string; after?: [messageHash: string, serverTimestamp: number] | undefined };
    answer: NativeStream;
  };
  /** Reads a message of a topic. */
  OpenMessage: {
    arguments: { topicId: string; messageHash: string };
    answer: OpenedRecord;
  };
  /** Reads messages of a topic that are in the local store, without asking the server. */
  StoredMessages: {
    arguments: { topicId: string; from?: number | undefined; to?: number | undefined; limit: number };
    answer: OpenedRecord[];
  };
  /** Keeps a message on this machine until the server has it: its number. */
  AddToOutbox: {
    arguments: { topicId: string; type: string; data: Content; sealed: boolean };
    answer: number;
  };
  /** Gives the messages that wait, oldest first. */
  Outbox: {
    arguments: { limit: number };
    answer: [number: number, topicId: string, type: string, content: Bytes | undefined][];
  };
  /** Removes a message that is not to be sent any more. */
  DiscardFromOutbox: {
    arguments: { number: number };
    answer: undefined;
  };
  /** Sends all messages that wait, in order. */
  SendOutbox: {
    arguments: object;
    answer: [number: number, messageHash: string, serverTimestamp: number][];
  };
  /** Sends messages that wait and messages that are added, until it is given up. */
  KeepSending: {
    arguments: object;
    answer: undefined;
  };
  /** Gives the status of the connection that the live streams share: `idle`, `connecting` or `connected`. */
  Status: {
    arguments: object;
    answer: string;
  };
  /** Gives the status and then each change of it. */
  WatchStatus: {
    arguments: object;
    answer: NativeStream;
  };
  /** Takes the server's present history for the true one, after its operator has restored a backup. */
  AcceptRestore: {
    arguments: object;
    answer: undefined;
  };
}

/** Operations of somebody who has no handle on a space yet. */
export interface Entrance {
  /** Gets a member's secrets by a password. */
  LogIn: {
    arguments: { baseUrl: string; spaceId: string; username: string; password: string };
    answer: [memberId: string, privateKey: Bytes, symmetricRoot: Bytes, userSymmetricKey: Bytes | undefined];
  };
  /** Lets the holder of a private key into a space. */
  AcceptInvitation: {
    arguments: { baseUrl: string; spaceId: string; invitation: Uint8Array; symmetricRoot: Uint8Array; privateKey: Uint8Array };
    answer: undefined;
  };
  /** Makes a space of one's own, whose credentials the store keeps. */
  Create: {
    arguments: { localStore: LocalStore; baseUrl: string };
    answer: CredentialsRecord;
  };
  /** Joins the space of a link as a new member, whose credentials the store keeps. */
  Join: {
    arguments: { link: string; localStore: LocalStore; baseUrl?: string | undefined };
    answer: CredentialsRecord;
  };
  /** Gives the credentials that a store keeps for a space; a join that was cut short is completed. Another address is kept. */
  Reopen: {
    arguments: { localStore: LocalStore; spaceId: string; baseUrl?: string | undefined };
    answer: CredentialsRecord;
  };
  /** Gives the credentials that a store keeps. */
  Keyring: {
    arguments: { localStore: LocalStore };
    answer: CredentialsRecord[];
  };
  /** Removes the credentials for a space from a store. */
  ForgetCredentials: {
    arguments: { localStore: LocalStore; spaceId: string };
    answer: undefined;
  };
}

/** Operations on a server, by its administrator. */
export interface Administration {
  /** Signs in and gives the new token. */
  SignIn: {
    arguments: object;
    answer: string;
  };
  /** Gives a token that is valid for a while, signing in only if there is none. */
  Token: {
    arguments: object;
    answer: string;
  };
  /** Gives the token at hand, if there is one that is valid for a minute yet. */
  HeldToken: {
    arguments: object;
    answer: string | undefined;
  };
  /** Gives the id of the admin space. */
  SpaceId: {
    arguments: object;
    answer: string;
  };
  /** Removes a blob from every space. */
  DeleteBlob: {
    arguments: { blobId: string };
    answer: undefined;
  };
}
