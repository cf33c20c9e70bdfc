'use client';

/** Hooks for React: spaces, messages, state and data that stay up to date. */

export type {
  AnchorLike,
  DataHandle,
  LiveHandle,
  MessageLike,
  MessagesHandle,
  StateHandle,
  StatusHandle,
  StoredValueLike,
  StoredValues,
} from './react/handle.js';
export type { OpenedMessage, TopicSnapshot } from './react/topic.js';
export { type UseDataOptions, useData } from './react/useData.js';
export { type Messages, type UseMessagesOptions, useMessages } from './react/useMessages.js';
export { type OpenedSpace, useSpace } from './react/useSpace.js';
export { useSpaceState } from './react/useSpaceState.js';
export { useStatus } from './react/useStatus.js';
export type { UsedValue, ValueOptions } from './react/useValue.js';
export type { ValueSnapshot } from './react/value.js';
