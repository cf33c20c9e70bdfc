# Written by `cargo xtask generate`.
"""The operations of the native module, each with its types."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike

from reeeductio import _native
from reeeductio._answers import (
    blob,
    changes,
    created,
    credentials,
    entry,
    frames,
    history,
    keyring,
    message,
    messages,
    opened,
    opened_page,
    same,
    sealed_blob,
    sent,
    space_credentials,
    statuses,
    value_list,
    waiting,
)
from reeeductio._operation import Operation, Runner
from reeeductio.credentials import Credentials
from reeeductio.exceptions import (
    AuthenticationError,
    BlobError,
    ChainError,
    OpaqueError,
    ReeeductioError,
    StreamError,
    ValidationError,
)
from reeeductio.files import Progress, Readable
from reeeductio.models import BlobCreated, DataEntry, EncryptedBlobCreated, Message, MessageCreated, Status
from reeeductio.opaque import OpaqueCredentials
from reeeductio.outbox import SentMessage, WaitingMessage
from reeeductio.streams import Items
from reeeductio.topics import TopicMessage
from reeeductio.values import Value


class Operations(Runner):
    """Operations on a space."""

    def sign_in(self) -> Operation[str]:
        """Signs in and gives the new token."""
        return self.begin(
            "SignIn",
            same,
            (AuthenticationError,),
        )

    def token(self) -> Operation[str]:
        """Gives a token that is valid for a while, signing in only if there is none."""
        return self.begin(
            "Token",
            same,
            (AuthenticationError,),
        )

    def held_token(self) -> Operation[str | None]:
        """Gives the token at hand, if there is one that is valid for a minute yet."""
        return self.begin(
            "HeldToken",
            same,
            (AuthenticationError,),
        )

    def post(
        self,
        topic_id: str,
        msg_type: str,
        data: bytes | str,
        prev_hash: str | None,
        sealed: bool,
    ) -> Operation[MessageCreated]:
        """Appends a message to a topic."""
        return self.begin(
            "Post",
            created,
            (ChainError,),
            topic_id=topic_id,
            msg_type=msg_type,
            data=data,
            prev_hash=prev_hash,
            sealed=sealed,
        )

    def messages(
        self,
        topic_id: str,
        from_timestamp: int | None,
        to_timestamp: int | None,
        limit: int,
    ) -> Operation[list[Message]]:
        """Reads messages of a topic."""
        return self.begin(
            "Messages",
            messages,
            (ValidationError,),
            topic_id=topic_id,
            from_timestamp=from_timestamp,
            to_timestamp=to_timestamp,
            limit=limit,
        )

    def message(
        self,
        topic_id: str,
        message_hash: str,
        use_cache: bool,
    ) -> Operation[Message]:
        """Reads a message by its hash."""
        return self.begin(
            "Message",
            message,
            (ValidationError,),
            topic_id=topic_id,
            message_hash=message_hash,
            use_cache=use_cache,
        )

    def head(
        self,
        topic_id: str,
    ) -> Operation[str | None]:
        """Gives the hash of a topic's newest message."""
        return self.begin(
            "Head",
            same,
            (ValidationError,),
            topic_id=topic_id,
        )

    def open_stream(
        self,
        follow: list[tuple[str, str | None, int | None]] | None,
        first_pause: int | None,
        longest_pause: int | None,
        silence: int | None,
    ) -> Operation[Items[Message | None]]:
        """Opens a stream of the messages that are stored from now on; pauses and silence are in milliseconds."""
        return self.begin(
            "OpenStream",
            frames,
            (StreamError,),
            follow=follow,
            first_pause=first_pause,
            longest_pause=longest_pause,
            silence=silence,
        )

    def state(
        self,
        path: str,
    ) -> Operation[Message]:
        """Reads the newest message at a state path."""
        return self.begin(
            "State",
            message,
            (ValidationError,),
            path=path,
        )

    def state_value(
        self,
        path: str,
    ) -> Operation[bytes]:
        """Reads the value at a state path as it is stored."""
        return self.begin(
            "StateValue",
            same,
            (ValidationError,),
            path=path,
        )

    def open_state(
        self,
        path: str,
        key: bytes | None,
    ) -> Operation[bytes]:
        """Reads and opens the value at a state path, with the space's key for state or with `key`."""
        return self.begin(
            "OpenState",
            same,
            (ValidationError,),
            path=path,
            key=key,
        )

    def set_state(
        self,
        path: str,
        data: bytes | str,
        prev_hash: str | None,
        sealed: bool,
        key: bytes | None,
    ) -> Operation[MessageCreated]:
        """Sets the value at a state path."""
        return self.begin(
            "SetState",
            created,
            (ChainError,),
            path=path,
            data=data,
            prev_hash=prev_hash,
            sealed=sealed,
            key=key,
        )

    def delete_state(
        self,
        path: str,
    ) -> Operation[MessageCreated]:
        """Deletes the value at a state path."""
        return self.begin(
            "DeleteState",
            created,
            (ChainError,),
            path=path,
        )

    def state_history(
        self,
        from_timestamp: int | None,
        to_timestamp: int | None,
        limit: int,
    ) -> Operation[list[Message]]:
        """Reads changes of state."""
        return self.begin(
            "StateHistory",
            messages,
            (ValidationError,),
            from_timestamp=from_timestamp,
            to_timestamp=to_timestamp,
            limit=limit,
        )

    def data_entry(
        self,
        path: str,
    ) -> Operation[DataEntry]:
        """Reads a data entry with its signature."""
        return self.begin(
            "DataEntry",
            entry,
            (ValidationError,),
            path=path,
        )

    def data_value(
        self,
        path: str,
    ) -> Operation[bytes]:
        """Reads the value at a data path as it is stored."""
        return self.begin(
            "DataValue",
            same,
            (ValidationError,),
            path=path,
        )

    def open_data(
        self,
        path: str,
        key: bytes | None,
    ) -> Operation[bytes]:
        """Reads and opens the value at a data path, with the space's key for data or with `key`."""
        return self.begin(
            "OpenData",
            same,
            (ValidationError,),
            path=path,
            key=key,
        )

    def set_data(
        self,
        path: str,
        data: bytes | str,
        sealed: bool,
        key: bytes | None,
    ) -> Operation[int]:
        """Sets the value at a data path: the time with which it is signed."""
        return self.begin(
            "SetData",
            same,
            (ValidationError,),
            path=path,
            data=data,
            sealed=sealed,
            key=key,
        )

    def delete_data(
        self,
        path: str,
    ) -> Operation[None]:
        """Removes the value at a data path."""
        return self.begin(
            "DeleteData",
            same,
            (ValidationError,),
            path=path,
        )

    def open_user_data(
        self,
        path: str,
    ) -> Operation[bytes]:
        """Reads and opens a value of the user's own."""
        return self.begin(
            "OpenUserData",
            same,
            (ValidationError,),
            path=path,
        )

    def set_user_data(
        self,
        path: str,
        data: bytes | str,
    ) -> Operation[int]:
        """Sets a value of the user's own: the time with which it is signed."""
        return self.begin(
            "SetUserData",
            same,
            (ValidationError,),
            path=path,
            data=data,
        )

    def delete_user_data(
        self,
        path: str,
    ) -> Operation[None]:
        """Removes a value of the user's own."""
        return self.begin(
            "DeleteUserData",
            same,
            (ValidationError,),
            path=path,
        )

    def upload_blob(
        self,
        data: bytes,
    ) -> Operation[BlobCreated]:
        """Uploads bytes as they are."""
        return self.begin(
            "UploadBlob",
            blob,
            (BlobError,),
            data=data,
        )

    def upload_sealed_blob(
        self,
        data: bytes,
    ) -> Operation[EncryptedBlobCreated]:
        """Seals bytes with a key of their own and uploads them."""
        return self.begin(
            "UploadSealedBlob",
            sealed_blob,
            (BlobError,),
            data=data,
        )

    def upload_file(
        self,
        file: Readable,
        progress: Progress | None,
    ) -> Operation[BlobCreated]:
        """Uploads as it is what is read piece by piece."""
        return self.begin(
            "UploadFile",
            blob,
            (BlobError,),
            file=file,
            progress=progress,
        )

    def upload_sealed_file(
        self,
        file: Readable,
        progress: Progress | None,
    ) -> Operation[EncryptedBlobCreated]:
        """Seals what is read piece by piece with a key of its own and uploads it."""
        return self.begin(
            "UploadSealedFile",
            sealed_blob,
            (BlobError,),
            file=file,
            progress=progress,
        )

    def download_blob(
        self,
        blob_id: str,
        progress: Progress | None,
    ) -> Operation[bytes]:
        """Downloads a blob as it is stored."""
        return self.begin(
            "DownloadBlob",
            same,
            (BlobError,),
            blob_id=blob_id,
            progress=progress,
        )

    def download_sealed_blob(
        self,
        blob_id: str,
        key: bytes,
        progress: Progress | None,
    ) -> Operation[bytes]:
        """Downloads and opens a blob."""
        return self.begin(
            "DownloadSealedBlob",
            same,
            (BlobError,),
            blob_id=blob_id,
            key=key,
            progress=progress,
        )

    def download_pieces(
        self,
        blob_id: str,
        key: bytes | None,
    ) -> Operation[Items[int | bytes]]:
        """Downloads a blob piece by piece, and opens it with `key`: its length as it is stored, if that is known, and its pieces."""
        return self.begin(
            "DownloadPieces",
            same,
            (BlobError,),
            blob_id=blob_id,
            key=key,
        )

    def delete_blob(
        self,
        blob_id: str,
    ) -> Operation[None]:
        """Removes a blob from the space."""
        return self.begin(
            "DeleteBlob",
            same,
            (BlobError,),
            blob_id=blob_id,
        )

    def download_file(
        self,
        blob_id: str,
        key: bytes | None,
        path: str | PathLike[str],
        progress: Progress | None,
    ) -> Operation[int]:
        """Downloads a blob to a file, opened if there is a key: the length of the file."""
        return self.begin(
            "DownloadFile",
            same,
            (BlobError,),
            blob_id=blob_id,
            key=key,
            path=path,
            progress=progress,
        )

    def add_user(
        self,
        user_id: str,
        description: str | None,
    ) -> Operation[MessageCreated]:
        """Adds a user."""
        return self.begin(
            "AddUser",
            created,
            (ChainError,),
            user_id=user_id,
            description=description,
        )

    def create_tool(
        self,
        tool_id: str,
        description: str | None,
        use_limit: int | None,
        expires_at: int | None,
    ) -> Operation[MessageCreated]:
        """Adds a tool."""
        return self.begin(
            "CreateTool",
            created,
            (ChainError,),
            tool_id=tool_id,
            description=description,
            use_limit=use_limit,
            expires_at=expires_at,
        )

    def remove_member(
        self,
        member_id: str,
    ) -> Operation[MessageCreated]:
        """Removes a user or tool."""
        return self.begin(
            "RemoveMember",
            created,
            (ChainError,),
            member_id=member_id,
        )

    def revoke_tokens(
        self,
        member_id: str | None,
    ) -> Operation[MessageCreated]:
        """Ends the tokens of a member, or of all members."""
        return self.begin(
            "RevokeTokens",
            created,
            (ChainError,),
            member_id=member_id,
        )

    def members(
        self,
        tools: bool,
    ) -> Operation[list[str]]:
        """Gives the ids of all users, or of all tools."""
        return self.begin(
            "Members",
            same,
            (ValidationError,),
            tools=tools,
        )

    def create_role(
        self,
        role_name: str,
        description: str | None,
    ) -> Operation[MessageCreated]:
        """Defines a role."""
        return self.begin(
            "CreateRole",
            created,
            (ChainError,),
            role_name=role_name,
            description=description,
        )

    def grant_to_role(
        self,
        role_name: str,
        cap_id: str,
        capability: str,
    ) -> Operation[MessageCreated]:
        """Gives a role a right."""
        return self.begin(
            "GrantToRole",
            created,
            (ChainError,),
            role_name=role_name,
            cap_id=cap_id,
            capability=capability,
        )

    def grant_to_member(
        self,
        member_id: str,
        cap_id: str,
        capability: str,
    ) -> Operation[MessageCreated]:
        """Gives a user or tool a right."""
        return self.begin(
            "GrantToMember",
            created,
            (ChainError,),
            member_id=member_id,
            cap_id=cap_id,
            capability=capability,
        )

    def revoke_from_role(
        self,
        role_name: str,
        cap_id: str,
    ) -> Operation[MessageCreated]:
        """Takes a right back from a role."""
        return self.begin(
            "RevokeFromRole",
            created,
            (ChainError,),
            role_name=role_name,
            cap_id=cap_id,
        )

    def revoke_from_member(
        self,
        member_id: str,
        cap_id: str,
    ) -> Operation[MessageCreated]:
        """Takes a right back from a user or tool."""
        return self.begin(
            "RevokeFromMember",
            created,
            (ChainError,),
            member_id=member_id,
            cap_id=cap_id,
        )

    def assign_role(
        self,
        user_id: str,
        role_name: str,
        expires_at: int | None,
    ) -> Operation[MessageCreated]:
        """Gives a user a role."""
        return self.begin(
            "AssignRole",
            created,
            (ChainError,),
            user_id=user_id,
            role_name=role_name,
            expires_at=expires_at,
        )

    def unassign_role(
        self,
        user_id: str,
        role_name: str,
    ) -> Operation[MessageCreated]:
        """Takes a role back from a user."""
        return self.begin(
            "UnassignRole",
            created,
            (ChainError,),
            user_id=user_id,
            role_name=role_name,
        )

    def create_invitation(
        self,
        description: str | None,
        guests: int | None,
        expires_at: int | None,
    ) -> Operation[bytes]:
        """Makes a tool that lets others in as users: its private key."""
        return self.begin(
            "CreateInvitation",
            same,
            (ChainError,),
            description=description,
            guests=guests,
            expires_at=expires_at,
        )

    def invite_link(
        self,
        page: str | None,
        role_name: str | None,
        uses: int | None,
        expires_at: int | None,
        description: str | None,
    ) -> Operation[str]:
        """Makes an invitation as a link, which holds secrets."""
        return self.begin(
            "InviteLink",
            same,
            (ChainError,),
            page=page,
            role_name=role_name,
            uses=uses,
            expires_at=expires_at,
            description=description,
        )

    def create_space(
        self,
        private_key: bytes,
    ) -> Operation[str]:
        """Registers the space that a key owns, on the admin space: its id."""
        return self.begin(
            "CreateSpace",
            same,
            (ChainError,),
            private_key=private_key,
        )

    def value(
        self,
        values: str,
        path: str,
    ) -> Operation[list[Value]]:
        """Reads the value at a path; none if nothing is there."""
        return self.begin(
            "Value",
            value_list,
            (),
            values=values,
            path=path,
        )

    def list_values(
        self,
        values: str,
        prefix: str,
    ) -> Operation[list[Value]]:
        """Gives the values at a path and below it."""
        return self.begin(
            "ListValues",
            value_list,
            (),
            values=values,
            prefix=prefix,
        )

    def watch_values(
        self,
        values: str,
        prefix: str,
    ) -> Operation[Items[Value]]:
        """Gives the values at a path and below it, and then their changes."""
        return self.begin(
            "WatchValues",
            changes,
            (),
            values=values,
            prefix=prefix,
        )

    def update_value(
        self,
        values: str,
        path: str,
        change: Callable[[bytes | None], bytes | str | None],
    ) -> Operation[bytes | None]:
        """Changes the value at a path by a function: the value that is there then."""
        return self.begin(
            "UpdateValue",
            same,
            (),
            values=values,
            path=path,
            change=change,
        )

    def stored_value(
        self,
        values: str,
        path: str,
    ) -> Operation[list[Value]]:
        """Gives the value at a path as it was seen last, without asking the server; none if none was seen."""
        return self.begin(
            "StoredValue",
            value_list,
            (),
            values=values,
            path=path,
        )

    def enable_passwords(self) -> Operation[tuple[bool, bool, bool]]:
        """Lets members of the space register passwords."""
        return self.begin(
            "EnablePasswords",
            same,
            (ReeeductioError,),
        )

    def allow_passwords(
        self,
        role_name: str,
    ) -> Operation[None]:
        """Lets the holders of a role register passwords, and keep an account."""
        return self.begin(
            "AllowPasswords",
            same,
            (OpaqueError,),
            role_name=role_name,
        )

    def register_password(
        self,
        username: str,
        password: str,
        member_id: str | None,
        private_key: bytes | None,
        user_symmetric_key: bytes | None,
    ) -> Operation[str]:
        """Registers a password that yields a member's secrets, by default one's own: the member."""
        return self.begin(
            "RegisterPassword",
            same,
            (OpaqueError, ValidationError),
            username=username,
            password=password,
            member_id=member_id,
            private_key=private_key,
            user_symmetric_key=user_symmetric_key,
        )

    def change_password(
        self,
        username: str,
        old_password: str,
        new_password: str,
    ) -> Operation[None]:
        """Gives a username another password."""
        return self.begin(
            "ChangePassword",
            same,
            (OpaqueError,),
            username=username,
            old_password=old_password,
            new_password=new_password,
        )

    def own_credentials(self) -> Operation[Credentials]:
        """Gives the credentials for this space."""
        return self.begin(
            "OwnCredentials",
            space_credentials,
            (),
        )

    def keep_credentials(
        self,
        store: _native.Store,
    ) -> Operation[None]:
        """Keeps the credentials for this space in a store."""
        return self.begin(
            "KeepCredentials",
            same,
            (),
            store=store,
        )

    def account_spaces(self) -> Operation[list[Credentials]]:
        """Gives the credentials for the spaces of the account, without this one."""
        return self.begin(
            "AccountSpaces",
            keyring,
            (),
        )

    def add_to_account(
        self,
        base_url: str,
        space_id: str,
        member_id: str,
        private_key: bytes,
        symmetric_root: bytes,
        user_symmetric_key: bytes | None,
    ) -> Operation[None]:
        """Adds credentials to the account, in the place of those for the same space."""
        return self.begin(
            "AddToAccount",
            same,
            (),
            base_url=base_url,
            space_id=space_id,
            member_id=member_id,
            private_key=private_key,
            symmetric_root=symmetric_root,
            user_symmetric_key=user_symmetric_key,
        )

    def remove_from_account(
        self,
        space_id: str,
    ) -> Operation[None]:
        """Removes the credentials for a space from the account."""
        return self.begin(
            "RemoveFromAccount",
            same,
            (),
            space_id=space_id,
        )

    def history(
        self,
        topic_id: str,
        after: tuple[str, int] | None,
    ) -> Operation[Items[TopicMessage]]:
        """Gives the messages of a topic after one that was seen, or all, oldest first."""
        return self.begin(
            "History",
            history,
            (),
            topic_id=topic_id,
            after=after,
        )

    def newest(
        self,
        topic_id: str,
        count: int,
    ) -> Operation[list[TopicMessage]]:
        """Reads the newest messages of a topic, oldest first."""
        return self.begin(
            "Newest",
            opened_page,
            (),
            topic_id=topic_id,
            count=count,
        )

    def live(
        self,
        topic_id: str,
        from_start: bool,
        after: tuple[str, int] | None,
    ) -> Operation[Items[TopicMessage]]:
        """Gives the messages of a topic as they are stored: from now on, from its beginning, or after one."""
        return self.begin(
            "Live",
            history,
            (),
            topic_id=topic_id,
            from_start=from_start,
            after=after,
        )

    def follow(
        self,
        topic_id: str,
        after: tuple[str, int] | None,
    ) -> Operation[Items[TopicMessage]]:
        """Gives the messages of a topic after one that was seen, or all, first those of the local store, and then those that are stored."""
        return self.begin(
            "Follow",
            history,
            (),
            topic_id=topic_id,
            after=after,
        )

    def open_message(
        self,
        topic_id: str,
        message_hash: str,
    ) -> Operation[TopicMessage]:
        """Reads a message of a topic."""
        return self.begin(
            "OpenMessage",
            opened,
            (),
            topic_id=topic_id,
            message_hash=message_hash,
        )

    def stored_messages(
        self,
        topic_id: str,
        from_timestamp: int | None,
        to_timestamp: int | None,
        limit: int,
    ) -> Operation[list[TopicMessage]]:
        """Reads messages of a topic that are in the local store, without asking the server."""
        return self.begin(
            "StoredMessages",
            opened_page,
            (),
            topic_id=topic_id,
            from_timestamp=from_timestamp,
            to_timestamp=to_timestamp,
            limit=limit,
        )

    def add_to_outbox(
        self,
        topic_id: str,
        msg_type: str,
        data: bytes | str,
        sealed: bool,
    ) -> Operation[int]:
        """Keeps a message on this machine until the server has it: its number."""
        return self.begin(
            "AddToOutbox",
            same,
            (),
            topic_id=topic_id,
            msg_type=msg_type,
            data=data,
            sealed=sealed,
        )

    def outbox(
        self,
        limit: int,
    ) -> Operation[list[WaitingMessage]]:
        """Gives the messages that wait, oldest first."""
        return self.begin(
            "Outbox",
            waiting,
            (),
            limit=limit,
        )

    def discard_from_outbox(
        self,
        number: int,
    ) -> Operation[None]:
        """Removes a message that is not to be sent any more."""
        return self.begin(
            "DiscardFromOutbox",
            same,
            (),
            number=number,
        )

    def send_outbox(self) -> Operation[list[SentMessage]]:
        """Sends all messages that wait, in order."""
        return self.begin(
            "SendOutbox",
            sent,
            (),
        )

    def keep_sending(self) -> Operation[None]:
        """Sends messages that wait and messages that are added, until it is given up."""
        return self.begin(
            "KeepSending",
            same,
            (),
        )

    def status(self) -> Operation[str]:
        """Gives the status of the connection that the live streams share: `idle`, `connecting` or `connected`."""
        return self.begin(
            "Status",
            same,
            (),
        )

    def watch_status(self) -> Operation[Items[Status]]:
        """Gives the status and then each change of it."""
        return self.begin(
            "WatchStatus",
            statuses,
            (),
        )

    def accept_restore(self) -> Operation[None]:
        """Takes the server's present history for the true one, after its operator has restored a backup."""
        return self.begin(
            "AcceptRestore",
            same,
            (),
        )


