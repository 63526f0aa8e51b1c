/**
 * `@readback/core`: conversations that are end-to-end encrypted, ordered and certain.
 *
 * @packageDocumentation
 */
export { Answer } from "./client/answer.ts";
export type { RequestOptions } from "./client/asking.ts";
export { Client, createClient, type OpenOptions } from "./client/client.ts";
export { Conversation, type PersonMember, type SendOptions } from "./client/conversation.ts";
export type {
  ClientEvents,
  ConnectionEvent,
  ConversationEventPayload,
  ConversationEvents,
  ErrorEvent,
  FreshnessEvent,
  IntegrityEvent,
  LoopEvent,
  MemberEvent,
  MessageEvent,
  MessageStatus,
  ReactionEvent,
  Receipt,
  ReceiptEvent,
  VersionEvent,
} from "./client/events.ts";
export type { Freshness } from "./client/freshness.ts";
export type { HistoryRange } from "./client/history.ts";
export { type Identity, unsafeDevelopmentIdentity } from "./client/identity.ts";
export type { Loop } from "./client/loop.ts";
export { Message } from "./client/message.ts";
export type { ClientOptions } from "./client/options.ts";
export type { Order } from "./client/order.ts";
export type { PersonReceipt } from "./client/progress.ts";
export type { Retention } from "./client/retention.ts";
export { systemClock, systemRandom } from "./client/system.ts";
export type { CriticalValue } from "./conversation/critical-value.ts";
export {
  type CredentialAuthority,
  type DeviceName,
  unsafeDevelopmentAuthority,
} from "./conversation/identity.ts";
export type { IntegrityFinding } from "./conversation/integrity.ts";
export type { ProgressStatus } from "./conversation/message-progress.ts";
export type { Phase } from "./conversation/state.ts";
export type { CryptoProvider } from "./crypto/suite.ts";
export { type ErrorCode, hasCode, ReadbackError } from "./error.ts";
export { type MemoryStorage, memoryStorage } from "./memory/memory-storage.ts";
export { type MemoryTransport, memoryTransport } from "./memory/memory-transport.ts";
export type {
  Accept,
  Clock,
  CloseReason,
  Connection,
  ConnectionHandler,
  LogEntry,
  Logger,
  Random,
  Storage,
  Transport,
} from "./port/index.ts";
