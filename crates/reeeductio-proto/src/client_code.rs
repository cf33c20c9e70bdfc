//! Stable codes of the errors that a client finds by itself.

use crate::code_table::code_table;

code_table! {
    /// A code of an error that a client finds by itself: given by hand, never reused, the same in every language. Servers do
    /// not use these; a refusal with one has the class of its HTTP status.
    ClientCode:
    AccountLocked, "account.locked", Authentication, User, "The user is known and its key is not at hand: unlock it with the password.";
    AccountSignedOut, "account.signed_out", Authentication, Caller, "Nobody is signed in to the app.";
    AccountTaken, "account.taken", Conflict, User, "The name of a user is taken.";
    AccountUnknown, "account.unknown", NotFound, Caller, "There is no such user in the app.";
    AppKeeper, "app.keeper", Conflict, Operator, "The app has no keeper that could let anybody in.";
    AppKey, "app.key", Validation, Caller, "The text is not an app key.";
    ChannelExists, "channel.exists", Conflict, Caller, "There is a channel of this name already.";
    ChannelNotFound, "channel.not_found", NotFound, Caller, "There is no such channel, or the user may not find it.";
    ChannelRefused, "channel.refused", Authorization, Caller, "The request to join the channel was refused; the message says why.";
    ChannelTimeout, "channel.timeout", Network, Retry, "Nobody has answered the request to join the channel yet.";
    Aborted, "client.aborted", Interrupted, Caller, "The program's own signal ended the operation.";
    Answer, "client.answer", Server, Operator, "The answer is not what the protocol says: another kind of server, or a broken one.";
    Argument, "client.argument", Validation, Caller, "An argument is not what the operation takes; the message names it.";
    Base64, "client.base64", Validation, Caller, "The text is not base64.";
    Closed, "client.closed", Interrupted, Caller, "The handle or stream was closed.";
    Credentials, "client.credentials", Opaque, Caller, "The secrets behind a password are not those of the member.";
    Interrupted, "client.interrupted", Interrupted, Caller, "The runtime or the transfer ended before the operation did.";
    LinkDamaged, "client.link_damaged", Validation, Caller, "The invite link was cut off or changed; ask for the whole link.";
    LinkInvalid, "client.link_invalid", Validation, Caller, "The text is not an invite link.";
    LinkVersion, "client.link_version", Validation, Caller, "The invite link is of a newer release; update the package.";
    NotLoaded, "client.not_loaded", Internal, Caller, "The WebAssembly module cannot be loaded; the message says why.";
    NotReady, "client.not_ready", Internal, Caller, "The WebAssembly module is not loaded yet; await `ready()` first.";
    NotSignedIn, "client.not_signed_in", Authentication, Caller, "There is no token, and the handle does not sign in by itself.";
    Open, "client.open", Decryption, Caller, "Sealed bytes do not open: another key or place, or they were posted in the clear.";
    Panic, "client.panic", Internal, Project, "A bug in the package.";
    Randomness, "client.randomness", Internal, User, "The operating system gave no randomness.";
    Refused, "client.refused", Other, Caller, "The server refused without a code; the HTTP status decides the class.";
    Seal, "client.seal", Validation, Caller, "The content cannot be sealed.";
    Stretching, "client.stretching", Opaque, User, "The password cannot be stretched: the device has too little memory.";
    Text, "client.text", Validation, Caller, "The bytes are not UTF-8 text.";
    Unknown, "client.unknown", Other, Caller, "An error that the program made without a code.";
    Unsupported, "client.unsupported", Other, Operator, "The server does not offer this: it is of another release, or the published one.";
    WeakPassword, "client.weak_password", Validation, Caller, "The password is too easy to guess; the message says why.";
    CommitmentMismatch, "commitment.mismatch", Integrity, User, "The key is not the one that the author committed to.";
    DirectoryChanged, "directory.changed", Integrity, User, "A name stands for another user or channel than it did before.";
    DirectoryInvalid, "directory.invalid", Integrity, User, "An entry of the app's directory is not its user's or its channel's.";
    JoinRefused, "join.refused", Conflict, Caller, "The request to join counts no more: its user is a member, or was one.";
    KeyMissing, "key.missing", Decryption, Retry, "The key of the epoch is not there, or not yet.";
    KeyringWaiting, "keyring.waiting", Conflict, Retry, "Somebody must begin a new epoch before anything can be sent.";
    KeyringWrongRoot, "keyring.wrong_root", Integrity, User, "The root is not the one that the epoch commits to.";
    LinkStaleState, "link.stale_state", Integrity, User, "The server shows a state from before the invite link was made.";
    ProofMismatch, "proof.mismatch", Integrity, User, "A proof does not lead to the root of the tree.";
    ServerRestored, "server.restored", Conflict, User, "The server was restored from a backup; the error says what is missing.";
    SignatureMismatch, "signature.mismatch", Integrity, User, "The signature is not the key's.";
    StateExists, "state.exists", Conflict, Caller, "Something is, or was, at the path of the state.";
    StoreDamaged, "store.damaged", Store, User, "The local store holds what was never saved.";
    StoreLength, "store.length", Store, Caller, "A key or value is empty or too long for a local store.";
    StoreUnavailable, "store.unavailable", Store, User, "The local store cannot be read or written.";
    TransportConnect, "transport.connect", Network, Retry, "The server was not reached.";
    TransportFailed, "transport.failed", Network, Retry, "The connection broke, or it is not HTTP or WebSocket.";
    TransportHandshake, "transport.handshake", Network, Retry, "The WebSocket was not opened.";
    TransportProxy, "transport.proxy", Network, User, "The proxy cannot be used.";
    TransportSource, "transport.source", Validation, Caller, "The file or stream to upload cannot be read.";
    TransportTimeout, "transport.timeout", Network, Retry, "The server did not answer in time.";
    TransportTls, "transport.tls", Network, User, "The server's certificate is not accepted, or TLS cannot be set up.";
    TransportTooLong, "transport.too_long", Network, Operator, "The answer is longer than an honest one.";
    TransportUrl, "transport.url", Network, Caller, "The address is not one that can be used.";
    TransportWebsocket, "transport.websocket", Network, Retry, "The program's own WebSocket failed.";
    VerifyBlob, "verify.blob", Integrity, User, "The bytes are not those of the blob's id.";
    VerifyChainLink, "verify.chain_link", Integrity, User, "A message does not follow the one before it.";
    VerifyChainTime, "verify.chain_time", Integrity, User, "A message is older than the one it follows, or has another time than before.";
    VerifyDataSignature, "verify.data_signature", Integrity, User, "A data entry was not signed by its signer.";
    VerifyFork, "verify.fork", Integrity, User, "A message stands where another stood before.";
    VerifyMessageHash, "verify.message_hash", Integrity, User, "A message does not have its hash.";
    VerifyMessageSignature, "verify.message_signature", Integrity, User, "A message was not signed by its sender.";
    VerifyRolledBack, "verify.rolled_back", Integrity, User, "The answer is older than one seen before.";
    VerifySplitView, "verify.split_view", Integrity, User, "The server showed two histories that do not agree; the evidence is kept.";
    VerifyStateFork, "verify.state_fork", Integrity, User, "A state message is not in the state chain that was followed.";
    VerifyUnasked, "verify.unasked", Integrity, User, "A message or entry is another than the one that was asked for.";
    VerifyUnauthorized, "verify.unauthorized", Integrity, User, "The author had no right to write this.";
    VerifyWithheld, "verify.withheld", Integrity, User, "What was there before is missing.";
}