class Entrance(Runner):
    """Operations of somebody who has no handle on a space yet."""

    def log_in(
        self,
        base_url: str,
        space_id: str,
        username: str,
        password: str,
    ) -> Operation[OpaqueCredentials]:
        """Gets a member's secrets by a password."""
        return self.begin(
            "LogIn",
            credentials,
            (OpaqueError,),
            base_url=base_url,
            space_id=space_id,
            username=username,
            password=password,
        )

    def accept_invitation(
        self,
        base_url: str,
        space_id: str,
        invitation: bytes,
        symmetric_root: bytes,
        private_key: bytes,
    ) -> Operation[None]:
        """Lets the holder of a private key into a space."""
        return self.begin(
            "AcceptInvitation",
            same,
            (ChainError,),
            base_url=base_url,
            space_id=space_id,
            invitation=invitation,
            symmetric_root=symmetric_root,
            private_key=private_key,
        )

    def create(
        self,
        store: _native.Store,
        base_url: str,
    ) -> Operation[Credentials]:
        """Makes a space of one's own, whose credentials the store keeps."""
        return self.begin(
            "Create",
            space_credentials,
            (),
            store=store,
            base_url=base_url,
        )

    def join(
        self,
        link: str,
        store: _native.Store,
        base_url: str | None,
    ) -> Operation[Credentials]:
        """Joins the space of a link as a new member, whose credentials the store keeps."""
        return self.begin(
            "Join",
            space_credentials,
            (),
            link=link,
            store=store,
            base_url=base_url,
        )

    def reopen(
        self,
        store: _native.Store,
        space_id: str,
        base_url: str | None,
    ) -> Operation[Credentials]:
        """Gives the credentials that a store keeps for a space; a join that was cut short is completed. Another address is kept."""
        return self.begin(
            "Reopen",
            space_credentials,
            (),
            store=store,
            space_id=space_id,
            base_url=base_url,
        )

    def keyring(
        self,
        store: _native.Store,
    ) -> Operation[list[Credentials]]:
        """Gives the credentials that a store keeps."""
        return self.begin(
            "Keyring",
            keyring,
            (),
            store=store,
        )

    def forget_credentials(
        self,
        store: _native.Store,
        space_id: str,
    ) -> Operation[None]:
        """Removes the credentials for a space from a store."""
        return self.begin(
            "ForgetCredentials",
            same,
            (),
            store=store,
            space_id=space_id,
        )


class Administration(Runner):
    """Operations on a server, by its administrator."""

    def sign_in(self) -> Operation[str]:
        """Signs in and gives the new token."""
        return self.begin(
            "SignIn",
            same,
            (AuthenticationError,),
        )

    def token(self) -> Operation[str]:
        """Gives a token that is valid for a while, signing in only if there is none."""
        return self.begin(
            "Token",
            same,
            (AuthenticationError,),
        )

    def held_token(self) -> Operation[str | None]:
        """Gives the token at hand, if there is one that is valid for a minute yet."""
        return self.begin(
            "HeldToken",
            same,
            (AuthenticationError,),
        )

    def space_id(self) -> Operation[str]:
        """Gives the id of the admin space."""
        return self.begin(
            "SpaceId",
            same,
            (AuthenticationError,),
        )

    def delete_blob(
        self,
        blob_id: str,
    ) -> Operation[None]:
        """Removes a blob from every space."""
        return self.begin(
            "DeleteBlob",
            same,
            (),
            blob_id=blob_id,
        )
