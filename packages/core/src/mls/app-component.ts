import { decode } from "../codec/reader.ts";
import { encode } from "../codec/writer.ts";
import { mostExtensions } from "./limits.ts";

/** Ids of the components that draft-ietf-mls-extensions §7.5 names. From 0x8000 on ids are for private use. */
export const componentIds = {
  appComponents: 1,
  safeAad: 2,
  contentMediaTypes: 3,
  lastResortKeyPackage: 4,
  appAck: 5,
} as const;

/** The data of the components `app_components` and `safe_aad` (draft-ietf-mls-extensions §5): ids of others. */
export function encodeComponentsList(ids: readonly number[]): Uint8Array {
  return encode((writer) => writer.list(ids, (w, id) => w.u16(id)), undefined);
}

/** Decodes the data of `app_components` or `safe_aad`; unknown ids mean nothing. Throws `malformed` or `too-large`. */
export function decodeComponentsList(data: Uint8Array): number[] {
  return decode((reader) => reader.list((r) => r.u16(), mostExtensions), data);
}

/** One thing that a proposal says to a component. */
export interface ComponentInput {
  readonly data: Uint8Array;
  /** The leaf of the proposer; `undefined` for an external sender and for somebody who joins by an external commit. */
  readonly sender: number | undefined;
}

/**
 * What an application does with the data of one component (draft-ietf-mls-extensions §4.7, §4.8). All members, all
 * joiners and everybody who follows the group must come to the same results, or the group falls apart: nothing but the
 * arguments may matter, and no argument may be changed. What is left out refuses.
 */
export interface AppComponent {
  /**
   * The data after updates in the order of their commit, or `undefined` where it refuses them. `before` is `undefined`
   * where the group has no data of this component.
   */
  update?(before: Uint8Array | undefined, updates: readonly ComponentInput[]): Uint8Array | undefined;
  /** Whether the data may be removed by this sender. */
  acceptRemoval?(before: Uint8Array, sender: number | undefined): boolean;
  /** Whether data may go with a commit. */
  acceptEphemeral?(input: ComponentInput): boolean;
}

/** The components that an application knows, by their ids. */
export type AppComponents = ReadonlyMap<number, AppComponent>;
