/** End-to-end encrypted spaces: messages, state, data and files that the server cannot read. */

export { AdminClient, type AdminOptions as AdminConfig, type AdminOptions } from './admin.js';
export { BlobCreated, computeBlobId, EncryptedBlobCreated } from './blob.js';
export { type Capability, CapabilityOp } from './capability.js';
export {
  computeMessageHash,
  validateMessageChain,
  validateMessageChainWithAnchor,
  verifyMessageHash,
} from './chain.js';
export { type AnyContent, type Json, Opened } from './content.js';
export { Account, type SpaceCredentials } from './credentials.js';
export { computeHash, decryptAesGcm, deriveKey, encryptAesGcm, signData, verifySignature } from './crypto.js';
export { computeDataSignature, DataEntry, DataSet } from './data.js';
export {
  type Bytes,
  bytesToString,
  concatBytes,
  type Content,
  decodeBase64,
  decodeUrlSafeBase64,
  encodeBase64,
  encodeUrlSafeBase64,
  stringToBytes,
} from './encoding.js';
export {
  AbortedError,
  ApiRequestError,
  AuthenticationError,
  AuthorizationError,
  BlobError,
  ChainError,
  ClosedError,
  ConflictError,
  DecryptionError,
  type ErrorDetails,
  IntegrityError,
  InternalError,
  NetworkError,
  NotFoundError,
  OpaqueError,
  OpaqueNotEnabledError,
  OpaqueRateLimitError,
  RateLimitError,
  ReeeductioError,
  ServerError,
  StoreError,
  StreamError,
  ValidationError,
} from './errors.js';
export { createApiError } from './failure.js';
export { deleteBlob, downloadBlob, uploadBlob } from './functions/blobs.js';
export {
  type DataSetRequest,
  getData,
  getMessage,
  getMessages,
  getState,
  getStateHistory,
  type MessageCreate,
  postMessage,
  setData,
  setState,
} from './functions/messages.js';
export type { FetchFunction } from './functions/request.js';
export {
  extractFromTypedId,
  extractPublicKey,
  getIdentifierType,
  type IdType,
  toBlobId,
  toMessageId,
  toSpaceId,
  toToolId,
  toUserId,
} from './ids.js';
export { generateKeyPair, type KeyPair, keyPairFromPrivateKey } from './keys.js';
export { type Anchor, type LiveOptions, LiveStream } from './live.js';
export { Message, MessageCreated, MessagesResponse, type WireMessage } from './message.js';
export type { NetworkOptions } from './network.js';
export type { WebSocketClass } from './network/line.js';
export {
  type EnableOpaqueResult,
  type LoginOptions,
  loginWithOpaque,
  OPAQUE_SERVER_SETUP_PATH,
  OPAQUE_USER_CAP_ID,
  OPAQUE_USER_ROLE_ID,
  type OpaqueCredentials,
  type OpaqueRegistrationResult,
  unwrapCredentials,
  wrapCredentials,
} from './opaque.js';
export type {
  CallOptions,
  DownloadOptions,
  KeyOptions,
  MessageQuery,
  PostOptions,
  Progress,
  ServerOptions,
  SpaceOptions as SpaceConfig,
  SpaceOptions,
  TransferOptions,
} from './options.js';
export { Outbox, type SentMessage, WaitingMessage } from './outbox.js';
export { ready, type Wasm } from './ready.js';
export { AuthSession } from './session.js';
export type { BlobSource, Input } from './source.js';
export { type AcceptOptions, AdminSpace, Space, type Status, type StoredOptions } from './space.js';
export type { InvitationOptions, InviteLinkOptions, ToolCreated, ToolOptions, UntilOptions } from './space/members.js';
export type { PublishedReadOptions } from './space/messages.js';
export type { OpaqueNewKeyPair, RegisterOptions } from './space/passwords.js';
export type { LocalStore, StoreChange, StoreDurability, StorePage, StorePair, StoreScan } from './store.js';
export { IndexedDBMessageStore, IndexedDBStore, type IndexedDBStoreOptions } from './store/indexeddb.js';
export { InMemoryMessageStore, MemoryStore } from './store/memory.js';
export { countStoredMessages, deleteStoredMessages, type DeleteStoredOptions } from './stored.js';
export { type AfterOptions, Topic, type TopicLiveOptions, TopicMessage } from './topic.js';
export { Value, Values } from './values.js';
