import type { Reader } from "../codec/reader.ts";
import type { Writer } from "../codec/writer.ts";
import { ReadbackError } from "../error.ts";
import type { Group } from "./group-state.ts";
import { Hidden } from "./hidden.ts";
import { takeLeafSecret } from "./leaf-secret.ts";
import { refusal } from "./rule.ts";

/**
 * The secrets that components of an application have not taken yet in an epoch, by node index
 * (draft-ietf-mls-extensions §4.4). Immutable. The tree has a leaf for each of the 2^16 component ids.
 */
export type ExporterTree = ReadonlyMap<number, Uint8Array>;

/** The secret of one component, and the group that no longer has it. */
export interface ExportedSecret {
  readonly group: Group;
  /** As long as the hash of the suite gives. Belongs to the caller, who overwrites it. */
  readonly secret: Uint8Array;
  /**
   * Secrets of the group before that the new one does not hold: to be overwritten once the new group is durable, and not
   * before.
   */
  readonly consumed: readonly Uint8Array[];
}

const leafCount = 0x10000;
const nodeCount = 2 * leafCount - 1;

/** The tree of a new epoch. Takes `application_export_secret` over: it is the secret of the root. */
export function createExporterTree(applicationExportSecret: Uint8Array): ExporterTree {
  return new Map([[leafCount - 1, applicationExportSecret]]);
}

/**
 * A secret that all members of the epoch can derive for a component, each of them once: afterwards not even this
 * member's state tells it (SafeExportSecret of draft-ietf-mls-extensions §4.4). The group that is returned has to be
 * stored before the secret is used. Throws `mls-export-used` where the component's secret was taken before in this
 * epoch, and `invalid-argument` where the id is no unsigned integer of two bytes.
 */
export function safeExportSecret(group: Group, componentId: number): ExportedSecret {
  if (!Number.isInteger(componentId) || componentId < 0 || componentId >= leafCount) {
    throw new ReadbackError("invalid-argument", "A component id is an unsigned integer of two bytes.");
  }
  const secrets = group.secrets.open();
  const nodes = new Map(secrets.exporterTree);
  const taken = takeLeafSecret(group.suite, (index) => nodes.get(index), leafCount, componentId);
  if (taken === undefined) throw refusal("mls-export-used");
  for (const [index, secret] of taken.changes) {
    if (secret === undefined) nodes.delete(index);
    else nodes.set(index, secret);
  }
  return {
    group: { ...group, secrets: new Hidden({ ...secrets, exporterTree: nodes }) },
    secret: taken.secret,
    consumed: taken.consumed,
  };
}

/** Encodes the secrets that are left, for storage. */
export function writeExporterTree(writer: Writer, tree: ExporterTree): void {
  writer.list(
    [...tree].sort(([a], [b]) => a - b),
    (w, [index, secret]) => w.u32(index).bytes(secret),
  );
}

/** Decodes the secrets that are left. Throws `malformed` or `too-large`. */
export function readExporterTree(reader: Reader): ExporterTree {
  return new Map(
    reader.list((r) => {
      const index = r.u32();
      if (index >= nodeCount) throw new ReadbackError("malformed", "A secret is outside of the tree.");
      return [index, r.bytes()] as const;
    }, nodeCount),
  );
}
