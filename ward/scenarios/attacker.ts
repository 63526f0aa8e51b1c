import type { CipherSuite } from "@readback/core/crypto";
import { protectMessage } from "@readback/core/mls";
import { restoreConversation } from "../../packages/core/src/conversation/restore.ts";
import type { ConversationState } from "../../packages/core/src/conversation/state.ts";
import { Hidden } from "../../packages/core/src/mls/hidden.ts";
import type { SenderRatchets } from "../../packages/core/src/mls/secret-tree.ts";
import { itemAt, withItems } from "../../packages/core/src/mls/sparse-array.ts";
import { StoredRecords } from "../invariants/stored-records.ts";
import type { Device } from "../world/device.ts";
import type { Scene } from "./scene.ts";

/** A member who has all keys of a device and keeps no rule. */
export class Attacker {
  readonly #scene: Scene;
  readonly #device: Device;
  #group: NonNullable<ConversationState["group"]>;
  #count = 0;
  readonly state: ConversationState;

  private constructor(scene: Scene, device: Device, state: ConversationState) {
    this.#scene = scene;
    this.#device = device;
    this.state = state;
    this.#group = state.group as NonNullable<ConversationState["group"]>;
  }

  /** Takes the keys of a device out of its store. Its connection stays open; its client hears nothing any more. */
  static async takeOver(scene: Scene, device: Device, id: string): Promise<Attacker> {
    const stored = new StoredRecords(device);
    const prefix = `conversation/${id}`;
    const records = new Map(
      stored.keysBelow(prefix).map((key) => [key.slice(prefix.length + 1), stored.read(key) as Uint8Array]),
    );
    const state = restoreConversation(records, (id) => device.crypto.suite(id) as CipherSuite);
    device.between = { fromClient: () => [], fromRelay: () => [] };
    return new Attacker(scene, device, state);
  }

  /** Uses up keys without saying anything: as if so many messages had been said that nobody has seen. */
  skip(count: number): void {
    for (let i = 0; i < count; i++)
      this.#group = protectMessage(this.#group, new Uint8Array(), {
        random: this.#scene.world.chance.bytes,
      }).group;
  }

  /** From now on the next key is said to be of this generation, which by far it is not. */
  pretend(generation: number): void {
    const secrets = this.#group.secrets.open();
    const { secretTree } = secrets;
    const own = itemAt(secretTree.ratchets, this.#group.ownLeaf) as SenderRatchets;
    const application = { ...own.application, generation };
    const ratchets = withItems(secretTree.ratchets, [[this.#group.ownLeaf, { ...own, application }]]);
    this.#group = {
      ...this.#group,
      secrets: new Hidden({ ...secrets, secretTree: { ...secretTree, ratchets } }),
    };
  }

  /** Says anything, rightly signed and encrypted. */
  async say(content: Uint8Array, kind: "application" | "receipt" = "application"): Promise<void> {
    const { group, message } = protectMessage(this.#group, content, {
      random: this.#scene.world.chance.bytes,
    });
    const { epoch } = this.#group;
    this.#group = group;
    const { id: conversation } = this.state;
    const none = { welcome: undefined, groupInfo: undefined };
    await this.#scene.of(
      this.#device.ask({
        type: "request",
        id: 1_000_000 + this.#count++,
        request: { type: "append", conversation, kind, epoch, payload: message, ...none },
      }),
    );
  }

  /** Nothing more comes from it, and nothing is expected of its device. */
  async leaveTheStage(): Promise<void> {
    await this.#scene.pass(20_000);
    this.#device.isRetired = true;
    this.#device.crash();
  }
}
