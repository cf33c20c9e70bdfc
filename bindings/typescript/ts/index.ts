/** End-to-end encrypted spaces: messages, state, data and files that the server cannot read. */

export { AbortedError, InternalError, ReeeductioError, type ErrorDetails } from './errors.js';
export { generateKeyPair, toSpaceId, toToolId, toUserId, type KeyPair } from './keys.js';
export type { NetworkOptions, WebSocketClass } from './network.js';
export { ready, type Wasm } from './ready.js';
export { Space, type SpaceOptions } from './space.js';
export type { HeadRecord, LocalStore, MessageRecord, SignedTimeRecord } from './store.js';
export { IndexedDBMessageStore, IndexedDBStore, type IndexedDBStoreOptions } from './store/indexeddb.js';
export { InMemoryMessageStore, MemoryStore } from './store/memory.js';
export { type Credentials, KeyVault, type KeyVaultOptions } from './vault.js';
