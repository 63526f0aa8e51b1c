import type { CipherSuite } from "@readback/core/crypto";
import { protectMessage } from "@readback/core/mls";
import type { AppendRequest } from "@readback/core/wire";
import { restoreConversation } from "../../packages/core/src/conversation/restore.ts";
import type { ConversationState } from "../../packages/core/src/conversation/state.ts";
import { StoredRecords } from "../invariants/stored-records.ts";
import type { Device } from "../world/device.ts";
import type { Between } from "../world/watched-transport.ts";
import type { World } from "../world/world.ts";
import { badCommit } from "./bad-commit.ts";

type Group = NonNullable<ConversationState["group"]>;

/** Numbers of requests from here on are the traitor's own, and no client hears their answers. */
const ownRequests = 1_000_000;

/**
 * A member who has all keys of a device and keeps no rule. The device's client goes on reading, so that the keys stay
 * good; what it wants to say itself reaches nobody.
 */
export class Traitor {
  readonly #world: World;
  readonly device: Device;
  readonly #groups = new Map<string, Group>();
  #count = ownRequests;

  constructor(world: World, device: Device) {
    this.#world = world;
    this.device = device;
    const { between } = device;
    // Nothing is expected of it any more, and it is not turned off either.
    device.isRetired = true;
    const muted: Between = {
      fromClient(message, connection) {
        const isOwn = message.type === "request" && message.id >= ownRequests;
        const speaks = message.type === "request" && /^(?:append|create)$/.test(message.request.type);
        return speaks && !isOwn ? [] : between?.fromClient?.(message, connection);
      },
      fromRelay(message, connection) {
        if (message.type === "answer" && message.id >= ownRequests) return [];
        return between?.fromRelay?.(message, connection);
      },
    };
    device.between = muted;
  }

  /** Conversations that it can speak in, by their identifiers. */
  get conversations(): string[] {
    const all = this.device.client?.conversations() ?? [];
    return all.filter(({ phase }) => phase === "active").map(({ id }) => id);
  }

  /** What its device knows of a conversation. */
  stateOf(id: string): ConversationState {
    const stored = new StoredRecords(this.device);
    const prefix = `conversation/${id}`;
    const records = new Map(
      stored.keysBelow(prefix).map((key) => [key.slice(prefix.length + 1), stored.read(key) as Uint8Array]),
    );
    return restoreConversation(records, (id) => this.device.crypto.suite(id) as CipherSuite);
  }

  /** Says anything, rightly signed and encrypted. */
  async say(id: string, content: Uint8Array, kind: "application" | "receipt"): Promise<void> {
    const before = this.#groupOf(id);
    const { group, message } = protectMessage(before, content, { random: this.#world.chance.bytes });
    this.#groups.set(id, group);
    await this.#append(id, { kind, epoch: before.epoch, payload: message });
  }

  /** Makes a commit that some cannot process. */
  async commitBadly(id: string, isSpoiled: () => boolean): Promise<void> {
    const group = this.#groupOf(id);
    if (group.pending.length > 0) return;
    const { chance, relay, credentials } = this.#world;
    const { authority } = credentials;
    const { commit, groupInfo } = badCommit(group, authority, chance.bytes, relay.clock.now(), isSpoiled);
    await this.#append(id, { kind: "commit", epoch: group.epoch, payload: commit, groupInfo });
  }

  /** Its keys in the present epoch, as far as it has used them. */
  #groupOf(id: string): Group {
    const stored = this.stateOf(id).group as Group;
    const own = this.#groups.get(id);
    return own?.epoch === stored.epoch ? own : stored;
  }

  #append(
    id: string,
    request: Pick<AppendRequest, "kind" | "epoch" | "payload"> & { readonly groupInfo?: Uint8Array },
  ): Promise<void> {
    const conversation = Buffer.from(id, "hex");
    return this.device.ask({
      type: "request",
      id: this.#count++,
      request: { type: "append", conversation, welcome: undefined, groupInfo: undefined, ...request },
    });
  }
}
